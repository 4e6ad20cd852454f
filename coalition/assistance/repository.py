"""Every query of this room; readers take an `Actor`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import (
    expired_at,
    free_places,
    holding_at,
    is_stale,
    state_of,
)
from coalition.assistance.derived import place_words
from coalition.assistance.enums import AttemptCode, CanTake, CapacityState
from coalition.assistance.models import CapacityPool, Hold, HoldAttempt, Service
from coalition.assistance.policies import (
    held_by_others,
    provided,
    sees_numbers,
    visible_holds,
    visible_pools,
    visible_services,
)
from coalition.core.actor import Actor
from coalition.core.text import spellings, words
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import TerritoryLevel
from coalition.members.models import Territory, TerritorySpelling

# Attempts that the provider is shown of each service, the latest first.
ATTEMPTS_SHOWN = 100
_ATTEMPT = ("id", "service_id", "organisation_id", "attempted_at", "code", "created_by")

_WORD_AS_STATE = {CanTake.YES: CapacityState.OPEN, CanTake.NO: CapacityState.FULL}


@dataclass(frozen=True)
class PoolFigures:
    """What a reader may know of a pool: numbers are None for who may not see them.

    `available` is 0 when the pool is stale. Where the numbers are withheld, `state` follows the
    delayed word, so that it tells no more than that.
    """

    maximum: int | None
    occupied: int | None
    held: int | None
    available: int | None
    state: CapacityState


def service_by_id(uow: UnitOfWork, actor: Actor, service_id: UUID | None) -> Service | None:
    """The service, or None when it is absent or not visible."""
    if service_id is None:
        return None
    return uow.db.scalars(
        sa.select(Service).where(col(Service.id) == service_id, visible_services(actor))
    ).one_or_none()


def service_of_pool(uow: UnitOfWork, actor: Actor, pool_id: UUID | None) -> Service | None:
    """The service that a pool belongs to, or None when it is not visible; the pool itself may be hidden."""
    if pool_id is None:
        return None
    return uow.db.scalars(
        sa.select(Service)
        .join(CapacityPool, col(CapacityPool.service_id) == Service.id)
        .where(col(CapacityPool.id) == pool_id, visible_services(actor))
    ).one_or_none()


def pools_of_services(
    uow: UnitOfWork, actor: Actor, service_ids: Collection[UUID]
) -> dict[UUID, list[CapacityPool]]:
    """The visible pools of each service, in the order they were offered."""
    rows = uow.db.scalars(
        sa.select(CapacityPool)
        .where(col(CapacityPool.service_id).in_(service_ids), visible_pools(actor))
        .order_by(col(CapacityPool.position), col(CapacityPool.id))
    )
    return _grouped((pool.service_id, pool) for pool in rows)


def figures_of(actor: Actor, pool: Any, now: datetime) -> PoolFigures:
    """What the actor may know of a pool's places at `now`.

    `pool` has the columns of its numbers and moments, `service`, and what `held_places` (`held`) and
    `heard_word` (`heard`) find for it.
    """
    if pool.service is not None and sees_numbers(actor, pool.service):
        available = 0 if is_stale(pool, now) else free_places(pool, pool.held)
        state = state_of(pool, pool.held, now)
        return PoolFigures(pool.maximum, pool.occupied, pool.held, available, state)
    word = CanTake.ASK_BY_PHONE if pool.heard is None or is_stale(pool, now) else pool.heard
    return PoolFigures(None, None, None, None, _WORD_AS_STATE.get(word, CapacityState.STALE))


def hold_by_id(uow: UnitOfWork, actor: Actor, hold_id: UUID | None) -> Hold | None:
    """The hold, or None when it is absent, of another organisation, or in another's service."""
    if hold_id is None:
        return None
    return uow.db.scalars(sa.select(Hold).where(col(Hold.id) == hold_id, visible_holds(actor))).one_or_none()


def holds_of_pools(uow: UnitOfWork, actor: Actor, pool_ids: Collection[UUID]) -> dict[UUID, list[Hold]]:
    """The holds that occupy places now, for the provider only; who held them and until when."""
    rows = uow.db.scalars(
        sa.select(Hold)
        .join(Service, col(Hold.service_id) == Service.id)
        .where(col(Hold.pool_id).in_(pool_ids), holding_at(uow.now), provided(actor))
        .order_by(col(Hold.expires_at), col(Hold.id))
    )
    return _grouped((hold.pool_id, hold) for hold in rows)


def attempts_of_services(
    uow: UnitOfWork, actor: Actor, service_ids: Collection[UUID]
) -> dict[UUID, list[HoldAttempt]]:
    """The latest attempts that came to nothing, for the provider only: who, when, and the code.

    Holds of others that ran out are among them, from the moment they did.
    """
    tried = sa.union_all(_refusals(actor, service_ids), _expired(uow, actor, service_ids)).subquery()
    latest = sa.func.row_number().over(
        partition_by=tried.c.service_id, order_by=(tried.c.attempted_at.desc(), tried.c.id)
    )
    numbered = sa.select(tried, latest.label("place")).subquery()
    rows = uow.db.execute(
        sa.select(numbered).where(numbered.c.place <= ATTEMPTS_SHOWN).order_by(numbered.c.place)
    ).mappings()
    found = [HoldAttempt(**{name: row[name] for name in row if name != "place"}) for row in rows]
    return _grouped((attempt.service_id, attempt) for attempt in found)


def _refusals(actor: Actor, service_ids: Collection[UUID]) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(*(col(getattr(HoldAttempt, name)) for name in _ATTEMPT))
        .join(Service, col(HoldAttempt.service_id) == Service.id)
        .where(col(HoldAttempt.service_id).in_(service_ids), provided(actor))
    )


def _expired(uow: UnitOfWork, actor: Actor, service_ids: Collection[UUID]) -> sa.Select[*tuple[Any, ...]]:
    """Holds that ran out in protected services of the actor, but those of the own line, as attempts."""
    return (
        sa.select(
            col(Hold.id),
            col(Hold.service_id),
            col(Hold.organisation_id),
            col(Hold.expires_at).label("attempted_at"),
            sa.literal(AttemptCode.HOLD_EXPIRED.value).label("code"),
            col(Hold.created_by),
        )
        .join(Service, col(Hold.service_id) == Service.id)
        .where(
            col(Hold.service_id).in_(service_ids),
            expired_at(uow.now),
            col(Service.protected).is_(True),
            provided(actor),
            held_by_others(actor),
        )
    )


def hidden_place_words(uow: UnitOfWork) -> frozenset[str]:
    """The folded words of every district's names and spellings, which no outside name may hold."""
    districts = list(
        uow.db.scalars(sa.select(Territory).where(col(Territory.level) == TerritoryLevel.DISTRICT))
    )
    names = [text for district in districts for text in district.name.values()]
    spelled = uow.db.scalars(
        sa.select(TerritorySpelling.spelling).where(
            col(TerritorySpelling.territory_id).in_([district.id for district in districts])
        )
    )
    # Spellings are kept folded, so their capitals no longer tell a proper word from the word for district.
    common = {form for name in names for word in words(name) if word[0].islower() for form in spellings(word)}
    found = {word for spelling in spelled for word in words(spelling) if len(word) > 2}
    return place_words(names) | (found - common)


_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


def _grouped(pairs: Iterable[tuple[_Key, _Row]]) -> dict[_Key, list[_Row]]:
    grouped: dict[_Key, list[_Row]] = {}
    for key, row in pairs:
        grouped.setdefault(key, []).append(row)
    return grouped
