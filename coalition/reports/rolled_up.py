"""Coverage from the rollup, for the questions that it can answer exactly (docs/decisions/0025)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor, Visibility
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from coalition.members.policies import within
from coalition.outreach.models import Activity, ActivityRollup
from coalition.outreach.rollup_counts import BELONGING, GROUPINGS, LAST_LEVEL, LEVELS, NOBODY, Side
from coalition.reports.figures import CoverageDimension, CoverageFilters
from coalition.reports.scan import Counted, Key, Question, compares

_rollup: Any = sa.inspect(ActivityRollup).local_table
_SIDES = {
    CoverageDimension.DISTRICT: Side.DISTRICT,
    CoverageDimension.TOPIC: Side.TOPIC,
    CoverageDimension.DENOMINATION: Side.DENOMINATION,
    CoverageDimension.CHURCH_BODY: Side.CHURCH_BODY,
}
# As the rollup writes what is unknown.
_UNKNOWN = {NOBODY, 0}


def sides_of(uow: UnitOfWork, question: Question) -> Side | None:
    """The cells of the rollup that answer the question exactly, or None when only a full scan does."""
    told_apart = _all_of(side for each, side in _SIDES.items() if each in question.by)
    filtered = _filtered_sides(question.filters)
    sides = told_apart | filtered
    if sides not in GROUPINGS or level_of(question.actor) is None or told_apart & filtered:
        # In the last case an activity would be counted in the cell that is filtered by, and in no other.
        return None
    if filtered & BELONGING and sides & BELONGING != filtered & BELONGING:
        return None
    if filtered & BELONGING == BELONGING:
        # Two participants may fulfil one condition each; cells tell of one participant.
        return None
    if sides & BELONGING and not _compares_by_level(uow, question.actor):
        return None
    return sides | (Side.DETAIL if _needs_detail(question) else Side.NONE)


def level_of(actor: Actor) -> int | None:
    """The level of the rollup at which counts what others share with the actor, or everything."""
    if actor.reach("records:read").everything:
        return LAST_LEVEL
    return LEVELS.index(actor.shared) + 1 if actor.shared in LEVELS else None


def rolled_up(uow: UnitOfWork, question: Question, sides: Side) -> dict[Key, Counted]:
    """The figures of each cell that the rollup holds."""
    width = len(question.by)
    return {
        tuple(None if key in _UNKNOWN else key for key in row[:width]): Counted(*row[width:])
        for row in uow.db.execute(_cells(question, sides))
    }


def rolled_up_total(uow: UnitOfWork, question: Question, sides: Side) -> tuple[Counted, bool]:
    """The total that the rollup holds, and whether there may be others that `not_rolled_up` names."""
    others = sa.or_(*(sa.exists(each) for each in _others(question.actor)))
    figures = [
        sa.cast(sa.func.coalesce(sa.func.sum(each), 0), sa.BigInteger) for each in _figures(question.actor)
    ]
    row = uow.db.execute(sa.select(*figures, others).where(*_conditions(question, sides))).one()
    return Counted(*row[:-1]), bool(row[-1])


def not_rolled_up(actor: Actor) -> ColumnElement[bool]:
    """The activities that the rollup does not count for the actor.

    Those that are not taken in yet, and those that only their own line sees.
    """
    return Activity.id.in_(sa.union_all(*_others(actor)))


def _others(actor: Actor) -> list[sa.Select[Any]]:
    found = [sa.select(Activity.id).where(~Activity.is_rolled_up)]
    own = actor.reach("records:read")
    if own and not own.everything:
        unshared = sorted(frozenset(Visibility) - actor.shared)
        found.append(
            sa.select(Activity.id).where(
                Activity.is_rolled_up, within(own, Activity.owner_id), Activity.visibility.in_(unshared)
            )
        )
    return found


def _all_of(sides: Any) -> Side:
    found = Side.NONE
    for side in sides:
        found |= side
    return found


def _filtered_sides(filters: CoverageFilters) -> Side:
    given = {
        Side.DISTRICT: filters.district_id,
        Side.DENOMINATION: filters.denomination_id,
        Side.CHURCH_BODY: filters.church_body_id,
    }
    return _all_of(side for side, value in given.items() if value is not None)


def _needs_detail(question: Question) -> bool:
    filters = question.filters
    given = (filters.kind, filters.from_day, filters.to_day)
    return CoverageDimension.KIND in question.by or any(each is not None for each in given)


def _compares_by_level(uow: UnitOfWork, actor: Actor) -> bool:
    """Whether the actor compares just the organisations that are visible at the actor's level."""
    own = actor.reach("records:read")
    if not compares(actor):
        return False
    if own.everything or not own:
        return True
    unshared = sa.select(Organisation.id).where(
        within(own, Organisation.id), Organisation.visibility.not_in(sorted(actor.shared))
    )
    return uow.db.execute(unshared.limit(1)).first() is None


def _cells(question: Question, sides: Side) -> sa.Select[Any]:
    keys = [_rollup.c[name] for name in question.names]
    conditions = _conditions(question, sides)
    if Side.DETAIL not in sides and CoverageDimension.MONTH in question.by:
        # Each row is a cell.
        return sa.select(*keys, *_figures(question.actor)).where(*conditions)
    sums = [sa.cast(sa.func.sum(each), sa.BigInteger) for each in _figures(question.actor)]
    return sa.select(*keys, *sums).where(*conditions).group_by(*keys)


def _figures(actor: Actor) -> list[ColumnElement[int]]:
    level = level_of(actor)
    return [_rollup.c[f"{name}_{level}"] for name in ("activities", "with_reach", "people_reached")]


def _conditions(question: Question, sides: Side) -> list[ColumnElement[bool]]:
    filters, row = question.filters, _rollup.c
    conditions = [row.sides == int(sides), _figures(question.actor)[0] > 0]
    if filters.from_day is not None:
        conditions.append(row.last_month >= _number(filters.from_day))
    if filters.to_day is not None:
        conditions.append(row.first_month.between(1, _number(filters.to_day)))
    for name in ("kind", "district_id", "denomination_id", "church_body_id"):
        value = getattr(filters, name)
        if value is not None:
            conditions.append(row[name] == value)
    return conditions


def _number(day: Any) -> int:
    """The month of a day as the rollup writes it."""
    return int(day.year * 100 + day.month)
