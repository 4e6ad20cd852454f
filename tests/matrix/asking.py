"""Asking as every caller through GraphQL, with everything that a type has, in few large documents."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLOutputType, get_named_type, is_leaf_type
from strawberry.types import ExecutionResult

from coalition.core.actor import Actor, Reach, Visibility
from coalition.graphql.context import Context, Runtime
from coalition.graphql.feed import LiveEvent
from coalition.graphql.run import execute
from coalition.graphql.schema import schema
from tests.factories import TODAY
from tests.graphql.selection import SCHEMA
from tests.graphql.world import TEST
from tests.matrix.facts import FREE
from tests.matrix.world import Matrix

# Lists of a type: what chooses nothing, so that every row that the caller sees must come.
LISTS = {
    "Organisation": "organisations",
    "Activity": "activities",
    "TrainingSession": "trainingSessions",
    "Service": "services",
    "AdvocacyTarget": "advocacyTargets",
    "Statistic": "statistics",
    "Programme": "programmes",
    "Hold": "holds",
    "Person": "people",
    "OAuthClient": "clients",
}
# What can only be reached by its id, or through what it belongs to.
NODES = (*LISTS, "CapacityPool", "Role", "Seat", "Body", "District", "Denomination")
PAGE = 100


def fields_of(type_name: str) -> dict[str, GraphQLOutputType]:
    """The fields of an object type with their types."""
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    return {name: field.type for name, field in kind.fields.items()}


def is_node(type_name: str) -> bool:
    kind = SCHEMA.type_map[type_name]
    return isinstance(kind, GraphQLObjectType) and any(each.name == "Node" for each in kind.interfaces)


@cache
def selection(type_name: str) -> str:
    """Everything that a type has; other records by their id, pages of them whole."""
    parts: list[str] = []
    for name, kind in fields_of(type_name).items():
        inner = get_named_type(kind)
        if is_leaf_type(inner):
            parts.append(name)
        elif inner.name.endswith("Connection"):
            parts.append(f"{name}(first: {PAGE}) {{ totalCount nodes {{ id }} edges {{ node {{ id }} }} }}")
        elif is_node(inner.name):
            parts.append(f"{name} {{ id }}")
        else:
            parts.append(f"{name} {{ {selection(inner.name)} }}")
    if type_name == "Service":
        # More than the free places, fewer than all: whoever hears the truth hears the number by it.
        parts.append(f"canTakeMany: canTake(quantity: {FREE + 1})")
    return " ".join(parts)


def kind_of(type_name: str, name: str) -> GraphQLOutputType:
    return fields_of(type_name)["canTake" if name == "canTakeMany" else name]


@dataclass(frozen=True)
class Told:
    """A feed that has these events and no others."""

    events: tuple[LiveEvent, ...]

    async def listen(self, *names: str) -> Any:
        for event in self.events:
            if event.name in names:
                yield event


@dataclass
class Asking:
    """The matrix with a way to ask it."""

    runtime: Runtime
    matrix: Matrix

    def answer(self, document: str, actor: Actor, **variables: Any) -> ExecutionResult:
        """What comes back; documents are our own, so that their size does not count."""
        return asyncio.run(
            execute(self.runtime, document, variables, actor=actor, language="en", own_document=True)
        )

    def ask(self, document: str, actor: Actor, **variables: Any) -> Any:
        """The data of an answer without errors."""
        result = self.answer(document, actor, **variables)
        assert result.errors is None, [error.message for error in result.errors]
        return result.data

    def by_id(self, type_name: str, actor: Actor) -> dict[str, Any]:
        """Every record of a type by its id, as `nodes` answers; None where there is none for the actor."""
        shown = f"... on {type_name} {{ {selection(type_name)} }}"
        document = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {shown} }} }}"
        found: dict[str, Any] = {}
        for ids in _chunks([record.id for record in self.matrix.records[type_name]]):
            found |= zip(ids, self.ask(document, actor, ids=ids)["nodes"], strict=True)
        return found

    def listed(
        self, type_name: str, actor: Actor, *, fields: str = "", arguments: str = "", size: int = PAGE
    ) -> Listed:
        """A whole list, page by page; without `fields`, everything of its rows."""
        document = (
            f"query ($after: String) {{ {LISTS[type_name]}(first: {size}, after: $after{arguments}) {{"
            f" totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ id }} }}"
            f" nodes {{ {fields or selection(type_name)} }} }} }}"
        )
        nodes: list[Any] = []
        edges: list[str] = []
        after = None
        while True:
            page = self.ask(document, actor, after=after)[LISTS[type_name]]
            nodes += page["nodes"]
            edges += [edge["node"]["id"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return Listed(nodes, edges, page["totalCount"])
            after = page["pageInfo"]["endCursor"]

    def told(self, field: str, actor: Actor, events: tuple[LiveEvent, ...]) -> list[str]:
        """The ids of what a subscriber hears of, when all these events happen."""

        async def listen() -> list[str]:
            feed: Any = Told(events)
            runtime = replace(self.runtime, feed=feed)
            context = Context(runtime, actor=actor, inline=True)
            try:
                document = f"subscription {{ {field} {{ id }} }}"
                stream: Any = await schema.subscribe(document, context_value=context)
                return [result.data[field]["id"] async for result in stream]
            finally:
                context.close()

        return asyncio.run(listen())


@dataclass(frozen=True)
class Listed:
    """All pages of a list."""

    nodes: list[Any]
    edges: list[str]
    total: int


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), PAGE):
        yield list(ids[start : start + PAGE])


def all_powers(matrix: Matrix) -> Actor:
    """Somebody who stands in the line of every provider: the truth that callers are compared with."""
    everywhere = Reach(organisations=frozenset(record.key for record in matrix.records["Organisation"]))
    return Actor(
        subject="system:truth",
        as_of=TODAY,
        shared=frozenset(Visibility),
        permissions={
            "records:read": everywhere,
            "people:manage": everywhere,
            "capacity:confirm": everywhere,
            "capacity:hold": everywhere,
            "capacity:read": Reach(everything=True),
        },
    )


def truths(asking: Asking, type_name: str) -> dict[str, dict[str, Any]]:
    """What each record of a type really says; every field of it has a value somewhere."""
    provider, reader = asking.by_id(type_name, all_powers(asking.matrix)), asking.by_id(type_name, TEST)
    found = {}
    for record in asking.matrix.records[type_name]:
        one, other = provider[record.id] or {}, reader[record.id] or {}
        found[record.id] = {name: one.get(name) or value for name, value in (other or one).items()}
        if type_name == "Person":
            # Nobody but themselves knows of somebody without a role.
            found[record.id] = {
                **record.facts["truth"],
                **{k: v for k, v in (other or {}).items() if v is not None},
            }
        if type_name == "Service":
            # Where nobody is listed as provider, only who reads everything sees the place.
            found[record.id]["name"] = other["name"]
    return found
