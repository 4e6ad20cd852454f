"""Every kind of reader against records of every visibility: lists, counts, search, nodes, nests, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.tables import UNDATED, created_now
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.identifiers import encode_id
from coalition.members.models import Organisation
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import TrainingOrganiser, TrainingSession
from tests import factories
from tests.graphql.world import EVERYBODY, World, open_world, prepare_world
from tests.support.databases import Databases

OWNERS = ("ubceb", "iisus", "bes", "diaconia", "moc", "lastrada")
VISIBILITIES = ("PRIVATE", "COALITION", "PARTNERS", "PUBLIC")
KINDS = ("activity", "training", "service", "organisation", "advocacy", "statistic", "programme")

# Whose records each reads whatever their visibility, and what others share with each.
LINES: dict[str, tuple[str, ...]] = {
    "reporter": ("ubceb",),
    "bes": ("bes", "diaconia"),
    "moc": ("moc",),
    "partner": ("lastrada",),
    "auditor": OWNERS,
}
SHARED = {
    "anonymous": {"PUBLIC"},
    "administrator": {"PUBLIC"},
    "partner": {"PARTNERS", "PUBLIC"},
}
COALITION = {"COALITION", "PARTNERS", "PUBLIC"}

MARK = re.compile(r"secret(?:activity|training|service|organisation|advocacy|statistic|programme)\w+")


def marker(kind: str, owner: str, visibility: str) -> str:
    """One word that stands in a record of this kind, owner and visibility, and nowhere else."""
    return f"secret{kind}{owner}{visibility.lower()}"


def visible(actor: str, kind: str) -> set[str]:
    """The markers that an actor may ever meet."""
    shared = SHARED.get(actor, COALITION)
    return {
        marker(kind, owner, visibility)
        for owner in OWNERS
        for visibility in VISIBILITIES
        if visibility in shared or owner in LINES.get(actor, ())
        # An organisation is its own owner: its record belongs to whoever reads that one.
        if kind != "organisation" or visibility in shared or actor == "auditor"
    }


def _add_everything(uow: UnitOfWork) -> None:
    for slug in OWNERS:
        owner = uow.db.scalars(sa.select(Organisation).where(Organisation.slug == slug)).one()
        for visibility in VISIBILITIES:
            _add(uow, owner, Visibility(visibility), lambda kind, s=slug, v=visibility: marker(kind, s, v))


def _add(uow: UnitOfWork, owner: Organisation, visibility: Visibility, mark: Callable[[str], str]) -> None:
    common = {"owner_id": owner.id, "visibility": visibility}
    made = created_now(uow.now, "system:test")
    # Nobody's own line, but shown by parents, participants and organisers that everybody sees.
    organisation = factories.organisation(
        uow, mark("organisation"), name={"en": mark("organisation")}, visibility=visibility
    )
    organisation.parent_id = owner.id
    activity = factories.activity(
        uow, owner, title={"en": mark("activity")}, visibility=visibility, partners=(organisation,)
    )
    activity.search = mark("activity")
    session = TrainingSession(
        **common,
        **made,
        title={"en": mark("training")},
        status=TrainingSessionStatus.SCHEDULED,
        record=TrainingRecord.SINGLE,
        sort_on=UNDATED,
        search=mark("training"),
    )
    uow.db.add(session)
    uow.db.flush()
    uow.db.add(TrainingOrganiser(training_session_id=session.id, organisation_id=owner.id))
    uow.db.add(TrainingOrganiser(training_session_id=session.id, organisation_id=organisation.id, position=1))
    factories.service(uow, owner, name={"en": mark("service")}, visibility=visibility, protected=False)
    published = {**common, **made}
    code = mark("x")
    uow.db.add_all(
        [
            AdvocacyTarget(
                **published,
                code=code,
                kind="LAW",
                stage="ADOPTED",
                name={"en": mark("advocacy")},
                sort_on=UNDATED,
            ),
            Statistic(**published, code=code, position=900, indicator=mark("statistic"), value=1, unit="x"),
            Programme(**published, code=code, position=900, name=mark("programme")),
        ]
    )
    uow.db.flush()


@pytest.fixture(scope="session")
def crowded_of(databases: Databases, workers: ThreadPoolExecutor) -> Iterator[Callable[[str], World]]:
    opened: list[tuple[str, str, World]] = []

    @cache
    def of(kind: str) -> World:
        url = databases.migrated(kind, prepared_by=prepare_world)
        world = open_world(url, workers)
        with world.units.writing() as uow:
            _add_everything(uow)
        opened.append((kind, url, world))
        return world

    yield of
    for kind, url, world in opened:
        world.units.database.dispose()
        databases.drop(kind, url)


@pytest.fixture
def crowded(crowded_of: Callable[[str], World], database_kind: str) -> World:
    """The record with a record of each kind, owner and visibility beside it; not to be changed."""
    return crowded_of(database_kind)


def marks(answer: Any) -> set[str]:
    return set(MARK.findall(json.dumps(answer)))


LISTS = {
    "activity": "activities(first: 100%s) { totalCount nodes { id title } }",
    "training": "trainingSessions(first: 100%s) { totalCount nodes { id title } }",
    "service": "services(first: 100%s) { totalCount nodes { id name } }",
    "organisation": "organisations(first: 100%s) { totalCount nodes { id name } }",
    "advocacy": "advocacyTargets(first: 100%s) { totalCount nodes { id name } }",
    "statistic": "statistics(first: 100%s) { totalCount nodes { id indicator } }",
    "programme": "programmes(first: 100%s) { totalCount nodes { id name } }",
}
LOADED = {
    "activity": 89, "training": 42, "organisation": 67, "advocacy": 50, "statistic": 85, "programme": 27,
}  # fmt: skip


def listed(world: World, actor: str, kind: str, arguments: str = "") -> set[str]:
    """The markers on all pages of a list, whose count must fit."""
    document = f"query ($after: String) {{ {LISTS[kind] % (', after: $after' + arguments)} }}".replace(
        "nodes {", "pageInfo { endCursor hasNextPage } nodes {"
    )
    nodes: list[Any] = []
    after = None
    while True:
        page = world.one(document, actor, after=after)
        nodes += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert page["totalCount"] == len(nodes) == len({node["id"] for node in nodes})
    return marks(nodes)


@pytest.mark.parametrize("actor", EVERYBODY)
@pytest.mark.parametrize("kind", KINDS)
def test_lists_and_their_counts(crowded: World, actor: str, kind: str) -> None:
    assert listed(crowded, actor, kind) == visible(actor, kind)
    if kind in LOADED:
        total = crowded.one(f"{{ {LISTS[kind].split('(')[0]} {{ totalCount }} }}", actor)["totalCount"]
        assert total == LOADED[kind] + len(visible(actor, kind))


def test_there_is_data_that_could_leak(crowded: World) -> None:
    for kind in KINDS:
        assert listed(crowded, "auditor", kind) == {
            marker(kind, owner, visibility) for owner in OWNERS for visibility in VISIBILITIES
        }
        assert visible("anonymous", kind) < visible("partner", kind) < visible("auditor", kind)


@pytest.mark.parametrize("actor", EVERYBODY)
@pytest.mark.parametrize("kind", ["activity", "training", "service", "organisation"])
def test_search(crowded: World, actor: str, kind: str) -> None:
    found = listed(crowded, actor, kind, f', filter: {{search: "secret{kind}"}}')

    assert found == visible(actor, kind)
    for owner in ("ubceb", "diaconia"):
        hidden = marker(kind, owner, "PRIVATE")
        expected = {hidden} & visible(actor, kind)
        assert listed(crowded, actor, kind, f', filter: {{search: "{hidden}"}}') == expected


TABLES = {
    "activity": ("Activity", Activity, "title"),
    "training": ("TrainingSession", TrainingSession, "title"),
    "organisation": ("Organisation", Organisation, "name"),
    "advocacy": ("AdvocacyTarget", AdvocacyTarget, "name"),
    "statistic": ("Statistic", Statistic, "indicator"),
    "programme": ("Programme", Programme, "name"),
    "service": ("Service", factories.Service, "name"),
}


def ids_of(world: World, kind: str) -> dict[str, str]:
    """The opaque ids of the marked records of a kind by their markers."""
    type_name, model, column = TABLES[kind]
    with world.units.reading() as uow:
        rows = uow.db.execute(sa.select(model.id, getattr(model, column))).all()
    return {mark: encode_id(type_name, record_id) for record_id, text in rows for mark in marks(text)}


@pytest.mark.parametrize("actor", EVERYBODY)
@pytest.mark.parametrize("kind", KINDS)
def test_node_and_nodes(crowded: World, actor: str, kind: str) -> None:
    by_mark = ids_of(crowded, kind)
    assert len(by_mark) == len(OWNERS) * len(VISIBILITIES)

    found = crowded.one("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", actor, ids=list(by_mark.values()))

    seen = {mark for mark, node in zip(by_mark, found, strict=True) if node is not None}
    assert seen == visible(actor, kind)
    hidden = by_mark[marker(kind, "iisus", "PRIVATE")]
    one = crowded.one("query ($id: ID!) { node(id: $id) { id } }", actor, id=hidden)
    assert one == ({"id": hidden} if marker(kind, "iisus", "PRIVATE") in visible(actor, kind) else None)


NESTED = """
query ($slug: String!) { organisation(slug: $slug) {
  activities(first: 100) { totalCount nodes { title participants { organisation { name } } lead { slug } } }
  trainingSessions(first: 100) { totalCount nodes { title organisers { name } } }
  services(first: 100) { totalCount nodes { name } }
  children(first: 100) { totalCount nodes { name parent { slug } } }
} }
"""


@pytest.mark.parametrize("actor", EVERYBODY)
def test_lists_inside_organisations(crowded: World, actor: str) -> None:
    for slug in OWNERS:
        found = crowded.one(NESTED, actor, slug=slug)

        for name, kind in (
            ("activities", "activity"),
            ("trainingSessions", "training"),
            ("services", "service"),
            ("children", "organisation"),
        ):
            own = {mark for mark in visible(actor, kind) if mark.startswith(f"secret{kind}{slug}")}
            titles = [{"title": node.get("title"), "name": node.get("name")} for node in found[name]["nodes"]]
            assert marks(titles) == own, (slug, name)
            assert found[name]["totalCount"] == len(found[name]["nodes"])
        assert marks(found) <= {mark for kind in KINDS for mark in visible(actor, kind)}


@pytest.mark.parametrize("actor", EVERYBODY)
def test_participants_and_organisers_that_are_hidden_are_left_out(crowded: World, actor: str) -> None:
    document = """
    { activities(first: 100, filter: {search: "secretactivity"}) {
        nodes { title participants { organisation { name } } } }
      trainingSessions(first: 100, filter: {search: "secrettraining"}) {
        nodes { title organisers { name } } } }
    """
    seen = visible(actor, "organisation")

    found = crowded.ask(document, actor)

    for node in (*found["activities"]["nodes"], *found["trainingSessions"]["nodes"]):
        beside = marker("organisation", *_owner_and_visibility(node["title"]))
        assert marks({**node, "title": ""}) == {beside} & seen


def _owner_and_visibility(mark: str) -> tuple[str, str]:
    found = re.fullmatch(rf"secret(?:activity|training)({'|'.join(OWNERS)})(\w+)", mark)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize("actor", EVERYBODY)
def test_by_slug_and_by_code(crowded: World, actor: str) -> None:
    by_slug = {
        mark
        for mark in visible("auditor", "organisation")
        if crowded.one("query ($s: String!) { organisation(slug: $s) { id } }", actor, s=mark)
    }
    with crowded.units.reading() as uow:
        rows = uow.db.execute(sa.select(Activity.code, Activity.title).where(Activity.code.like("TEST-%")))
        codes = {row.code: row.title["en"] for row in rows}
    by_code = {
        mark
        for code, mark in codes.items()
        if crowded.one("query ($c: String!) { activity(code: $c) { id } }", actor, c=code)
    }

    assert by_slug == visible(actor, "organisation")
    assert by_code == visible(actor, "activity")


@pytest.mark.parametrize("actor", EVERYBODY)
def test_coverage_counts_what_is_visible(crowded: World, actor: str) -> None:
    document = """
    { coverage(by: [KIND]) { total { activities organisations } cells { figures { activities } } } }
    """
    found = crowded.one(document, actor)

    assert found["total"]["activities"] == 85 + len(visible(actor, "activity"))
    assert sum(cell["figures"]["activities"] for cell in found["cells"]) == found["total"]["activities"]
    beside = {
        marker("organisation", owner, visibility)
        for owner in OWNERS
        for visibility in VISIBILITIES
        if marker("activity", owner, visibility) in visible(actor, "activity")
    }
    taking_part = _loaded_participants(crowded) | set(OWNERS) | (beside & visible(actor, "organisation"))
    assert found["total"]["organisations"] == len(taking_part)


def _loaded_participants(world: World) -> set[str]:
    participant = factories.ActivityParticipant
    with world.units.reading() as uow:
        return set(
            uow.db.scalars(
                sa.select(Organisation.slug)
                .join(participant, participant.organisation_id == Organisation.id)
                .join(Activity, Activity.id == participant.activity_id)
                .where(Activity.is_loaded, Activity.kind != "ASSISTANCE")
            )
        )


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize("actor", EVERYBODY)
def test_hidden_organisation_in_a_filter_is_as_if_it_were_absent(crowded: World, actor: str) -> None:
    hidden = ids_of(crowded, "organisation")[marker("organisation", "moc", "PRIVATE")]
    absent = encode_id("Organisation", UUID(int=7))
    document = """
    query ($id: ID!) {
      a: activities(filter: {organisation: $id}) { totalCount }
      b: activities(filter: {churchBody: $id}) { totalCount }
      c: trainingSessions(filter: {organiser: $id}) { totalCount }
      d: organisations(filter: {within: $id}) { totalCount }
      e: coverage(by: [], filter: {churchBody: $id}) { total { activities } }
    }
    """
    fields = {name: f"query ($id: ID!) {{ {part.strip()} }}" for name, part in _fields(document)}

    for name, one in fields.items():
        answers = [crowded.answer(one, actor, id=each) for each in (hidden, absent)]
        if actor == "auditor":
            assert answers[0].codes == [], name
            assert answers[1].codes == ["NOT_FOUND"], name
        else:
            assert answers[0] == answers[1]
            assert answers[0].codes == ["NOT_FOUND"], name


def _fields(document: str) -> list[tuple[str, str]]:
    return [(line.strip()[0], line) for line in document.splitlines() if re.match(r"\s+\w: ", line)]


def deeds(world: World, target: dict[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """A deed on each kind of record, on the one with these ids."""
    return [
        ("amendActivity", {"id": target["activity"], "revision": 1, "form": "changed"}),
        ("cancelActivity", {"id": target["activity"], "revision": 1, "reason": "no"}),
        (
            "logActivity",
            {
                "organisation": target["organisation"],
                "kind": "AWARENESS",
                "title": {"en": "x"},
                "startsOn": {"date": "2026-01-01"},
                "districts": [],
            },
        ),
        (
            "planTrainingSession",
            {
                "organisers": [target["organisation"]],
                "title": {"en": "x"},
                "startsOn": "2026-09-01",
                "district": "MD-CU",
            },
        ),
        ("offerService", {"provider": target["organisation"], "kinds": ["DOCUMENTS"], "name": {"en": "x"}}),
        ("holdPlaces", {"service": target["service"], "onBehalfOf": target["organisation"]}),
        ("confirmCapacity", {"pool": target["pool"], "maximum": 1, "occupied": 0}),
        ("releaseHold", {"hold": target["hold"]}),
    ]


@pytest.mark.parametrize("actor", sorted(set(EVERYBODY) - {"auditor"}))
def test_deed_on_what_is_hidden_is_as_if_it_were_absent(crowded: World, actor: str) -> None:
    """Down to the sentence: nothing tells that the record is there."""
    kinds = ("activity", "organisation", "service")
    nothing = UUID(int=7)
    unknown = {"pool": encode_id("CapacityPool", nothing), "hold": encode_id("Hold", nothing)}
    hidden = {kind: ids_of(crowded, kind)[marker(kind, "iisus", "PRIVATE")] for kind in kinds} | unknown
    absent = {kind: encode_id(TABLES[kind][0], nothing) for kind in kinds} | unknown
    before = crowded.dump()

    for (name, on_hidden), (_, on_absent) in zip(deeds(crowded, hidden), deeds(crowded, absent), strict=True):
        payload = crowded.deed(name, actor, on_hidden)
        assert payload == crowded.deed(name, actor, on_absent), name
        assert {error["code"] for error in payload["userErrors"]} == {"NOT_FOUND"}, name
    assert crowded.dump() == before


def test_partner_of_an_activity_that_is_hidden_is_not_found(world: World) -> None:
    with world.units.writing() as uow:
        hidden = factories.organisation(uow, "invented", visibility="PRIVATE")
    given = {
        "organisation": world.organisation("ubceb"),
        "kind": "AWARENESS",
        "title": {"en": "x"},
        "startsOn": {"date": "2026-01-01"},
        "districts": [],
    }

    for target in (encode_id("Organisation", hidden.id), encode_id("Organisation", UUID(int=7)), "nonsense"):
        partners = [{"organisation": target, "role": "FUNDING"}]
        assert world.refused("logActivity", "reporter", {**given, "partners": partners}) == [
            ("NOT_FOUND", ("partners", "0", "organisation"))
        ]
