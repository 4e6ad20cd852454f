"""Finding places to hold, one caller after the other, and the limit on attempts that come to nothing."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import free_places, held_places, is_stale, takes_group, takes_group_at_all
from coalition.assistance.drafts import HoldDraft
from coalition.assistance.models import CapacityPool, HoldAttempt, Service
from coalition.assistance.policies import sees_numbers
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import Fault, Refused, refuse
from coalition.core.events import Event
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation

# Of one organisation and civil day, on protected services (DOMAIN.md principle 2).
MOST_ATTEMPTS = 5
_COUNTED = "NOT_ENOUGH_PLACES"


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
    for name in sorted({f"organisation:{organisation.id}", actor.subject}):
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"hold_attempt:{name}", 0))
        uow.db.execute(sa.select(lock))


def attempts_today(uow: UnitOfWork, actor: Actor, organisation: Organisation) -> int:
    """The attempts of today that came to nothing, of the organisation or of the caller.

    The caller counts too: a line of a hundred parishes must not give one person five hundred attempts.
    A stale pool does not count, because the refusal tells nothing of who is there.
    """
    same = sa.or_(
        col(HoldAttempt.organisation_id) == organisation.id, col(HoldAttempt.created_by) == actor.subject
    )
    counted = sa.and_(col(HoldAttempt.attempted_on) == uow.today, col(HoldAttempt.code) == _COUNTED)
    return uow.db.scalars(sa.select(sa.func.count(col(HoldAttempt.id))).where(same, counted)).one()


def keep_attempt(uow: UnitOfWork, actor: Actor, organisation: Organisation, attempt: CameToNothing) -> None:
    """Keep the trace of an attempt, for the provider and the audit log."""
    service = attempt.service
    uow.db.add(
        HoldAttempt(
            service_id=service.id,
            organisation_id=organisation.id,
            attempted_at=uow.now,
            attempted_on=uow.today,
            code=attempt.code,
            created_by=actor.subject,
        )
    )
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
