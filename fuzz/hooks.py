"""What schemathesis cannot know: our scalars, and that a masked fault is a fault."""

from __future__ import annotations

import graphql
import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes


def _member(name: str, text: str) -> graphql.ObjectFieldNode:
    return graphql.ObjectFieldNode(name=graphql.NameNode(value=name), value=nodes.String(text))


ANY = st.text().map(nodes.String)
DAYS = st.dates().map(lambda day: nodes.String(day.isoformat()))
MOMENTS = st.datetimes().map(lambda moment: nodes.String(f"{moment.isoformat()}Z"))
TEXTS = st.dictionaries(st.sampled_from(["ro", "ru", "en", "uk", "x"]), st.text(max_size=40), max_size=3).map(
    lambda texts: nodes.Object([_member(name, text) for name, text in texts.items()])
)

schemathesis.graphql.scalar("Date", DAYS | ANY)
schemathesis.graphql.scalar("DateTime", MOMENTS | ANY)
schemathesis.graphql.scalar("LocalizedText", TEXTS | ANY)


@schemathesis.check
def no_fault(_ctx, response, _case):
    """No status of 500 or above; every error has a code, and none is a fault of ours.

    The check `not_a_server_error` also takes refusals for faults, such as an id that is not found.
    """
    if response.status_code >= 500:
        raise AssertionError(response.status_code)
    for error in response.json().get("errors") or []:
        code = (error.get("extensions") or {}).get("code")
        if not code or code == "INTERNAL":
            raise AssertionError(error)
