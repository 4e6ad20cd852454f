"""Batches for services, pools and holds; who may see what goes through `assistance.policies`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from coalition.assistance import models as m
from coalition.assistance import repository
from coalition.assistance.capacity import effective_status
from coalition.assistance.enums import CanTake, HoldStatus
from coalition.assistance.words import CanTakeRequest, can_take_words
from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.names import target_group_named


def pool_holds(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.Hold]]:
    """The standing holds of each pool, for the provider."""
    found = repository.holds_of_pools(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


def attempts(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.HoldAttempt]]:
    """Attempts on each service that came to nothing, for the provider."""
    found = repository.attempts_of_services(uow, actor, list(keys))
    return [found.get(key, []) for key in keys]


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
