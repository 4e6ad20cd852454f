"""What can be computed of pools and holds at a moment: expiry and staleness need no job."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.enums import CapacityState, HoldStatus, ServiceStatus, TargetGroup
from coalition.assistance.models import CapacityPool, Hold, Service

# A planned service may confirm places before it opens; the others take nobody.
TAKING = frozenset({ServiceStatus.ACTIVE, ServiceStatus.PLANNED})


def effective_status(hold: Hold, now: datetime) -> HoldStatus:
    """The status at `now`: the column stays HELD when a hold expires."""
    expired = hold.status is HoldStatus.HELD and hold.expires_at <= now
    return HoldStatus.EXPIRED if expired else hold.status


def holding_at(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `hold` rows that occupy places at `now`."""
    return sa.and_(col(Hold.status) == HoldStatus.HELD, col(Hold.expires_at) > now)


def expired_at(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `hold` rows that ran out by `now`; `effective_status` says EXPIRED of them."""
    return sa.and_(col(Hold.status) == HoldStatus.HELD, col(Hold.expires_at) <= now)


def held_places(now: datetime) -> sa.ScalarSelect[int]:
    """For the `capacity_pool` row of the statement around it: the places held at `now`."""
    return (
        sa.select(sa.func.coalesce(sa.func.sum(Hold.quantity), 0))
        .where(col(Hold.pool_id) == CapacityPool.id, holding_at(now))
        .correlate(CapacityPool)
        .scalar_subquery()
    )


def is_stale(pool: CapacityPool, now: datetime) -> bool:
    """Whether the pool was never confirmed, or not lately enough."""
    return pool.confirmed_at is None or pool.stale_at is None or pool.stale_at <= now


def stale_at(now: datetime) -> sa.ColumnElement[bool]:
    """The condition on `capacity_pool` rows that `is_stale` asks."""
    return sa.or_(
        col(CapacityPool.confirmed_at).is_(None),
        col(CapacityPool.stale_at).is_(None),
        col(CapacityPool.stale_at) <= now,
    )


def free_places(pool: CapacityPool, held: int) -> int:
    """The places free in a pool that is not stale."""
    return max(0, (pool.maximum or 0) - (pool.occupied or 0) - held)


def state_of(pool: CapacityPool, held: int, now: datetime) -> CapacityState:
    """Open, full or stale at `now`."""
    if is_stale(pool, now):
        return CapacityState.STALE
    return CapacityState.OPEN if free_places(pool, held) else CapacityState.FULL


def takes_group(pool: CapacityPool, target_group: str | None) -> bool:
    """Whether the pool is for the group asked; None asks for no group in particular."""
    return target_group is None or pool.target_group in (None, TargetGroup.ANY, target_group)


def pools_for_group(target_group: str | None) -> sa.ColumnElement[bool]:
    """The condition on `capacity_pool` rows that `takes_group` asks."""
    if target_group is None:
        return sa.true()
    group: Any = col(CapacityPool.target_group)
    return sa.or_(group.is_(None), group.in_([TargetGroup.ANY, target_group]))


def takes_group_at_all(service: Service, target_group: str | None) -> bool:
    """Whether the service names the group asked among its own, or names none."""
    named = set(service.target_groups)
    return target_group is None or not named or bool(named & {target_group, TargetGroup.ANY})
