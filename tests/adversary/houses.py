"""Invented shelters, whose provider confirms them through GraphQL, and a random source that worlds share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import NAMESPACE_OID, uuid4, uuid5

import pytest
import sqlalchemy as sa

from coalition.access.actors import actor_for_client
from coalition.access.oauth.models import OAuthClient
from coalition.access.service import ClientCredentials
from coalition.assistance import words
from coalition.core.actor import Actor
from coalition.graphql.identifiers import encode_id
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation
from tests import factories
from tests.graphql.world import World, add_client

PROVIDER = "bes"
BEDS = 8
# Long rows of draws tell of rules above the database; the short tests run on both kinds.
ONE_DATABASE = ("sqlite",)
# The morning of a day that others begin too; the world stands at half past one at night.
MORNING = timedelta(hours=7)


@dataclass(frozen=True)
class House:
    """A protected service of Diaconia with one pool, by its opaque ids."""

    service: str
    pool: str
    name: str

    def confirm(self, world: World, occupied: int) -> None:
        """The provider says how many beds are taken."""
        given = {"pool": self.pool, "maximum": BEDS, "occupied": occupied}
        assert world.refused("confirmCapacity", PROVIDER, given) == []

    def release(self, world: World, hold: str) -> None:
        """The provider ends a hold, because whom it was for has come."""
        assert world.refused("releaseHold", PROVIDER, {"hold": hold}) == []


def build_houses(world: World, count: int, *, protected: bool = True) -> list[House]:
    """So many of them, never confirmed; with the same ids in every world, so that answers can be compared."""
    with world.units.writing() as uow:
        provider = uow.db.scalars(sa.select(Organisation).where(Organisation.slug == "diaconia")).one()
        made = []
        for number in range(count):
            name = f"{'House' if protected else 'Open house'} {number:03}"
            own, beds = (uuid5(NAMESPACE_OID, f"{what} {name} {protected}") for what in ("service", "pool"))
            service = factories.service(uow, provider, id=own, name={"en": name}, protected=protected)
            pool = factories.pool(uow, service, id=beds, maximum=BEDS)
            made.append(House(encode_id("Service", service.id), encode_id("CapacityPool", pool.id), name))
    return made


def partner_system(world: World, slug: str) -> Actor:
    """The client of a partner organisation."""
    credentials = ClientCredentials(str(uuid4()), "ccs_invented")
    with world.units.writing() as uow:
        add_client(uow, slug, credentials)
    with world.units.reading() as uow:
        client = uow.db.get_one(OAuthClient, credentials.client_id)
        return actor_for_client(uow, client, client.scopes)


def partner_slugs(world: World, count: int) -> list[str]:
    """Invented partner organisations."""
    with world.units.writing() as uow:
        made = [
            factories.organisation(
                uow, f"invented-{n}", kind=OrganisationKind.NGO, status=MembershipStatus.PARTNER
            )
            for n in range(count)
        ]
        return [each.slug for each in made]


@dataclass
class SharedDelays:
    """The same delays in every world that shares a seed, however many draws one of them makes in between.

    A delay depends on the seed, the moment and the number of the draw at that moment. Without it, an extra
    deed in one world would change all later delays there, and nothing could be compared.
    """

    world: World
    seed: int
    _last: datetime | None = None
    _count: int = 0

    def randint(self, shortest: int, longest: int) -> int:
        """In place of `SystemRandom.randint`."""
        now = self.world.clock.now
        self._count = self._count + 1 if now == self._last else 0
        self._last = now
        return Random(f"{self.seed} {now} {self._count}").randint(shortest, longest)  # noqa: S311


def share_delays(monkeypatch: pytest.MonkeyPatch, world: World, seed: int) -> None:
    """Let the world draw its delays from `SharedDelays`."""
    monkeypatch.setattr(words, "_random", SharedDelays(world, seed))


def occupancy(random: Random, days: int, *, least: int, most: int) -> Iterator[tuple[timedelta, int]]:
    """When the number of people in a house changes by one, and to what; about twice in three days."""
    taken = random.randint(least, most)
    yield timedelta(0), taken
    at = timedelta(0)
    while True:
        at += timedelta(minutes=random.randint(8 * 60, 64 * 60))
        if at >= timedelta(days=days):
            return
        steps = [step for step in (-1, 1) if least <= taken + step <= most]
        taken += random.choice(steps)
        yield at, taken
