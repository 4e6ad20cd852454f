"""`planTrainingSession`: what is stored, who may plan for whom, and sending twice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from coalition.training.models import TrainingSession
from tests.graphql.world import EVERYBODY, World, record_id

EVERYTHING = """
trainingSession {
  code title status record sessionsCount dateNote country place languages revision visibility source
  startsOn { text precision certainty } endsOn { text precision certainty } district { code }
  organisers { slug } invited { slug } organiserNames funders audience topics { code } capacity placesFree
  participantsCount participantsQualifier participantsQualifierText
}
replayed
"""


def draft(world: World, **values: Any) -> dict[str, Any]:
    return {
        "title": {"ro": "Curs pentru preoți"},
        "organisers": [world.organisation("bes")],
        "startsOn": "2026-09-01",
        "district": "MD-CU",
        **values,
    }


def refused(world: World, actor: str = "bes", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    before = world.dump()
    faults = world.refused("planTrainingSession", actor, draft(world, **values))
    assert world.dump() == before
    return faults


def test_least_that_is_needed(world: World) -> None:
    payload = world.deed("planTrainingSession", "bes", draft(world), EVERYTHING)

    assert payload == {
        "userErrors": [],
        "replayed": False,
        "trainingSession": {
            "code": None,
            "title": "Curs pentru preoți",
            "status": "SCHEDULED",
            "record": "SINGLE",
            "sessionsCount": None,
            "dateNote": None,
            "country": "MD",
            "place": None,
            "languages": [],
            "revision": 1,
            "visibility": "COALITION",
            "source": None,
            "startsOn": {"text": "2026-09-01", "precision": "DAY", "certainty": "STATED"},
            "endsOn": None,
            "district": {"code": "MD-CU"},
            "organisers": [{"slug": "bes"}],
            "invited": [],
            "organiserNames": [],
            "funders": [],
            "audience": [],
            "topics": [],
            "capacity": None,
            "placesFree": None,
            "participantsCount": None,
            "participantsQualifier": None,
            "participantsQualifierText": None,
        },
    }


def test_everything_that_can_be_said(world: World) -> None:
    payload = world.deed(
        "planTrainingSession",
        "council_secretary",
        draft(
            world,
            organisers=[world.organisation(slug) for slug in ("moc", "ubceb", "moc")],
            invited=[world.organisation(slug) for slug in ("bes", "elc")],
            endsOn="2026-09-03",
            district="Hâncești",
            place="Mănăstirea",
            capacity=25,
            languages=["ro", "ru", "ro", "gag", "en-GB"],
            audience=["preoți"],
            topics=["pastoral_counselling", "recruitment"],
            visibility="PUBLIC",
        ),
        EVERYTHING,
    )

    shown = payload["trainingSession"]
    assert payload["userErrors"] == []
    assert {
        name: shown[name]
        for name in (
            "organisers", "invited", "endsOn", "district", "place", "capacity", "placesFree", "languages",
            "audience", "topics", "visibility",
        )
    } == {
        "organisers": [{"slug": "moc"}, {"slug": "ubceb"}],
        "invited": [{"slug": "bes"}, {"slug": "elc"}],
        "endsOn": {"text": "2026-09-03", "precision": "DAY", "certainty": "STATED"},
        "district": {"code": "MD-HI"},
        "place": "Mănăstirea",
        "capacity": 25,
        "placesFree": 25,
        "languages": ["ro", "ru", "gag", "en-GB"],
        "audience": ["preoți"],
        "topics": [{"code": "pastoral_counselling"}, {"code": "recruitment"}],
        "visibility": "PUBLIC",
    }  # fmt: skip


def test_found_at_once(world: World) -> None:
    world.deed("planTrainingSession", "bes", draft(world, district="MD-OR", topics=["return"]))
    document = """
    query ($filter: TrainingSessionFilter) {
      trainingSessions(filter: $filter) { totalCount nodes { title } }
    }
    """

    for filters in (
        {"district": "Orhei", "from": "2026-09-01", "to": "2026-09-01"},
        {"status": "SCHEDULED", "churchBody": world.organisation("bes")},
        {"denomination": "orthodox", "from": "2026-01-01"},
        {"topic": "return"},
        {"search": "preoti CURS orhei"},
    ):
        assert world.one(document, "moc", filter=filters) == {
            "totalCount": 1,
            "nodes": [{"title": "Curs pentru preoți"}],
        }, filters


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("actor", EVERYBODY)
def test_who_may_plan_for_whom(world: World, actor: str) -> None:
    everything = {"bes", "diaconia", "moc", "ubceb", "coalition", "iom-md"}
    may = {"bes": {"bes", "diaconia"}, "moc": {"moc"}, "council_secretary": everything}.get(actor, set())

    for slug in sorted(everything):
        faults = world.refused(
            "planTrainingSession", actor, draft(world, organisers=[world.organisation(slug)])
        )
        assert faults == ([] if slug in may else [("NOT_PERMITTED", ("organisers", "0"))]), slug


def test_coordinator_plans_where_the_own_line_is_the_only_organiser(world: World) -> None:
    organisers = [world.organisation(slug) for slug in ("bes", "moc", "diaconia", "ubceb")]

    assert refused(world, organisers=organisers) == [
        ("NOT_PERMITTED", ("organisers", "1")),
        ("NOT_PERMITTED", ("organisers", "3")),
    ]


def test_record_belongs_to_the_first_organiser(world: World) -> None:
    organisers = [world.organisation(slug) for slug in ("diaconia", "bes")]
    world.deed("planTrainingSession", "bes", draft(world, organisers=organisers))

    row = world.row(TrainingSession, created_by=world.actor("bes").subject)
    assert row.owner_id == record_id(world.organisation("diaconia"))


# ------------------------------------------------------------------ faults

FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"organisers": []}, [("REQUIRED", ("organisers",))]),
    ({"organisers": ["nonsense"]}, [("NOT_FOUND", ("organisers", "0"))]),
    ({"title": {"fr": "Cours"}}, [("REQUIRED", ("title",))]),
    ({"title": {"ro": "x" * 201}}, [("TOO_LONG", ("title", "ro"))]),
    ({"title": {"ro": "069 123 456"}}, [("PERSONAL_DATA_SUSPECTED", ("title", "ro"))]),
    ({"place": "x" * 2001}, [("TOO_LONG", ("place",))]),
    ({"place": "2001001234567", "textConfirmed": True}, [("PERSONAL_NUMBER", ("place",))]),
    ({"audience": ["x", "y@example.org"]}, [("PERSONAL_DATA_SUSPECTED", ("audience", "1"))]),
    ({"district": "Atlantis"}, [("UNKNOWN_DISTRICT", ("district",))]),
    ({"district": ""}, [("REQUIRED", ("district",))]),
    ({"endsOn": "2026-08-31"}, [("END_BEFORE_START", ("endsOn",))]),
    ({"startsOn": "1899-01-01"}, [("OUT_OF_RANGE", ("startsOn",))]),
    ({"endsOn": "2201-01-01"}, [("OUT_OF_RANGE", ("endsOn",))]),
    ({"capacity": -1}, [("OUT_OF_RANGE", ("capacity",))]),
    ({"capacity": 1_000_001}, [("OUT_OF_RANGE", ("capacity",))]),
    ({"languages": ["ro", "Romanian", "xx"]}, [
        ("INVALID_LANGUAGE", ("languages", "1")), ("INVALID_LANGUAGE", ("languages", "2")),
    ]),
    ({"topics": ["nonsense"]}, [("UNKNOWN_TOPIC", ("topics", "0"))]),
    ({"topics": ["good-practice-exchange"]}, [("UNKNOWN_TOPIC", ("topics", "0"))]),
    ({"invited": ["nonsense"]}, [("NOT_FOUND", ("invited", "0"))]),
    ({"clientId": "nonsense"}, [("INVALID_ID", ("clientId",))]),
    ({"title": {"ro": " "}, "district": "Atlantis", "capacity": -1}, [
        ("OUT_OF_RANGE", ("capacity",)), ("REQUIRED", ("title",)), ("UNKNOWN_DISTRICT", ("district",)),
    ]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(world: World) -> None:
    found = [sorted(refused(world, **given)) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]


def test_what_lies_within_the_limits_is_stored(world: World) -> None:
    limits: list[dict[str, Any]] = [
        {"capacity": 0},
        {"capacity": 1_000_000},
        {"endsOn": "2026-09-01"},
        {"startsOn": "2020-01-01"},
        {"title": {"ro": "x" * 200}},
        {"invited": None, "languages": None, "audience": None, "topics": None, "visibility": None},
        {"place": "0800 77777", "textConfirmed": True},
    ]

    assert [world.refused("planTrainingSession", "bes", draft(world, **given)) for given in limits] == [
        []
    ] * 7


# ------------------------------------------------------------------ sending twice


def test_same_client_id_and_content_is_replayed(world: World) -> None:
    key = str(uuid4())
    first = world.deed(
        "planTrainingSession", "bes", draft(world, clientId=key), "trainingSession { id } replayed"
    )
    before = world.dump()

    second = world.deed(
        "planTrainingSession", "bes", draft(world, clientId=key), "trainingSession { id } replayed"
    )

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["trainingSession"] == first["trainingSession"]
    assert world.dump() == before


def test_same_client_id_with_other_content_is_a_mismatch(world: World) -> None:
    key = str(uuid4())
    world.deed("planTrainingSession", "bes", draft(world, clientId=key))

    assert refused(world, clientId=key, capacity=5) == [("IDEMPOTENCY_MISMATCH", ("clientId",))]
    assert refused(world, "moc", clientId=key) == [("NOT_PERMITTED", ("organisers", "0"))]
