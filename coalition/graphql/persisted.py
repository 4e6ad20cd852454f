"""Documents asked for by their hash: those that clients have sent before, and trusted ones."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coalition.core.kept import Kept

MOST_PERSISTED = 1_000
# All together, in bytes.
LARGEST_PERSISTED = 4 * 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")


class DocumentRefused(Exception):
    """A document, or a hash in its place, that is not answered; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NotTrustedDocuments(Exception):
    """A file or folder that holds no trusted documents; the text says why."""


def hash_of(text: str) -> str:
    """The SHA-256 of a document as it was sent, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


class PersistedDocuments:
    """Documents that clients have sent with their hash; the memory of one process, and bounded."""

    def __init__(self) -> None:
        self._kept: Kept[str] = Kept(most=MOST_PERSISTED, heaviest=LARGEST_PERSISTED)

    def get(self, hashed: str) -> str | None:
        """The document with this hash."""
        return self._kept.get(hashed)

    def put(self, text: str) -> None:
        """Keep a document that was found valid."""
        self._kept.put(hash_of(text), text, len(text.encode()))

    def __len__(self) -> int:
        return len(self._kept)


class TrustedDocuments:
    """The only documents that are answered here, by hash."""

    def __init__(self, documents: Mapping[str, str]) -> None:
        self._documents = dict(documents)

    def get(self, hashed: str) -> str | None:
        """The document with this hash."""
        return self._documents.get(hashed)

    def holds(self, text: str) -> bool:
        """Whether this very text is one of them."""
        return hash_of(text) in self._documents

    def __len__(self) -> int:
        return len(self._documents)


def load_trusted(place: Path) -> TrustedDocuments:
    """Trusted documents from a JSON file of hash and document, or a folder of `.graphql` files.

    Raises `NotTrustedDocuments`.
    """
    if place.is_dir():
        texts = [path.read_text("utf-8") for path in sorted(place.rglob("*.graphql"))]
        return TrustedDocuments({hash_of(text): text for text in texts})
    try:
        found = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise NotTrustedDocuments(f"{place} cannot be read as JSON of hashes and documents.") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise NotTrustedDocuments(f"{place} must be one JSON object of hashes and documents.")
    documents = {_bare(name): text for name, text in found.items()}
    wrong = [name for name, text in documents.items() if name != hash_of(text)]
    if wrong:
        raise NotTrustedDocuments(f"{place} says {wrong[0]} of a document whose SHA-256 is another one.")
    return TrustedDocuments(documents)


def print_trusted(folder: Path) -> str:
    """The JSON file for a folder of `.graphql` files, ending with a line break."""
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.graphql"))]
    found = {f"sha256:{hash_of(text)}": text for text in texts}
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _bare(name: str) -> str:
    return name.removeprefix("sha256:").lower()


def document_asked(
    asked: Mapping[str, Any], *, persisted: PersistedDocuments, trusted: TrustedDocuments | None
) -> str | None:
    """The document that a request means: its `query`, or the one whose hash it gives instead.

    The hash stands in `documentId` or in `extensions.persistedQuery`. None when it has neither.
    Raises `DocumentRefused`.
    """
    text: str | None = asked.get("query") or None
    hashed = _hash_asked(asked)
    if text is not None:
        if hashed is not None and hashed != hash_of(text):
            raise DocumentRefused("PERSISTED_QUERY_MISMATCH")
        if trusted is not None and not trusted.holds(text):
            raise DocumentRefused("UNTRUSTED_DOCUMENT")
        return text
    if hashed is None:
        return None
    found = trusted.get(hashed) if trusted is not None else persisted.get(hashed)
    if found is None:
        raise DocumentRefused("UNTRUSTED_DOCUMENT" if trusted is not None else "PERSISTED_QUERY_NOT_FOUND")
    return found


def _hash_asked(asked: Mapping[str, Any]) -> str | None:
    extensions = asked.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise DocumentRefused("BAD_REQUEST")
        return _checked(persisted.get("sha256Hash"))
    given = asked.get("documentId")
    return None if given is None else _checked(given)


def _checked(given: Any) -> str:
    hashed = _bare(given) if isinstance(given, str) else ""
    if not _HASH.fullmatch(hashed):
        raise DocumentRefused("BAD_REQUEST")
    return hashed
