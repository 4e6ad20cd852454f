"""What can be documented is: permissions, error codes, queries in the README that fit the schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from coalition.core.actor import VISITORS_COST_BUDGET
from coalition.core.messages import SENTENCES
from coalition.graphql import cost, documents, gate, guarded_sockets, persisted, problems, weights
from coalition.graphql.paging import LARGEST_PAGE
from coalition.graphql.terms import TIME_LIMIT_SECONDS
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


def test_limits_page_has_the_limits_in_force() -> None:
    page = (DOCS / "limits.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", page, re.MULTILINE))
    kilobytes = f"{gate.LARGEST_BODY_BYTES // 1024} KB"
    megabytes = f"{persisted.LARGEST_PERSISTED // 1024**2} MB"
    budgets = {role_type.cost_budget for role_type in ROLE_TYPES if role_type.code != "auditor"}
    [auditor] = [role_type.cost_budget for role_type in ROLE_TYPES if role_type.code == "auditor"]
    [others] = budgets

    assert rows["body of a POST, message over a socket"] == kilobytes
    assert rows["what follows the address of a GET"] == kilobytes
    assert rows["nesting of JSON"] == f"{gate.DEEPEST_BODY} levels"
    assert rows["tokens of a document, comments included"] == f"{documents.LARGEST_DOCUMENT_TOKENS:,}"
    assert rows["levels of fields"] == str(cost.DEEPEST_DOCUMENT)
    assert rows["levels of fields and fragments together"] == str(cost.DEEPEST_NESTING)
    assert rows["an alias"] == f"{cost.LONGEST_ALIAS} characters"
    assert rows["rows of a page, ids of `nodes`"] == str(LARGEST_PAGE)
    assert rows["points of a document"] == (
        f"{VISITORS_COST_BUDGET:,} without a role, {others:,} with one, {auditor:,} for auditors"
    )
    assert rows["points of a live event"] == f"{weights.LARGEST_EVENT:,}"
    assert rows["time, waiting included"] == (
        f"{TIME_LIMIT_SECONDS:.0f} seconds (`COALITION_TIME_LIMIT_SECONDS`)"
    )
    assert rows["errors in an answer"] == f"the first {problems.MOST_ERRORS}"
    assert rows["operations under way on a socket"] == str(guarded_sockets.MOST_OPERATIONS)
    assert rows["an operation's id on a socket"] == f"{guarded_sockets.LONGEST_ID} characters"
    assert rows["from opening a socket to `connection_init`"] == (
        f"{guarded_sockets.LONGEST_SILENCE.seconds} seconds"
    )
    assert rows["documents kept by their hash"] == (
        f"{persisted.MOST_PERSISTED:,} and {megabytes} in each process"
    )


def test_limits_page_has_the_price_of_everything_that_has_one() -> None:
    page = (DOCS / "limits.md").read_text("utf-8")
    prices = dict(re.findall(r"^\| ([^|]+?) \| ([\d.]+)(?:, [^|]+)? \|$", page, re.MULTILINE))
    computed = {place.partition(".")[2]: weight for place, weight in weights.COMPUTED.items()}
    expected = {
        "an object": weights.OBJECT,
        "a plain value": weights.VALUE,
        "a plain value under an alias": weights.ALIASED_VALUE,
        "a page": weights.CONNECTION,
        "`search` in a filter": weights.SEARCH,
    } | {f"`{name}`": weight for name, weight in computed.items()}

    assert prices == {name: f"{weight / 10:g}" for name, weight in expected.items()}


def test_limits_page_names_known_codes() -> None:
    page = (DOCS / "limits.md").read_text("utf-8")
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", page))
    settings = {name for name in named if name.startswith("COALITION_")}

    assert named - settings - set(_first_column("error-codes.md")) == set()


def _documents() -> list[str]:
    """The GraphQL in the README: arguments of `script/ask`, between single quotes."""
    return re.findall(r"script/ask \S+ \S+ '([^']+)'", README.read_text("utf-8"))


@pytest.mark.parametrize("document", _documents())
def test_readme_documents_fit_the_schema(document: str) -> None:
    schema = build_schema(SCHEMA.read_text("utf-8"))

    assert [error.message for error in validate(schema, parse(document))] == []


def test_readme_has_a_tour_for_each_audience() -> None:
    assert len(_documents()) >= 9
