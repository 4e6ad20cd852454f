"""Which feasts and fasts there are, and what each means for a training (DOMAIN.md section 10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days.reckonings import easter_of, fixed_day, fixed_days, movable_days

_REFUSED, _MENTIONED = HolyDayTag.NO_TRAINING, HolyDayTag.AVOID


@dataclass(frozen=True)
class FixedFeast:
    """A feast on the same day of every year of the church's own reckoning."""

    code: str
    month: int
    day: int
    tag: HolyDayTag

    def days(self, reckoning: Reckoning, _pascha: Pascha, first: date, last: date) -> Iterator[date]:
        return fixed_days(reckoning, self.month, self.day, first=first, last=last)


@dataclass(frozen=True)
class MovableFeast:
    """A feast so many days after Easter, or before it."""

    code: str
    offset_days: int
    tag: HolyDayTag

    def days(self, _reckoning: Reckoning, pascha: Pascha, first: date, last: date) -> Iterator[date]:
        return movable_days(pascha, self.offset_days, first=first, last=last)


Feast = FixedFeast | MovableFeast

EASTERN: tuple[Feast, ...] = (
    FixedFeast("nativity", 12, 25, _REFUSED),
    FixedFeast("circumcision", 1, 1, _MENTIONED),
    FixedFeast("theophany", 1, 6, _REFUSED),
    FixedFeast("meeting", 2, 2, _MENTIONED),
    FixedFeast("annunciation", 3, 25, _MENTIONED),
    FixedFeast("john_the_baptist", 6, 24, _MENTIONED),
    FixedFeast("peter_and_paul", 6, 29, _MENTIONED),
    FixedFeast("transfiguration", 8, 6, _MENTIONED),
    FixedFeast("dormition", 8, 15, _MENTIONED),
    FixedFeast("nativity_of_the_theotokos", 9, 8, _MENTIONED),
    FixedFeast("exaltation", 9, 14, _MENTIONED),
    FixedFeast("presentation", 11, 21, _MENTIONED),
    MovableFeast("clean_monday", -48, _MENTIONED),
    MovableFeast("palm_sunday", -7, _MENTIONED),
    MovableFeast("great_friday", -2, _REFUSED),
    MovableFeast("easter", 0, _REFUSED),
    MovableFeast("bright_monday", 1, _REFUSED),
    MovableFeast("memorial_easter", 8, _REFUSED),
    MovableFeast("ascension", 39, _MENTIONED),
    MovableFeast("pentecost", 49, _REFUSED),
    MovableFeast("pentecost_monday", 50, _REFUSED),
)
# Feasts that are called the same have the same code; the others are named as these churches name them.
WESTERN: tuple[Feast, ...] = (
    FixedFeast("christmas", 12, 25, _REFUSED),
    FixedFeast("reformation_day", 10, 31, _MENTIONED),
    MovableFeast("good_friday", -2, _REFUSED),
    MovableFeast("easter", 0, _REFUSED),
    MovableFeast("easter_monday", 1, _REFUSED),
    MovableFeast("ascension", 39, _MENTIONED),
    MovableFeast("pentecost", 49, _REFUSED),
)
FAST_CODES = ("great_lent", "apostles_fast", "dormition_fast", "nativity_fast")
PATRONAL_FEAST = "patronal_feast"


def feasts_of(reckoning: Reckoning) -> tuple[Feast, ...]:
    """Churches of western reckoning have a set of their own, whichever Easter they keep."""
    return WESTERN if reckoning is Reckoning.WESTERN else EASTERN


def fasts_between(
    reckoning: Reckoning, pascha: Pascha, first: date, last: date
) -> Iterator[tuple[date, str]]:
    """Every day of a fast from `first` to `last`, with the code of the fast.

    The Apostles' Fast ends with the eve of a fixed feast: where Easter is late and that feast is of new
    reckoning, it has no day at all.
    """
    for year in range(first.year - 1, last.year + 1):
        for code, begins, ends in _fasts_of_year(reckoning, pascha, year):
            day = max(begins, first)
            while day <= min(ends, last):
                yield day, code
                day += timedelta(days=1)


def _fasts_of_year(reckoning: Reckoning, pascha: Pascha, year: int) -> Iterator[tuple[str, date, date]]:
    easter, one_day = easter_of(pascha, year), timedelta(days=1)
    yield "great_lent", easter - 48 * one_day, easter - one_day
    yield "apostles_fast", easter + (49 + 8) * one_day, fixed_day(reckoning, year, 6, 29) - one_day
    yield "dormition_fast", fixed_day(reckoning, year, 8, 1), fixed_day(reckoning, year, 8, 14)
    yield "nativity_fast", fixed_day(reckoning, year, 11, 15), fixed_day(reckoning, year, 12, 24)
