"""What can be documented is: permissions, error codes, queries in the README that fit the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from coalition.core.messages import SENTENCES
from coalition.members.role_types import ROLE_TYPES

DOCS = Path(__file__).parents[1] / "docs"
README = Path(__file__).parents[1] / "README.md"
SCHEMA = Path(__file__).parents[1] / "schema.graphql"


def _first_column(page: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", (DOCS / page).read_text("utf-8"), re.MULTILINE)


def test_permissions_page_lists_exactly_those_that_are_granted() -> None:
    granted = {permission for role_type in ROLE_TYPES for permission in role_type.permissions}

    assert _first_column("permissions.md") == sorted(granted)


def test_error_codes_page_lists_every_code_with_a_sentence_once() -> None:
    documented = _first_column("error-codes.md")

    assert len(documented) == len(set(documented))
    assert set(SENTENCES) - set(documented) == set()


def test_decisions_are_all_in_their_list() -> None:
    folder = DOCS / "decisions"
    written = sorted(path.name for path in folder.glob("0*.md"))

    assert re.findall(r"\]\((0\d{3}[^)]*)\)", (folder / "README.md").read_text("utf-8")) == written


def _documents() -> list[str]:
    """The GraphQL in the README: arguments of `script/ask`, between single quotes."""
    return re.findall(r"script/ask \S+ \S+ '([^']+)'", README.read_text("utf-8"))


@pytest.mark.parametrize("document", _documents())
def test_readme_documents_fit_the_schema(document: str) -> None:
    schema = build_schema(SCHEMA.read_text("utf-8"))

    assert [error.message for error in validate(schema, parse(document))] == []


def test_readme_has_a_tour_for_each_audience() -> None:
    assert len(_documents()) >= 9
