"""Batches for services, pools and holds; who may see what goes through `assistance.policies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.assistance import models as m
from coalition.assistance import repository
from coalition.assistance.capacity import effective_status
from coalition.assistance.enums import AssistanceKind, CanTake, HoldStatus
from coalition.assistance.policies import visible_pools, visible_services
from coalition.assistance.words import CanTakeRequest, can_take_words
from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.loaders.relations import grouped
from coalition.graphql.names import target_group_named


def kinds(uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[list[AssistanceKind]]:
    """The kinds of each service, in order."""
    rows = uow.db.execute(
        sa.select(m.ServiceKind.service_id, m.ServiceKind.kind)
        .where(m.ServiceKind.service_id.in_(set(keys)))
        .order_by(m.ServiceKind.service_id, m.ServiceKind.position)
    )
    return grouped(rows.all(), keys)


def pools(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.CapacityPool]]:
    """The pools of each service that the actor may see."""
    rows = uow.db.execute(
        sa.select(m.CapacityPool.service_id, m.CapacityPool)
        .where(m.CapacityPool.service_id.in_(set(keys)), visible_pools(actor))
        .order_by(m.CapacityPool.service_id, m.CapacityPool.position, m.CapacityPool.id)
    )
    return grouped(rows.all(), keys)


@dataclass(frozen=True)
class _PoolKey:
    """Stands for a pool where only its id is known."""

    id: UUID


def figures(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[repository.PoolFigures]:
    """The figures of each pool; numbers only for who may see them."""
    pools: Any = [_PoolKey(key) for key in keys]
    found = repository.pool_figures(uow, actor, pools)
    return [found[key] for key in keys]


def pool_holds(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.Hold]]:
    """The standing holds of each pool, for the provider."""
    found = repository.holds_of_pools(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


def attempts(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.HoldAttempt]]:
    """Attempts on each service that came to nothing, for the provider."""
    found = repository.attempts_of_services(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


def desks(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[m.Service | None]:
    """Services whose desk may be called: whoever may see a hold may call it, the auditor excepted."""
    if actor.reach("records:read").everything:
        return [None] * len(keys)
    rows = uow.db.scalars(sa.select(m.Service).where(m.Service.id.in_(set(keys)), visible_services(actor)))
    found: dict[Any, m.Service] = {row.id: row for row in rows}
    return [found.get(key) for key in keys]


def can_take_request(service_id: UUID, quantity: int, target_group: str | None) -> CanTakeRequest:
    """One question to a service; raises `BadUserInput` for a quantity out of 1 to 50, or an unknown group."""
    if not 1 <= quantity <= 50:
        raise BadUserInput("OUT_OF_RANGE", what="quantity", minimum=1, maximum=50)
    return CanTakeRequest(service_id, quantity, target_group_named(target_group))


def can_take(uow: UnitOfWork, actor: Actor, keys: Sequence[CanTakeRequest]) -> list[CanTake]:
    """The word for each question."""
    return can_take_words(uow, actor, keys)


def hold_status(hold: m.Hold, now: datetime) -> HoldStatus:
    """The status at a moment; expiry needs no job."""
    return effective_status(hold, now)
