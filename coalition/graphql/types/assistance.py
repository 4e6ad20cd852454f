"""Services, capacity and holds; what outsiders may know of a protected service, field by field."""

from __future__ import annotations

import datetime
from typing import Any

import strawberry

from coalition.assistance import models as m
from coalition.assistance.capacity import held_places
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
from coalition.assistance.repository import figures_of
from coalition.assistance.words import assurance_heard, heard_word
from coalition.core.actor import Visibility
from coalition.graphql.arguments import Quantity, TargetGroup
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import (
    Asked,
    Guard,
    Node,
    Other,
    batched,
    children,
    chosen_texts,
    column,
    computed,
    derived,
    record,
    to_one,
    values,
    view,
)
from coalition.graphql.fields import resolved
from coalition.graphql.loaders import assistance as load
from coalition.graphql.loaders.relations import RowById
from coalition.graphql.types.members import DistrictType, OrganisationType, RegionType

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


def _noted_pools(context: Context, service: m.Service, field: str) -> None:
    # That there is none is as much of a secret as that there are some.
    if sees_pools(context.actor, service):
        _noted(context, service, field)


_OF_SERVICE = ("id", "protected", "provider_id")
_INSIDE = Guard(_OF_SERVICE, is_insider, _noted)


def _assured_on(service: Any, context: Any) -> datetime.date | None:
    told = not service.protected or provides(context.actor, service)
    day: datetime.date | None = service.assured_on if told else assurance_heard(service, context.now)
    return day


def _name(service: Any, context: Context) -> Any:
    if not is_insider(context.actor, service):
        return service.outside_name
    _noted(context, service, "name")
    return service.name


@view(m.Service, "Service", "A service for persons assisted; never the persons.", visible_services)
class ServiceType(Node):
    """A service."""

    code: str | None = column(
        "Its code in the public record; null for outsiders of a protected service.", guard=_INSIDE
    )
    provider: OrganisationType | None = to_one("Who provides it.", "Organisation", "provider_id")
    provider_name: str | None = column("The provider's name where it is no organisation of the list.")
    partners: list[ServicePartnerType] = children(
        "Who runs it together with the provider.",
        "ServicePartner", m.ServicePartner,
        parent="service_id", refers_to=("organisation_id", "Organisation"),
    )  # fmt: skip
    kinds: list[AssistanceKind] = values("What it offers.", m.ServiceKind.kind, parent="service_id")
    region: RegionType | None = to_one("The region it lies in.", "Region", "region_id")
    district: DistrictType | None = to_one(
        "Its district; null for outsiders of a protected service.", "District", "district_id", guard=_INSIDE
    )
    place: str | None = column(
        "Its place, as written; null for outsiders of a protected service.", guard=_INSIDE
    )
    protected: bool = column("Whether its place is the provider's secret.")
    status: ServiceStatus = column("Whether it works; of a loaded service, as the source's date had it.")
    languages: list[str] = column("Languages spoken there, as BCP 47.")
    target_groups: list[str] = column("For whom it is meant, as codes.")
    target_group_text: str | None = column("For whom it is meant, as a loaded record words it.")
    stay: str | None = column("How long one can stay, as a loaded record words it.")
    assured_on: datetime.date | None = computed(
        "When the provider last confirmed it; outsiders of a protected service hear it with a delay.",
        (*_OF_SERVICE, "assured_on", "assured_before", "assured_told_at"),
        _assured_on,
    )
    contact_desk: str | None = column(
        "Whom to call. Of a protected service for the provider's line and callers with capacity:read.",
        guard=Guard(_OF_SERVICE, sees_desk, _noted),
    )
    source: str | None = column(
        "Where a loaded record comes from; null for outsiders of a protected service.", guard=_INSIDE
    )
    visibility: Visibility = column("Who may see it besides the owner's own line.")
    revision: int = column("Goes up with each change.")
    pools: list[CapacityPoolType] = children(
        "Its capacity; empty for who may not see it.",
        "CapacityPool", m.CapacityPool, parent="service_id", visible=visible_pools,
        guard=Guard(_OF_SERVICE, noting=_noted_pools),
    )  # fmt: skip
    attempts: list[HoldAttemptType] = batched(
        "Attempts that came to nothing, newest first, holds given back or run out among them; needs"
        " capacity:confirm at the provider.",
        load.attempts,
    )

    name: str = chosen_texts(
        "Its name; of a protected service outsiders read it without any place in it.",
        (*_OF_SERVICE, "name", "outside_name"),
        _name,
    )

    @resolved(
        description="Whether it can take this many now. ASK_BY_PHONE: not confirmed lately, or not for you"
        " to know. Of a protected service outsiders hear a change 30 to 90 minutes late, and of more than"
        " one place only NO or ASK_BY_PHONE.",
        source=Asked(load.can_take, load.can_take_request),
    )
    async def can_take(
        self: Any, info: Info, quantity: Quantity = 1, target_group: TargetGroup = None
    ) -> CanTake:
        """The word for this actor."""
        word: CanTake = await context_of(info).load(
            load.can_take, load.can_take_request(self.id, quantity, target_group)
        )
        return word


_SERVICE = Other("service", "Service", "service_id", _OF_SERVICE)
_NUMBERS = ("id", "maximum", "occupied", "confirmed_at", "stale_at")


def _note_pool(context: Context, pool: Any, field: str) -> None:
    if pool.service is not None and pool.service.protected:
        provider = pool.service.provider_id
        context.secret_reads.note(("CapacityPool", pool.id), field, organisation_id=provider)


def _fact(description: str) -> Any:
    """A column of a pool, which tells that there is one; named as the field is."""

    def read(pool: Any, context: Context, field: str) -> Any:
        _note_pool(context, pool, field)
        return getattr(pool, field)

    return derived(description, ("id", *_FACTS), read, others=[_SERVICE], model=m.CapacityPool)


_FACTS = ("unit", "unit_text", "target_group", "target_group_text", "confirmed_at", "stale_at")


def _figure(description: str) -> Any:
    """A figure of a pool, named as the field is; numbers only for who may see them."""

    def read(pool: Any, context: Context, field: str) -> Any:
        figures = getattr(pool, "figures", None)
        if figures is None:
            figures = pool.figures = figures_of(context.actor, pool, context.now)
        if pool.service is not None and sees_numbers(context.actor, pool.service):
            _note_pool(context, pool, field)
        return getattr(figures, field)

    return derived(
        description,
        _NUMBERS,
        read,
        others=[_SERVICE],
        expressions={"held": held_places, "heard": heard_word},
        model=m.CapacityPool,
    )


@view(m.CapacityPool, "CapacityPool", "Places of one kind in a service.", visible_pools)
class CapacityPoolType(Node):
    """A pool of places."""

    service: ServiceType = to_one("The service.", "Service", "service_id")
    unit: CapacityUnit = _fact("What is counted.")
    unit_text: str | None = _fact("What is counted, as a loaded record words it.")
    target_group: str | None = _fact("For whom it is meant, as a code; null means any.")
    target_group_text: str | None = _fact("For whom it is meant, as a loaded record words it.")
    confirmed_at: datetime.datetime | None = _fact("When its numbers were last confirmed.")
    stale_at: datetime.datetime | None = _fact("When its numbers stop being trusted.")
    maximum: int | None = _figure(
        "All places, as last confirmed or as published; null for who may not see numbers."
    )
    occupied: int | None = _figure("Places taken; null for who may not see numbers or when never confirmed.")
    held: int | None = _figure("Places held; null for who may not see numbers.")
    available: int | None = _figure("Places free, 0 when STALE; null for who may not see numbers.")
    state: CapacityState = _figure("OPEN, FULL, or STALE when not confirmed lately.")

    @resolved(description="Holds that stand now; needs capacity:confirm at the provider, else empty.")
    async def holds(self: Any, info: Info) -> list[HoldType]:
        """Holds that stand now."""
        context = context_of(info)
        found: list[HoldType] = await context.load(load.pool_holds, self.id)
        service = await context.load(RowById(m.Service, visible_services), self.service_id)
        if service is not None and service.protected and provides(context.actor, service):
            context.secret_reads.note(("CapacityPool", self.id), "holds", organisation_id=service.provider_id)
        return found


def _status_now(hold: Any, context: Any) -> HoldStatus:
    return load.hold_status(hold, context.now)


def _desk(hold: Any, context: Context, field: str) -> str | None:
    """Whoever may see a hold may call the service, the auditor excepted."""
    if hold.service is None or context.actor.reach("records:read").everything:
        return None
    _noted(context, hold.service, field)
    desk: str | None = hold.service.contact_desk
    return desk


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
    contact_desk: str | None = derived(
        "Whom to call at the service.",
        ("id",),
        _desk,
        others=[Other("service", "Service", "service_id", (*_OF_SERVICE, "contact_desk"))],
        model=m.Hold,
    )
