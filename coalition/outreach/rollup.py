"""Figures of coverage kept beside the activities (docs/decisions/0025).

An activity is counted in the rollup or by itself, never both; `is_rolled_up` says which. A new one counts
by itself until `roll_up` takes it in, so that logging writes nothing more than the activity. Whatever would
change what an activity comes to takes it out first, in the same transaction. Everybody who takes in or out
holds the rollup, one at a time: counts cannot be lost, and no two can wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.lines import before_lines_change
from coalition.members.models import OrganisationLine
from coalition.outreach.models import Activity, ActivityParticipant, ActivityRollup
from coalition.outreach.rollup_counts import BELONGING, FIGURES, GROUPINGS, KEYS, NOBODY, Side, counts

# How many activities are taken in or out at once.
BATCH = 1000

_rollup: Any = sa.inspect(ActivityRollup).local_table
_ACTIVITIES = [_rollup.c[name] for name in FIGURES if name.startswith("activities")]
_IS_IN: Any = Activity.is_rolled_up


def roll_up(uow: UnitOfWork, *, limit: int = BATCH) -> int:
    """Take up to `limit` activities in that count by themselves; returns how many it were."""
    _hold(uow)
    waiting = sa.select(Activity.id).where(~Activity.is_rolled_up, is_settled(uow.today)).limit(limit)
    ids = _mark(uow, Activity.id.in_(waiting), is_rolled_up=True)
    _add(uow, ids, times=1)
    if ids:
        uow.db.execute(sa.delete(_rollup).where(*(each == 0 for each in _ACTIVITIES)))
    return len(ids)


def roll_up_all(units: Units, *, most: int | None = None) -> int:
    """Take in whatever counts by itself, some at a time so that nobody waits long; returns how many.

    With `most` it ends after about so many, however many are left.
    """
    count = 0
    while (most is None or count < most) and _is_any_waiting(units):
        with units.writing() as uow:
            taken = roll_up(uow)
        count += taken
        if taken < BATCH:
            break
    return count


def _is_any_waiting(units: Units) -> bool:
    """Whether there is anything to take in, asked without keeping writers off."""
    with units.reading() as uow:
        waiting = sa.select(Activity.id).where(~Activity.is_rolled_up, is_settled(uow.today)).limit(1)
        return uow.db.execute(waiting).first() is not None


def take_out(uow: UnitOfWork, activity_ids: Iterable[UUID]) -> None:
    """Let these activities count by themselves from now on; call it before what they come to changes."""
    _hold(uow)
    for some in _batches(list(activity_ids)):
        ids = _mark(uow, Activity.id.in_(some) & Activity.is_rolled_up, is_rolled_up=False)
        _add(uow, ids, times=-1)


@before_lines_change
def take_out_of_organisations(uow: UnitOfWork, organisation_ids: Sequence[UUID]) -> None:
    """Take out all in which these organisations, or any that ever stood below them, take part.

    Call it before the visibility, the denomination, the church body or a line of theirs changes.
    """
    _hold(uow)
    below = sa.select(OrganisationLine.descendant_id).where(
        OrganisationLine.ancestor_id.in_(organisation_ids)
    )
    participant = ActivityParticipant.organisation_id
    theirs = sa.select(ActivityParticipant.activity_id).where(
        sa.or_(participant.in_(organisation_ids), participant.in_(below))
    )
    affected = sa.select(Activity.id).where(Activity.is_rolled_up, Activity.id.in_(theirs))
    take_out(uow, uow.db.scalars(affected))


def rebuild(uow: UnitOfWork) -> int:
    """Make the rollup anew of all activities that it can hold; returns how many it holds.

    Two statements, and one for each way to tell members apart.
    """
    _hold(uow)
    uow.db.execute(sa.delete(ActivityRollup))
    settled = is_settled(uow.today)
    uow.db.execute(
        sa.update(Activity)
        .where(Activity.is_rolled_up != settled)
        .values(is_rolled_up=settled)
        .execution_options(synchronize_session=False)
    )
    for groupings in _by_belonging():
        rows = counts(_IS_IN, uow.today, groupings)
        found = sa.select(*(rows.c[name] for name in (*KEYS, *FIGURES)))
        uow.db.execute(sa.insert(_rollup).from_select([*KEYS, *FIGURES], found))
    held = sa.select(sa.func.count()).select_from(Activity).where(Activity.is_rolled_up)
    count: int = uow.db.execute(held).scalar_one()
    return count


def is_settled(today: date) -> sa.ColumnElement[bool]:
    """Activities whose church bodies do not change by days going by.

    One without a date goes by the lines of each day, so that none of its participants may have a line
    that begins or ends in days to come.
    """
    line = OrganisationLine
    moving = (
        sa.select(ActivityParticipant.activity_id)
        .join(line, line.descendant_id == ActivityParticipant.organisation_id)
        .where(sa.or_(line.since > today, line.until >= today))
    )
    return sa.or_(Activity.first_day.is_not(None), Activity.id.not_in(moving))


def differences(uow: UnitOfWork, *, limit: int = 10) -> list[str]:
    """What stands in the rollup and what a full scan of the activities finds, where they differ."""
    found: list[str] = []
    for groupings in _by_belonging():
        found += _differences(uow, groupings, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _by_belonging() -> list[tuple[Side, ...]]:
    """The groupings, those together that look at the same organisations."""
    kinds = sorted({each & BELONGING for each in GROUPINGS})
    return [tuple(each for each in GROUPINGS if each & BELONGING == kind) for kind in kinds]


def _differences(uow: UnitOfWork, groupings: tuple[Side, ...], limit: int) -> list[str]:
    sides = [int(each | detail) for each in groupings for detail in (Side.NONE, Side.DETAIL)]
    counted, stored = counts(_IS_IN, uow.today, groupings), _rollup.c
    both = sa.union_all(
        sa.select(*counted.c, *(sa.literal(0, sa.BigInteger).label(f"stored_{name}") for name in FIGURES)),
        sa.select(
            *(stored[name] for name in KEYS),
            *(sa.literal(0, sa.BigInteger) for _ in FIGURES),
            *(stored[name] for name in FIGURES),
        ).where(stored.sides.in_(sides)),
    ).subquery()
    pairs = [(sa.func.sum(both.c[f"stored_{name}"]), sa.func.sum(both.c[name])) for name in FIGURES]
    keys = [both.c[name] for name in KEYS]
    differing = (
        sa.select(*keys, *(each for pair in pairs for each in pair))
        .group_by(*keys)
        .having(sa.or_(*(kept != found for kept, found in pairs)))
        .order_by(*keys)
        .limit(limit)
    )
    return [_told(values) for values in uow.db.execute(differing)]


def _told(values: Sequence[Any]) -> str:
    sides, *keys = values[: len(KEYS)]
    told_apart = [name for name, key in zip(KEYS[1:], keys, strict=True) if key not in (0, NOBODY, "")]
    cell = ", ".join(f"{name} {keys[KEYS.index(name) - 1]}" for name in told_apart) or "none known"
    figures = iter(values[len(KEYS) :])
    differing = "; ".join(
        f"{name} {kept} instead of {found}"
        for name, kept, found in zip(FIGURES, figures, figures, strict=True)
        if kept != found
    )
    return f"sides {sides} ({cell}): {differing}"


def _hold(uow: UnitOfWork) -> None:
    """Let nobody else take in or out until this transaction ends; readers go on.

    On SQLite there is one writer anyway.
    """
    if not uow.is_sqlite:
        uow.db.execute(sa.text("LOCK TABLE activity_rollup IN SHARE ROW EXCLUSIVE MODE"))


def _mark(uow: UnitOfWork, condition: sa.ColumnElement[bool], *, is_rolled_up: bool) -> list[UUID]:
    marked = (
        sa.update(Activity)
        .where(condition)
        .values(is_rolled_up=is_rolled_up)
        .returning(Activity.id)
        .execution_options(synchronize_session=False)
    )
    return list(uow.db.scalars(marked))


def _add(uow: UnitOfWork, ids: list[UUID], *, times: int) -> None:
    """Add so many times what the activities come to."""
    if ids:
        statement = _addition("sqlite" if uow.is_sqlite else "postgresql")
        uow.db.execute(statement, {"ids": ids, "today": uow.today, "times": times})


@cache
def _addition(dialect: str) -> Any:
    """The one statement that adds; it is long, so that it is made once."""
    chosen = Activity.id.in_(sa.bindparam("ids", expanding=True, type_=sa.Uuid()))
    rows = counts(chosen, sa.bindparam("today", type_=sa.Date()))
    times = sa.cast(sa.bindparam("times", type_=sa.BigInteger()), sa.BigInteger)
    found = sa.select(
        *(rows.c[name] for name in KEYS), *((times * rows.c[name]).label(name) for name in FIGURES)
    ).where(sa.true())
    insert = sqlite.insert(_rollup) if dialect == "sqlite" else postgresql.insert(_rollup)
    return insert.from_select([*KEYS, *FIGURES], found).on_conflict_do_update(
        index_elements=KEYS,
        set_={name: _rollup.c[name] + insert.excluded[name] for name in FIGURES},
    )


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
