"""Coverage by a full scan: every activity that counts is looked at.

This is what coverage means. The rollup answers the same faster (reports/rolled_up.py), and is checked against
this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.core.partial_date import DatePrecision, first_day, last_day
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from coalition.members.policies import reads_line_of, visible_organisations
from coalition.outreach.belonging import church_lines, holds, month_of_start
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.models import Activity, ActivityDistrict, ActivityParticipant, ActivityTopic
from coalition.outreach.policies import visible_activities
from coalition.reports.figures import CoverageDimension, CoverageFilters

# A cell by the values of the dimensions asked for, in their order; None for what is unknown.
Key = tuple[Any, ...]

NAMES = {
    CoverageDimension.DISTRICT: "district_id",
    CoverageDimension.DENOMINATION: "denomination_id",
    CoverageDimension.CHURCH_BODY: "church_body_id",
    CoverageDimension.MONTH: "month",
    CoverageDimension.KIND: "kind",
    CoverageDimension.TOPIC: "topic_id",
}
# The dimensions that tell members apart, and only for who may compare (DOMAIN.md principle 4).
BELONGING = (CoverageDimension.DENOMINATION, CoverageDimension.CHURCH_BODY)
_FACTS = (CoverageDimension.MONTH, CoverageDimension.KIND)


class Counted(NamedTuple):
    """What a cell or the total holds; `people_reached` means nothing while no activity states it."""

    activities: int = 0
    activities_with_reach: int = 0
    people_reached: int = 0

    def plus(self, other: Counted) -> Counted:
        """Both together, when they have no activity in common."""
        return Counted(
            self.activities + other.activities,
            self.activities_with_reach + other.activities_with_reach,
            self.people_reached + other.people_reached,
        )


@dataclass(frozen=True)
class Question:
    """Who asks about which activities, and what tells cells apart; without dimensions it is the total."""

    actor: Actor
    filters: CoverageFilters
    by: tuple[CoverageDimension, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns that tell cells apart."""
        return [NAMES[each] for each in self.by]


def compares(actor: Actor) -> bool:
    """Whether the actor sees church bodies and denominations side by side."""
    return actor.reach("coverage:compare").everything


def compared(actor: Actor) -> ColumnElement[bool]:
    """The organisations that may be told apart: all that the actor sees, or only the own line."""
    seen = visible_organisations(actor)
    return seen if compares(actor) else sa.and_(seen, reads_line_of(actor, Organisation.id))


def scanned(
    uow: UnitOfWork, question: Question, *, only: ColumnElement[bool] | None = None
) -> dict[Key, Counted]:
    """Count the activities of each cell, or `only` some of them; the total always has its one cell."""
    keyed = _asked(uow, question, only)
    keys = [keyed.c[name] for name in question.names]
    figures = sa.select(
        *keys,
        sa.func.count().label("activities"),
        sa.func.count(keyed.c.people_reached),
        sa.cast(sa.func.coalesce(sa.func.sum(keyed.c.people_reached), 0), sa.BigInteger),
    ).group_by(*keys)
    width = len(keys)
    return {tuple(row[:width]): Counted(*row[width:]) for row in uow.db.execute(figures)}


def scanned_organisations(uow: UnitOfWork, question: Question) -> dict[Key, int]:
    """How many organisations that the actor sees take part in the activities of each cell."""
    keyed = _asked(uow, question, None)
    keys = [keyed.c[name] for name in question.names]
    participants = (
        sa.select(*keys, sa.func.count(ActivityParticipant.organisation_id.distinct()))
        .select_from(keyed)
        .join(ActivityParticipant, ActivityParticipant.activity_id == keyed.c.id)
        .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
        .where(visible_organisations(question.actor))
        .group_by(*keys)
    )
    return {tuple(key): count for *key, count in uow.db.execute(participants)}


def _asked(uow: UnitOfWork, question: Question, only: ColumnElement[bool] | None) -> sa.CTE:
    """One row for each activity that is asked about and cell that it belongs to."""
    lines = church_lines()
    counted = _counted(uow, question.actor, question.filters, lines, _narrowed(question, only))
    if not question.by:
        return counted
    return _keyed(_placed(question.actor, counted, lines, question.by), question.by)


def _narrowed(question: Question, only: ColumnElement[bool] | None) -> list[ColumnElement[bool]]:
    """Who may not compare has cells of the own line only, so that only its activities need be looked at."""
    conditions = [] if only is None else [only]
    if set(BELONGING) & set(question.by) and not compares(question.actor):
        participant = ActivityParticipant
        own = sa.select(participant.activity_id).where(
            reads_line_of(question.actor, participant.organisation_id)
        )
        conditions.append(Activity.id.in_(own))
    return conditions


def _counted(
    uow: UnitOfWork,
    actor: Actor,
    filters: CoverageFilters,
    lines: sa.CTE,
    narrowed: Sequence[ColumnElement[bool]],
) -> sa.CTE:
    """The activities that count, each once; `day` says which lines of organisations hold for it."""
    day = sa.func.coalesce(Activity.first_day, uow.today).label("day")
    conditions = [
        visible_activities(actor),
        Activity.kind != ActivityKind.ASSISTANCE,
        Activity.status != ActivityStatus.CANCELLED,
        *_filtered(filters),
        *narrowed,
    ]
    facts = sa.select(
        Activity.id, Activity.kind, Activity.people_reached, month_of_start().label("month"), day
    )
    if filters.denomination_id is not None:
        conditions.append(Activity.id.in_(_with_denomination(actor, filters.denomination_id)))
    if filters.church_body_id is not None:
        days = sa.select(Activity.id, day).subquery()
        conditions.append(Activity.id.in_(_under_church_body(actor, days, lines, filters.church_body_id)))
    return facts.where(*conditions).cte("counted")


def _filtered(filters: CoverageFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.from_day is not None:
        conditions.append(Activity.last_day >= first_day(filters.from_day, DatePrecision.MONTH))
    if filters.to_day is not None:
        conditions.append(Activity.first_day <= last_day(filters.to_day, DatePrecision.MONTH))
    if filters.kind is not None:
        conditions.append(Activity.kind == filters.kind)
    if filters.district_id is not None:
        district = ActivityDistrict.district_id == filters.district_id
        conditions.append(Activity.id.in_(sa.select(ActivityDistrict.activity_id).where(district)))
    return conditions


def _with_denomination(actor: Actor, denomination_id: UUID) -> sa.Select[Any]:
    """Ids of activities in which an organisation of this denomination takes part."""
    return (
        sa.select(ActivityParticipant.activity_id)
        .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
        .where(Organisation.denomination_id == denomination_id, compared(actor))
    )


def _under_church_body(
    actor: Actor, days: sa.Subquery, lines: sa.CTE, church_body_id: UUID
) -> sa.Select[Any]:
    """Ids of activities in which an organisation takes part that stood under this church body on that day."""
    theirs = sa.select(lines).where(lines.c.church_body_id == church_body_id).cte("their_line")
    # SQLite would otherwise walk all lines of the church body for each participant.
    theirs = theirs.prefix_with("MATERIALIZED")
    return (
        sa.select(ActivityParticipant.activity_id)
        .join(theirs, theirs.c.organisation_id == ActivityParticipant.organisation_id)
        .join(days, days.c.id == ActivityParticipant.activity_id)
        .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
        .where(holds(theirs, days.c.day), compared(actor))
    )


def _placed(actor: Actor, counted: sa.CTE, lines: sa.CTE, dimensions: Sequence[CoverageDimension]) -> sa.CTE:
    """The counted activities, once for each denomination and church body that cells are told apart by.

    Participants without any make no cell beside those of the others. An activity in which nobody has
    any stands under None, for who may compare.
    """
    names = [NAMES[each] for each in dimensions if each in BELONGING]
    if not names:
        return counted
    columns = {"denomination_id": Organisation.denomination_id, "church_body_id": lines.c.church_body_id}
    keys: list[ColumnElement[Any]] = [sa.label(name, columns[name]) for name in names]
    facts = [counted.c.id, counted.c.kind, counted.c.people_reached, counted.c.month]
    belonging = (
        sa.select(*facts, *keys)
        .select_from(counted)
        .join(ActivityParticipant, ActivityParticipant.activity_id == counted.c.id)
        .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
        .outerjoin(lines, (lines.c.organisation_id == Organisation.id) & holds(lines, counted.c.day))
        .where(compared(actor), sa.or_(*(columns[name].is_not(None) for name in names)))
        .distinct()
    ).cte("belonging")
    if not compares(actor):
        return belonging
    # A LEFT JOIN would say the same, but SQLite makes no index for it and takes seconds.
    rest = sa.select(*facts, *(sa.cast(sa.null(), sa.Uuid) for _ in keys)).where(
        counted.c.id.not_in(sa.select(belonging.c.id))
    )
    return sa.select(belonging).union_all(rest).cte("placed")


def _keyed(placed: sa.CTE, dimensions: Sequence[CoverageDimension]) -> sa.CTE:
    """One row for each activity and cell that it belongs to."""
    source: sa.FromClause = placed
    keys: list[ColumnElement[Any]] = [
        placed.c[NAMES[each]] for each in dimensions if each in BELONGING or each in _FACTS
    ]
    if CoverageDimension.DISTRICT in dimensions:
        source = source.outerjoin(ActivityDistrict, ActivityDistrict.activity_id == placed.c.id)
        keys.append(ActivityDistrict.district_id.expression)
    if CoverageDimension.TOPIC in dimensions:
        source = source.outerjoin(ActivityTopic, ActivityTopic.activity_id == placed.c.id)
        keys.append(ActivityTopic.topic_id.expression)
    return sa.select(placed.c.id, placed.c.people_reached, *keys).select_from(source).cte("keyed")
