"""Whether a service can take somebody, as far as each caller may know (DOMAIN.md principle 2).

The truth is computed from holds and the clock. Outsiders of a protected service hear a word instead:
each change of it is written down with the moment from which it is told, 30 to 90 minutes later, drawn
once and never again for a change that has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import SystemRandom
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.capacity import (
    TAKING,
    free_places,
    held_places,
    holding_at,
    is_stale,
    pools_for_group,
    stale_at,
    takes_group,
    takes_group_at_all,
)
from coalition.assistance.enums import CanTake, TargetGroup
from coalition.assistance.models import CapacityPool, Hold, PoolWord, Service, ServiceTargetGroup
from coalition.assistance.policies import Hearing, hearing, numbers_seen, visible_services, word_heard
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

SHORTEST_DELAY = timedelta(minutes=30)
LONGEST_DELAY = timedelta(minutes=90)
# The order of lists: who can take somebody first, then who must be asked.
RANKS = {CanTake.YES: 0, CanTake.ASK_BY_PHONE: 1, CanTake.NO: 2}
_BY_RANK = {rank: word for word, rank in RANKS.items()}
_YES, _ASK, _NO = RANKS[CanTake.YES], RANKS[CanTake.ASK_BY_PHONE], RANKS[CanTake.NO]

_random = SystemRandom()


def random_delay() -> timedelta:
    """How long outsiders do not yet hear of a change: evenly drawn, to the second."""
    shortest, longest = int(SHORTEST_DELAY.total_seconds()), int(LONGEST_DELAY.total_seconds())
    return timedelta(seconds=_random.randint(shortest, longest))


@dataclass(frozen=True)
class CanTakeRequest:
    """A question: can this service take so many, of this group?"""

    service_id: UUID
    quantity: int = 1
    target_group: str | None = None


def retell(uow: UnitOfWork, pool: CapacityPool, *, delay: Callable[[], timedelta] = random_delay) -> None:
    """Write down what outsiders will hear of the pool after a deed on it, as far as can be foreseen.

    Changes that have happened stay as they are; those foreseen are made anew. Staleness is told
    at once, a new confirmation late: until outsiders hear of it, they know the old one only, and hear
    it lapse. Call it with the pool locked and everything flushed.
    """
    lapses_at = _foreseen_lapse(uow, pool)
    uow.db.execute(
        sa.delete(PoolWord).where(col(PoolWord.pool_id) == pool.id, col(PoolWord.true_at) > uow.now)
    )
    last = uow.db.scalars(_told(col(PoolWord.pool_id) == pool.id).limit(1)).first()
    word = last.word if last else CanTake.ASK_BY_PHONE
    sequence = last.sequence if last else 0
    for moment, next_word in _course(pool, _holds_at(uow, pool), uow.now):
        lapsed = moment == uow.now and lapses_at not in (None, pool.stale_at)
        if next_word is word and not lapsed:
            continue
        shown_at = moment if next_word is CanTake.ASK_BY_PHONE else moment + delay()
        said = [(CanTake.ASK_BY_PHONE, lapses_at)] if lapsed and lapses_at and lapses_at < shown_at else []
        if next_word is not word or said:
            said.append((next_word, shown_at))
        for word, told_at in said:
            sequence += 1
            uow.db.add(
                PoolWord(pool_id=pool.id, sequence=sequence, word=word, true_at=moment, shown_at=told_at)
            )
    uow.db.flush()


def _foreseen_lapse(uow: UnitOfWork, pool: CapacityPool) -> datetime | None:
    """When the pool would have become stale as it was last confirmed, or None when it is already."""
    return uow.db.scalars(
        sa.select(PoolWord.true_at)
        .where(
            col(PoolWord.pool_id) == pool.id,
            col(PoolWord.word) == CanTake.ASK_BY_PHONE,
            col(PoolWord.true_at) > uow.now,
        )
        .order_by(col(PoolWord.true_at))
        .limit(1)
    ).first()


def assurance_heard(service: Service, now: datetime) -> date | None:
    """The day on which the provider last spoke for the service, as far as outsiders are told."""
    untold = service.assured_told_at is not None and service.assured_told_at > now
    return service.assured_before if untold else service.assured_on


def _told(*conditions: sa.ColumnElement[bool]) -> sa.Select[PoolWord]:
    """Words from the latest to the first."""
    order = (col(PoolWord.true_at).desc(), col(PoolWord.sequence).desc())
    return sa.select(PoolWord).where(*conditions).order_by(*order)


def _holds_at(uow: UnitOfWork, pool: CapacityPool) -> list[tuple[datetime, int]]:
    rows = uow.db.execute(
        sa.select(Hold.expires_at, Hold.quantity).where(col(Hold.pool_id) == pool.id, holding_at(uow.now))
    )
    return [(expires_at, quantity) for expires_at, quantity in rows]


def _course(
    pool: CapacityPool, holds: list[tuple[datetime, int]], now: datetime
) -> Iterator[tuple[datetime, CanTake]]:
    """The true word for one place now, and whenever a hold expires, until the pool is stale."""
    if pool.stale_at is None or is_stale(pool, now):
        yield now, CanTake.ASK_BY_PHONE
        return
    expiries = {expires_at for expires_at, _ in holds if expires_at < pool.stale_at}
    for moment in sorted({now, *expiries}):
        held = sum(quantity for expires_at, quantity in holds if expires_at > moment)
        yield moment, CanTake.YES if free_places(pool, held) else CanTake.NO
    yield pool.stale_at, CanTake.ASK_BY_PHONE


def heard_word(now: datetime) -> sa.ScalarSelect[CanTake]:
    """For the `capacity_pool` row of the statement around it: the word told by `now`, or NULL."""
    return (
        _told(col(PoolWord.pool_id) == CapacityPool.id, col(PoolWord.shown_at) <= now)
        .with_only_columns(PoolWord.word)
        .limit(1)
        .correlate(CapacityPool)
        .scalar_subquery()
    )


def can_take_words(uow: UnitOfWork, actor: Actor, requests: Sequence[CanTakeRequest]) -> list[CanTake]:
    """The answer to each request, in their order, with one statement for all.

    A service that the actor does not see is answered ASK_BY_PHONE, like one without pools.
    """
    known = _services_now(uow, actor, {request.service_id for request in requests})
    return [_answer(actor, request, known.get(request.service_id), uow.now) for request in requests]


@dataclass(frozen=True)
class _PoolNow:
    pool: CapacityPool
    held: int
    heard: CanTake | None


_ServiceNow = tuple[Service, list[_PoolNow]]


def _services_now(uow: UnitOfWork, actor: Actor, service_ids: set[UUID]) -> dict[UUID, _ServiceNow]:
    rows = uow.db.execute(
        sa.select(Service, CapacityPool, held_places(uow.now), heard_word(uow.now))
        .outerjoin(CapacityPool, col(CapacityPool.service_id) == Service.id)
        .where(col(Service.id).in_(service_ids), visible_services(actor))
    )
    known: dict[UUID, _ServiceNow] = {}
    for service, pool, held, heard in rows:
        _, pools = known.setdefault(service.id, (service, []))
        if pool is not None:
            pools.append(_PoolNow(pool, held, heard))
    return known


def _answer(actor: Actor, request: CanTakeRequest, known: _ServiceNow | None, now: datetime) -> CanTake:
    if known is None:
        return CanTake.ASK_BY_PHONE
    service, pools = known
    heard_as = hearing(actor, service)
    if service.status not in TAKING:
        return CanTake.NO
    if heard_as is Hearing.NOTHING:
        return CanTake.ASK_BY_PHONE
    if not takes_group_at_all(service, request.target_group):
        return CanTake.NO
    ranks = [
        _rank_of(found, request.quantity, heard_as, now)
        for found in pools
        if takes_group(found.pool, request.target_group)
    ]
    return _BY_RANK[min(ranks, default=_ASK)]


def _rank_of(found: _PoolNow, quantity: int, heard_as: Hearing, now: datetime) -> int:
    if is_stale(found.pool, now):
        return _ASK
    if heard_as is Hearing.TRUTH:
        return _YES if free_places(found.pool, found.held) >= quantity else _NO
    word = found.heard or CanTake.ASK_BY_PHONE
    # The word is for one place: whoever asks for more learns no number by it.
    return _ASK if word is CanTake.YES and quantity > 1 else RANKS[word]


def can_take_rank(
    actor: Actor, now: datetime, quantity: int, target_group: str | None
) -> sa.ColumnElement[int]:
    """For the `service` row of the statement around it: 0 for YES, 1 for ASK_BY_PHONE, 2 for NO.

    It says what `can_take_words` says, for filters and orders of lists.
    """
    best = (
        sa.select(sa.func.min(_pool_rank(actor, now, quantity)))
        .where(col(CapacityPool.service_id) == Service.id, pools_for_group(target_group))
        .correlate(Service)
        .scalar_subquery()
    )
    hears = sa.or_(numbers_seen(actor), word_heard(actor))
    return sa.case(
        (col(Service.status).not_in(TAKING), _NO),
        (sa.not_(hears), _ASK),
        (_names_other_groups(target_group), _NO),
        else_=sa.func.coalesce(best, _ASK),
    )


def _pool_rank(actor: Actor, now: datetime, quantity: int) -> sa.ColumnElement[int]:
    free = col(CapacityPool.maximum) - sa.func.coalesce(CapacityPool.occupied, 0) - held_places(now)
    heard = heard_word(now)
    return sa.case(
        (stale_at(now), _ASK),
        (sa.and_(numbers_seen(actor), free >= quantity), _YES),
        (numbers_seen(actor), _NO),
        (heard == CanTake.NO, _NO),
        (heard == CanTake.YES, _YES if quantity == 1 else _ASK),
        else_=_ASK,
    )


def _names_other_groups(target_group: str | None) -> sa.ColumnElement[bool]:
    if target_group is None:
        return sa.false()
    named = sa.select(ServiceTargetGroup.target_group).where(col(ServiceTargetGroup.service_id) == Service.id)
    fitting = named.where(col(ServiceTargetGroup.target_group).in_([target_group, TargetGroup.ANY]))
    return sa.and_(named.correlate(Service).exists(), ~fitting.correlate(Service).exists())
