"""Writes the documents of our pages and the words of the schema for the fuzzer to start from.

  python fuzz/make_corpus.py   (again after the schema or the pages have changed)

The other inputs in corpus/ were written by hand, or are what a finding was made of.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
QUERIES = HERE.parent / "coalition" / "web" / "queries"
SCHEMA = HERE.parent / "schema.graphql"
# Words that a request has beside those of the schema; a backslash is written twice in a dictionary.
WORDS = (
    "__schema", "__typename", "extensions", "fragment", "mutation", "null", "operationName", "persistedQuery",
    "query", "sha256Hash", "subscription", "true", "variables", "1e999", "@include(if:true)", "\\\\u0000",
    "\\\\ud800", "@cookie", "@coordinator", "@form_token", "@partner", "accept: text/event-stream",
    "authorization: Bearer ",
    "authorization: Basic ", "content-type: application/json", "host: ", "origin: ", "range: bytes=",
)  # fmt: skip


def main() -> None:
    """Write the documents and the dictionary anew."""
    folder = HERE / "corpus" / "body"
    for path in QUERIES.glob("*.graphql"):
        body = json.dumps({"query": path.read_text("utf-8"), "variables": {}}, ensure_ascii=False)
        (folder / path.stem).write_text(f"coordinator\n\n{body}", "utf-8")
    schema = re.sub(r'"""[\s\S]*?"""', "", SCHEMA.read_text("utf-8"))
    words = {*WORDS, *re.findall(r"[A-Za-z_]\w{2,}", schema)}
    text = "".join(f'"{word}"\n' for word in sorted(words))
    (HERE / "words.dict").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
