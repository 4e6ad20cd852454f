"""A partner's system that asks everything GraphQL lets it ask, and writes down what it hears.

It has no other way in: no row, no clock of the server but the time of day, no other account.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.events import OutboxEntry
from coalition.graphql.context import Context, Runtime
from coalition.graphql.feed import LiveEvent
from coalition.graphql.schema import schema
from tests.adversary.houses import House
from tests.graphql.selection import everything
from tests.graphql.world import World

# What every world gives at random to each record, or what is the record of holds made by oneself.
_RANDOM = frozenset({"Hold.id", "Hold.reference"})
_GROUPS = {"any": "", "women": ', targetGroup: "women"', "men": ', targetGroup: "men"'}
_WORDS = " ".join(
    f"{name}{quantity}: canTake(quantity: {quantity}{group})"
    for name, group in _GROUPS.items()
    for quantity in (1, 2, 3, 5, 8, 9, 50)
)
_ROWS = "totalCount edges { cursor node { id canTake } }"
_LISTS = " ".join(
    f"list{n}: services(first: 100, filter: {{search: $name{given}}}) {{ {_ROWS} }}"
    for n, given in enumerate(
        ["", ", canTake: 1", ", canTake: 3", ', canTake: 1, targetGroup: "women"', ', region: "CENTRE"']
    )
)
_SERVICE = everything("Service", 1, without=frozenset({"Service.id"}))
LOOK = f"""query ($service: ID!, $pool: ID!, $name: String!) {{
  node(id: $service) {{ ... on Service {{ {_SERVICE} {_WORDS} }} }}
  hidden: node(id: $pool) {{ id }}
  {_LISTS}
}}"""
LOOK_AROUND = f"""{{
  services(first: 100, filter: {{canTake: 1}}) {{ {_ROWS} }}
  organisation(slug: "diaconia") {{ services(first: 100) {{ totalCount nodes {{ id }} }} }}
  holds(first: 100) {{ totalCount nodes {{ {everything("Hold", 0, without=_RANDOM)} }} }}
}}"""
WORD = "query ($services: [ID!]!) { nodes(ids: $services) { ... on Service { canTake } } }"

# Wishes that cannot be fulfilled whatever the house has.
_NONSENSE: list[dict[str, Any]] = [
    {"quantity": 0},
    {"quantity": 51, "minutes": 4},
    {"minutes": 1441},
    {"targetGroup": "nobody"},
    {"onBehalfOf": "nonsense"},
    {"clientId": "nonsense"},
]


class Attacker:
    """One partner's client."""

    def __init__(self, world: World, actor: Actor | str = "partner", slug: str = "lastrada") -> None:
        self.world = world
        self.actor = world.actor(actor) if isinstance(actor, str) else actor
        self.us = world.organisation(slug)

    def look(self, house: House) -> str:
        """Everything to be read about a house, found by id and by name."""
        ids = {"service": house.service, "pool": house.pool, "name": house.name}
        return json.dumps(self.world.ask(LOOK, self.actor, **ids), sort_keys=True)

    def look_around(self) -> str:
        """Where the houses stand among all services, how many there are, and the own holds."""
        return json.dumps(self.world.ask(LOOK_AROUND, self.actor), sort_keys=True)

    def words(self, houses: Sequence[House]) -> list[str]:
        """The word for each house."""
        ids = [house.service for house in houses]
        pages = [
            self.world.ask(WORD, self.actor, services=ids[start : start + 100])["nodes"]
            for start in range(0, len(ids), 100)
        ]
        return [node["canTake"] for page in pages for node in page]

    def try_hold(self, house: House, quantity: int, *, minutes: int = 5, **values: Any) -> str:
        """HELD, or the code of the refusal."""
        self.last = self._hold(house, {"quantity": quantity, "minutes": minutes, **values})
        return ",".join(error["code"] for error in self.last["userErrors"]) or "HELD"

    def try_nonsense(self, house: House) -> list[Any]:
        """What is said to wishes that nobody could fulfil, word for word."""
        return [self._hold(house, wish)["userErrors"] for wish in _NONSENSE]

    def give_back(self) -> None:
        """Release what was held last."""
        assert self.world.refused("releaseHold", self.actor, {"hold": self.last["hold"]["id"]}) == []

    def hears(self, events: Sequence[LiveEvent]) -> list[str]:
        """The pools that a subscriber is told of when these events happen."""

        async def listen() -> list[str]:
            runtime = self.world.runtime
            told: Any = _Told(events)
            own = Runtime(runtime.units, runtime.secrets, told, runtime.workers)
            stream: Any = await schema.subscribe(
                "subscription { capacityChanged { id state } }", context_value=Context(own, actor=self.actor)
            )
            return [result.data["capacityChanged"]["id"] async for result in stream]

        return asyncio.run(listen())

    def _hold(self, house: House, values: dict[str, Any]) -> Any:
        given = {"service": house.service, "onBehalfOf": self.us, **values}
        return self.world.deed("holdPlaces", self.actor, given, "hold { id reference createdAt }")


class _Told:
    """A feed that tells what has happened and ends."""

    def __init__(self, events: Sequence[LiveEvent]) -> None:
        self._events = events

    async def listen(self, *names: str) -> Any:
        """Events with these names."""
        for event in self._events:
            if event.name in names:
                yield event


class Outbox:
    """What the server wrote for live readers since last asked; the attacker's stream is fed from it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._last = 0
        self.new()

    def new(self) -> list[LiveEvent]:
        """Events since the last call."""
        with self._world.units.reading() as uow:
            entries = uow.db.scalars(
                sa.select(OutboxEntry).where(OutboxEntry.id > self._last).order_by(OutboxEntry.id)
            ).all()
        self._last = entries[-1].id or 0 if entries else self._last
        return [LiveEvent(entry.name, entry.subject_id, entry.payload) for entry in entries]
