"""A provider, its church body, a partner and a protected service, with a clock that tests move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from coalition.assistance.drafts import HoldDraft, HoldOutcome
from coalition.assistance.models import CapacityPool, Service
from coalition.assistance.service import confirm_capacity, hold_places
from coalition.assistance.words import CanTakeRequest, can_take_words
from coalition.core.actor import Actor
from coalition.core.idempotency import ClientKey
from coalition.core.unit_of_work import Units
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
    """What the tests of this room share; deeds are done in units of work of their own."""

    units: Units
    clock: Clock
    church: Organisation
    provider: Organisation
    partner: Organisation
    coordinator: Actor
    operator: Actor
    service: Service
    pool: CapacityPool

    def confirm(self, *, maximum: int = 10, occupied: int = 0, **values: Any) -> CapacityPool:
        values = {"pool_id": self.pool.id, **values}
        with self.units.writing() as uow:
            return confirm_capacity(uow, self.coordinator, maximum=maximum, occupied=occupied, **values)

    def draft(self, **values: Any) -> HoldDraft:
        defaults = {
            "pool_id": None,
            "service_id": self.service.id,
            "pool_given": "pool_id" in values,
            "service_given": "pool_id" not in values,
            "quantity": 1,
            "target_group": None,
            "minutes": 120,
            "on_behalf_of_id": self.partner.id,
        }
        return HoldDraft(**{**defaults, **values})

    def hold(self, actor: Actor | None = None, key: ClientKey | None = None, **values: Any) -> HoldOutcome:
        with self.units.writing() as uow:
            return hold_places(uow, actor or self.operator, draft=self.draft(**values), key=key)

    def can_take(self, actor: Actor | None = None, quantity: int = 1, target_group: str | None = None) -> str:
        request = CanTakeRequest(self.service.id, quantity, target_group)
        with self.units.reading() as uow:
            [word] = can_take_words(uow, actor or self.operator, [request])
        return str(word)

    def actor(self, role_type: str, at: Organisation | None = None) -> Actor:
        with self.units.writing() as uow:
            return factories.actor(uow, (role_type, at or self.provider))

    def another_partner(self, slug: str) -> tuple[Organisation, Actor]:
        with self.units.writing() as uow:
            organisation = _partner(uow, slug)
            return organisation, factories.actor(uow, ("partner_client", organisation))


def _partner(uow: Any, slug: str) -> Organisation:
    return factories.organisation(
        uow, slug, kind=OrganisationKind.NGO, status=MembershipStatus.PARTNER, denomination=None
    )


def make_world(units: Units) -> World:
    """The world on an empty database; the units' clock becomes the world's."""
    clock = Clock()
    units.clock = clock
    with units.writing() as uow:
        factories.foundations(uow)
        church = factories.church_body(uow, "bes", denomination="orthodox")
        provider = factories.organisation(
            uow, "diaconia", parent=church, kind=OrganisationKind.FAITH_BASED_NGO
        )
        partner = _partner(uow, "lastrada")
        service = factories.service(uow, provider)
        return World(
            units=units,
            clock=clock,
            church=church,
            provider=provider,
            partner=partner,
            coordinator=factories.actor(uow, ("coordinator", church)),
            operator=factories.actor(uow, ("partner_client", partner)),
            service=service,
            pool=factories.pool(uow, service),
        )


def new_key(client_id: UUID, content: str = "same") -> ClientKey:
    return ClientKey(client_id, content)
