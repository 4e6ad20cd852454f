"""Coverage: how many activities, by whom, reaching how many people, in each cell of up to six dimensions.

Assistance to persons never enters it, and nothing that was cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.partial_date import DatePrecision, first_day, last_day
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, OrganisationLine
from coalition.members.policies import reads_line_of, visible_organisations
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.models import Activity, ActivityDistrict, ActivityParticipant, ActivityTopic
from coalition.outreach.policies import visible_activities


class CoverageDimension(StrEnum):
    """What cells are told apart by."""

    DISTRICT = "DISTRICT"
    DENOMINATION = "DENOMINATION"
    CHURCH_BODY = "CHURCH_BODY"
    MONTH = "MONTH"
    KIND = "KIND"
    TOPIC = "TOPIC"


# The dimensions that tell members apart: their column, and only for who may compare (DOMAIN.md principle 4).
_BELONGING = {
    CoverageDimension.DENOMINATION: "denomination_id",
    CoverageDimension.CHURCH_BODY: "church_body_id",
}
_COLUMNS = {**_BELONGING, CoverageDimension.MONTH: "month", CoverageDimension.KIND: "kind"}


@dataclass(frozen=True)
class CoverageFilters:
    """What is counted; `from_day` and `to_day` are widened to whole months."""

    from_day: date | None = None
    to_day: date | None = None
    kind: ActivityKind | None = None
    denomination_id: UUID | None = None
    church_body_id: UUID | None = None
    district_id: UUID | None = None


@dataclass(frozen=True)
class CoverageFigures:
    """What a cell or the total holds; `people_reached` is None when no activity states it.

    `organisations` are the distinct participants. `suppressed` is for figures about people assisted,
    which never enter here.
    """

    activities: int
    organisations: int
    people_reached: int | None
    activities_with_reach: int
    suppressed: bool = False


@dataclass(frozen=True)
class CoverageCell:
    """The figures of one combination; a dimension not asked for, or unknown, is None.

    `month` reads "2007-03", and is None where no more than the year is known.
    """

    figures: CoverageFigures
    district_id: UUID | None = None
    denomination_id: UUID | None = None
    church_body_id: UUID | None = None
    month: str | None = None
    kind: ActivityKind | None = None
    topic_id: UUID | None = None


@dataclass(frozen=True)
class Coverage:
    """Cells in a stable order, and the total in which each activity counts once."""

    cells: list[CoverageCell]
    total: CoverageFigures


def coverage(
    uow: UnitOfWork, actor: Actor, *, by: Sequence[CoverageDimension], filters: CoverageFilters
) -> Coverage:
    """Count the activities that the actor may see.

    An activity counts once in a cell and once in the total. Church bodies and denominations side by
    side need `coverage:compare`; without it there are only the cells of the caller's own line, counting
    what it takes part in, beside the whole total.

    Raises `BadUserInput` with NOT_PERMITTED for a filter by somebody else's church body or denomination.
    """
    lines = _church_lines()
    _refuse_others(uow, actor, filters, lines)
    counted = _counted(uow, actor, filters, lines)
    dimensions = list(dict.fromkeys(by))
    cells: list[CoverageCell] = []
    if dimensions:
        keyed = _keyed(_placed(actor, counted, lines, dimensions), dimensions)
        cells = [_cell(row) for row in uow.db.execute(_figures(actor, keyed)).mappings()]
    total = uow.db.execute(_figures(actor, sa.select(counted.c.id, counted.c.people_reached).cte("keyed")))
    return Coverage(sorted(cells, key=_order), _read_figures(total.mappings().one()))


def _compares(actor: Actor) -> bool:
    return actor.reach("coverage:compare").everything


def _compared(actor: Actor) -> ColumnElement[bool]:
    """The organisations that may be told apart: all that the actor sees, or only the own line."""
    seen = visible_organisations(actor)
    return seen if _compares(actor) else sa.and_(seen, reads_line_of(actor, Organisation.id))


def _counted(uow: UnitOfWork, actor: Actor, filters: CoverageFilters, lines: sa.CTE) -> sa.CTE:
    """The activities that count, each once; `day` says which lines of organisations hold for it."""
    day = sa.func.coalesce(Activity.first_day, uow.today).label("day")
    conditions = [
        visible_activities(actor),
        Activity.kind != ActivityKind.ASSISTANCE,
        Activity.status != ActivityStatus.CANCELLED,
        *_filtered(filters),
    ]
    facts = sa.select(Activity.id, Activity.kind, Activity.people_reached, _month().label("month"), day)
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
        .where(Organisation.denomination_id == denomination_id, _compared(actor))
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
        .where(_holds(theirs, days.c.day), _compared(actor))
    )


def _month() -> ColumnElement[int | None]:
    """The month of the start as a number such as 200703; NULL where no more than the year is known."""
    year = sa.cast(sa.extract("year", Activity.starts_on), sa.Integer)
    month = sa.cast(sa.extract("month", Activity.starts_on), sa.Integer)
    is_known = Activity.starts_on_precision.in_([DatePrecision.DAY, DatePrecision.MONTH])
    return sa.case((is_known, year * 100 + month))


def _church_lines() -> sa.CTE:
    """Which church body an organisation belonged to, from when until when.

    The dated line says it where there is one; else the church body that the organisation's row names.
    """
    body = aliased(Organisation)
    dated = (
        sa.select(
            OrganisationLine.descendant_id.label("organisation_id"),
            OrganisationLine.ancestor_id.label("church_body_id"),
            OrganisationLine.since,
            OrganisationLine.until,
        )
        .join(body, body.id == OrganisationLine.ancestor_id)
        .where(body.church_body_id == body.id)
    ).cte("dated_church_line")
    never = sa.cast(sa.null(), sa.Date)
    named = sa.select(Organisation.id, Organisation.church_body_id, never, never).where(
        Organisation.church_body_id.is_not(None),
        Organisation.id.not_in(sa.select(dated.c.organisation_id)),
    )
    return sa.select(dated).union_all(named).cte("church_line")


def _holds(lines: sa.CTE, day: ColumnElement[date]) -> ColumnElement[bool]:
    return sa.and_(
        sa.or_(lines.c.since.is_(None), lines.c.since <= day),
        sa.or_(lines.c.until.is_(None), lines.c.until >= day),
    )


def _placed(actor: Actor, counted: sa.CTE, lines: sa.CTE, dimensions: Sequence[CoverageDimension]) -> sa.CTE:
    """The counted activities, once for each denomination and church body that cells are told apart by.

    Participants without any make no cell beside those of the others. An activity in which nobody has
    any stands under None, for who may compare.
    """
    names = [_BELONGING[each] for each in dimensions if each in _BELONGING]
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
        .outerjoin(lines, (lines.c.organisation_id == Organisation.id) & _holds(lines, counted.c.day))
        .where(_compared(actor), sa.or_(*(columns[name].is_not(None) for name in names)))
        .distinct()
    ).cte("belonging")
    if not _compares(actor):
        return belonging
    # A LEFT JOIN would say the same, but SQLite makes no index for it and takes seconds.
    rest = sa.select(*facts, *(sa.cast(sa.null(), sa.Uuid) for _ in keys)).where(
        counted.c.id.not_in(sa.select(belonging.c.id))
    )
    return sa.select(belonging).union_all(rest).cte("placed")


def _keyed(placed: sa.CTE, dimensions: Sequence[CoverageDimension]) -> sa.CTE:
    """One row for each activity and cell that it belongs to."""
    source: sa.FromClause = placed
    keys: list[ColumnElement[Any]] = [placed.c[_COLUMNS[each]] for each in dimensions if each in _COLUMNS]
    if CoverageDimension.DISTRICT in dimensions:
        source = source.outerjoin(ActivityDistrict, ActivityDistrict.activity_id == placed.c.id)
        keys.append(ActivityDistrict.district_id.expression)
    if CoverageDimension.TOPIC in dimensions:
        source = source.outerjoin(ActivityTopic, ActivityTopic.activity_id == placed.c.id)
        keys.append(ActivityTopic.topic_id.expression)
    return sa.select(placed.c.id, placed.c.people_reached, *keys).select_from(source).cte("keyed")


def _figures(actor: Actor, keyed: sa.CTE) -> sa.Select[Any]:
    """The figures of each cell; without any key, of all activities in `keyed`.

    Activities and participants come as rows beside one another, so that neither multiplies the other.
    """
    names = [name for name in keyed.c.keys() if name not in ("id", "people_reached")]  # noqa: SIM118
    keys = [keyed.c[name] for name in names]
    activities = sa.select(
        *keys,
        keyed.c.id.label("activity_id"),
        keyed.c.people_reached,
        sa.cast(sa.null(), sa.Uuid).label("organisation_id"),
    )
    participants = (
        sa.select(
            *keys,
            sa.cast(sa.null(), sa.Uuid),
            sa.cast(sa.null(), sa.BigInteger),
            ActivityParticipant.organisation_id,
        )
        .select_from(keyed)
        .join(ActivityParticipant, ActivityParticipant.activity_id == keyed.c.id)
        .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
        .where(visible_organisations(actor))
    )
    rows = activities.union_all(participants).subquery("rows")
    return sa.select(
        *(rows.c[name] for name in names),
        sa.func.count(rows.c.activity_id).label("activities"),
        sa.func.count(rows.c.organisation_id.distinct()).label("organisations"),
        sa.cast(sa.func.sum(rows.c.people_reached), sa.BigInteger).label("people_reached"),
        sa.func.count(rows.c.people_reached).label("activities_with_reach"),
    ).group_by(*(rows.c[name] for name in names))


def _refuse_others(uow: UnitOfWork, actor: Actor, filters: CoverageFilters, lines: sa.CTE) -> None:
    """Refuse a filter that would show somebody else's church body or denomination by itself."""
    if _compares(actor):
        return
    own: list[sa.Select[Any]] = []
    if filters.denomination_id is not None:
        own.append(sa.select(Organisation.id).where(Organisation.denomination_id == filters.denomination_id))
    if filters.church_body_id is not None:
        own.append(sa.select(lines.c.organisation_id).where(lines.c.church_body_id == filters.church_body_id))
    for belonging in own:
        in_line = sa.select(Organisation.id).where(
            reads_line_of(actor, Organisation.id), Organisation.id.in_(belonging)
        )
        if uow.db.execute(in_line.limit(1)).first() is None:
            raise BadUserInput("NOT_PERMITTED")


def _cell(row: RowMapping) -> CoverageCell:
    month = row.get("month")
    return CoverageCell(
        _read_figures(row),
        district_id=row.get("district_id"),
        denomination_id=row.get("denomination_id"),
        church_body_id=row.get("church_body_id"),
        month=f"{month // 100:04}-{month % 100:02}" if month is not None else None,
        kind=row.get("kind"),
        topic_id=row.get("topic_id"),
    )


def _read_figures(row: RowMapping) -> CoverageFigures:
    return CoverageFigures(
        activities=row["activities"],
        organisations=row["organisations"],
        people_reached=row["people_reached"],
        activities_with_reach=row["activities_with_reach"],
    )


def _order(cell: CoverageCell) -> tuple[str, ...]:
    """An order that is the same on every database; what is unknown comes last."""
    keys = (cell.month, cell.kind, cell.district_id, cell.topic_id, cell.denomination_id, cell.church_body_id)
    return tuple("~" if key is None else str(key) for key in keys)
