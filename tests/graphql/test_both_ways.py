"""Invented queries answered both ways: from a plan and field by field, for everybody who may ask.

The comparison itself is in `tests.support.both_ways`, which stands behind every test; here documents are
made that nobody would write: aliases, fragments within fragments, directives, variables, languages.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError

from coalition.graphql.executing import CoalitionSchema
from coalition.graphql.persisted import TrustedDocuments
from coalition.graphql.rules import LimitedExecutor
from coalition.graphql.run import execute
from coalition.graphql.schema import schema
from tests.graphql.world import EVERYBODY, World
from tests.support.both_ways import BOTH

GRAPHQL: Any = schema._schema
ROOTS = (
    "organisations",
    "churchBodies",
    "districts",
    "activities",
    "myActivities",
    "trainingSessions",
    "services",
    "holds",
    "advocacyTargets",
    "statistics",
    "programmes",
)
DOCUMENTS = 60
KINDS = {"yes": "Boolean!", "no": "Boolean!", "few": "Int", "tongue": "String"}
LANGUAGES = ("$tongue", "null", '"ru"')


@dataclass
class Inventor:
    """Makes one document; `variables` are what it is asked with."""

    dice: random.Random
    fragments: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)

    def document(self) -> str:
        roots = [self.root(name, number) for number, name in enumerate(self.dice.sample(ROOTS, 2))]
        text = "\n".join([f"{{ {' '.join(roots)} }}", *self.fragments])
        values = {
            "yes": self.dice.random() < 0.7,
            "no": self.dice.random() < 0.3,
            "few": self.dice.choice([None, 0, 1, 3]),
            "tongue": self.dice.choice([None, "ro", "ru", "en", "uk"]),
        }
        used = [name for name in values if f"${name}" in text]
        self.variables = {name: values[name] for name in used}
        declared = ", ".join(f"${name}: {KINDS[name]}" for name in used)
        return f"query ({declared}) {text}" if used else f"query {text}"

    def root(self, name: str, number: int) -> str:
        kind = get_named_type(GRAPHQL.query_type.fields[name].type)
        given = f"(first: {self.dice.choice(['$few', '2', '7'])})" if "edges" in kind.fields else ""
        return f"r{number}: {name}{given} {{ {self.selections(kind, 3)} }}"

    def selections(self, kind: GraphQLObjectType, depth: int) -> str:
        """Some fields of an object, some of them in fragments, some twice."""
        names = [name for name, each in kind.fields.items() if depth > 0 or not composite(each)]
        chosen = self.dice.sample(names, min(len(names), self.dice.randint(1, 6))) or ["__typename"]
        parts = [self.field(kind, name, depth) for name in chosen]
        if self.dice.random() < 0.3:
            parts.insert(self.dice.randrange(len(parts) + 1), "__typename")
        if self.dice.random() < 0.3:
            parts.append(self.spread(kind, depth))
        return " ".join(parts)

    def field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        found = kind.fields[name]
        alias = f"{self.dice.choice('abc')}{self.dice.randrange(1000)}: " if self.dice.random() < 0.2 else ""
        inner = get_named_type(found.type)
        text = f"{alias}{name}{self.arguments(found, alias)}{self.directive()}"
        if not composite(found):
            return text
        return f"{text} {{ {self.selections(inner, depth - 1)} }}"

    def arguments(self, found: Any, alias: str) -> str:
        given = []
        for name, argument in found.args.items():
            if is_required_argument(argument):
                raise AssertionError(f"no value is known for {name}")
            # Without an alias the same field may stand here twice, and must then be the same.
            if not alias:
                continue
            if name == "language":
                given.append(f"language: {self.dice.choice(LANGUAGES)}")
            elif name == "first":
                given.append(f"first: {self.dice.choice(['$few', '1', '2'])}")
            elif name == "quantity":
                given.append(f"quantity: {self.dice.randint(1, 50)}")
        return f"({', '.join(given)})" if given else ""

    def directive(self) -> str:
        return self.dice.choice(["", "", "", "", " @include(if: $yes)", " @skip(if: $no)"])

    def spread(self, kind: GraphQLObjectType, depth: int) -> str:
        condition = self.dice.choice([kind, *kind.interfaces])
        shown = GRAPHQL.type_map[condition.name]
        inner = self.selections(shown, depth - 1) if not isinstance(shown, GraphQLInterfaceType) else "id"
        if self.dice.random() < 0.5:
            return f"... on {condition.name}{self.directive()} {{ {inner} }}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {condition.name} {{ {inner} }}")
        return f"...{name}{self.directive()}"


def composite(found: Any) -> bool:
    """Whether a field holds objects."""
    return bool(is_composite_type(get_named_type(found.type)))


@pytest.mark.parametrize("seed", range(4))
def test_invented_queries_have_one_answer(record: World, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    before, answered = BOTH.planned, 0
    for _ in range(DOCUMENTS // 4):
        inventor = Inventor(dice)
        document = inventor.document()
        for who in dice.sample(EVERYBODY, 2):
            found = record.answer(
                document, who, language=dice.choice(["ro", "ru", "en"]), **inventor.variables
            )
            answered += found.errors == []

    # Some ask too much or conflict with themselves; of the others most have plans.
    assert answered > DOCUMENTS // 4
    assert BOTH.planned - before > answered / 3
    assert BOTH.faults == []


def test_variables_decide_which_fields_are_asked_for(record: World) -> None:
    document = "query ($yes: Boolean!) { districts { code name @include(if: $yes) } }"
    before = BOTH.planned

    assert "name" in record.one(document, yes=True)[0]
    assert "name" not in record.one(document, yes=False)[0]
    assert BOTH.planned - before == 2


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ organisations(first: 101) { nodes { slug } } }", "BAD_USER_INPUT"),
        ('{ activities(after: "nonsense") { totalCount } }', "BAD_USER_INPUT"),
        ('{ activities(filter: {district: "Nowhere"}) { nodes { code } } }', "UNKNOWN_DISTRICT"),
        ("{ services { nodes { canTake(quantity: 51) } } }", "OUT_OF_RANGE"),
    ],
)
def test_faults_are_told_the_ordinary_way(record: World, document: str, code: str) -> None:
    found = record.answer(document)

    assert set(found.codes) == {code}
    assert found.errors[0]["path"]


SEVERAL = "query A { districts { code } } query B($n: Int) { organisations(first: $n) { nodes { slug } } }"
KNOWN = [
    ("{ districts { code name } }", {}, {}),
    ("query ($n: Int) { organisations(first: $n) { totalCount nodes { slug } } }", {"n": 3}, {}),
    (SEVERAL, {"n": 2}, {"operation_name": "B"}),
    (SEVERAL, {}, {"operation_name": "A"}),
    ('{ organisation(slug: "bes") { name } }', {}, {"operation_extensions": {"persistedQuery": {}}}),
]
# What is asked the second time on other terms: variables, options, points.
REFUSED = [
    ({"n": "three"}, {"operation_name": "B"}, 1000, ["GRAPHQL_VALIDATION_FAILED"]),
    ({"n": 101}, {"operation_name": "B"}, 100_000, ["BAD_USER_INPUT"]),
    ({"n": 100}, {"operation_name": "B"}, 1, ["TOO_COMPLEX"]),
    ({}, {}, 1000, ["GRAPHQL_VALIDATION_FAILED"]),
    ({}, {"operation_name": "C"}, 1000, None),
]


def _asked(record: World, document: str, actor: Any, variables: Any, options: Any) -> Any:
    try:
        found = asyncio.run(
            execute(record.runtime, document, variables, actor=actor, language="en", **options)
        )
    except CannotGetOperationTypeError:
        return None
    return found.data, [error.formatted for error in found.errors or []], found.extensions


@pytest.mark.parametrize(("document", "variables", "options"), KNOWN)
def test_known_question_needs_no_executor(
    record: World, monkeypatch: pytest.MonkeyPatch, document: str, variables: Any, options: Any
) -> None:
    actor = record.actor("partner")
    first = _asked(record, document, actor, variables, options)

    def executed(*_: Any) -> None:
        raise AssertionError("the executor was asked")

    monkeypatch.setattr(CoalitionSchema, "_at_once", BOTH.at_once)
    monkeypatch.setattr(LimitedExecutor, "execute_operation", executed)
    assert _asked(record, document, actor, variables, options) == first
    assert first[1] == []


@pytest.mark.parametrize(("variables", "options", "points", "codes"), REFUSED)
def test_known_question_is_refused_as_ever(
    record: World, monkeypatch: pytest.MonkeyPatch, variables: Any, options: Any, points: int, codes: Any
) -> None:
    actor = replace(record.actor("partner"), cost_budget=points)
    for name in ("A", "B"):
        _asked(record, SEVERAL, record.actor("partner"), {"n": 1}, {"operation_name": name})
    first = _asked(record, SEVERAL, actor, variables, options)

    monkeypatch.setattr(CoalitionSchema, "_at_once", BOTH.at_once)
    assert _asked(record, SEVERAL, actor, variables, options) == first
    assert (first and [error["extensions"]["code"] for error in first[1]]) == codes


def test_known_question_of_strangers_is_not_answered_where_only_trusted_ones_are(
    record: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.ask(KNOWN[0][0])
    monkeypatch.setattr(CoalitionSchema, "_at_once", BOTH.at_once)
    terms = replace(record.runtime.terms, trusted=TrustedDocuments({}))
    strict = replace(record, runtime=replace(record.runtime, terms=terms))

    assert strict.answer(KNOWN[0][0]).codes == ["UNTRUSTED_DOCUMENT"]
