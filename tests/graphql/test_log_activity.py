"""`logActivity`: what is stored, every refusal with its path, and sending twice."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from coalition.outreach.models import Activity
from tests import factories
from tests.graphql.record import keys
from tests.graphql.world import EVERYBODY, World, record_id

EVERYTHING = """
activity {
  code kind form title en: title(language: "en") status dateNote country place campaign source visibility
  revision loggedAt peopleReached cancelReason
  startsOn { date precision certainty text } endsOn { date precision certainty text }
  districts { code } lead { slug } participants { role organisation { slug } } organiserNames audience
  topics { code } materials quantities { value }
  reach { sex ageBand count method qualifier qualifierText }
}
replayed
"""


def draft(world: World, **values: Any) -> dict[str, Any]:
    """The least that an activity needs, as the reporter would log it."""
    return {
        "organisation": world.organisation("ubceb"),
        "kind": "AWARENESS",
        "title": {"ro": "Seară de rugăciune"},
        "startsOn": {"date": "2026-05-01"},
        "districts": [],
        **values,
    }


def log(world: World, actor: str = "reporter", **values: Any) -> Any:
    """An activity that is stored, with all that an answer shows."""
    payload = world.deed("logActivity", actor, draft(world, **values), EVERYTHING, language="ro")
    assert payload["userErrors"] == []
    return payload["activity"]


def refused(world: World, actor: str = "reporter", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The faults of a draft, by which nothing is stored."""
    before = world.dump()
    faults = world.refused("logActivity", actor, draft(world, **values))
    assert world.dump() == before
    return faults


# ------------------------------------------------------------------ what is stored


def test_least_that_is_needed(world: World) -> None:
    assert log(world) == {
        "code": "ubceb-2026-1",
        "kind": "AWARENESS",
        "form": None,
        "title": "Seară de rugăciune",
        "en": "Seară de rugăciune",
        "status": "HELD",
        "dateNote": None,
        "country": None,
        "place": None,
        "campaign": None,
        "source": None,
        "visibility": "COALITION",
        "revision": 1,
        "loggedAt": "2026-05-14T22:30:00+00:00",
        "peopleReached": None,
        "cancelReason": None,
        "startsOn": {"date": "2026-05-01", "precision": "DAY", "certainty": "STATED", "text": "2026-05-01"},
        "endsOn": None,
        "districts": [],
        "lead": {"slug": "ubceb"},
        "participants": [{"role": "LEAD", "organisation": {"slug": "ubceb"}}],
        "organiserNames": [],
        "audience": [],
        "topics": [],
        "materials": [],
        "quantities": [],
        "reach": [],
    }


def test_everything_that_can_be_said(world: World) -> None:
    activity = log(
        world,
        kind="PREVENTION",
        form="  seminar ",
        title={"ro": "Seară", "ru": "Вечер", "en": "Evening", "uk": "Вечір"},
        startsOn={"date": "2026-03-17", "precision": "MONTH"},
        endsOn={"date": "2026-05-20", "precision": "YEAR"},
        districts=["Hâncești", "MD-CU", "hincesti"],
        place="Casa de cultură",
        status="PLANNED",
        visibility="PUBLIC",
        audience=["tineri", "  ", "părinți"],
        topics=["domestic_violence", "children_and_schools", "domestic_violence"],
        materials=["broșuri"],
        partners=[
            {"organisation": world.organisation("iisus"), "role": "HOSTING"},
            {"organisation": world.organisation("iom-md"), "role": "FUNDING"},
        ],
        reach=[
            {"count": 12, "sex": "FEMALE", "ageBand": "A14_17"},
            {"count": 30, "sex": "MALE", "ageBand": "A18_24", "method": "ESTIMATE", "qualifier": "ABOUT"},
            {"count": 5000, "method": "DIGITAL"},
            {"count": 0},
            {"count": 100, "qualifier": "PLANNED"},
        ],
    )

    assert activity == {
        "code": "ubceb-2026-1",
        "kind": "PREVENTION",
        "form": "seminar",
        "title": "Seară",
        "en": "Evening",
        "status": "PLANNED",
        "dateNote": None,
        "country": "MD",
        "place": "Casa de cultură",
        "campaign": None,
        "source": None,
        "visibility": "PUBLIC",
        "revision": 1,
        "loggedAt": "2026-05-14T22:30:00+00:00",
        # Neither clicks nor plans are people reached.
        "peopleReached": 42,
        "cancelReason": None,
        "startsOn": {"date": "2026-03-01", "precision": "MONTH", "certainty": "STATED", "text": "2026-03"},
        "endsOn": {"date": "2026-01-01", "precision": "YEAR", "certainty": "STATED", "text": "2026"},
        "districts": [{"code": "MD-HI"}, {"code": "MD-CU"}],
        "lead": {"slug": "ubceb"},
        "participants": [
            {"role": "LEAD", "organisation": {"slug": "ubceb"}},
            {"role": "HOSTING", "organisation": {"slug": "iisus"}},
            {"role": "FUNDING", "organisation": {"slug": "iom-md"}},
        ],
        "organiserNames": [],
        "audience": ["tineri", "părinți"],
        "topics": [{"code": "domestic_violence"}, {"code": "children_and_schools"}],
        "materials": ["broșuri"],
        "quantities": [],
        "reach": [
            _reach("FEMALE", "A14_17", 12),
            _reach("MALE", "A18_24", 30, "ESTIMATE", "ABOUT"),
            _reach("UNSPECIFIED", "UNKNOWN", 5000, "DIGITAL"),
            _reach("UNSPECIFIED", "UNKNOWN", 0),
            _reach("UNSPECIFIED", "UNKNOWN", 100, "HEADCOUNT", "PLANNED"),
        ],
    }


def _reach(
    sex: str, band: str, count: int, method: str = "HEADCOUNT", qualifier: str = "EXACT"
) -> dict[str, Any]:
    return {
        "sex": sex,
        "ageBand": band,
        "count": count,
        "method": method,
        "qualifier": qualifier,
        "qualifierText": None,
    }


def test_codes_count_by_organisation_and_year(world: World) -> None:
    codes = [
        log(world)["code"],
        log(world)["code"],
        log(world, startsOn={"date": "2025-12-31"})["code"],
        log(world, "bes", organisation=world.organisation("diaconia"))["code"],
        log(world)["code"],
    ]

    assert codes == ["ubceb-2026-1", "ubceb-2026-2", "ubceb-2025-1", "diaconia-2026-1", "ubceb-2026-3"]


def test_inline_title(world: World) -> None:
    document = """
    mutation ($organisation: ID!, $ro: String!) { logActivity(input: {
      organisation: $organisation, kind: AWARENESS, title: {ro: $ro, en: "Evening"},
      startsOn: {date: "2026-05-01"}, districts: ["Chişinău"]
    }) { userErrors { code } activity { ro: title(language: "ro") en: title(language: "en") } } }
    """

    payload = world.one(document, "reporter", organisation=world.organisation("ubceb"), ro="Seară")

    assert payload == {"userErrors": [], "activity": {"ro": "Seară", "en": "Evening"}}


def test_found_at_once_by_all_that_it_says(world: World) -> None:
    code = log(
        world,
        title={"ro": "Serată în grădină", "ru": "Вечер в Ёлочке"},
        districts=["Hîncești"],
        topics=["recruitment"],
        place="Casa Lumina",
    )["code"]
    document = "query ($filter: ActivityFilter) { activities(filter: $filter) { nodes { code } } }"

    for filters in (
        {"district": "Hâncești", "from": "2026-05-01", "to": "2026-05-31"},
        {"denomination": "baptist", "from": "2026-01-01"},
        {"churchBody": world.organisation("ubceb"), "from": "2026-01-01"},
        {"topic": "recruitment"},
        {"search": "gradina SERATĂ"},
        {"search": "елочке"},
        {"search": "hincesti lumina"},
        {"search": code},
    ):
        nodes = world.one(document, "reporter", filter=filters)["nodes"]
        assert nodes == [{"code": code}], filters


def test_counted_in_coverage(world: World) -> None:
    document = """
    { coverage(by: [DISTRICT, MONTH], filter: {from: "2026-05-01"}) {
      cells { district { code } month figures { activities peopleReached } } } }
    """

    log(world, districts=["MD-OR"], reach=[{"count": 7}])

    assert world.one(document, "council_member")["cells"] == [
        {"district": {"code": "MD-OR"}, "month": "2026-05", "figures": {"activities": 1, "peopleReached": 7}}
    ]
    assert world.one(document, "anonymous")["cells"] == []


# ------------------------------------------------------------------ who may


@pytest.mark.parametrize("actor", EVERYBODY)
def test_only_with_the_permission_at_the_lead(world: World, actor: str) -> None:
    slugs = ("ubceb", "iisus", "bes", "diaconia", "moc", "coalition", "lastrada", "iom-md")
    may = {"reporter": {"ubceb"}, "bes": {"bes", "diaconia"}, "moc": {"moc", "hmf"}}.get(actor, set())

    for slug in slugs:
        faults = world.refused("logActivity", actor, draft(world, organisation=world.organisation(slug)))
        assert faults == ([] if slug in may else [("NOT_PERMITTED", ("organisation",))]), slug
    made = world.dump()[Activity.__tablename__]
    assert len(made) == 89 + len(may & set(slugs))


@pytest.mark.parametrize("opaque", ["", "nonsense", "an activity"])
def test_organisation_that_is_none(world: World, opaque: str) -> None:
    given = world.activity("ACT-001") if opaque == "an activity" else opaque

    assert refused(world, organisation=given) == [("NOT_FOUND", ("organisation",))]


# ------------------------------------------------------------------ faults

SUSPICIOUS = "sunați la 069 123 456"
PERSONAL_NUMBER = "IDNP 2001001234567"

FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"kind": "ASSISTANCE"}, [("NOT_LOGGED_HERE", ("kind",))]),
    ({"kind": "PREVENTION"}, [("REQUIRED", ("topics",))]),
    ({"kind": "PREVENTION", "topics": ["recruitment"]}, [("REQUIRED", ("topics",))]),
    ({"title": {}}, [("REQUIRED", ("title",))]),
    ({"title": {"ro": "   "}}, [("REQUIRED", ("title",))]),
    ({"title": {"uk": "Вечір"}}, [("REQUIRED", ("title",))]),
    ({"title": {"ro": "x" * 201}}, [("TOO_LONG", ("title", "ro"))]),
    ({"title": {"ro": "x", "ru": "ы" * 201}}, [("TOO_LONG", ("title", "ru"))]),
    ({"title": {"ro": "x", "Romanian": "x"}}, [("INVALID_LANGUAGE", ("title", "Romanian"))]),
    ({"title": {"ro": "x", "xx": "x"}}, [("INVALID_LANGUAGE", ("title", "xx"))]),
    ({"title": {"ro": SUSPICIOUS}}, [("PERSONAL_DATA_SUSPECTED", ("title", "ro"))]),
    ({"title": {"ro": PERSONAL_NUMBER}}, [("PERSONAL_NUMBER", ("title", "ro"))]),
    ({"title": {"ro": PERSONAL_NUMBER}, "textConfirmed": True}, [("PERSONAL_NUMBER", ("title", "ro"))]),
    ({"form": "x" * 2001}, [("TOO_LONG", ("form",))]),
    ({"place": "x" * 2001}, [("TOO_LONG", ("place",))]),
    ({"place": "ana@example.org"}, [("PERSONAL_DATA_SUSPECTED", ("place",))]),
    ({"audience": ["x", "x" * 2001]}, [("TOO_LONG", ("audience", "1"))]),
    ({"audience": ["", SUSPICIOUS]}, [("PERSONAL_DATA_SUSPECTED", ("audience", "1"))]),
    ({"audience": ["x"] * 101}, [("OUT_OF_RANGE", ("audience",))]),
    ({"materials": ["x" * 2001]}, [("TOO_LONG", ("materials", "0"))]),
    ({"materials": ["x"] * 101}, [("OUT_OF_RANGE", ("materials",))]),
    ({"districts": ["Atlantis"]}, [("UNKNOWN_DISTRICT", ("districts", "0"))]),
    ({"districts": ["MD-CU", "Atlantis", "CENTRE"]}, [
        ("UNKNOWN_DISTRICT", ("districts", "1")), ("UNKNOWN_DISTRICT", ("districts", "2")),
    ]),
    ({"districts": ["MD-CU"] * 101}, [("OUT_OF_RANGE", ("districts",))]),
    ({"topics": ["nonsense"]}, [("UNKNOWN_TOPIC", ("topics", "0"))]),
    ({"topics": ["recruitment", "Recruitment"]}, [("UNKNOWN_TOPIC", ("topics", "1"))]),
    # A text of a loaded record is listed, but cannot be chosen.
    ({"topics": ["good-practice-exchange"]}, [("UNKNOWN_TOPIC", ("topics", "0"))]),
    ({"endsOn": {"date": "2026-04-30"}}, [("END_BEFORE_START", ("endsOn",))]),
    ({"startsOn": {"date": "2026-05-16"}}, [("HELD_IN_FUTURE", ("startsOn",))]),
    ({"startsOn": {"date": "2026-05-16"}, "endsOn": {"date": "2026-05-17"}}, [
        ("HELD_IN_FUTURE", ("startsOn",)), ("HELD_IN_FUTURE", ("endsOn",)),
    ]),
    ({"endsOn": {"date": "2026-05-16"}}, [("HELD_IN_FUTURE", ("endsOn",))]),
    ({"startsOn": {"date": "1899-12-31"}}, [("OUT_OF_RANGE", ("startsOn",))]),
    ({"startsOn": {"date": "2201-01-01"}, "status": "PLANNED"}, [("OUT_OF_RANGE", ("startsOn",))]),
    ({"status": "CANCELLED"}, [("WRONG_STATE", ("status",))]),
    ({"reach": [{"count": -1}]}, [("OUT_OF_RANGE", ("reach", "0", "count"))]),
    ({"reach": [{"count": 1}, {"count": 1_000_001}]}, [("OUT_OF_RANGE", ("reach", "1", "count"))]),
    ({"reach": [{"count": 1}] * 101}, [("OUT_OF_RANGE", ("reach",))]),
    ({"partners": [{"organisation": "nonsense", "role": "FUNDING"}]}, [
        ("NOT_FOUND", ("partners", "0", "organisation")),
    ]),
    ({"clientId": "nonsense"}, [("INVALID_ID", ("clientId",))]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(world: World) -> None:
    before = world.dump()

    found = [world.refused("logActivity", "reporter", draft(world, **given)) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]
    assert world.dump() == before


def test_partner_that_leads_or_comes_twice(world: World) -> None:
    iisus, ubceb = world.organisation("iisus"), world.organisation("ubceb")

    faults = refused(
        world,
        partners=[
            {"organisation": iisus, "role": "LEAD"},
            {"organisation": iisus, "role": "HOSTING"},
            {"organisation": ubceb, "role": "HOSTING"},
        ],
    )

    assert faults == [
        ("SECOND_LEAD", ("partners", "0", "role")),
        ("DUPLICATE", ("partners", "1", "organisation")),
        ("DUPLICATE", ("partners", "2", "organisation")),
    ]


def test_all_faults_come_at_once(world: World) -> None:
    faults = refused(
        world,
        kind="PREVENTION",
        title={"ro": "x" * 201},
        form=SUSPICIOUS,
        startsOn={"date": "2027-01-01"},
        endsOn={"date": "2026-12-31"},
        districts=["Atlantis"],
        topics=["nonsense"],
        partners=[{"organisation": "nonsense", "role": "MEDIA"}],
        reach=[{"count": -1}],
    )

    assert sorted(faults) == [
        ("END_BEFORE_START", ("endsOn",)),
        ("HELD_IN_FUTURE", ("endsOn",)),
        ("HELD_IN_FUTURE", ("startsOn",)),
        ("NOT_FOUND", ("partners", "0", "organisation")),
        ("OUT_OF_RANGE", ("reach", "0", "count")),
        ("PERSONAL_DATA_SUSPECTED", ("form",)),
        ("REQUIRED", ("topics",)),
        ("TOO_LONG", ("title", "ro")),
        ("UNKNOWN_DISTRICT", ("districts", "0")),
        ("UNKNOWN_TOPIC", ("topics", "0")),
    ]


LIMITS: list[dict[str, Any]] = [
    {"title": {"ro": "x" * 200, "ru": "ы" * 200}},
    {"form": "x" * 2000},
    {"place": "x" * 2000},
    {"audience": ["x" * 2000] * 10},
    {"startsOn": {"date": "2026-05-15"}},
    {"startsOn": {"date": "2026-05-31", "precision": "MONTH"}},
    {"startsOn": {"date": "2026-12-31", "precision": "YEAR"}},
    {"startsOn": {"date": "1900-01-01"}},
    {"startsOn": {"date": "2200-12-31"}, "status": "PLANNED"},
    {"endsOn": {"date": "2026-05-01"}},
    {"endsOn": {"date": "2026-01-01", "precision": "YEAR"}},
    {"reach": [{"count": 0}, {"count": 1_000_000}]},
    {"place": SUSPICIOUS, "textConfirmed": True},
    {"title": {"ro": "Ziua 2005-2006, ediția 12"}},
    {"title": {"ro": "Ăâîșț ŞŢ «тест» — 12:30 \N{SLIGHTLY SMILING FACE}"}},
    {"audience": None, "materials": None, "topics": None, "partners": None, "reach": None},
    {"form": None, "place": None, "endsOn": None, "clientId": None, "status": None, "visibility": None},
    {"form": "", "place": "  ", "audience": ["", " "]},
]


def test_what_lies_within_the_limits_is_stored(world: World) -> None:
    found = [world.refused("logActivity", "reporter", draft(world, **given)) for given in LIMITS]

    assert found == [[]] * len(LIMITS)
    assert len(world.dump()[Activity.__tablename__]) == 89 + len(LIMITS)


def test_null_status_and_visibility_are_the_defaults(world: World) -> None:
    activity = log(world, status=None, visibility=None)

    assert (activity["status"], activity["visibility"]) == ("HELD", "COALITION")


BROKEN: list[dict[str, Any]] = [
    {"kind": None},
    {"kind": "NONSENSE"},
    {"title": None},
    {"title": "Seară"},
    {"title": ["Seară"]},
    {"title": {"ro": 7}},
    {"title": {"ro": None}},
    {"startsOn": None},
    {"startsOn": "2026-05-01"},
    {"startsOn": {"date": "2026-02-30"}},
    {"startsOn": {"date": "1 May 2026"}},
    {"startsOn": {"date": 20260501}},
    {"districts": None},
    {"districts": [None]},
    {"reach": [{}]},
    {"reach": [{"count": 1.5}]},
    {"reach": [{"count": "1"}]},
    {"reach": [{"count": 10_000_000_000}]},
    {"reach": [{"count": 1, "ageBand": "12"}]},
    {"reach": [{"count": 1, "sex": None}]},
    {"partners": [{"role": "FUNDING"}]},
    {"nothing": "of this name"},
    {"organisation": None},
    {"textConfirmed": None},
    {"clientId": ["x"]},
]


def test_input_of_a_wrong_type_is_a_broken_request(record: World) -> None:
    document = "mutation ($input: LogActivityInput!) { logActivity(input: $input) { userErrors { code } } }"
    before = record.dump()

    for given in BROKEN:
        found = record.answer(document, "reporter", input=draft(record, **given))
        assert (found.data, set(found.codes)) == (None, {"GRAPHQL_VALIDATION_FAILED"}), given

    assert record.dump() == before


# ------------------------------------------------------------------ sending twice


def test_same_client_id_and_content_is_replayed(world: World) -> None:
    key = str(uuid4())

    first = world.deed("logActivity", "reporter", draft(world, clientId=key), EVERYTHING)
    before = world.dump()
    second = world.deed("logActivity", "reporter", draft(world, clientId=key), EVERYTHING)

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["activity"] == first["activity"]
    assert world.dump() == before


def test_content_is_what_it_comes_to(world: World) -> None:
    """Defaults said or not, the order of fields and capitals in the id make no other content."""
    key = uuid4()
    world.deed("logActivity", "reporter", draft(world, clientId=str(key)))
    said = draft(world, clientId=str(key).upper(), status="HELD", visibility="COALITION", textConfirmed=False)
    said["startsOn"]["precision"] = "DAY"

    payload = world.deed("logActivity", "reporter", dict(reversed(said.items())), "replayed")

    assert payload == {"userErrors": [], "replayed": True}


def test_replay_shows_the_record_as_it_is_now(world: World) -> None:
    key = str(uuid4())
    made = world.deed("logActivity", "reporter", draft(world, clientId=key), "activity { id revision }")[
        "activity"
    ]
    world.deed("amendActivity", "reporter", {"id": made["id"], "revision": 1, "form": "concert"})

    replay = world.deed(
        "logActivity", "reporter", draft(world, clientId=key), "activity { id form revision } replayed"
    )

    assert replay["activity"] == {"id": made["id"], "form": "concert", "revision": 2}


OTHERS: list[dict[str, Any]] = [
    {"kind": "ADVOCACY"},
    {"title": {"ro": "Altă seară"}},
    {"title": {"ro": "Seară de rugăciune", "en": "Evening"}},
    {"startsOn": {"date": "2026-05-01", "precision": "MONTH"}},
    {"districts": ["MD-CU"]},
    {"reach": [{"count": 1}]},
    {"visibility": "PUBLIC"},
    {"textConfirmed": True},
    {"place": "Soroca"},
]


def test_same_client_id_with_other_content_is_a_mismatch(world: World) -> None:
    key = str(uuid4())
    log(world, clientId=key)

    for other in OTHERS:
        assert refused(world, clientId=key, **other) == [("IDEMPOTENCY_MISMATCH", ("clientId",))]


def test_client_id_is_of_one_organisation_and_mutation(world: World) -> None:
    key = str(uuid4())

    codes = [
        log(world, "bes", clientId=key, organisation=world.organisation(slug))["code"]
        for slug in ("bes", "diaconia")
    ]
    payload = world.deed(
        "planTrainingSession",
        "bes",
        {
            "clientId": key,
            "organisers": [world.organisation("bes")],
            "title": {"ro": "Curs"},
            "startsOn": "2026-09-01",
            "district": "MD-CU",
        },
        "replayed",
    )

    assert codes == ["bes-2026-1", "diaconia-2026-1"]
    assert payload == {"userErrors": [], "replayed": False}


def test_permission_is_checked_before_a_replay(world: World) -> None:
    """Whoever may not log there does not learn that somebody used this id."""
    key = str(uuid4())
    log(world, clientId=key)

    for actor in ("moc", "partner", "anonymous", "council_member"):
        assert refused(world, actor, clientId=key) == [("NOT_PERMITTED", ("organisation",))]
        assert refused(world, actor, clientId=key, kind="ADVOCACY") == [("NOT_PERMITTED", ("organisation",))]


def test_refused_activity_leaves_its_client_id_free(world: World) -> None:
    key = str(uuid4())
    assert refused(world, clientId=key, districts=["Atlantis"]) == [("UNKNOWN_DISTRICT", ("districts", "0"))]

    payload = world.deed("logActivity", "reporter", draft(world, clientId=key), "replayed")

    assert payload == {"userErrors": [], "replayed": False}


# ------------------------------------------------------------------ who sees it


@pytest.mark.parametrize("visibility", ["PRIVATE", "COALITION", "PARTNERS", "PUBLIC"])
def test_seen_by_whom_it_is_shared_with(world: World, visibility: str) -> None:
    code = log(world, visibility=visibility)["code"]
    coalition = {"bes", "moc", "council_member", "council_secretary", "expert", "trainer"}
    readers = {
        "PRIVATE": {"reporter", "auditor"},
        "COALITION": {"reporter", "auditor"} | coalition,
        "PARTNERS": {"reporter", "auditor", "partner"} | coalition,
        "PUBLIC": set(EVERYBODY),
    }[visibility]

    seen = {
        actor
        for actor in EVERYBODY
        if world.one("query ($c: String!) { activity(code: $c) { id } }", actor, c=code) is not None
    }

    assert seen == readers


def test_records_belong_to_the_lead_whoever_logs(world: World) -> None:
    activity = log(world, "bes", organisation=world.organisation("diaconia"))

    row = world.row(Activity, code=activity["code"])
    assert row.owner_id == record_id(world.organisation("diaconia"))
    assert row.created_by == world.actor("bes").subject
    assert row.is_loaded is False


def test_my_activities_are_those_of_the_account(world: World) -> None:
    mine = [log(world)["code"], log(world)["code"]]
    with world.units.writing() as uow:
        factories.activity(uow, uow.db.merge(world.row(factories.Organisation, slug="ubceb")))
    document = "{ myActivities { totalCount nodes { code } } }"

    answers = {actor: world.one(document, actor) for actor in EVERYBODY}

    assert answers.pop("reporter") == {"totalCount": 2, "nodes": [{"code": code} for code in reversed(mine)]}
    assert {tuple(answer["nodes"]) for answer in answers.values()} == {()}
    assert keys("activities") & set(mine) == set()
