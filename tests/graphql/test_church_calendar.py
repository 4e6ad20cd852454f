"""`churchCalendar` and `setChurchCalendar`: own reckoning, patronal feasts and manual rules."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from coalition.intake.record import load_record
from coalition.members.models import CalendarRule, Organisation
from tests.graphql.world import EVERYBODY, World

CALENDAR = """
query ($organisation: ID!) {
  churchCalendar(organisation: $organisation) {
    organisation { slug } reckoning pascha ownReckoning ownPascha revision
    patronalFeast { month day daysAfterEaster name } rules { code date tag name }
  }
}
"""


def calendar(world: World, slug: str, **options: Any) -> dict[str, Any]:
    found = world.one(CALENDAR, organisation=world.organisation(slug), **options)
    assert found.pop("organisation") == {"slug": slug}
    return dict(found)


def change(world: World, slug: str = "diaconia", **values: Any) -> dict[str, Any]:
    revision = world.row(Organisation, slug=slug).revision
    return {"organisation": world.organisation(slug), "revision": revision, **values}


def refused(world: World, actor: str = "bes", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    before = world.dump()
    faults = world.refused("setChurchCalendar", actor, change(world, **values))
    assert world.dump() == before
    return faults


def kept(world: World, slug: str, year: int, *codes: str) -> list[tuple[str, str, str]]:
    document = """query ($from: Date!, $to: Date!, $organisation: ID) {
      holyDays(from: $from, to: $to, organisation: $organisation) { date code tag }
    }"""
    period = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
    found = world.one(document, organisation=world.organisation(slug), **period)
    return [(day["date"][5:], day["code"], day["tag"]) for day in found if day["code"] in codes]


def test_calendar_is_inherited_and_shown_to_everybody(record: World) -> None:
    nothing = {"patronalFeast": None, "rules": [], "revision": 1}

    assert calendar(record, "diaconia") == {
        "reckoning": "OLD", "pascha": "ORTHODOX", "ownReckoning": None, "ownPascha": None, **nothing,
    }  # fmt: skip
    assert calendar(record, "elc") == {
        "reckoning": "WESTERN", "pascha": "WESTERN", "ownReckoning": "WESTERN", "ownPascha": "WESTERN",
        **nothing,
    }  # fmt: skip
    assert calendar(record, "lastrada") == {
        "reckoning": None, "pascha": None, "ownReckoning": None, "ownPascha": None, **nothing,
    }  # fmt: skip
    assert record.one(CALENDAR, organisation="nonsense") is None


def test_own_calendar_is_set_and_taken_back(world: World) -> None:
    own = change(
        world,
        reckoning="NEW",
        patronalFeast={"month": 12, "day": 6, "name": {"ro": "Sf. Nicolae", "ru": "Святитель Николай"}},
        rules=[
            {"code": "dormition", "tag": "NO_TRAINING"},
            {"code": "exaltation"},
            {"code": "retreat", "date": "2027-09-02", "tag": "NO_TRAINING", "name": {"ro": "Reculegere"}},
        ],
    )
    payload = world.deed("setChurchCalendar", "bes", own, "organisation { slug } current { revision }")

    assert payload == {"userErrors": [], "organisation": {"slug": "diaconia"}, "current": None}
    assert calendar(world, "diaconia", language="ru") == {
        "reckoning": "NEW",
        "pascha": "ORTHODOX",
        "ownReckoning": "NEW",
        "ownPascha": None,
        "revision": 2,
        "patronalFeast": {"month": 12, "day": 6, "daysAfterEaster": None, "name": "Святитель Николай"},
        "rules": [
            {"code": "dormition", "date": None, "tag": "NO_TRAINING", "name": None},
            {"code": "exaltation", "date": None, "tag": None, "name": None},
            {"code": "retreat", "date": "2027-09-02", "tag": "NO_TRAINING", "name": "Reculegere"},
        ],
    }
    codes = ("nativity", "dormition", "exaltation", "retreat", "patronal_feast")
    assert kept(world, "diaconia", 2027, *codes) == [
        ("08-15", "dormition", "NO_TRAINING"),
        ("09-02", "retreat", "NO_TRAINING"),
        ("12-06", "patronal_feast", "AVOID"),
        ("12-25", "nativity", "NO_TRAINING"),
    ]
    [entry] = world.audit()
    assert (entry.action, entry.fields) == (
        "members:calendar:set", ["patronal_feast", "patronal_feast_name", "reckoning", "rules"],
    )  # fmt: skip

    back = change(world, reckoning=None, patronalFeast={"daysAfterEaster": 39}, rules=None)
    assert world.refused("setChurchCalendar", "council_secretary", back) == []
    assert kept(world, "diaconia", 2027, *codes) == [
        ("01-07", "nativity", "NO_TRAINING"),
        ("06-10", "patronal_feast", "AVOID"),
        ("08-28", "dormition", "AVOID"),
        ("09-27", "exaltation", "AVOID"),
    ]


def test_what_is_not_named_stays_and_nothing_new_changes_nothing(world: World) -> None:
    rules = [{"code": "meeting", "tag": "NO_TRAINING"}]
    first = change(world, pascha="WESTERN", patronalFeast={"month": 8, "day": 15}, rules=rules)
    assert world.refused("setChurchCalendar", "bes", first) == []
    assert world.refused("setChurchCalendar", "bes", change(world, reckoning="NEW")) == []
    before = world.dump()

    again = change(
        world, reckoning="NEW", pascha="WESTERN", patronalFeast={"month": 8, "day": 15}, rules=rules
    )
    assert world.refused("setChurchCalendar", "bes", again) == []

    assert world.dump() == before
    found = calendar(world, "diaconia")
    assert (found["reckoning"], found["pascha"], found["revision"]) == ("NEW", "WESTERN", 3)
    assert (found["patronalFeast"]["month"], len(found["rules"])) == (8, 1)


def test_stale_revision_shows_the_calendar_as_it_is(world: World) -> None:
    old = change(world, reckoning="NEW")
    assert world.refused("setChurchCalendar", "bes", change(world, reckoning="WESTERN")) == []
    selection = "organisation { slug } current { revision ownReckoning }"

    for given in (old, {**old, "reckoning": "WESTERN"}):
        payload = world.deed("setChurchCalendar", "bes", given, selection)
        assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [
            ("STALE_REVISION", ["revision"])
        ]
        assert payload["organisation"] is None
        assert payload["current"] == {"revision": 2, "ownReckoning": "WESTERN"}


def test_whoever_plans_trainings_there_sets_it(world: World) -> None:
    may = {"bes", "council_secretary"}

    found = {actor: world.refused("setChurchCalendar", actor, change(world)) for actor in EVERYBODY}

    assert found == {
        actor: [] if actor in may else [("NOT_PERMITTED", ("organisation",))] for actor in EVERYBODY
    }
    assert world.refused("setChurchCalendar", "bes", {"organisation": "x", "revision": 1}) == [
        ("NOT_FOUND", ("organisation",))
    ]


def test_faults_are_named_at_their_paths(world: World) -> None:
    retreat = {"code": "retreat", "date": "2027-09-02", "tag": "AVOID", "name": {"ro": "Reculegere"}}
    cases: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
        ({"patronalFeast": {}}, [("REQUIRED", ("patronalFeast",))]),
        ({"patronalFeast": {"month": 2, "day": 30}}, [("OUT_OF_RANGE", ("patronalFeast",))]),
        ({"patronalFeast": {"daysAfterEaster": 71}}, [
            ("OUT_OF_RANGE", ("patronalFeast", "daysAfterEaster")),
        ]),
        ({"patronalFeast": {"daysAfterEaster": 1, "day": 2}}, [("DUPLICATE", ("patronalFeast",))]),
        (
            {"patronalFeast": {"daysAfterEaster": 1, "name": {"ro": "069 123 456"}}},
            [("PERSONAL_DATA_SUSPECTED", ("patronalFeast", "name", "ro"))],
        ),
        ({"rules": [{"code": "retreat", "tag": "AVOID"}]}, [
            ("UNKNOWN_HOLY_DAY", ("rules", "0", "code")), ("REQUIRED", ("rules", "0", "name")),
        ]),
        ({"rules": [{**retreat, "code": "My retreat"}]}, [("UNKNOWN_HOLY_DAY", ("rules", "0", "code"))]),
        ({"rules": [{**retreat, "code": "d069123456"}]}, [("UNKNOWN_HOLY_DAY", ("rules", "0", "code"))]),
        ({"rules": [{**retreat, "date": "1066-01-01"}]}, [("OUT_OF_RANGE", ("rules", "0", "date"))]),
        ({"rules": [{**retreat, "tag": "CIVIL_HOLIDAY"}]}, [("OUT_OF_RANGE", ("rules", "0", "tag"))]),
        ({"rules": [retreat, retreat]}, [("DUPLICATE", ("rules", "1"))]),
        ({"rules": [{**retreat, "name": {"ro": "a@b.md"}}]}, [
            ("PERSONAL_DATA_SUSPECTED", ("rules", "0", "name", "ro")),
        ]),
    ]  # fmt: skip

    assert [refused(world, **given) for given, _ in cases] == [faults for _, faults in cases]
    dates = [f"20{year}-09-02" for year in range(27, 78)] + [f"20{year}-09-03" for year in range(27, 77)]
    many = [{**retreat, "date": date} for date in dates]
    assert refused(world, rules=many) == [("OUT_OF_RANGE", ("rules",))]
    confirmed = change(world, rules=[{**retreat, "name": {"ro": "a@b.md"}}], textConfirmed=True)
    assert world.refused("setChurchCalendar", "bes", confirmed) == []


def test_loading_the_record_again_leaves_what_a_church_said(world: World) -> None:
    assert world.refused("setChurchCalendar", "moc", change(world, "moc", reckoning="NEW")) == []

    report = load_record(world.units)

    assert report.problems == []
    assert calendar(world, "moc")["reckoning"] == "NEW"
    with world.units.reading() as uow:
        assert uow.db.scalar(sa.select(sa.func.count()).select_from(CalendarRule)) == 0
