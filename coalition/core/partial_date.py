"""Dates as records know them: a day, a month or a year, stated, inferred or approximate."""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DatePrecision(StrEnum):
    """How much of a date is known."""

    DAY = "DAY"
    MONTH = "MONTH"
    YEAR = "YEAR"


class DateCertainty(StrEnum):
    """Whether the source states the date."""

    STATED = "STATED"
    INFERRED = "INFERRED"
    APPROXIMATE = "APPROXIMATE"


@dataclass(frozen=True)
class PartialDate:
    """A date with its precision; `date` is its first day, `text` is as written in the source."""

    date: datetime.date
    precision: DatePrecision
    certainty: DateCertainty
    text: str

    @property
    def last_day(self) -> datetime.date:
        """The last day that the date can mean."""
        return last_day(self.date, self.precision)


_WRITTEN = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def first_day(day: date, precision: DatePrecision) -> date:
    """The first day that `day` at `precision` can mean."""
    if precision is DatePrecision.YEAR:
        return day.replace(month=1, day=1)
    return day.replace(day=1) if precision is DatePrecision.MONTH else day


def last_day(day: date, precision: DatePrecision) -> date:
    """The last day that `day` at `precision` can mean."""
    if precision is DatePrecision.YEAR:
        return day.replace(month=12, day=31)
    if precision is DatePrecision.MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day


def parse_partial_date(text: str, certainty: DateCertainty = DateCertainty.STATED) -> PartialDate:
    """Read `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; raises `ValueError` for anything else."""
    match = _WRITTEN.match(text)
    if match is None:
        raise ValueError(f"not a date: {text!r}")
    year, month, day = match.groups()
    precision = DatePrecision.DAY if day else DatePrecision.MONTH if month else DatePrecision.YEAR
    return PartialDate(date(int(year), int(month or 1), int(day or 1)), precision, certainty, text)


def given_date(day: date, precision: DatePrecision) -> PartialDate:
    """A date that a member typed: normalised to its first day and stated."""
    first = first_day(day, precision)
    length = {DatePrecision.YEAR: 4, DatePrecision.MONTH: 7, DatePrecision.DAY: 10}[precision]
    return PartialDate(first, precision, DateCertainty.STATED, first.isoformat()[:length])
