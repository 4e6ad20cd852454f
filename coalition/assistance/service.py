"""Offering services, confirming their capacity, holding places and releasing them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import TAKING, effective_status, holding_at
from coalition.assistance.checks import USUAL_VALID_HOURS, check_confirmation, check_hold
from coalition.assistance.drafts import HoldDraft, HoldOutcome, ServiceDraft
from coalition.assistance.enums import HoldStatus
from coalition.assistance.holding import (
    CameToNothing,
    attempts_of,
    is_limited,
    keep_attempt,
    keep_release,
    lock_attempts,
    lock_service,
    locked_pools,
    pool_with_places,
)
from coalition.assistance.models import CapacityPool, Hold, Service
from coalition.assistance.offering import new_service, offered_fields
from coalition.assistance.policies import provides, sees_pools
from coalition.assistance.repository import hold_by_id, service_by_id, service_of_pool
from coalition.assistance.words import assurance_heard, random_delay, retell
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.changes import UNCHANGED, Unchanged
from coalition.core.errors import Fault, Faults, Refused, refuse
from coalition.core.events import Event
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import new_id, new_reference, random_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import OrganisationKind
from coalition.members.models import Organisation
from coalition.members.repository import organisation_by_id


def offer_service(
    uow: UnitOfWork, actor: Actor, *, draft: ServiceDraft, key: ClientKey | None
) -> tuple[Service, bool]:
    """Offer a service; the bool says whether the client's id had made it before.

    Status ACTIVE is the provider's signature under the code of conduct. Pools start never confirmed.
    Raises `Refused` unless the actor may `service:offer` for the provider, and with all faults of the draft.
    """
    provider = _permitted_organisation(uow, actor, draft.provider_id, "service:offer", "provider")
    service_id = new_id()
    earlier = claim(uow, key, mutation="offerService", organisation_id=provider.id, subject_id=service_id)
    if earlier is not None:
        return uow.db.get_one(Service, earlier), True
    service = new_service(uow, actor, service_id, provider, draft)
    record(
        uow,
        actor,
        action="assistance:service:offer",
        subject=("Service", service.id),
        organisation_id=provider.id,
        fields=offered_fields(service),
    )
    uow.emit(Event("service.offered", service.id, _codes(service)))
    return service, False


def _permitted_organisation(
    uow: UnitOfWork, actor: Actor, organisation_id: UUID | None, permission: str, path: str
) -> Organisation:
    """The organisation, in whose name the actor may act; law enforcement has no part in assistance."""
    organisation = organisation_by_id(uow, actor, organisation_id)
    if organisation is None:
        raise refuse("NOT_FOUND", path)
    if organisation.kind is OrganisationKind.LAW_ENFORCEMENT or not actor.may(permission, organisation.id):
        raise refuse("NOT_PERMITTED", path)
    return organisation


def confirm_capacity(
    uow: UnitOfWork,
    actor: Actor,
    *,
    pool_id: UUID | None,
    maximum: int,
    occupied: int,
    valid_hours: int | None = USUAL_VALID_HOURS,
    contact_desk: str | Unchanged | None = UNCHANGED,
) -> CapacityPool:
    """Say how many places a pool has and how many are taken; it holds for `valid_hours`.

    Raises `Refused` unless the actor may `capacity:confirm` for the provider, with all faults of the
    numbers, and with HELD_EXCEEDS_CAPACITY naming the holds that would no longer fit.
    """
    service = _service_to_confirm(uow, actor, pool_id)
    faults = Faults()
    hours = USUAL_VALID_HOURS if valid_hours is None else valid_hours
    desk = check_confirmation(
        faults, maximum=maximum, occupied=occupied, valid_hours=hours, contact_desk=contact_desk
    )
    faults.raise_if_any()
    lock_service(uow, service)
    [pool] = locked_pools(uow, col(CapacityPool.id) == pool_id)
    _check_holds_fit(uow, pool, maximum - occupied)
    pool.maximum, pool.occupied = maximum, occupied
    pool.confirmed_at, pool.confirmed_by = uow.now, actor.subject
    pool.stale_at = uow.now + timedelta(hours=hours)
    fields = ["maximum", "occupied", "confirmed_at", "stale_at", *_assure(uow, service, desk)]
    _tell(uow, service, pool)
    record(
        uow,
        actor,
        action="assistance:pool:confirm",
        subject=("CapacityPool", pool.id),
        organisation_id=service.provider_id,
        fields=fields,
    )
    return pool


def _service_to_confirm(uow: UnitOfWork, actor: Actor, pool_id: UUID | None) -> Service:
    service = service_of_pool(uow, actor, pool_id)
    if service is None:
        raise refuse("NOT_FOUND", "pool")
    provider = uow.db.get(Organisation, service.provider_id) if service.provider_id else None
    barred = provider is None or provider.kind is OrganisationKind.LAW_ENFORCEMENT
    if barred or not provides(actor, service):
        # What somebody may not see does not exist for them, in errors either.
        raise refuse("NOT_PERMITTED" if sees_pools(actor, service) else "NOT_FOUND", "pool")
    return service


def _check_holds_fit(uow: UnitOfWork, pool: CapacityPool, places: int) -> None:
    holds = uow.db.scalars(
        sa.select(Hold).where(col(Hold.pool_id) == pool.id, holding_at(uow.now)).order_by(Hold.reference)
    ).all()
    if sum(hold.quantity for hold in holds) > places:
        raise refuse("HELD_EXCEEDS_CAPACITY", "occupied", holds=[hold.reference for hold in holds])


def _assure(uow: UnitOfWork, service: Service, desk: str | Unchanged | None) -> list[str]:
    """Note on the service that its provider has just spoken for it; says which fields changed."""
    fields = ["assured_on"]
    if service.assured_on != uow.today:
        # The first confirmation of a day is as good as an arrival to who watches: outsiders hear it late.
        service.assured_before = assurance_heard(service, uow.now)
        service.assured_told_at = uow.now + random_delay()
        service.assured_on = uow.today
    # The revision is open to outsiders: if it went up with every confirmation, it would tell at once
    # of a change whose word they are to hear late.
    if not isinstance(desk, Unchanged) and desk != service.contact_desk:
        service.contact_desk = desk
        service.updated_at = uow.now
        service.revision += 1
        fields.append("contact_desk")
    return fields


def hold_places(uow: UnitOfWork, actor: Actor, *, draft: HoldDraft, key: ClientKey | None) -> HoldOutcome:
    """Hold places for an organisation; answered truly at once, to everybody who may ask.

    An attempt on a protected service that comes to nothing is an outcome with faults, to be committed
    with its trace: the provider sees it, and `Attempts` says when they end. Everything else that is wrong
    raises `Refused`. A hold that is refused leaves no client id behind.
    """
    organisation = _permitted_organisation(uow, actor, draft.on_behalf_of_id, "capacity:hold", "onBehalfOf")
    # Outside the savepoint, because PostgreSQL lets go of locks that are taken within.
    lock_attempts(uow, actor, organisation)
    try:
        with uow.db.begin_nested():
            hold_id = random_id()
            earlier = claim(
                uow, key, mutation="holdPlaces", organisation_id=organisation.id, subject_id=hold_id
            )
            if earlier is not None:
                return HoldOutcome(uow.db.get_one(Hold, earlier), replayed=True)
            return HoldOutcome(_new_hold(uow, actor, hold_id, organisation, draft))
    except CameToNothing as attempt:
        keep_attempt(uow, actor, organisation, attempt)
        return HoldOutcome(None, faults=attempt.faults)


def _new_hold(
    uow: UnitOfWork, actor: Actor, hold_id: UUID, organisation: Organisation, draft: HoldDraft
) -> Hold:
    service, path = _service_to_hold_in(uow, actor, draft)
    limited = is_limited(actor, service)
    if limited and attempts_of(uow, actor, organisation, service).are_too_many:
        raise CameToNothing(service, Fault("TOO_MANY_ATTEMPTS", (path,)))
    pool = pool_with_places(uow, service, draft)
    if pool is None:
        fault = Fault("NOT_ENOUGH_PLACES", (path,))
        raise CameToNothing(service, fault) if limited else Refused([fault])
    hold = Hold(
        id=hold_id,
        reference=new_reference(),
        pool_id=pool.id,
        service_id=service.id,
        organisation_id=organisation.id,
        quantity=draft.quantity,
        status=HoldStatus.HELD,
        expires_at=uow.now + timedelta(minutes=draft.minutes),
        created_at=uow.now,
        created_by=actor.subject,
    )
    uow.db.add(hold)
    _tell(uow, service, pool)
    _record_hold(uow, actor, hold, "place", ["pool_id", "quantity", "expires_at", "status"])
    return hold


def _service_to_hold_in(uow: UnitOfWork, actor: Actor, draft: HoldDraft) -> tuple[Service, str]:
    """The service asked and the path it was asked by. Raises `Refused` with all faults of the draft."""
    faults = Faults()
    check_hold(faults, draft)
    path = "pool" if draft.pool_given else "service"
    service = None
    if draft.pool_given != draft.service_given:
        find = service_of_pool if draft.pool_given else service_by_id
        service = find(uow, actor, draft.pool_id if draft.pool_given else draft.service_id)
        if service is None:
            faults.add("NOT_FOUND", path)
        elif service.status not in TAKING:
            faults.add("WRONG_STATE", path)
    if service is None or faults.found:
        raise Refused(faults.found)
    return service, path


def release_hold(uow: UnitOfWork, actor: Actor, *, hold_id: UUID | None) -> Hold:
    """Give held places back, for the organisation that held them or the provider.

    Raises `Refused`: NOT_FOUND for anybody else, HOLD_ENDED when the hold is over.
    """
    found = hold_by_id(uow, actor, hold_id)
    if found is None:
        raise refuse("NOT_FOUND", "hold")
    [pool] = locked_pools(uow, col(CapacityPool.id) == found.pool_id)
    # Read again under the lock: somebody else may just have ended it.
    hold = uow.db.get_one(Hold, found.id, populate_existing=True)
    if effective_status(hold, uow.now) is not HoldStatus.HELD:
        raise refuse("HOLD_ENDED", "hold")
    hold.status, hold.ended_at = HoldStatus.RELEASED, uow.now
    service = uow.db.get_one(Service, hold.service_id)
    _tell(uow, service, pool)
    keep_release(uow, actor, hold, service)
    _record_hold(uow, actor, hold, "release", ["status", "ended_at"])
    return hold


def _record_hold(uow: UnitOfWork, actor: Actor, hold: Hold, deed: str, fields: list[str]) -> None:
    record(
        uow,
        actor,
        action=f"assistance:hold:{deed}",
        subject=("Hold", hold.id),
        organisation_id=hold.organisation_id,
        fields=fields,
    )


def _tell(uow: UnitOfWork, service: Service, pool: CapacityPool) -> None:
    """Let everybody know of a deed on a pool, each as far as they may."""
    uow.db.flush()
    if service.protected:
        retell(uow, pool)
    uow.emit(Event("capacity.changed", pool.id, {"pool": str(pool.id), **_codes(service)}))


def _codes(service: Service) -> dict[str, Any]:
    """Ids by which live readers choose what they may hear; never a number."""
    return {
        "service": str(service.id),
        "protected": service.protected,
        "districts": [str(service.district_id)] if service.district_id else [],
        "region": str(service.region_id) if service.region_id else None,
    }
