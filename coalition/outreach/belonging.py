"""What the row of an activity does not say itself: its month, and the church bodies of its participants."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.partial_date import DatePrecision
from coalition.members.models import Organisation, OrganisationLine
from coalition.outreach.models import Activity


def month_number(column: Any) -> ColumnElement[int]:
    """The month of a day as a number such as 200703."""
    year = sa.cast(sa.extract("year", column), sa.Integer)
    return year * 100 + sa.cast(sa.extract("month", column), sa.Integer)


def month_of_start() -> ColumnElement[int | None]:
    """The month in which an activity starts; NULL where no more than the year is known."""
    is_known = Activity.starts_on_precision.in_([DatePrecision.DAY, DatePrecision.MONTH])
    return sa.case((is_known, month_number(Activity.starts_on)))


def church_lines() -> sa.CTE:
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


def holds(lines: sa.CTE, day: ColumnElement[date]) -> ColumnElement[bool]:
    """Lines that hold on the `day` of a row."""
    return sa.and_(
        sa.or_(lines.c.since.is_(None), lines.c.since <= day),
        sa.or_(lines.c.until.is_(None), lines.c.until >= day),
    )
