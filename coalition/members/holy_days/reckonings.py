"""Church calendars as civil dates: fixed days of old, new and western reckoning, and both Easters."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from coalition.members.enums import Pascha, Reckoning

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
# 1 January of the year 1 in the Julian calendar was 30 December of the year before it in the civil one.
_JULIAN_EPOCH = -1


def julian_date(year: int, month: int, day: int) -> date:
    """The civil date of a Julian one, by its day number.

    Twelve days later until 13 March 1900, thirteen until 13 March 2100, then fourteen: the Julian
    calendar has a 29 February in years in which the civil one has none.
    """
    leap_day = month > 2 and year % 4 == 0
    days = 365 * (year - 1) + (year - 1) // 4 + _DAYS_BEFORE_MONTH[month - 1] + leap_day + day - 1
    return date.fromordinal(_JULIAN_EPOCH + days)


def fixed_day(reckoning: Reckoning, year: int, month: int, day: int) -> date:
    """The civil date of a day of the church's year that every year has."""
    return julian_date(year, month, day) if reckoning is Reckoning.OLD else date(year, month, day)


def fixed_days(reckoning: Reckoning, month: int, day: int, *, first: date, last: date) -> Iterator[date]:
    """The civil dates of a day of the church's year from `first` to `last`, both included.

    29 February is left out in years that have none.
    """
    # A Julian year ends after the civil year in which it began.
    for year in range(first.year - 1, last.year + 1):
        if (month, day) == (2, 29) and not _has_leap_day(reckoning, year):
            continue
        found = fixed_day(reckoning, year, month, day)
        if first <= found <= last:
            yield found


def _has_leap_day(reckoning: Reckoning, year: int) -> bool:
    return year % 4 == 0 if reckoning is Reckoning.OLD else isleap(year)


def easter_of(pascha: Pascha, year: int) -> date:
    """Easter Sunday as a civil date."""
    return easter(year, EASTER_WESTERN if pascha is Pascha.WESTERN else EASTER_ORTHODOX)


def movable_days(pascha: Pascha, offset_days: int, *, first: date, last: date) -> Iterator[date]:
    """The dates so many days after Easter from `first` to `last`; before it when negative."""
    offset = timedelta(days=offset_days)
    for year in range(first.year - 1, last.year + 2):
        found = easter_of(pascha, year) + offset
        if first <= found <= last:
            yield found
