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
from coalition.assistance.enums import AssistanceKind, CanTake, CapacityState, HoldStatus
from coalition.assistance.policies import sees_numbers, visible_pools, visible_services
from coalition.assistance.words import CanTakeRequest, can_take_words
from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.loaders.relations import grouped


def kinds(uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[list[AssistanceKind]]:
    """The kinds of each service, in order."""
    rows = uow.db.execute(
        sa.select(m.ServiceKind.service_id, m.ServiceKind.kind)  # type: ignore[call-overload]
        .where(m.ServiceKind.service_id.in_(set(keys)))  # type: ignore[attr-defined]
        .order_by(m.ServiceKind.service_id, m.ServiceKind.position)
    )
    return grouped(rows.all(), keys)


def pools(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.CapacityPool]]:
    """The pools of each service that the actor may see."""
    rows = uow.db.execute(
        sa.select(m.CapacityPool.service_id, m.CapacityPool)  # type: ignore[call-overload]
        .where(m.CapacityPool.service_id.in_(set(keys)), visible_pools(actor))  # type: ignore[attr-defined]
        .order_by(m.CapacityPool.service_id, m.CapacityPool.position, m.CapacityPool.id)
    )
    return grouped(rows.all(), keys)


@dataclass(frozen=True)
class ShownFigures:
    """A pool's figures as far as the actor may see them."""

    state: CapacityState
    maximum: int | None = None
    occupied: int | None = None
    held: int | None = None
    available: int | None = None


def figures(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[ShownFigures]:
    """The figures of each pool; numbers only for who may see them."""
    rows = uow.db.execute(
        sa.select(m.CapacityPool, m.Service)
        .join(m.Service, m.Service.id == m.CapacityPool.service_id)  # type: ignore[arg-type]
        .where(m.CapacityPool.id.in_(set(keys)))  # type: ignore[attr-defined]
    ).all()
    counted = repository.pool_figures(uow, [pool for pool, _ in rows])
    shown: dict[UUID, ShownFigures] = {}
    for pool, service in rows:
        figure = counted[pool.id]
        numbers = sees_numbers(actor, service)
        shown[pool.id] = (
            ShownFigures(figure.state, pool.maximum, pool.occupied, figure.held, figure.available)
            if numbers
            else ShownFigures(figure.state)
        )
    return [shown[key] for key in keys]


def pool_holds(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.Hold]]:
    """The standing holds of each pool, for the provider."""
    found = repository.holds_of_pools(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


def attempts(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.HoldAttempt]]:
    """Attempts on each service that came to nothing, for the provider."""
    found = repository.attempts_of_services(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


def desks(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[str | None]:
    """Whom to call at each service: whoever may see a hold may call its desk, the auditor excepted."""
    if actor.reach("records:read").everything:
        return [None] * len(keys)
    rows = uow.db.execute(
        sa.select(m.Service.id, m.Service.contact_desk).where(  # type: ignore[call-overload]
            m.Service.id.in_(set(keys)), visible_services(actor)  # type: ignore[attr-defined]
        )
    )
    found: dict[Any, str | None] = {row.id: row.contact_desk for row in rows}
    return [found.get(key) for key in keys]


def can_take_request(service_id: UUID, quantity: int, target_group: str | None) -> CanTakeRequest:
    """One question to a service; raises `BadUserInput` for a quantity out of 1 to 50."""
    if not 1 <= quantity <= 50:
        raise BadUserInput("OUT_OF_RANGE", what="quantity", minimum=1, maximum=50)
    return CanTakeRequest(service_id, quantity, target_group)


def can_take(uow: UnitOfWork, actor: Actor, keys: Sequence[CanTakeRequest]) -> list[CanTake]:
    """The word for each question."""
    return can_take_words(uow, actor, keys)


def hold_status(hold: m.Hold, now: datetime) -> HoldStatus:
    """The status at a moment; expiry needs no job."""
    return repository.effective_status(hold, now)
