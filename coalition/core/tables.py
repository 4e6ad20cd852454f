"""Columns that many tables share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from coalition.core.database import BinaryText, JSONType, UTCDateTime, enum_type
from coalition.core.partial_date import DateCertainty, DatePrecision, PartialDate

# Undated records come last where the newest come first.
UNDATED = date(1, 1, 1)


def text_field(length: int | None = None, **options: Any) -> Any:
    """A text column; `length` is the limit in characters."""
    return Field(sa_type=sa.String(length) if length else sa.Text, **options)


def code_field(**options: Any) -> Any:
    """A code or sort key, compared byte by byte."""
    return Field(sa_type=BinaryText, **options)


def json_field(**options: Any) -> Any:
    """A JSON column: language maps and short lists that are read whole."""
    return Field(sa_type=JSONType, **options)


def moment_field(**options: Any) -> Any:
    """An aware instant in UTC."""
    return Field(sa_type=UTCDateTime, **options)


def enum_field(kind: Any, name: str, **options: Any) -> Any:
    """A closed set, held by a CHECK constraint called `name`."""
    return Field(sa_type=enum_type(kind, name), **options)


def partial_date(
    day: date | None, precision: DatePrecision | None, certainty: DateCertainty | None, text: str | None
) -> PartialDate | None:
    """The partial date that four columns hold, or None for an unknown one."""
    if day is None or precision is None or certainty is None:
        return None
    return PartialDate(day, precision, certainty, text or "")


def date_columns(name: str, value: PartialDate | None) -> dict[str, Any]:
    """The values of the four columns that hold a partial date, by column; the reverse of `partial_date`."""
    return {
        name: value.date if value else None,
        f"{name}_precision": value.precision if value else None,
        f"{name}_certainty": value.certainty if value else None,
        f"{name}_text": value.text if value else None,
    }


def span(start: PartialDate | None, end: PartialDate | None) -> tuple[date | None, date | None]:
    """The first and last day that a record with these dates can mean; a missing side takes the other's."""
    first = start.date if start else end.date if end else None
    last = end.last_day if end else start.last_day if start else None
    if first is not None and last is not None and last < first:
        last = first
    return first, last


def created_now(now: datetime, by: str) -> dict[str, Any]:
    """Values of the columns that every record which a person can change carries."""
    return {"created_at": now, "created_by": by, "updated_at": now, "revision": 1}
