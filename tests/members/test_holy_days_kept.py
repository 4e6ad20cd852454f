"""Who keeps what: inherited along the dated line, overridden, ruled by hand, and put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from coalition.core.actor import ANONYMOUS, Visibility, system_actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import HolyDayTag, MembershipStatus, OrganisationKind, Pascha, Reckoning
from coalition.members.holy_days.between import check_period, holy_days_of, holy_days_of_members
from coalition.members.holy_days.calendars import Calendar, patronal_feast_of
from coalition.members.holy_days.feasts import FixedFeast, MovableFeast
from coalition.members.holy_days.kept import observances
from coalition.members.lines import place_under
from coalition.members.models import CalendarRule, Organisation
from tests import factories as make

OLD = Calendar(Reckoning.OLD, Pascha.ORTHODOX, fasts=True)
NEW = Calendar(Reckoning.NEW, Pascha.ORTHODOX, fasts=True)
EVERYTHING = system_actor("test")
YEAR = {"first": date(2027, 1, 1), "last": date(2027, 12, 31)}

Shown = tuple[str, str, str, list[str]]


def bodies(uow: UnitOfWork) -> tuple[Organisation, Organisation]:
    """An Orthodox church of old reckoning and a Baptist union of new."""
    make.foundations(uow)
    orthodox = make.church_body(uow, "bes", denomination="orthodox", reckoning=Reckoning.OLD)
    baptist = make.church_body(uow, "ubceb", denomination="baptist", reckoning=Reckoning.NEW)
    return orthodox, baptist


def calendars(uow: UnitOfWork, organisation: Organisation, **period: date) -> list[tuple[str, str, Any]]:
    [found] = observances(uow, [organisation], **{**YEAR, **period}).values()
    return [(str(span.first), str(span.last), span.calendar) for span in found.spans]


def calendar(uow: UnitOfWork, organisation: Organisation) -> Any:
    [(_, _, found)] = calendars(uow, organisation)
    return found


def shown(days: Any, *tags: HolyDayTag) -> list[Shown]:
    wanted = tags or (HolyDayTag.NO_TRAINING, HolyDayTag.AVOID)
    return [
        (f"{day.date:%m-%d}", day.code, day.tag.value, sorted(row.slug for row in day.organisations))
        for day in days
        if day.tag in wanted
    ]


def test_reckoning_is_inherited_along_the_line_unless_overridden(units: Units) -> None:
    with units.writing() as uow:
        orthodox, baptist = bodies(uow)
        parish = make.organisation(uow, "parish", parent=make.organisation(uow, "deanery", parent=orthodox))
        own = make.organisation(uow, "own", parent=orthodox, reckoning=Reckoning.NEW)
        below = make.organisation(uow, "below", parent=own)
        finnish = make.organisation(uow, "finnish", parent=own, pascha=Pascha.WESTERN)
        lutheran = make.church_body(uow, "elc", denomination="lutheran", reckoning=Reckoning.WESTERN)

        assert [calendar(uow, each) for each in (orthodox, parish, own, below)] == [OLD, OLD, NEW, NEW]
        assert calendar(uow, finnish) == Calendar(Reckoning.NEW, Pascha.WESTERN, fasts=True)
        # Only Orthodox churches fast, and whoever is of western reckoning keeps its Easter unless told.
        assert calendar(uow, baptist) == Calendar(Reckoning.NEW, Pascha.ORTHODOX)
        assert calendar(uow, lutheran) == Calendar(Reckoning.WESTERN, Pascha.WESTERN)


def test_whoever_stands_in_no_church_has_civil_holidays_only(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        foundation = make.organisation(uow, "foundation", kind=OrganisationKind.NGO, country="DK")
        unplaced = Organisation(
            slug="unplaced", name={"en": "Unplaced"}, kind=OrganisationKind.NGO, status=MembershipStatus.NONE,
            created_at=uow.now, updated_at=uow.now, created_by="system:test",
        )  # fmt: skip
        uow.db.add(unplaced)
        uow.db.flush()

        days = holy_days_of(uow, [foundation], **YEAR)
        assert calendar(uow, foundation) is None
        assert {(day.tag, day.country) for day in days} == {(HolyDayTag.CIVIL_HOLIDAY, "DK")}
        assert [row.slug for row in days[0].organisations] == ["foundation"]
        # Without a country it is the coalition's own.
        assert {day.country for day in holy_days_of(uow, [unplaced], **YEAR)} == {"MD"}


def test_parish_that_changes_its_church_changes_its_calendar_that_day(units: Units) -> None:
    with units.writing() as uow:
        orthodox, baptist = bodies(uow)
        parish = make.organisation(uow, "parish", parent=orthodox)
        place_under(uow, parish, baptist, since=date(2027, 6, 15))

        assert calendars(uow, parish) == [
            ("2027-01-01", "2027-06-14", OLD),
            ("2027-06-15", "2027-12-31", Calendar(Reckoning.NEW, Pascha.ORTHODOX)),
        ]
        assert calendars(uow, parish, last=date(2027, 6, 14)) == [("2027-01-01", "2027-06-14", OLD)]
        assert calendars(uow, parish, first=date(2027, 6, 15))[0][0] == "2027-06-15"
        nativities = [day for day in holy_days_of(uow, [parish], **YEAR) if day.code == "nativity"]
        assert [str(day.date) for day in nativities] == ["2027-01-07", "2027-12-25"]


def test_patronal_feast_is_kept_in_the_own_reckoning_and_not_below(units: Units) -> None:
    with units.writing() as uow:
        orthodox, _ = bodies(uow)
        name = {"ro": "Hramul: Sf. Nicolae"}
        parish = make.organisation(
            uow, "parish", parent=orthodox, patronal_feast="12-06", patronal_feast_name=name
        )
        chapel = make.organisation(uow, "chapel", parent=parish, patronal_feast="+56")

        days = [d for d in holy_days_of(uow, [parish, chapel], **YEAR) if d.code == "patronal_feast"]
        assert shown(days) == [
            ("06-27", "patronal_feast", "AVOID", ["chapel"]),
            ("12-19", "patronal_feast", "AVOID", ["parish"]),
        ]
        assert [day.name["ro"] for day in days] == ["Hramul bisericii", "Hramul: Sf. Nicolae"]


def test_how_a_patronal_feast_is_written() -> None:
    feasts = [patronal_feast_of(written, {}).feast for written in ("02-29", "+39", "-7")]

    assert feasts == [
        FixedFeast("patronal_feast", 2, 29, HolyDayTag.AVOID),
        MovableFeast("patronal_feast", 39, HolyDayTag.AVOID),
        MovableFeast("patronal_feast", -7, HolyDayTag.AVOID),
    ]
    for written in ("13-01", "02-30", "+", "Easter"):
        with pytest.raises(ValueError, match=r"\w"):
            patronal_feast_of(written, {})


def rule(uow: UnitOfWork, of: Organisation, code: str, **values: Any) -> None:
    uow.db.add(
        CalendarRule(organisation_id=of.id, code=code, created_at=uow.now, created_by="test", **values)
    )
    uow.db.flush()


def test_manual_rule_wins_and_the_nearest_one_first(units: Units) -> None:
    with units.writing() as uow:
        orthodox, _ = bodies(uow)
        parish = make.organisation(uow, "parish", parent=orthodox)
        rule(uow, orthodox, "dormition", tag=HolyDayTag.NO_TRAINING)
        rule(uow, orthodox, "exaltation", tag=None)
        rule(uow, orthodox, "meeting", tag=HolyDayTag.NO_TRAINING, falls_on=date(2026, 2, 15))
        rule(
            uow,
            orthodox,
            "synod",
            tag=HolyDayTag.NO_TRAINING,
            falls_on=date(2027, 9, 2),
            name={"ro": "Sinod"},
        )
        rule(uow, orthodox, "synod", tag=HolyDayTag.NO_TRAINING, falls_on=date(2028, 9, 2))
        rule(uow, parish, "dormition", tag=HolyDayTag.AVOID, name={"ro": "Hram mare"})
        rule(uow, parish, "synod", tag=None, falls_on=date(2027, 9, 2))
        period = {"first": date(2027, 8, 20), "last": date(2027, 10, 1)}

        assert shown(holy_days_of(uow, [orthodox, parish], **period)) == [
            ("08-28", "dormition", "NO_TRAINING", ["bes"]),
            ("08-28", "dormition", "AVOID", ["parish"]),
            ("09-02", "synod", "NO_TRAINING", ["bes"]),
            ("09-21", "nativity_of_the_theotokos", "AVOID", ["bes", "parish"]),
        ]
        names = {(d.code, d.tag): d.name.get("ro") for d in holy_days_of(uow, [orthodox, parish], **period)}
        assert names["synod", HolyDayTag.NO_TRAINING] == "Sinod"
        assert names["dormition", HolyDayTag.NO_TRAINING] == "Adormirea Maicii Domnului"
        assert names["dormition", HolyDayTag.AVOID] == "Hram mare"
        # A rule about one date says nothing of other years.
        february = {"first": date(2027, 2, 1), "last": date(2027, 2, 28)}
        assert shown(holy_days_of(uow, [orthodox], **february)) == [("02-15", "meeting", "AVOID", ["bes"])]


def test_members_are_named_beside_their_church_body_only_where_it_keeps_another_day(units: Units) -> None:
    with units.writing() as uow:
        orthodox, _ = bodies(uow)
        make.organisation(uow, "same", parent=orthodox)
        make.organisation(uow, "other", parent=orthodox, reckoning=Reckoning.NEW)
        make.organisation(uow, "guest", parent=orthodox, status=MembershipStatus.NONE, patronal_feast="01-02")
        make.organisation(
            uow, "hidden", parent=orthodox, visibility=Visibility.PRIVATE, patronal_feast="12-26"
        )
        period = {"first": date(2027, 1, 6), "last": date(2027, 1, 8)}
        easter = {"first": date(2027, 5, 2), "last": date(2027, 5, 2)}

        assert shown(holy_days_of_members(uow, ANONYMOUS, **period)) == [
            ("01-06", "theophany", "NO_TRAINING", ["other", "ubceb"]),
            ("01-07", "nativity", "NO_TRAINING", ["bes"]),
        ]
        assert shown(holy_days_of_members(uow, ANONYMOUS, **easter)) == [
            ("05-02", "easter", "NO_TRAINING", ["bes", "ubceb"])
        ]
        assert shown(holy_days_of_members(uow, EVERYTHING, **period))[-1] == (
            "01-08", "patronal_feast", "AVOID", ["hidden"],
        )  # fmt: skip


def test_days_come_by_date_and_what_refuses_a_training_first(units: Units) -> None:
    with units.writing() as uow:
        orthodox, _ = bodies(uow)
        period = {"first": date(2027, 4, 30), "last": date(2027, 5, 2)}
        found = holy_days_of(uow, [orthodox], **period)

    assert shown(found, *HolyDayTag) == [
        ("04-30", "great_friday", "NO_TRAINING", ["bes"]),
        ("04-30", "great_lent", "FASTING", ["bes"]),
        ("05-01", "md_labour_day", "CIVIL_HOLIDAY", ["bes"]),
        ("05-01", "great_lent", "FASTING", ["bes"]),
        ("05-02", "easter", "NO_TRAINING", ["bes"]),
        ("05-02", "md_easter", "CIVIL_HOLIDAY", ["bes"]),
    ]


@contextmanager
def statements(units: Units) -> Iterator[list[str]]:
    sent: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    engine = units.database.write_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def test_two_statements_for_any_number_of_organisations(units: Units) -> None:
    with units.writing() as uow:
        orthodox, _ = bodies(uow)
        rows = [make.organisation(uow, f"parish-{number}", parent=orthodox) for number in range(30)]

        for count in (1, 3, 30):
            with statements(units) as sent:
                found = observances(uow, rows[:count], first=date(2027, 1, 1), last=date(2031, 12, 31))
            assert (len(found), len(sent)) == (count, 2)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (date(2027, 1, 2), date(2027, 1, 1), "END_BEFORE_START"),
        (date(2027, 1, 1), date(2032, 1, 2), "OUT_OF_RANGE"),
        (date(1899, 12, 31), date(1900, 1, 1), "OUT_OF_RANGE"),
        (date(2200, 12, 31), date(2201, 1, 1), "OUT_OF_RANGE"),
    ],
)
def test_period_that_cannot_be_asked_for(first: date, last: date, code: str) -> None:
    with pytest.raises(BadUserInput) as refusal:
        check_period(first, last)

    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2027, 1, 1), date(2027, 1, 1)),
        (date(1900, 1, 1), date(1904, 12, 31)),
        (date(2196, 1, 1), date(2200, 12, 31)),
    ],
)
def test_longest_and_shortest_periods(units: Units, first: date, last: date) -> None:
    check_period(first, last)
    with units.writing() as uow:
        bodies(uow)
        found = holy_days_of_members(uow, ANONYMOUS, first=first, last=last)

    assert all(first <= day.date <= last for day in found)
