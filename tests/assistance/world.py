"""A provider, its church body, a partner and a protected service, with a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from coalition.assistance.drafts import HoldDraft, HoldOutcome
from coalition.assistance.models import CapacityPool, Hold, Service
from coalition.assistance.service import confirm_capacity, hold_places, release_hold
from coalition.assistance.words import CanTakeRequest, can_take_words
from coalition.core.actor import Actor
from coalition.core.idempotency import ClientKey
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation
from tests import factories
from tests.factories import NOW


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class World:
    """What the tests of this room share; each deed is a unit of work of its own."""

    units: Units
    clock: Clock
    church: Organisation
    provider: Organisation
    partner: Organisation
    coordinator: Actor
    operator: Actor
    service: Service
    pool: CapacityPool
    actors: dict[str, Actor] = field(default_factory=dict)

    def confirm(self, *, maximum: int = 10, occupied: int = 0, **values: Any) -> CapacityPool:
        """The coordinator confirms the pool."""
        given = {"actor": self.coordinator, "pool_id": self.pool.id, **values}
        with self.units.writing() as uow:
            return confirm_capacity(uow, given.pop("actor"), maximum=maximum, occupied=occupied, **given)

    def draft(self, **values: Any) -> HoldDraft:
        """One place in the service for the partner, for two hours, unless said otherwise."""
        by_pool = "pool_id" in values
        return replace(
            HoldDraft(
                pool_id=None,
                service_id=None if by_pool else self.service.id,
                pool_given=by_pool,
                service_given=not by_pool,
                quantity=1,
                target_group=None,
                minutes=120,
                on_behalf_of_id=self.partner.id,
            ),
            **values,
        )

    def try_hold(
        self, actor: Actor | None = None, *, key: ClientKey | None = None, **values: Any
    ) -> HoldOutcome:
        """The operator, unless said otherwise, tries to hold places."""
        with self.units.writing() as uow:
            return hold_places(uow, actor or self.operator, draft=self.draft(**values), key=key)

    def hold(self, actor: Actor | None = None, **values: Any) -> Hold:
        """A hold that succeeds."""
        outcome = self.try_hold(actor, **values)
        assert outcome.faults == ()
        assert outcome.hold is not None
        return outcome.hold

    def release(self, hold: Hold, actor: Actor | None = None) -> Hold:
        """The operator, unless said otherwise, releases a hold."""
        with self.units.writing() as uow:
            return release_hold(uow, actor or self.operator, hold_id=hold.id)

    def can_take(
        self, actor: Actor | None = None, *, quantity: int = 1, target_group: str | None = None
    ) -> str:
        """What the operator, unless said otherwise, hears of the service."""
        request = CanTakeRequest(self.service.id, quantity, target_group)
        with self.units.reading() as uow:
            [word] = can_take_words(uow, actor or self.operator, [request])
        return word.value

    def set_service(self, **values: Any) -> None:
        """Change the service without a deed."""
        with self.units.writing() as uow:
            uow.db.execute(sa.update(Service).where(Service.id == self.service.id).values(**values))

    def rows(self, *columns: Any) -> list[tuple[Any, ...]]:
        """Columns of every row of a table, in the order of the columns."""
        with self.units.reading() as uow:
            return sorted(tuple(row) for row in uow.db.execute(sa.select(*columns)))

    def another_partner(self, slug: str) -> tuple[Organisation, Actor]:
        """A partner organisation with its system."""
        return self.more_partners(1, slug)[0]

    def more_partners(self, count: int, slug: str = "partner") -> list[tuple[Organisation, Actor]]:
        """Partner organisations, each with its system."""
        with self.units.writing() as uow:
            return [_partner(uow, f"{slug}-{number}") for number in range(count)]

    def another_service(self, **values: Any) -> Service:
        """A service of the provider unless said otherwise."""
        with self.units.writing() as uow:
            return factories.service(uow, values.pop("provider", self.provider), **values)

    def another_pool(self, service: Service | None = None, **values: Any) -> CapacityPool:
        """A pool of the service unless said otherwise."""
        with self.units.writing() as uow:
            return factories.pool(uow, service or self.service, **values)


def _partner(uow: UnitOfWork, slug: str) -> tuple[Organisation, Actor]:
    organisation = factories.organisation(
        uow, slug, kind=OrganisationKind.NGO, status=MembershipStatus.PARTNER
    )
    return organisation, factories.actor(uow, ("partner_client", organisation))


def make_world(units: Units) -> World:
    """The world on an empty database.

    `actors` are one for each stranger and each role: `coordinator` of the church above the provider,
    `reporter` of the provider, `neighbour` who coordinates another church, `partner`, and the offices.
    """
    clock = Clock()
    with units.writing() as uow:
        factories.foundations(uow)
        church = factories.church_body(uow, "bes", denomination="orthodox")
        provider = factories.organisation(
            uow, "diaconia", parent=church, kind=OrganisationKind.FAITH_BASED_NGO
        )
        partner, operator = _partner(uow, "lastrada")
        service = factories.service(uow, provider)
        pool = factories.pool(uow, service)
        actors = {**_actors(uow, church, provider), "partner": operator}
    coordinator = actors["coordinator"]
    return World(units, clock, church, provider, partner, coordinator, operator, service, pool, actors)


def same_world(world: World, units: Units) -> World:
    """The world on a copy of its database; the units' clock becomes the world's."""
    clock = Clock()
    units.clock = clock
    return replace(world, units=units, clock=clock)


def _actors(uow: UnitOfWork, church: Organisation, provider: Organisation) -> dict[str, Actor]:
    neighbour = factories.church_body(uow, "moc", denomination="orthodox")
    office = factories.organisation(uow, "coalition", kind=OrganisationKind.COALITION)
    roles = {
        "coordinator": ("coordinator", church),
        "reporter": ("reporter", provider),
        "neighbour": ("coordinator", neighbour),
        "council_member": ("council_member", office),
        "auditor": ("auditor", office),
        "administrator": ("administrator", office),
    }
    return {name: factories.actor(uow, role) for name, role in roles.items()}


@contextmanager
def statements(units: Units) -> Iterator[list[str]]:
    """The statements that are sent to the database inside the block."""
    sent: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(units.database.write_engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(units.database.write_engine, "before_cursor_execute", listen)
