from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from coalition.outreach.drafts import PartnerDraft, ReachDraft
from coalition.outreach.enums import (
    ActivityKind,
    ActivityStatus,
    ParticipantRole,
)
from coalition.outreach.models import (
    ActivityDistrict,
)
from tests import factories as make
from tests.outreach.world import ONE_EACH, World, day, faults, on, rows_of

LIMIT_TITLE, LIMIT_TEXT = {"limit": 200}, {"limit": 2000}
COUNTS = {"minimum": 0, "maximum": 1_000_000}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ({}, [("REQUIRED", "title")]),
        ({"ro": " \n", "en": ""}, [("REQUIRED", "title")]),
        ({"uk": "Вечір"}, [("REQUIRED", "title")]),
        ({"ro": "Seară", "xx": "?"}, [("INVALID_LANGUAGE", "title.xx", {"language": "xx"})]),
        ({"ro": "a" * 201}, [("TOO_LONG", "title.ro", LIMIT_TITLE)]),
        (
            {"ru": "я" * 201, "klingon": "Qo'"},
            [
                ("INVALID_LANGUAGE", "title.klingon", {"language": "klingon"}),
                ("TOO_LONG", "title.ru", LIMIT_TITLE),
            ],
        ),
    ],
)
def test_log_activity_with_a_title_that_cannot_be(world: World, title: Any, expected: Any) -> None:
    assert world.refused(title=title) == faults(*expected)


def test_log_activity_with_a_title_as_long_as_allowed(world: World) -> None:
    activity = world.log(world.draft(title={"ro": f" {'ă' * 200} ", "uk": "Вечір"}))

    assert activity.title == {"ro": "ă" * 200, "uk": "Вечір"}


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"form": "x" * 2001}, "form"),
        ({"place": "x" * 2001}, "place"),
        ({"audience": ["", "x" * 2001]}, "audience.1"),
        ({"materials": ["x" * 2001]}, "materials.0"),
    ],
)
def test_log_activity_with_a_text_that_is_too_long(world: World, values: Any, path: str) -> None:
    assert world.refused(**values) == faults(("TOO_LONG", path, LIMIT_TEXT))


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("audience", ["elevi"] * 101),
        ("materials", ["pliante"] * 101),
        ("districts", ["MD-CU"] * 101),
        ("topics", ["debt_bondage"] * 101),
        ("reach", [ReachDraft(1)] * 101),
    ],
)
def test_log_activity_with_a_list_that_is_too_long(world: World, name: str, items: Any) -> None:
    assert world.refused(**{name: items}) == faults(("OUT_OF_RANGE", name, {"maximum": 100}))


def test_log_activity_with_too_many_partners_and_languages(world: World) -> None:
    partner = PartnerDraft(world.diaconia.id, ParticipantRole.HOSTING)
    found = world.refused(
        partners=[partner] * 101, title={f"en-{n:03}": "x" for n in range(101)} | {"ro": "x"}
    )

    assert found[0] == faults(("OUT_OF_RANGE", "title", {"maximum": 100}))[0]
    assert faults(("OUT_OF_RANGE", "partners", {"maximum": 100}))[0] in found


def test_log_activity_of_assistance(world: World) -> None:
    assert world.refused(kind=ActivityKind.ASSISTANCE) == faults(("NOT_LOGGED_HERE", "kind"))


@pytest.mark.parametrize("topics", [[], ["forum_theatre"], [" "]])
def test_log_activity_of_prevention_without_a_cause(world: World, topics: list[str]) -> None:
    assert world.refused(kind=ActivityKind.PREVENTION, topics=topics) == faults(("REQUIRED", "topics"))


def test_log_activity_with_unknown_districts_and_topics(world: World) -> None:
    found = world.refused(districts=["Atlantida", "MD-CU", "MD-XX"], topics=["debt_bondage", "magic"])

    assert found == faults(
        ("UNKNOWN_DISTRICT", "districts.0", {"value": "Atlantida"}),
        ("UNKNOWN_DISTRICT", "districts.2", {"value": "MD-XX"}),
        ("UNKNOWN_TOPIC", "topics.1", {"value": "magic"}),
    )


def test_log_activity_with_a_topic_that_a_loader_wrote(world: World) -> None:
    expected = faults(("UNKNOWN_TOPIC", "topics.0", {"value": "safe-return"}))

    assert world.refused(topics=["safe-return"]) == expected


def test_log_activity_with_partners_that_cannot_be(world: World) -> None:
    found = world.refused(
        partners=[
            PartnerDraft(None, ParticipantRole.HOSTING),
            PartnerDraft(world.baptists.id, ParticipantRole.HOSTING),
            PartnerDraft(world.diaconia.id, ParticipantRole.LEAD),
            PartnerDraft(world.diaconia.id, ParticipantRole.MEDIA),
            PartnerDraft(world.hidden.id, ParticipantRole.MEDIA),
        ],
    )

    assert found == faults(
        ("NOT_FOUND", "partners.0.organisation"),
        ("DUPLICATE", "partners.1.organisation"),
        ("SECOND_LEAD", "partners.2.role"),
        ("DUPLICATE", "partners.3.organisation"),
        ("NOT_FOUND", "partners.4.organisation"),
    )


@pytest.mark.parametrize("count", [-1, 1_000_001])
def test_log_activity_with_counts_that_cannot_be(world: World, count: int) -> None:
    found = world.refused(reach=[ReachDraft(0), ReachDraft(count), ReachDraft(1_000_000)])

    assert found == faults(("OUT_OF_RANGE", "reach.1.count", COUNTS))


def test_log_activity_that_reached_nobody(world: World) -> None:
    activity = world.log(world.draft(reach=[ReachDraft(0)]))

    assert activity.people_reached == 0


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "expected"),
    [
        ("2026-05-02", "2026-05-01", [("END_BEFORE_START", "endsOn")]),
        ("2026-05", "2026-04", [("END_BEFORE_START", "endsOn")]),
        ("2026-05-02", "2026-05", []),
        ("2026-05-02", "2026", []),
        ("2026-05-15", None, []),
        ("2026-05-16", None, [("HELD_IN_FUTURE", "startsOn")]),
        ("2026-05", None, []),
        ("2026-06", None, [("HELD_IN_FUTURE", "startsOn")]),
        ("2026-05-14", "2026-05-15", []),
        ("2026-05-14", "2026-05-16", [("HELD_IN_FUTURE", "endsOn")]),
        ("2027", "2028", [("HELD_IN_FUTURE", "startsOn"), ("HELD_IN_FUTURE", "endsOn")]),
        ("1900", None, []),
        ("1899-12-31", None, [("OUT_OF_RANGE", "startsOn")]),
    ],
)
def test_log_activity_on_days_that_can_and_cannot_be(
    world: World, starts_on: str, ends_on: str | None, expected: Any
) -> None:
    # The clock stands at half past one on 15 May in Chișinău, still 14 May in UTC.
    values = {"starts_on": on(starts_on), "ends_on": on(ends_on) if ends_on else None}

    if expected:
        assert world.refused(**values) == faults(*expected)
    else:
        world.log(world.draft(**values))
        assert world.stored() == ONE_EACH


@pytest.mark.parametrize(("year", "is_kept"), [(2200, True), (2201, False)])
def test_log_activity_planned_far_ahead(world: World, year: int, is_kept: bool) -> None:
    values = {"status": ActivityStatus.PLANNED, "starts_on": on(f"{year}"), "ends_on": on(f"{year}")}

    if is_kept:
        assert world.log(world.draft(**values)).code == f"ubceb-{year}-1"
    else:
        expected = faults(("OUT_OF_RANGE", "startsOn"), ("OUT_OF_RANGE", "endsOn"))
        assert world.refused(**values) == expected


def test_log_activity_planned_for_tomorrow(world: World) -> None:
    tomorrow = day(make.TODAY + timedelta(days=1))

    activity = world.log(world.draft(status=ActivityStatus.PLANNED, starts_on=tomorrow))

    assert activity.status is ActivityStatus.PLANNED


def test_log_activity_as_cancelled(world: World) -> None:
    assert world.refused(status=ActivityStatus.CANCELLED) == faults(("WRONG_STATE", "status"))


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"title": {"ro": "Sunați la 069 123 456"}}, "title.ro"),
        ({"form": "info@example.md"}, "form"),
        ({"place": "tel. +373 22 123456"}, "place"),
        ({"audience": ["elevi", "maria.p@example.com"]}, "audience.1"),
        ({"materials": ["069123456"]}, "materials.0"),
    ],
)
def test_log_activity_with_a_text_that_may_name_somebody(world: World, values: Any, path: str) -> None:
    assert world.refused(**values) == faults(("PERSONAL_DATA_SUSPECTED", path))

    world.log(world.draft(**values, text_confirmed=True))
    assert world.stored() == ONE_EACH


@pytest.mark.parametrize("text_confirmed", [False, True])
def test_log_activity_with_a_personal_number(world: World, text_confirmed: bool) -> None:
    found = world.refused(place="IDNP 2001234567890", text_confirmed=text_confirmed)

    assert found == faults(("PERSONAL_NUMBER", "place"))


def test_log_activity_tells_all_faults_at_once(world: World) -> None:
    found = world.refused(
        kind=ActivityKind.PREVENTION,
        title={},
        starts_on=on("2026-06-01"),
        ends_on=on("2026-05-01"),
        districts=["Atlantida"],
        place="x" * 2001,
        topics=["magic"],
        reach=[ReachDraft(-1)],
        partners=[PartnerDraft(None, ParticipantRole.LEAD)],
    )

    assert found == faults(
        ("REQUIRED", "title"),
        ("TOO_LONG", "place", LIMIT_TEXT),
        ("UNKNOWN_DISTRICT", "districts.0", {"value": "Atlantida"}),
        ("UNKNOWN_TOPIC", "topics.0", {"value": "magic"}),
        ("SECOND_LEAD", "partners.0.role"),
        ("NOT_FOUND", "partners.0.organisation"),
        ("OUT_OF_RANGE", "reach.0.count", COUNTS),
        ("REQUIRED", "topics"),
        ("END_BEFORE_START", "endsOn"),
        ("HELD_IN_FUTURE", "startsOn"),
    )


def test_log_activity_leaves_out_characters_that_no_database_keeps(world: World) -> None:
    activity = world.log(
        world.draft(place="Bi\x00serica\ud800\nSus", districts=["MD\x00-CU"], topics=["debt\x00_bondage"])
    )

    assert activity.place == "Biserica\nSus"
    with world.units.reading() as uow:
        assert len(rows_of(uow, ActivityDistrict, activity.id)) == 1
