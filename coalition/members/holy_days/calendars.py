"""What an organisation keeps: its calendar by time, its patronal feast, and manual rules, which win."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days.feasts import (
    PATRONAL_FEAST,
    FixedFeast,
    MovableFeast,
    fasts_between,
    feasts_of,
)
from coalition.members.holy_days.names import NAMES


@dataclass(frozen=True)
class Kept:
    """One day that somebody keeps: a feast, or a day of a fast."""

    falls_on: date
    code: str
    tag: HolyDayTag
    name: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Calendar:
    """A reckoning with its Easter; only Orthodox churches have `fasts`."""

    reckoning: Reckoning
    pascha: Pascha
    fasts: bool = False


@lru_cache(maxsize=1024)
def year_of(calendar: Calendar, year: int) -> tuple[Kept, ...]:
    """All that the calendar has in a civil year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = [
        Kept(day, feast.code, feast.tag, NAMES[feast.code])
        for feast in feasts_of(calendar.reckoning)
        for day in feast.days(calendar.reckoning, calendar.pascha, first, last)
    ]
    if calendar.fasts:
        found += [
            Kept(day, code, HolyDayTag.FASTING, NAMES[code])
            for day, code in fasts_between(calendar.reckoning, calendar.pascha, first, last)
        ]
    return tuple(sorted(found, key=lambda kept: (kept.falls_on, kept.code)))


@dataclass(frozen=True)
class Rule:
    """A manual rule about a holy day: in every year, or on one date only; without `tag` it is not kept.

    A date on which the calendar has no such day becomes one.
    """

    code: str
    falls_on: date | None
    tag: HolyDayTag | None
    name: Mapping[str, str] = field(hash=False)

    def speaks_of(self, kept: Kept) -> bool:
        return self.code == kept.code and self.falls_on in (None, kept.falls_on)


@dataclass(frozen=True)
class Span:
    """A time in which an organisation stands in one line; `rules` of itself come before those from above."""

    first: date
    last: date
    calendar: Calendar | None
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class PatronalFeast:
    """The feast of an organisation's own patron, a day of its church year or so many days after Easter."""

    feast: FixedFeast | MovableFeast
    name: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Observance:
    """All that one organisation keeps over a period, and whose civil holidays it has."""

    spans: tuple[Span, ...]
    country: str
    patronal_feast: PatronalFeast | None = None

    def between(self, first: date, last: date) -> Iterator[Kept]:
        """The days from `first` to `last`, after manual rules."""
        for span in self.spans:
            since, until = max(first, span.first), min(last, span.last)
            if since <= until:
                yield from _ruled(span.rules, list(self._reckoned(span, since, until)), since, until)

    def _reckoned(self, span: Span, since: date, until: date) -> Iterator[Kept]:
        calendar = span.calendar
        if calendar is None:
            return
        for year in range(since.year, until.year + 1):
            yield from (kept for kept in year_of(calendar, year) if since <= kept.falls_on <= until)
        patronal = self.patronal_feast
        if patronal is not None:
            for day in patronal.feast.days(calendar.reckoning, calendar.pascha, since, until):
                yield Kept(day, PATRONAL_FEAST, patronal.feast.tag, patronal.name)


def _ruled(rules: tuple[Rule, ...], reckoned: list[Kept], since: date, until: date) -> Iterator[Kept]:
    """The days with the rules applied; of several about one day the nearest wins."""
    for kept in reckoned:
        rule = next((rule for rule in rules if rule.speaks_of(kept)), None)
        if rule is None:
            yield kept
        elif rule.tag is not None:
            yield Kept(kept.falls_on, kept.code, rule.tag, rule.name or kept.name)
    settled = {(kept.code, kept.falls_on) for kept in reckoned}
    for rule in rules:
        day = rule.falls_on
        if day is None or not since <= day <= until or (rule.code, day) in settled:
            continue
        settled.add((rule.code, day))
        if rule.tag is not None:
            yield Kept(day, rule.code, rule.tag, rule.name or NAMES.get(rule.code, {}))


def patronal_feast_of(written: str, name: Mapping[str, str] | None) -> PatronalFeast:
    """The patronal feast that a row states as `11-08`, a day of the church year, or `+39`, after Easter.

    `name` says whose feast it is. Raises `ValueError` for anything else.
    """
    named = name or NAMES[PATRONAL_FEAST]
    if written[0] in "+-":
        return PatronalFeast(MovableFeast(PATRONAL_FEAST, int(written), HolyDayTag.AVOID), named)
    # Every date of a leap year is a day of some church year.
    day = date.fromisoformat(f"2000-{written}")
    return PatronalFeast(FixedFeast(PATRONAL_FEAST, day.month, day.day, HolyDayTag.AVOID), named)
