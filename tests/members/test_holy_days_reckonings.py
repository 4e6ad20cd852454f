"""Feasts and fasts of 1900–2100 against dates that other code reckoned, and against rules of the calendar."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days.calendars import Calendar, year_of
from coalition.members.holy_days.feasts import EASTERN, WESTERN, FixedFeast
from coalition.members.holy_days.names import NAMES
from coalition.members.holy_days.reckonings import easter_of, fixed_day, fixed_days, julian_date

FACTS = Path(__file__).with_name("holy_days_facts.csv")
YEARS = range(1900, 2101)
FASTS = {"great_lent", "apostles_fast", "dormition_fast", "nativity_fast"}
ORTHODOX = {
    "old": Calendar(Reckoning.OLD, Pascha.ORTHODOX, fasts=True),
    "new": Calendar(Reckoning.NEW, Pascha.ORTHODOX, fasts=True),
}
LUTHERAN = Calendar(Reckoning.WESTERN, Pascha.WESTERN)
years = st.integers(YEARS[0], YEARS[-1])


def facts() -> Iterator[dict[str, str]]:
    """One row for each civil year; `tests/members/holy_days_facts.csv` says where they come from."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def written(days: list[date]) -> str:
    """Days as the facts have them: one, or of a fast the first, the last and how many."""
    if not days:
        return ""
    return f"{days[0]:%m-%d}/{days[-1]:%m-%d}/{len(days)}" if len(days) > 1 else f"{days[0]:%m-%d}"


def reckoned(calendar: Calendar, year: int) -> dict[str, list[date]]:
    found: dict[str, list[date]] = {}
    for kept in year_of(calendar, year):
        found.setdefault(kept.code, []).append(kept.falls_on)
    return found


@pytest.mark.parametrize("kind", ORTHODOX)
def test_feasts_and_fasts_are_those_of_the_facts(kind: str) -> None:
    differences = []
    years_seen = []
    for row in facts():
        year = int(row["year"])
        years_seen.append(year)
        found = reckoned(ORTHODOX[kind], year)
        expected = {
            column.partition(":")[2]: value
            for column, value in row.items()
            if column.startswith((f"{kind}:", "both:"))
        }
        for code, value in expected.items():
            days = found.pop(code, [])
            shown = (
                written(days) if code not in FASTS or len(days) != 1 else f"{written(days)}/{written(days)}/1"
            )
            if shown != value:
                differences.append((year, code, shown, value))
        differences += [(year, code, "not in the facts", "") for code in found]

    assert years_seen == list(YEARS)
    assert differences == []


def test_western_easter_is_that_of_the_facts() -> None:
    found = {str(year): f"{easter_of(Pascha.WESTERN, year):%m-%d}" for year in YEARS}

    assert found == {row["year"]: row["western:easter"] for row in facts()}


def meeus_julian(year: int) -> tuple[int, int]:
    """Month and day of the Julian Easter, Julian style (Meeus, Astronomical Algorithms, 1991, chapter 8)."""
    a, b, c = year % 4, year % 7, year % 19
    d = (19 * c + 15) % 30
    e = (2 * a + 4 * b - d + 34) % 7
    return (d + e + 114) // 31, (d + e + 114) % 31 + 1


def meeus_gregorian(year: int) -> date:
    """The Gregorian Easter (the same chapter)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    f = (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    el = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)


def test_both_easters_are_those_of_another_algorithm() -> None:
    orthodox = {}
    for year in YEARS:
        month, day = meeus_julian(year)
        # Every Easter lies after 13 March, on which the difference changes in 1900 and 2100.
        orthodox[year] = date(year, month, day) + timedelta(days=14 if year == 2100 else 13)

    assert {year: easter_of(Pascha.ORTHODOX, year) for year in YEARS} == orthodox
    assert {year: easter_of(Pascha.WESTERN, year) for year in YEARS} == {y: meeus_gregorian(y) for y in YEARS}


def test_memorial_easter_2027() -> None:
    assert reckoned(ORTHODOX["old"], 2027)["memorial_easter"] == [date(2027, 5, 10)]


def test_julian_days_lie_twelve_then_thirteen_then_fourteen_days_behind() -> None:
    last_of_twelve, first_of_thirteen = julian_date(1900, 2, 28), julian_date(1900, 3, 1)
    last_of_thirteen, first_of_fourteen = julian_date(2100, 2, 28), julian_date(2100, 3, 1)

    assert (last_of_twelve, first_of_thirteen) == (date(1900, 3, 12), date(1900, 3, 14))
    assert (last_of_thirteen, first_of_fourteen) == (date(2100, 3, 13), date(2100, 3, 15))
    # The days between are those that the civil calendar does not have.
    assert (julian_date(1900, 2, 29), julian_date(2100, 2, 29)) == (date(1900, 3, 13), date(2100, 3, 14))


@given(st.dates(date(1900, 3, 14), date(2100, 3, 13)))
def test_every_julian_day_of_two_centuries_is_thirteen_days_later(day: date) -> None:
    written_then = day - timedelta(days=13)

    assert julian_date(written_then.year, written_then.month, written_then.day) == day


@given(years)
def test_movable_days_fall_on_their_weekdays(year: int) -> None:
    weekdays = {
        "clean_monday": "Mon", "palm_sunday": "Sun", "great_friday": "Fri", "easter": "Sun",
        "bright_monday": "Mon", "memorial_easter": "Mon", "ascension": "Thu", "pentecost": "Sun",
        "pentecost_monday": "Mon",
    }  # fmt: skip
    found = reckoned(ORTHODOX["old"], year)

    assert {code: f"{found[code][0]:%a}" for code in weekdays} == weekdays


@given(years)
def test_new_reckoning_differs_in_fixed_days_only(year: int) -> None:
    old, new = (reckoned(ORTHODOX[kind], year) for kind in ("old", "new"))
    fixed = {feast.code for feast in EASTERN if isinstance(feast, FixedFeast)}

    movable = set(old) - fixed - FASTS
    assert {code: old[code] for code in movable} == {code: new[code] for code in movable}
    assert not any(old[code] == new[code] for code in fixed)


def test_apostles_fast_has_no_day_when_easter_is_late_and_the_reckoning_new() -> None:
    # Easter on 5 May: the fast would begin on 1 July, after Peter and Paul of new reckoning.
    assert easter_of(Pascha.ORTHODOX, 2024) == date(2024, 5, 5)
    assert "apostles_fast" not in reckoned(ORTHODOX["new"], 2024)
    assert reckoned(ORTHODOX["new"], 2027)["apostles_fast"] == [date(2027, 6, 28)]
    # Of old reckoning it is never shorter than eight days.
    assert min(len(reckoned(ORTHODOX["old"], year)["apostles_fast"]) for year in YEARS) == 8


@given(years)
def test_fasts_have_each_day_once_and_none_outside(year: int) -> None:
    fasting = [k.falls_on for k in year_of(ORTHODOX["old"], year) if k.tag is HolyDayTag.FASTING]

    assert len(fasting) == len(set(fasting))
    assert {day.year for day in fasting} == {year}
    assert easter_of(Pascha.ORTHODOX, year) not in fasting


def test_lutheran_year() -> None:
    assert [(str(kept.falls_on), kept.code, kept.tag.value) for kept in year_of(LUTHERAN, 2027)] == [
        ("2027-03-26", "good_friday", "NO_TRAINING"),
        ("2027-03-28", "easter", "NO_TRAINING"),
        ("2027-03-29", "easter_monday", "NO_TRAINING"),
        ("2027-05-06", "ascension", "AVOID"),
        ("2027-05-16", "pentecost", "NO_TRAINING"),
        ("2027-10-31", "reformation_day", "AVOID"),
        ("2027-12-25", "christmas", "NO_TRAINING"),
    ]


def test_tags_are_those_of_the_domain() -> None:
    refused = {feast.code for feast in EASTERN if feast.tag is HolyDayTag.NO_TRAINING}

    assert refused == {
        "nativity", "theophany", "great_friday", "easter", "bright_monday", "memorial_easter", "pentecost",
        "pentecost_monday",
    }  # fmt: skip
    assert {feast.tag for feast in EASTERN if feast.code not in refused} == {HolyDayTag.AVOID}
    assert len(EASTERN) == 12 + 9


def test_every_feast_and_fast_has_a_name_in_three_languages() -> None:
    codes = {feast.code for feast in (*EASTERN, *WESTERN)} | FASTS | {"patronal_feast"}

    assert set(NAMES) == codes
    assert {tuple(sorted(name)) for name in NAMES.values()} == {("en", "ro", "ru")}


def test_a_leap_day_is_kept_in_leap_years_of_the_own_reckoning() -> None:
    time = {"first": date(1900, 1, 1), "last": date(1904, 12, 31)}

    # 1900 is a leap year of the Julian calendar only.
    assert list(fixed_days(Reckoning.OLD, 2, 29, **time)) == [date(1900, 3, 13), date(1904, 3, 13)]
    assert list(fixed_days(Reckoning.NEW, 2, 29, **time)) == [date(1904, 2, 29)]
    assert fixed_day(Reckoning.WESTERN, 1904, 2, 29) == date(1904, 2, 29)
