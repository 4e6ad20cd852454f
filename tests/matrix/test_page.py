"""docs/access.md says something of everything in the schema, and of nothing that is gone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from graphql import GraphQLInputObjectType, GraphQLObjectType

from tests.graphql.selection import SCHEMA
from tests.matrix.asking import NODES, is_node
from tests.matrix.facts import CALLERS, PLACES
from tests.matrix.page import NEVER, listed, table
from tests.matrix.rules import relation
from tests.matrix.world import MAIN_OWNERS, OTHER_OWNERS

ROOTS = ("Query", "Mutation", "Subscription")
# What only carries rows, or says what came of a deed.
CARRIERS = ("Connection", "Edge", "Payload", "PageInfo", "InputError")
OUTPUTS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__") and name not in ROOTS
    if not name.endswith(CARRIERS)
}
INPUTS = {name: kind for name, kind in SCHEMA.type_map.items() if isinstance(kind, GraphQLInputObjectType)}


def _compare(what: str, said: Iterable[str], there: Iterable[str]) -> None:
    said, there = list(said), set(there)
    missing, gone = sorted(there - set(said)), sorted(set(said) - there)
    twice = sorted({each for each in said if said.count(each) > 1})
    assert (missing, gone, twice) == ([], [], []), (
        f"docs/access.md, {what}: add a row for {missing or 'nothing'}, take out {gone or 'nothing'}, "
        f"say once {twice or 'nothing'}"
    )


def test_every_type_has_a_row() -> None:
    _compare("types", (row["type"] for row in table("type", "its rows are seen").rows), OUTPUTS)


def test_every_field_has_a_row() -> None:
    said = [f"{row['type']}.{name}" for row in table("type", "fields").rows for name in listed(row["fields"])]

    _compare("fields", said, (f"{name}.{field}" for name, kind in OUTPUTS.items() for field in kind.fields))


def test_every_root_field_and_argument_has_a_row() -> None:
    rows = table("field", "arguments").rows
    said = [(f"{row['field']}({name})") for row in rows for name in (*listed(row["arguments"]), "")]
    there = [
        f"{root}.{name}({argument})"
        for root in ("Query", "Subscription")
        for name, field in _fields(root).items()
        for argument in (*field.args, "")
    ]

    _compare("what can be asked", said, there)


def test_arguments_of_other_fields_are_those_that_choose_nothing_of_access() -> None:
    """Pages, the language of a text, and how many places are asked for."""
    arguments = {name for kind in OUTPUTS.values() for field in kind.fields.values() for name in field.args}

    assert arguments <= {"first", "after", "language", "quantity", "targetGroup"}


def test_every_deed_has_a_row() -> None:
    _compare("deeds", (row["deed"] for row in table("deed", "column").rows), _fields("Mutation"))


def test_every_input_field_has_a_row() -> None:
    rows = [(row["input"], row["fields"]) for row in table("input", "fields").rows]
    rows += [(row["filter"], row["fields"]) for row in table("filter", "fields").rows]
    said = [f"{name}.{field}" for name, fields in rows for field in listed(fields)]

    _compare(
        "inputs and filters",
        said,
        (f"{name}.{each}" for name, kind in INPUTS.items() for each in kind.fields),
    )


def _fields(root: str) -> dict[str, object]:
    kind = SCHEMA.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return kind.fields


def test_every_node_is_asked_for() -> None:
    assert sorted(NODES) == sorted(name for name in OUTPUTS if is_node(name))


def test_every_caller_has_a_row_and_every_row_a_caller() -> None:
    rows = [(row["who asks"], row["in"]) for row in table("who asks", "in", "own").rows]

    assert len(rows) == len(set(rows))
    assert set(rows) == {(caller.who, caller.held_in) for caller in CALLERS}
    for columns in ("provider's line", "leads", "activities", "pages and files"):
        assert {(row["who asks"], row["in"]) for row in table("who asks", "in", columns).rows} <= set(rows)


def test_every_column_of_every_row_occurs() -> None:
    """A cell that nobody meets could say anything; one that says it cannot occur must not."""
    owners = {*MAIN_OWNERS, *OTHER_OWNERS, *PLACES}
    met = {
        (caller.who, caller.held_in, relation(caller.home, owner))
        for caller, owner in product(CALLERS, owners)
    }
    for row in table("who asks", "in", "own").rows:
        columns = [name for name in row if name not in ("who asks", "in")]
        said = {name for name in columns if row[name] != NEVER}
        assert said == {
            column for who, held_in, column in met if (who, held_in) == (row["who asks"], row["in"])
        }
