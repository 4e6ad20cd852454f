"""`node` and `nodes`: every type, and ids that find nothing."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance.models import CapacityPool, Hold
from coalition.graphql.declare import VIEWS
from coalition.graphql.identifiers import encode_id
from coalition.members.models import Organisation, Person, Seat, Topic
from coalition.outreach.models import AdvocacyTarget, Programme, Statistic
from coalition.training.models import TrainingSession
from tests import factories
from tests.graphql.world import EVERYBODY, World, record_id

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


def one_of_each(record: World) -> dict[str, str]:
    """An id of each type that a reader finds in lists, and of those reached through others."""
    models = {
        "AdvocacyTarget": AdvocacyTarget,
        "Programme": Programme,
        "Seat": Seat,
        "Statistic": Statistic,
        "TrainingSession": TrainingSession,
    }
    with record.units.reading() as uow:
        ids = {
            name: encode_id(name, uow.db.scalars(sa.select(model.id).limit(1)).one())
            for name, model in models.items()
        }
    return {
        **ids,
        "Activity": record.activity("ACT-008"),
        "Body": record.body("council"),
        "CapacityPool": record.pool("SRV-008"),
        "Denomination": record.denomination("orthodox"),
        "District": record.district("MD-CU"),
        "Organisation": record.organisation("bes"),
        "Service": record.service("SRV-003"),
    }


def test_node_finds_every_type_again(record: World) -> None:
    for name, opaque in one_of_each(record).items():
        actor = "bes" if name == "CapacityPool" else "anonymous"
        assert record.one(NODE, actor, id=opaque) == {"__typename": name, "id": opaque}


def test_every_node_type_is_among_these(record: World) -> None:
    named = {name for name, view in VIEWS.items() if view.is_node}

    # Holds and persons are found below, where there are some; roles in `test_people`, systems in the matrix.
    assert set(one_of_each(record)) | {"Hold", "Person", "Role", "OAuthClient"} == named


def test_node_finds_a_hold_for_its_holder_and_the_provider(world: World) -> None:
    with world.units.writing() as uow:
        pool = uow.db.get_one(CapacityPool, record_id(world.pool("SRV-008")))
        lastrada = uow.db.scalars(sa.select(Organisation).where(Organisation.slug == "lastrada")).one()
        hold = Hold(
            reference="TEST-1",
            pool_id=pool.id,
            service_id=pool.service_id,
            organisation_id=lastrada.id,
            quantity=1,
            status="HELD",
            expires_at=uow.now,
            created_at=uow.now,
            created_by="test",
        )
        uow.db.add(hold)
        uow.db.flush()
        opaque = encode_id("Hold", hold.id)

    seen = {actor: world.one(NODE, actor, id=opaque) for actor in EVERYBODY}

    found = {"__typename": "Hold", "id": opaque}
    assert seen == {actor: found if actor in ("bes", "partner") else None for actor in EVERYBODY}


def test_node_finds_a_person_for_themselves(world: World) -> None:
    """And for who audits or administers, without a name; who sees whom is in `test_people`."""
    with world.units.writing() as uow:
        other = Person(name="Demo Person", is_demo=True, created_at=uow.now)
        uow.db.add(other)
        uow.db.flush()
        stranger = encode_id("Person", other.id)
    reporter = world.actor("reporter")
    own = encode_id("Person", reporter.person_id or uuid.uuid4())

    found = {actor: world.one(NODE, actor, id=own) for actor in EVERYBODY}
    strangers = {actor: world.one(NODE, actor, id=stranger) for actor in EVERYBODY}

    assert {actor for actor, node in found.items() if node} == {"reporter", "auditor", "administrator"}
    assert {actor for actor, node in strangers.items() if node} == {"auditor", "administrator"}


def _encoded(text: str | bytes) -> str:
    content = text.encode() if isinstance(text, str) else text
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


MALFORMED = [
    "",
    "nonsense",
    "курсор",
    "=====",
    _encoded("Organisation"),
    _encoded("Organisation:"),
    _encoded("Organisation:nonsense"),
    _encoded(f"Nothing:{uuid.uuid4().hex}"),
    _encoded(f"Query:{uuid.uuid4().hex}"),
    _encoded(f"UserError:{uuid.uuid4().hex}"),
    _encoded(f":{uuid.uuid4().hex}"),
    _encoded(b"\xff\xfe"),
    str(uuid.uuid4()),
    "x" * 10_000,
    _encoded("Organisation:" + "0" * 31),
    _encoded(f"Organisation:{{{uuid.uuid4()}}}"),
]


def test_malformed_ids_find_nothing(record: World) -> None:
    for opaque in MALFORMED:
        assert record.one(NODE, "auditor", id=opaque) is None, opaque


def test_ids_of_nothing_find_nothing(record: World) -> None:
    for name in VIEWS:
        assert record.one(NODE, "auditor", id=encode_id(name, uuid.uuid4())) is None


def test_ids_of_another_type_find_nothing(record: World) -> None:
    organisation = record_id(record.organisation("bes"))

    for name in set(VIEWS) - {"Organisation"}:
        assert record.one(NODE, "auditor", id=encode_id(name, organisation)) is None


def test_topics_and_regions_are_no_nodes(record: World) -> None:
    with record.units.reading() as uow:
        topic = uow.db.scalars(sa.select(Topic.id).limit(1)).one()

    assert record.one(NODE, "auditor", id=encode_id("Topic", topic)) is None
    assert record.one(NODE, "auditor", id=encode_id("Region", topic)) is None


def test_nodes_keep_their_places(record: World) -> None:
    council, bes, act = record.body("council"), record.organisation("bes"), record.activity("ACT-001")
    missing = encode_id("Activity", uuid.uuid4())

    found = record.one(NODES, ids=[act, missing, bes, "nonsense", act, council])

    assert found == [
        {"__typename": "Activity", "id": act},
        None,
        {"__typename": "Organisation", "id": bes},
        None,
        {"__typename": "Activity", "id": act},
        {"__typename": "Body", "id": council},
    ]


def test_nodes_of_none(record: World) -> None:
    assert record.one(NODES, ids=[]) == []


@pytest.mark.parametrize(("count", "codes"), [(100, []), (101, ["BAD_USER_INPUT"])])
def test_nodes_takes_a_hundred_ids(record: World, count: int, codes: list[str]) -> None:
    answer: Any = record.answer(NODES, ids=["nonsense"] * count)

    assert answer.codes == codes
    assert answer.data == (None if codes else {"nodes": [None] * count})


def test_district_id_does_not_find_a_region(record: World) -> None:
    """Both are territories; only districts have an id."""
    with record.units.reading() as uow:
        region = uow.db.scalars(
            sa.select(factories.Territory.id).where(factories.Territory.code == "CENTRE")
        ).one()

    assert record.one(NODE, id=encode_id("District", region)) is None
