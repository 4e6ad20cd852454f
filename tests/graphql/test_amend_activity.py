"""`amendActivity`: absent and null, stale revisions with both versions, and refusals that change nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from coalition.outreach.models import Activity
from tests import factories
from tests.graphql.world import EVERYBODY, World, record_id

SHOWN = """
  id revision kind form title status visibility place audience materials peopleReached
  startsOn { text precision } endsOn { text } country
  districts { code } lead { slug } participants { role organisation { slug } } topics { code }
  reach { count sex ageBand method qualifier }
"""


@pytest.fixture
def logged(world: World) -> str:
    """The id of an activity that says something in every field."""
    return log(world)


def log(world: World) -> str:
    payload = world.deed(
        "logActivity",
        "reporter",
        {
            "organisation": world.organisation("ubceb"),
            "kind": "PREVENTION",
            "form": "seminar",
            "title": {"ro": "Seară", "en": "Evening"},
            "startsOn": {"date": "2026-05-01"},
            "endsOn": {"date": "2026-05-02"},
            "districts": ["MD-CU", "MD-OR"],
            "place": "Casa Lumina",
            "audience": ["tineri"],
            "topics": ["domestic_violence"],
            "materials": ["broșuri"],
            "partners": [{"organisation": world.organisation("iisus"), "role": "HOSTING"}],
            "reach": [{"count": 20, "sex": "FEMALE"}, {"count": 10}],
        },
        "activity { id }",
    )
    return payload["activity"]["id"]


BEFORE = {
    "revision": 1,
    "kind": "PREVENTION",
    "form": "seminar",
    "title": "Evening",
    "status": "HELD",
    "visibility": "COALITION",
    "place": "Casa Lumina",
    "audience": ["tineri"],
    "materials": ["broșuri"],
    "peopleReached": 30,
    "startsOn": {"text": "2026-05-01", "precision": "DAY"},
    "endsOn": {"text": "2026-05-02"},
    "country": "MD",
    "districts": [{"code": "MD-CU"}, {"code": "MD-OR"}],
    "lead": {"slug": "ubceb"},
    "participants": [
        {"role": "LEAD", "organisation": {"slug": "ubceb"}},
        {"role": "HOSTING", "organisation": {"slug": "iisus"}},
    ],
    "topics": [{"code": "domestic_violence"}],
    "reach": [
        {"count": 20, "sex": "FEMALE", "ageBand": "UNKNOWN", "method": "HEADCOUNT", "qualifier": "EXACT"},
        {
            "count": 10,
            "sex": "UNSPECIFIED",
            "ageBand": "UNKNOWN",
            "method": "HEADCOUNT",
            "qualifier": "EXACT",
        },
    ],
}


def amend(world: World, opaque: str, revision: int = 1, actor: str = "reporter", **changes: Any) -> Any:
    """The amended activity without its id."""
    given = {"id": opaque, "revision": revision, **changes}
    payload = world.deed(
        "amendActivity", actor, given, f"activity {{ {SHOWN} }} current {{ id }} attempted {{ id }}"
    )
    assert (payload["userErrors"], payload["current"], payload["attempted"]) == ([], None, None)
    assert payload["activity"].pop("id") == opaque
    return payload["activity"]


def refused(
    world: World, opaque: str, actor: str = "reporter", **given: Any
) -> list[tuple[str, tuple[str, ...]]]:
    """The faults of an amendment, by which nothing is changed."""
    before = world.dump()
    faults = world.refused("amendActivity", actor, {"id": opaque, "revision": 1, **given})
    assert world.dump() == before
    return faults


# ------------------------------------------------------------------ absent and null


def test_what_is_not_given_stays(world: World, logged: str) -> None:
    assert amend(world, logged, form="concert") == {**BEFORE, "form": "concert", "revision": 2}


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"kind": "AWARENESS"}, {"kind": "AWARENESS"}),
    ({"title": {"en": "Concert"}}, {"title": "Concert"}),
    ({"startsOn": {"date": "2026-04-11", "precision": "MONTH"}}, {
        "startsOn": {"text": "2026-04", "precision": "MONTH"},
    }),
    ({"endsOn": {"date": "2026-05-03"}}, {"endsOn": {"text": "2026-05-03"}}),
    ({"districts": ["Hîncești"]}, {"districts": [{"code": "MD-HI"}]}),
    ({"place": "Biserica"}, {"place": "Biserica"}),
    ({"visibility": "PUBLIC"}, {"visibility": "PUBLIC"}),
    ({"audience": ["părinți", "copii"]}, {"audience": ["părinți", "copii"]}),
    ({"materials": []}, {"materials": []}),
    ({"topics": ["prostitution", "return"]}, {"topics": [{"code": "prostitution"}, {"code": "return"}]}),
    ({"reach": [{"count": 5, "ageBand": "A60_PLUS"}]}, {
        "peopleReached": 5,
        "reach": [{
            "count": 5, "sex": "UNSPECIFIED", "ageBand": "A60_PLUS",
            "method": "HEADCOUNT", "qualifier": "EXACT",
        }],
    }),
    ({"partners": []}, {"participants": [{"role": "LEAD", "organisation": {"slug": "ubceb"}}]}),
    # Null clears what may be empty.
    ({"form": None}, {"form": None}),
    ({"place": None}, {"place": None}),
    ({"endsOn": None}, {"endsOn": None}),
    ({"districts": None}, {"districts": [], "country": None}),
    ({"audience": None}, {"audience": []}),
    ({"materials": None}, {"materials": []}),
    ({"reach": None}, {"reach": [], "peopleReached": None}),
    ({"partners": None}, {"participants": [{"role": "LEAD", "organisation": {"slug": "ubceb"}}]}),
    ({"kind": "AWARENESS", "topics": None}, {"kind": "AWARENESS", "topics": []}),
]  # fmt: skip


def test_what_is_given_changes_and_null_clears(world: World) -> None:
    amended = [amend(world, log(world), **given) for given, _ in CHANGES]

    assert amended == [{**BEFORE, **changed, "revision": 2} for _, changed in CHANGES]


def test_null_is_refused_where_nothing_can_be_empty(world: World, logged: str) -> None:
    required = ("kind", "title", "startsOn", "status", "visibility")

    faults = refused(world, logged, **dict.fromkeys(required))

    assert sorted(faults) == sorted(("REQUIRED", (name,)) for name in required)
    assert refused(world, logged, topics=None) == [("REQUIRED", ("topics",))]


def test_change_that_changes_nothing_leaves_the_revision(world: World, logged: str) -> None:
    before = world.dump()

    assert amend(world, logged) == BEFORE
    assert (
        amend(world, logged, form="seminar", districts=["Chișinău", "Orhei"], place=" Casa Lumina ") == BEFORE
    )
    assert world.dump() == before


def test_revisions_go_up_one_by_one(world: World, logged: str) -> None:
    for revision in (1, 2, 3):
        assert amend(world, logged, revision, form=f"form {revision}")["revision"] == revision + 1


def test_planned_becomes_held(world: World, logged: str) -> None:
    planned = world.deed(
        "logActivity",
        "reporter",
        {
            "organisation": world.organisation("ubceb"),
            "kind": "AWARENESS",
            "title": {"en": "Evening"},
            "startsOn": {"date": "2026-05-10"},
            "districts": [],
            "status": "PLANNED",
        },
        "activity { id }",
    )["activity"]["id"]

    assert amend(world, planned, status="HELD")["status"] == "HELD"


def test_amended_activity_is_found_by_its_new_words(world: World, logged: str) -> None:
    document = "query ($s: String) { activities(filter: {search: $s}) { nodes { id } } }"

    amend(world, logged, title={"ro": "Konzertul"}, districts=["MD-SO"])

    assert world.one(document, "reporter", s="konzertul soroca") == {"nodes": [{"id": logged}]}
    assert world.one(document, "reporter", s="evening lumina") == {"nodes": []}


# ------------------------------------------------------------------ stale revisions


def test_stale_revision_shows_both_versions_and_stores_nothing(world: World, logged: str) -> None:
    amend(world, logged, form="concert", reach=[{"count": 50}])
    before = world.dump()

    payload = world.deed(
        "amendActivity",
        "reporter",
        {
            "id": logged,
            "revision": 1,
            "form": "workshop",
            "districts": ["MD-SO"],
            "topics": ["prostitution"],
            "partners": [{"organisation": world.organisation("iom-md"), "role": "FUNDING"}],
            "reach": [{"count": 5}],
            "place": None,
        },
        f"activity {{ id }} current {{ {SHOWN} }} attempted {{ {SHOWN} }}",
    )

    errors = [(error["code"], error["field"]) for error in payload["userErrors"]]
    assert (errors, payload["activity"]) == ([("STALE_REVISION", ["revision"])], None)
    fifty = {
        "count": 50,
        "sex": "UNSPECIFIED",
        "ageBand": "UNKNOWN",
        "method": "HEADCOUNT",
        "qualifier": "EXACT",
    }
    current = {
        **BEFORE,
        "id": logged,
        "form": "concert",
        "reach": [fifty],
        "peopleReached": 50,
        "revision": 2,
    }
    assert payload["current"] == current
    assert payload["attempted"] == {
        **current,
        "revision": 1,
        "form": "workshop",
        "place": None,
        "districts": [{"code": "MD-SO"}],
        "topics": [{"code": "prostitution"}],
        "participants": [
            {"role": "LEAD", "organisation": {"slug": "ubceb"}},
            {"role": "FUNDING", "organisation": {"slug": "iom-md"}},
        ],
        "reach": [{**fifty, "count": 5}],
        "peopleReached": 5,
    }
    assert world.dump() == before


@pytest.mark.parametrize("revision", [0, 2, -1, 2_147_483_647])
def test_revision_that_is_not_the_stored_one_is_stale(world: World, logged: str, revision: int) -> None:
    assert refused(world, logged, revision=revision, form="x") == [("STALE_REVISION", ("revision",))]


def test_stale_revision_comes_before_other_faults(world: World, logged: str) -> None:
    faults = refused(world, logged, revision=7, districts=["Atlantis"], kind="ASSISTANCE")

    assert faults == [("STALE_REVISION", ("revision",))]


# ------------------------------------------------------------------ refusals

FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"kind": "ASSISTANCE"}, [("NOT_LOGGED_HERE", ("kind",))]),
    ({"title": {"en": ""}}, [("REQUIRED", ("title",))]),
    ({"title": {"en": "x" * 201}}, [("TOO_LONG", ("title", "en"))]),
    ({"form": "x" * 2001}, [("TOO_LONG", ("form",))]),
    ({"place": "069 123 456"}, [("PERSONAL_DATA_SUSPECTED", ("place",))]),
    ({"audience": ["x", "2001001234567"]}, [("PERSONAL_NUMBER", ("audience", "1"))]),
    ({"districts": ["MD-CU", "Atlantis"]}, [("UNKNOWN_DISTRICT", ("districts", "1"))]),
    ({"topics": ["nonsense", "domestic_violence"]}, [("UNKNOWN_TOPIC", ("topics", "0"))]),
    ({"topics": []}, [("REQUIRED", ("topics",))]),
    ({"endsOn": {"date": "2026-04-30"}}, [("END_BEFORE_START", ("endsOn",))]),
    ({"startsOn": {"date": "2026-05-03"}}, [("END_BEFORE_START", ("endsOn",))]),
    ({"startsOn": {"date": "2026-05-16"}, "endsOn": None}, [("HELD_IN_FUTURE", ("startsOn",))]),
    ({"status": "PLANNED"}, [("WRONG_STATE", ("status",))]),
    ({"status": "CANCELLED"}, [("WRONG_STATE", ("status",))]),
    ({"reach": [{"count": -1}]}, [("OUT_OF_RANGE", ("reach", "0", "count"))]),
    ({"partners": [{"organisation": "nonsense", "role": "MEDIA"}]}, [
        ("NOT_FOUND", ("partners", "0", "organisation")),
    ]),
    ({"form": "x" * 2001, "districts": ["Atlantis"]}, [
        ("TOO_LONG", ("form",)), ("UNKNOWN_DISTRICT", ("districts", "0")),
    ]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(world: World, logged: str) -> None:
    found = [refused(world, logged, **given) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]


def test_confirmed_text_needs_no_second_answer(world: World, logged: str) -> None:
    amend(world, logged, place="Linia verde 0800 77777", textConfirmed=True)

    assert amend(world, logged, 2, place="Linia verde 0800 77777", form="concert")["form"] == "concert"
    assert refused(world, logged, revision=3, place="Linia verde 0800 88888") == [
        ("PERSONAL_DATA_SUSPECTED", ("place",))
    ]


@pytest.mark.parametrize("actor", EVERYBODY)
def test_only_with_the_permission_at_the_owner(world: World, logged: str, actor: str) -> None:
    code = "NOT_FOUND" if actor in ("anonymous", "administrator", "partner") else "NOT_PERMITTED"
    expected = [] if actor == "reporter" else [(code, ("id",))]
    before = world.dump()

    found = world.refused("amendActivity", actor, {"id": logged, "revision": 1, "form": "concert"})

    assert found == expected
    assert (world.dump() == before) is (actor != "reporter")


def test_taking_part_gives_no_right(world: World) -> None:
    with world.units.writing() as uow:
        ubceb, moc = (uow.db.merge(world.row(factories.Organisation, slug=slug)) for slug in ("ubceb", "moc"))
        made = factories.activity(uow, moc, partners=(ubceb,))
        code = made.code

    assert refused(world, world.activity(code), form="x") == [("NOT_PERMITTED", ("id",))]


def test_loaded_activity_is_not_amended(world: World) -> None:
    """It is the coalition's, and follows its source."""
    with world.units.writing() as uow:
        ubceb = world.row(factories.Organisation, slug="ubceb")
        uow.db.execute(sa.update(Activity).where(Activity.code == "ACT-002").values(owner_id=ubceb.id))

    assert refused(world, world.activity("ACT-002"), form="x") == [("WRONG_STATE", ("id",))]
    assert refused(world, world.activity("ACT-001"), form="x") == [("NOT_PERMITTED", ("id",))]


def test_cancelled_activity_is_not_amended(world: World, logged: str) -> None:
    world.deed("cancelActivity", "reporter", {"id": logged, "revision": 1, "reason": "rain"})

    assert refused(world, logged, revision=2, form="x") == [("WRONG_STATE", ("id",))]


@pytest.mark.parametrize("opaque", ["", "nonsense"])
def test_activity_that_is_none(world: World, opaque: str) -> None:
    assert refused(world, opaque, form="x") == [("NOT_FOUND", ("id",))]
    assert refused(world, world.organisation("ubceb"), form="x") == [("NOT_FOUND", ("id",))]


def test_owner_and_code_stay(world: World, logged: str) -> None:
    before = world.row(Activity, id=record_id(logged))

    amend(world, logged, startsOn={"date": "2025-05-01"}, form="concert")

    after = world.row(Activity, id=record_id(logged))
    unchanged = ("id", "code", "owner_id", "created_at", "created_by", "is_loaded")
    assert [getattr(after, name) for name in unchanged] == [getattr(before, name) for name in unchanged]
