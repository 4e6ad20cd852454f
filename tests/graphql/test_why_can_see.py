"""`whyCanSee`: a reason for everything that can be seen, none for anything else, in the reader's words."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from coalition.assistance.models import CapacityPool, Hold
from coalition.core.actor import Visibility
from coalition.core.clauses import Policy
from coalition.graphql.declare import VIEWS
from coalition.graphql.identifiers import encode_id
from coalition.graphql.queries.access import reasons_to_see
from coalition.members.models import Consent, Organisation, Person, Role
from coalition.outreach.models import Activity
from tests import factories
from tests.graphql.world import EVERYBODY, World, record_id

WHY = """query ($id: ID!) { whyCanSee(subject: $id) {
  words code about given visibility permission reach roleType { code } organisation { slug } since } }"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
RECORD = {
    "about": None,
    "given": True,
    "visibility": None,
    "permission": None,
    "reach": None,
    "roleType": None,
    "organisation": None,
    "since": None,
}


def _fill(world: World) -> None:
    """Something of every type that the loaded record lacks, and records of every visibility."""
    with world.units.writing() as uow:
        slugs = ("bes", "moc", "lastrada")
        bes, _moc, lastrada = (uow.db.scalars(sa.select(Organisation).filter_by(slug=s)).one() for s in slugs)
        for visibility in Visibility:
            factories.activity(uow, bes, visibility=visibility)
            factories.organisation(uow, f"invented-{visibility.lower()}", visibility=visibility)
        pool = uow.db.get_one(CapacityPool, record_id(world.pool("SRV-008")))
        uow.db.add(
            Hold(
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
        )
        for purpose in ("NAME_IN_COALITION", "NAME_TO_PARTNERS", None):
            person = Person(name="Demo Person", is_demo=True, created_at=uow.now)
            uow.db.add(person)
            uow.db.flush()
            at = {"organisation_id": bes.id, "role_type": "reporter", "starts_on": factories.TODAY}
            uow.db.add(Role(person_id=person.id, **at))
            if purpose:
                given = {"purpose": purpose, "version": "1", "given_at": uow.now}
                uow.db.add(Consent(person_id=person.id, **given))


def _some_ids(world: World, model: Any) -> list[Any]:
    """Ids of rows that differ in who may see them: of each visibility, else the first and last ones."""
    with world.units.reading() as uow:
        if hasattr(model, "visibility"):
            found = [
                uow.db.scalars(sa.select(model.id).where(model.visibility == each).limit(2)).all()
                for each in Visibility
            ]
            return [row for rows in found for row in rows]
        ids = uow.db.scalars(sa.select(model.id).order_by(model.id)).all()
        return list(dict.fromkeys([*ids[:2], *ids[-12:]]))


def test_every_view_says_why_it_is_seen() -> None:
    assert [name for name, view in VIEWS.items() if not isinstance(view.visible, Policy)] == []


def test_reasons_are_given_exactly_where_node_finds_the_record(world: World) -> None:
    _fill(world)
    seen: dict[str, set[bool]] = {}

    for name, view in VIEWS.items():
        if not view.is_node:
            continue
        ids = [encode_id(name, record) for record in _some_ids(world, view.model)]
        assert ids, name
        for actor in EVERYBODY:
            found = world.one(NODES, actor, ids=ids)
            with world.units.reading() as uow:
                reasons = [reasons_to_see(uow, world.actor(actor), each) for each in ids]
            assert [bool(each) for each in reasons] == [row is not None for row in found], (name, actor)
            assert all(each[0].about is None for each in reasons if each)
            seen.setdefault(name, set()).update(bool(each) for each in reasons)

    # Everything that not everybody sees was tried both ways.
    hidden = {name for name, answers in seen.items() if answers == {True, False}}
    assert hidden >= {"Activity", "Organisation", "Service", "CapacityPool", "Hold", "Person", "Role"}


def test_a_reason_names_the_grant(world: World) -> None:
    _fill(world)
    opaque = world.id_of("Activity", Activity, visibility="PRIVATE")

    [reason] = world.one(WHY, "bes", id=opaque)

    assert reason == {
        **RECORD,
        "words": "You may read every record of its owner. You hold this right since 15 May 2026 as"
        " Coordinator of Metropolis of Bessarabia: records:read, there and in all that stands below.",
        "code": "OWN_LINE",
        "permission": "records:read",
        "reach": "ORGANISATION_AND_BELOW",
        "roleType": {"code": "coordinator"},
        "organisation": {"slug": "bes"},
        "since": "2026-05-15",
    }
    assert world.one(WHY, "moc", id=opaque) == []
    assert [reason["reach"] for reason in world.one(WHY, "auditor", id=opaque)] == ["COALITION"]


def test_shared_records_name_with_whom_and_by_which_right(world: World) -> None:
    _fill(world)

    def reasons(actor: str, visibility: str) -> list[tuple[Any, ...]]:
        slug = f"invented-{visibility.lower()}"
        return [
            (each["code"], each["visibility"], each["permission"])
            for each in world.one(WHY, actor, id=world.organisation(slug))
        ]

    assert reasons("anonymous", "PUBLIC") == [("SHARED", "PUBLIC", None)]
    assert reasons("anonymous", "PARTNERS") == []
    assert reasons("partner", "PARTNERS") == [("SHARED", "PARTNERS", "partners:read")]
    assert reasons("partner", "COALITION") == []
    assert reasons("moc", "PARTNERS") == [("SHARED", "PARTNERS", "coalition:read")]
    assert reasons("moc", "COALITION") == [("SHARED", "COALITION", "coalition:read")]
    assert reasons("moc", "PRIVATE") == []
    assert reasons("administrator", "COALITION") == []


def test_fields_of_a_protected_service_are_said_to_be_open_or_closed(record: World) -> None:
    opaque = record.service("SRV-008")

    def groups(actor: str) -> dict[str, bool]:
        return {each["about"]: each["given"] for each in record.one(WHY, actor, id=opaque) if each["about"]}

    assert groups("bes") == {"PLACE": True, "NUMBERS": True, "DESK": True}
    assert groups("moc") == {"PLACE": False, "NUMBERS": False, "DESK": True}
    assert groups("partner") == {"PLACE": False, "NUMBERS": False, "DESK": True}
    assert groups("auditor") == {"PLACE": True, "NUMBERS": False, "DESK": False}
    assert groups("anonymous") == {}


def test_why_a_person_is_seen(world: World) -> None:
    _fill(world)
    with world.units.reading() as uow:
        consents = uow.db.scalars(sa.select(Consent)).all()
    person = {each.purpose: encode_id("Person", each.person_id) for each in consents}

    def codes(actor: str, opaque: str) -> list[str]:
        return [
            each["code"] or f"{each['about']} {each['given']}" for each in world.one(WHY, actor, id=opaque)
        ]

    assert codes("bes", person["NAME_IN_COALITION"]) == [
        "MANAGED",
        "CONSENT_COALITION",
        "NAME True",
        "EMAIL True",
    ]
    assert codes("moc", person["NAME_IN_COALITION"]) == ["CONSENT_COALITION", "NAME True", "EMAIL False"]
    assert codes("moc", person["NAME_TO_PARTNERS"]) == []
    assert codes("partner", person["NAME_TO_PARTNERS"]) == ["CONSENT_PARTNERS", "NAME True", "EMAIL False"]
    assert codes("auditor", person["NAME_IN_COALITION"]) == ["AUDITED", "NAME False", "EMAIL False"]
    assert codes("administrator", person["NAME_IN_COALITION"]) == [
        "ADMINISTERED",
        "NAME False",
        "EMAIL False",
    ]


def test_reasons_come_in_the_readers_language(record: World) -> None:
    words = {
        language: record.one(WHY, "anonymous", language=language, id=record.body("council"))[0]["words"]
        for language in ("en", "ro", "ru")
    }

    assert words["en"] == "Everybody may see it."
    assert len(set(words.values())) == 3


def test_what_does_not_exist_has_no_reason(record: World) -> None:
    for opaque in ("nonsense", encode_id("Topic", uuid.uuid4()), encode_id("Activity", uuid.uuid4())):
        assert record.one(WHY, "auditor", id=opaque) == []


def test_the_grant_is_the_role_held_longest(world: World) -> None:
    """Two roles give the same permission at the same place: the elder is named."""
    with world.units.writing() as uow:
        bes = uow.db.scalars(sa.select(Organisation).filter_by(slug="bes")).one()
        elder = factories.TODAY - timedelta(days=400)
        uow.db.add(
            Role(
                person_id=world.actor("bes").person_id,
                organisation_id=bes.id,
                role_type="reporter",
                starts_on=elder,
            )
        )
    world.meet_anew()

    found = world.one(WHY, "bes", id=world.organisation("bes"))

    assert [(each["code"], each["since"]) for each in found] == [
        ("SHARED", None),
        ("OWN_LINE", elder.isoformat()),
    ]
    assert elder < date(2026, 1, 1)
