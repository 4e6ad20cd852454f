"""Finding places to hold, one caller after the other, and the limits on attempts that come to nothing.

A hold that is answered truly tells whoever asks whether so many places are free, whether it succeeds or
not. So of protected services everything counts that an outsider has nothing to show for: a refusal, a hold
given back, a hold run out. One that the provider releases does not: whoever brings somebody is met there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import (
    expired_at,
    free_places,
    held_places,
    holding_at,
    is_stale,
    takes_group,
    takes_group_at_all,
)
from coalition.assistance.drafts import HoldDraft
from coalition.assistance.enums import AttemptCode, HoldStatus
from coalition.assistance.models import CapacityPool, Hold, HoldAttempt, Service
from coalition.assistance.policies import provided, sees_numbers
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.clock import DEFAULT_ZONE
from coalition.core.errors import Fault, Refused, refuse
from coalition.core.events import Event
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation

# Of one organisation and civil day, on protected services: refused ones (DOMAIN.md principle 2), and as
# many that were given back or ran out.
MOST_ATTEMPTS = 5
# Of one organisation in one protected service, in the last thirty civil days: five a day would tell every
# number of a month (docs/decisions/0017).
MOST_LATELY = 15
LATELY_DAYS = 30
# Holds of one organisation in protected services that stand at one time, however many places each.
MOST_STANDING = 10
_REFUSED = AttemptCode.NOT_ENOUGH_PLACES.value
_GIVEN_BACK = AttemptCode.HOLD_RELEASED.value


class CameToNothing(Refused):
    """A limited attempt without a hold to show for it: to be kept, not rolled back."""

    def __init__(self, service: Service, fault: Fault) -> None:
        self.service = service
        self.code = fault.code
        super().__init__([fault])


def is_limited(actor: Actor, service: Service) -> bool:
    """Whether attempts that come to nothing are counted: for outsiders of a protected service."""
    return service.protected and not sees_numbers(actor, service)


def lock_attempts(uow: UnitOfWork, actor: Actor, organisation: Organisation) -> None:
    """Make attempts of one organisation or caller wait for each other until the transaction ends.

    On SQLite every writing transaction waits already.
    """
    if uow.is_sqlite:
        return
    # In one order, so that no two wait for each other for ever.
    for name in sorted({f"organisation:{organisation.id}", actor.subjects[0]}):
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"hold_attempt:{name}", 0))
        uow.db.execute(sa.select(lock))


@dataclass(frozen=True)
class Attempts:
    """What an organisation or its caller has asked of protected services, with nothing to show for it yet."""

    refused_today: int
    ended_today: int
    lately: int
    standing: int

    @property
    def are_too_many(self) -> bool:
        """Whether the next one is refused, whatever it would have come to."""
        today = max(self.refused_today, self.ended_today)
        return today >= MOST_ATTEMPTS or self.lately >= MOST_LATELY or self.standing >= MOST_STANDING


def attempts_of(uow: UnitOfWork, actor: Actor, organisation: Organisation, service: Service) -> Attempts:
    """The attempts of the organisation or of the caller: today, lately in this service, and still standing.

    The caller counts too: a line of a hundred parishes must not give one person five hundred attempts.
    A stale pool does not count, because the refusal tells nothing of who is there.
    """
    since = uow.today - timedelta(days=LATELY_DAYS - 1)
    today = col(HoldAttempt.attempted_on) == uow.today
    tried = _counts(
        _attempts_counted(actor, organisation),
        sa.and_(today, col(HoldAttempt.code) == _REFUSED),
        sa.and_(today, col(HoldAttempt.code) == _GIVEN_BACK),
        sa.and_(col(HoldAttempt.attempted_on) >= since, col(HoldAttempt.service_id) == service.id),
    )
    held = _counts(
        _holds_counted(actor, organisation),
        sa.and_(expired_at(uow.now), col(Hold.expires_at) >= _midnight(uow.today)),
        sa.and_(col(Hold.expires_at) >= _midnight(since), col(Hold.service_id) == service.id),
        holding_at(uow.now),
    )
    refused_today, given_back_today, tried_lately = uow.db.execute(tried).one()
    expired_today, held_lately, standing = uow.db.execute(held).one()
    return Attempts(refused_today, given_back_today + expired_today, tried_lately + held_lately, standing)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), DEFAULT_ZONE)


def _counts(rows: sa.Select[UUID], *conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """How many of the rows fulfil each condition."""
    return rows.with_only_columns(*(sa.func.count(sa.case((each, 1))) for each in conditions))


def _attempts_counted(actor: Actor, organisation: Organisation) -> sa.Select[UUID]:
    own = col(HoldAttempt.created_by).in_(actor.subjects)
    same = sa.or_(col(HoldAttempt.organisation_id) == organisation.id, own)
    return sa.select(HoldAttempt.id).where(same, col(HoldAttempt.code).in_([_REFUSED, _GIVEN_BACK]))


def _holds_counted(actor: Actor, organisation: Organisation) -> sa.Select[UUID]:
    """Holds that were not ended by anybody, in services where the caller is an outsider."""
    same = sa.or_(col(Hold.organisation_id) == organisation.id, col(Hold.created_by).in_(actor.subjects))
    return (
        sa.select(Hold.id)
        .join(Service, col(Hold.service_id) == Service.id)
        .where(
            same,
            col(Hold.status) == HoldStatus.HELD,
            col(Service.protected).is_(True),
            sa.not_(provided(actor)),
        )
    )


def keep_attempt(uow: UnitOfWork, actor: Actor, organisation: Organisation, attempt: CameToNothing) -> None:
    """Keep the trace of an attempt, for the provider and the audit log."""
    service = attempt.service
    _note(uow, actor, organisation.id, service, attempt.code)
    record(
        uow,
        actor,
        action="assistance:hold:refuse",
        subject=("Service", service.id),
        organisation_id=organisation.id,
        reason=attempt.code,
    )
    payload = {"service": str(service.id), "organisation": str(organisation.id), "code": attempt.code}
    uow.emit(Event("hold.refused", service.id, payload))
    uow.db.flush()


def keep_release(uow: UnitOfWork, actor: Actor, hold: Hold, service: Service) -> None:
    """Note that an outsider has given a hold back: places were asked for, and nobody came."""
    if is_limited(actor, service):
        _note(uow, actor, hold.organisation_id, service, AttemptCode.HOLD_RELEASED.value)


def _note(uow: UnitOfWork, actor: Actor, organisation_id: UUID, service: Service, code: str) -> None:
    uow.db.add(
        HoldAttempt(
            service_id=service.id,
            organisation_id=organisation_id,
            attempted_at=uow.now,
            attempted_on=uow.today,
            code=code,
            created_by=actor.subject,
        )
    )


def lock_service(uow: UnitOfWork, service: Service) -> None:
    """Make others who change the service wait, and read it as they left it; take it before its pools."""
    uow.db.refresh(service, with_for_update={"key_share": True})


def locked_pools(uow: UnitOfWork, condition: sa.ColumnElement[bool]) -> list[CapacityPool]:
    """The pools, read anew once all others who change them have ended; always in one order."""
    statement = sa.select(CapacityPool).where(condition).order_by(col(CapacityPool.id))
    # key_share: new holds refer to the row, and must not wait for who only reads the key.
    rows = uow.db.scalars(
        statement.with_for_update(key_share=True), execution_options={"populate_existing": True}
    )
    return list(rows)


def pool_with_places(uow: UnitOfWork, service: Service, draft: HoldDraft) -> CapacityPool | None:
    """The pool to hold places in, locked: of several that have enough, the one with most; None has too few.

    Raises `Refused` with CAPACITY_STALE when no pool that could take them was confirmed lately.
    One stale pool among others is no such case: the refusal would tell of the others, uncounted.
    """
    if draft.pool_given:
        pools = locked_pools(uow, col(CapacityPool.id) == draft.pool_id)
    elif takes_group_at_all(service, draft.target_group):
        found = locked_pools(uow, col(CapacityPool.service_id) == service.id)
        pools = [pool for pool in found if takes_group(pool, draft.target_group)]
    else:
        return None
    fresh = [pool for pool in pools if not is_stale(pool, uow.now)]
    if not fresh:
        raise refuse("CAPACITY_STALE", "pool" if draft.pool_given else "service")
    held = _held_by_pool(uow, fresh)
    free = {pool.id: free_places(pool, held[pool.id]) for pool in fresh}
    fitting = [pool for pool in fresh if free[pool.id] >= draft.quantity]
    return max(fitting, key=lambda pool: free[pool.id], default=None)


def _held_by_pool(uow: UnitOfWork, pools: list[CapacityPool]) -> dict[UUID, int]:
    rows = uow.db.execute(
        sa.select(CapacityPool.id, held_places(uow.now)).where(
            col(CapacityPool.id).in_([pool.id for pool in pools])
        )
    )
    return dict(rows.all())
