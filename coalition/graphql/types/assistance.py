"""Services, capacity and holds; what outsiders may know of a protected service, field by field."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from coalition.assistance import models as m
from coalition.assistance.enums import (
    AssistanceKind,
    CanTake,
    CapacityState,
    CapacityUnit,
    HoldStatus,
    ServiceStatus,
)
from coalition.assistance.policies import (
    is_insider,
    provides,
    sees_desk,
    sees_numbers,
    sees_pools,
    visible_holds,
    visible_pools,
    visible_services,
)
from coalition.assistance.repository import PoolFigures
from coalition.assistance.words import assurance_heard
from coalition.core.actor import Visibility
from coalition.core.text import in_language
from coalition.graphql.arguments import Language, Quantity, TargetGroup
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import Node, batched, children, column, computed, record, to_one, view
from coalition.graphql.fields import resolved
from coalition.graphql.loaders import assistance as load
from coalition.graphql.loaders.relations import RowById
from coalition.graphql.types.members import DistrictType, OrganisationType, RegionType, regions_by_id

for _enum in (AssistanceKind, CanTake, CapacityState, CapacityUnit, HoldStatus, ServiceStatus):
    strawberry.enum(_enum, description=_enum.__doc__)


@record(m.ServicePartner, "ServicePartner", "An organisation that runs a service together with its provider.")
class ServicePartnerType:
    """A partner of a service."""

    organisation: OrganisationType = to_one("The organisation.", "Organisation", "organisation_id")
    role: str = column("What it does there.")


@record(
    m.HoldAttempt, "HoldAttempt", "An attempt to hold a place that came to nothing; shown to the provider."
)
class HoldAttemptType:
    """A failed attempt."""

    organisation: OrganisationType | None = to_one(
        "For whom it was tried.", "Organisation", "organisation_id"
    )
    attempted_at: datetime.datetime = column("When it came to nothing.")
    code: str = column(
        "Why it came to nothing: NOT_ENOUGH_PLACES, TOO_MANY_ATTEMPTS, HOLD_RELEASED or HOLD_EXPIRED."
    )


def _noted(context: Context, service: m.Service, field: str) -> None:
    """Note that a secret of a protected service is handed out: to whoever may see it, and in the log."""
    if service.protected:
        context.secret_reads.note(("Service", service.id), field, organisation_id=service.provider_id)


def _noted_pool(context: Context, service: m.Service | None, pool: Any, field: str) -> None:
    if service is not None and service.protected:
        context.secret_reads.note(("CapacityPool", pool.id), field, organisation_id=service.provider_id)


def _assured_on(service: Any, context: Any) -> datetime.date | None:
    told = not service.protected or provides(context.actor, service)
    day: datetime.date | None = service.assured_on if told else assurance_heard(service, context.now)
    return day


async def _pools(service: Any, context: Context) -> list[Any]:
    found: list[Any] = await context.load(load.pools, service.id)
    # That there is none is as much of a secret as that there are some.
    if service.protected and sees_pools(context.actor, service):
        _noted(context, service, "pools")
    for pool in found:
        pool.__dict__["of_service"] = service
    return found


@view(m.Service, "Service", "A service for persons assisted; never the persons.", visible_services)
class ServiceType(Node):
    """A service."""

    code: str | None = column(
        "Its code in the public record; null for outsiders of a protected service.",
        when=is_insider,
        noting=_noted,
    )
    provider: OrganisationType | None = to_one("Who provides it.", "Organisation", "provider_id")
    provider_name: str | None = column("The provider's name where it is no organisation of the list.")
    partners: list[ServicePartnerType] = children(
        "Who runs it together with the provider.",
        m.ServicePartner, parent="service_id", refers_to=("organisation_id", "Organisation"),
    )  # fmt: skip
    kinds: list[AssistanceKind] = batched("What it offers.", load.kinds)
    region: RegionType | None = batched("The region it lies in.", regions_by_id, key="region_id")
    district: DistrictType | None = to_one(
        "Its district; null for outsiders of a protected service.",
        "District",
        "district_id",
        when=is_insider,
        noting=_noted,
    )
    place: str | None = column(
        "Its place, as written; null for outsiders of a protected service.", when=is_insider, noting=_noted
    )
    protected: bool = column("Whether its place is the provider's secret.")
    status: ServiceStatus = column("Whether it works; of a loaded service, as the source's date had it.")
    languages: list[str] = column("Languages spoken there, as BCP 47.")
    target_groups: list[str] = column("For whom it is meant, as codes.")
    target_group_text: str | None = column("For whom it is meant, as a loaded record words it.")
    stay: str | None = column("How long one can stay, as a loaded record words it.")
    assured_on: datetime.date | None = computed(
        "When the provider last confirmed it; outsiders of a protected service hear it with a delay.",
        ("assured_on", "assured_before", "assured_told_at"),
        _assured_on,
    )
    contact_desk: str | None = column(
        "Whom to call. Of a protected service for the provider's line and callers with capacity:read.",
        when=sees_desk,
        noting=_noted,
    )
    source: str | None = column(
        "Where a loaded record comes from; null for outsiders of a protected service.",
        when=is_insider,
        noting=_noted,
    )
    visibility: Visibility = column("Who may see it besides the owner's own line.")
    revision: int = column("Goes up with each change.")
    pools: list[CapacityPoolType] = computed(
        "Its capacity; empty for who may not see it.", ("id", "protected", "provider_id"), _pools
    )
    attempts: list[HoldAttemptType] = batched(
        "Attempts that came to nothing, newest first, holds given back or run out among them; needs"
        " capacity:confirm at the provider.",
        load.attempts,
    )

    @resolved(description="Its name; of a protected service outsiders read it without any place in it.")
    def name(self: Any, info: Info, language: Language = None) -> str:
        """The name that this actor may read."""
        context = context_of(info)
        names = self.outside_name
        if is_insider(context.actor, self):
            _noted(context, self, "name")
            names = self.name
        return in_language(names, language or context.language)

    @resolved(
        description="Whether it can take this many now. ASK_BY_PHONE: not confirmed lately, or not for you"
        " to know. Of a protected service outsiders hear a change 30 to 90 minutes late, and of more than"
        " one place only NO or ASK_BY_PHONE."
    )
    async def can_take(
        self: Any, info: Info, quantity: Quantity = 1, target_group: TargetGroup = None
    ) -> CanTake:
        """The word for this actor."""
        word: CanTake = await context_of(info).load(
            load.can_take, load.can_take_request(self.id, quantity, target_group)
        )
        return word


async def _pool_holds(pool: Any, context: Context) -> list[Any]:
    found: list[Any] = await context.load(load.pool_holds, pool.id)
    service = pool.__dict__.get("of_service")
    if service is None:
        service = await context.load(RowById(m.Service, visible_services), pool.service_id)
    if provides(context.actor, service):
        _noted_pool(context, service, pool, "holds")
    return found


def _fact(description: str, name: str) -> Any:
    """A column of a pool, which tells that there is one."""

    def read(pool: Any, context: Context) -> Any:
        service = pool.__dict__.get("of_service")
        if service is None:
            return read_of_service(pool, context)
        _noted_pool(context, service, pool, name)
        return getattr(pool, name)

    async def read_of_service(pool: Any, context: Context) -> Any:
        service = await context.load(RowById(m.Service, visible_services), pool.service_id)
        _noted_pool(context, service, pool, name)
        return getattr(pool, name)

    return computed(description, (name,), read)


@view(m.CapacityPool, "CapacityPool", "Places of one kind in a service.", visible_pools)
class CapacityPoolType(Node):
    """A pool of places."""

    service: ServiceType = to_one("The service.", "Service", "service_id")
    unit: CapacityUnit = _fact("What is counted.", "unit")
    unit_text: str | None = _fact("What is counted, as a loaded record words it.", "unit_text")
    target_group: str | None = _fact("For whom it is meant, as a code; null means any.", "target_group")
    target_group_text: str | None = _fact(
        "For whom it is meant, as a loaded record words it.", "target_group_text"
    )
    confirmed_at: datetime.datetime | None = _fact("When its numbers were last confirmed.", "confirmed_at")
    stale_at: datetime.datetime | None = _fact("When its numbers stop being trusted.", "stale_at")

    @resolved(description="All places, as last confirmed or as published; null for who may not see numbers.")
    async def maximum(self: Any, info: Info) -> int | None:
        """All places."""
        return (await _figures(self, info, "maximum")).maximum

    @resolved(description="Places taken; null for who may not see numbers or when never confirmed.")
    async def occupied(self: Any, info: Info) -> int | None:
        """Places taken."""
        return (await _figures(self, info, "occupied")).occupied

    @resolved(description="Places held; null for who may not see numbers.")
    async def held(self: Any, info: Info) -> int | None:
        """Places held."""
        return (await _figures(self, info, "held")).held

    @resolved(description="Places free, 0 when STALE; null for who may not see numbers.")
    async def available(self: Any, info: Info) -> int | None:
        """Places free."""
        return (await _figures(self, info, "available")).available

    @resolved(description="OPEN, FULL, or STALE when not confirmed lately.")
    async def state(self: Any, info: Info) -> CapacityState:
        """Its state."""
        return (await _figures(self, info, "state")).state

    holds: list[HoldType] = computed(
        "Holds that stand now; needs capacity:confirm at the provider, else empty.", ("id",), _pool_holds
    )


async def _figures(pool: Any, info: Info, field: str) -> PoolFigures:
    context = context_of(info)
    figures: PoolFigures = await context.load(load.figures, pool.id)
    service = figures.service
    if service is not None and sees_numbers(context.actor, service):
        _noted_pool(context, service, pool, field)
    return figures


def _status_now(hold: Any, context: Any) -> HoldStatus:
    return load.hold_status(hold, context.now)


async def _desk(hold: Any, context: Context) -> str | None:
    service: m.Service | None = await context.load(load.desks, hold.service_id)
    if service is None:
        return None
    _noted(context, service, "contact_desk")
    return service.contact_desk


@view(m.Hold, "Hold", "Places held for an organisation for a while.", visible_holds)
class HoldType(Node):
    """A hold."""

    reference: str = column("To be read out over the telephone.")
    service: ServiceType = to_one("The service.", "Service", "service_id")
    pool: CapacityPoolType | None = to_one(
        "The pool; null for who may not see it.", "CapacityPool", "pool_id"
    )
    organisation: OrganisationType | None = to_one("For whom it is held.", "Organisation", "organisation_id")
    quantity: int = column("How many places.")
    status: HoldStatus = computed("HELD, or what became of it.", ("status", "expires_at"), _status_now)
    expires_at: datetime.datetime = column("When it ends by itself.")
    created_at: datetime.datetime = column("When it was made.")
    contact_desk: str | None = computed("Whom to call at the service.", ("service_id",), _desk)
