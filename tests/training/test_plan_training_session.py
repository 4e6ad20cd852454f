from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.actor import ANONYMOUS, Actor, Visibility
from coalition.core.errors import Fault, Refused
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import ClientKey
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation, Territory, Topic
from coalition.training.drafts import TrainingSessionDraft
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import TrainingInvitation, TrainingOrganiser, TrainingSession, TrainingTopic
from coalition.training.service import plan_training_session
from tests import factories as make
from tests.support.databases import Databases
from tests.support.threads import at_once
from tests.support.worlds import copied_world

ROWS = (TrainingSession, TrainingOrganiser, TrainingInvitation, TrainingTopic, AuditEntry, OutboxEntry)
NOTHING = [0] * len(ROWS)


@dataclass
class World:
    """`secretary` plans for all, `coordinator` for `bessarabia` and its `diaconia`, `reporter` for nobody."""

    units: Units
    baptists: Organisation
    bessarabia: Organisation
    diaconia: Organisation
    hidden: Organisation
    chisinau: Territory
    topic: Topic
    secretary: Actor
    coordinator: Actor
    reporter: Actor

    def draft(self, **values: Any) -> TrainingSessionDraft:
        """A day in Chișinău that Diaconia gives, unless said otherwise."""
        defaults: dict[str, Any] = {
            "title": {"ro": "Seminar"},
            "organiser_ids": [self.diaconia.id],
            "starts_on": date(2026, 9, 14),
            "district": "MD-CU",
        }
        return TrainingSessionDraft(**{**defaults, **values})

    def plan(
        self, draft: TrainingSessionDraft, actor: Actor | None = None, key: ClientKey | None = None
    ) -> tuple[TrainingSession, bool]:
        with self.units.writing() as uow:
            return plan_training_session(uow, actor or self.coordinator, draft=draft, key=key)

    def stored(self) -> list[int]:
        with self.units.reading() as uow:
            return [
                uow.db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in ROWS
            ]

    def refused(self, actor: Actor | None = None, **values: Any) -> tuple[Fault, ...]:
        """The faults of a draft with these values, after seeing that nothing was kept of it."""
        with pytest.raises(Refused) as refusal:
            self.plan(self.draft(**values), actor)
        assert self.stored() == NOTHING
        return refusal.value.faults


@pytest.fixture
def world(databases: Databases, database_kind: str) -> Iterator[World]:
    with copied_world(databases, database_kind, make_world) as (units, world):
        yield replace(world, units=units)


def make_world(units: Units) -> World:
    with units.writing() as uow:
        make.foundations(uow)
        baptists = make.church_body(uow, "ubceb", denomination="baptist")
        bessarabia = make.church_body(uow, "bes", denomination="orthodox")
        return World(
            units=units,
            baptists=baptists,
            bessarabia=bessarabia,
            diaconia=make.organisation(uow, "diaconia", parent=bessarabia),
            hidden=make.organisation(uow, "hidden", visibility=Visibility.PRIVATE),
            chisinau=make.district(uow, "MD-CU", "Chișinău", "Кишинёв"),
            topic=make.topic(uow, "referral", group="stage"),
            secretary=make.actor(uow, ("council_secretary", baptists)),
            coordinator=make.actor(uow, ("coordinator", bessarabia)),
            reporter=make.actor(uow, ("reporter", baptists)),
        )


def fault(code: str, *path: str, **params: Any) -> Fault:
    return Fault(code, path, params)


def organisation_ids(world: World, table: Any) -> list[Any]:
    with world.units.reading() as uow:
        return list(uow.db.scalars(sa.select(table.organisation_id).order_by(table.position)))


def test_plan_training_session_keeps_the_least_that_is_asked(world: World) -> None:
    training_session, replayed = world.plan(world.draft())

    with world.units.reading() as uow:
        stored = uow.db.get_one(TrainingSession, training_session.id)
    assert replayed is False
    assert stored.model_dump(exclude={"id"}) == {
        "code": None,
        "owner_id": world.diaconia.id,
        "visibility": Visibility.COALITION,
        "title": {"ro": "Seminar"},
        "status": TrainingSessionStatus.SCHEDULED,
        "record": TrainingRecord.SINGLE,
        "starts_on": date(2026, 9, 14),
        "starts_on_precision": DatePrecision.DAY,
        "starts_on_certainty": DateCertainty.STATED,
        "starts_on_text": "2026-09-14",
        "ends_on": None,
        "ends_on_precision": None,
        "ends_on_certainty": None,
        "ends_on_text": None,
        "date_note": None,
        "first_day": date(2026, 9, 14),
        "last_day": date(2026, 9, 14),
        "sort_on": date(2026, 9, 14),
        "district_id": world.chisinau.id,
        "country": "MD",
        "place": None,
        "organiser_names": [],
        "funders": [],
        "audience": [],
        "languages": [],
        "sessions_count": None,
        "capacity": None,
        "participants_count": None,
        "participants_qualifier": None,
        "participants_qualifier_text": None,
        "source": None,
        "as_written": None,
        "search": "seminar diaconia chisinau",
        "created_at": make.NOW,
        "created_by": world.coordinator.subject,
        "updated_at": make.NOW,
        "revision": 1,
    }
    assert world.stored() == [1, 1, 0, 0, 1, 1]


def test_plan_training_session_keeps_all_that_is_stated(world: World) -> None:
    draft = world.draft(
        title={"ro": "Seminar", "ru": "Семинар"},
        organiser_ids=[world.baptists.id, world.bessarabia.id, world.baptists.id],
        invited_ids=[world.diaconia.id, world.baptists.id, world.diaconia.id],
        ends_on=date(2026, 9, 16),
        district="кишинев",
        place=" Casa de cultură ",
        capacity=25,
        languages=["ro", "ru-MD", " ", "ro"],
        audience=["preoți", ""],
        topics=["referral"],
        visibility=Visibility.PUBLIC,
    )

    training_session, _ = world.plan(draft, world.secretary)

    with world.units.reading() as uow:
        stored = uow.db.get_one(TrainingSession, training_session.id)
        topics = uow.db.scalars(sa.select(TrainingTopic.topic_id)).all()
    assert organisation_ids(world, TrainingOrganiser) == [world.baptists.id, world.bessarabia.id]
    assert organisation_ids(world, TrainingInvitation) == [world.diaconia.id, world.baptists.id]
    assert topics == [world.topic.id]
    assert (stored.owner_id, stored.visibility) == (world.baptists.id, Visibility.PUBLIC)
    assert (stored.place, stored.capacity, stored.audience) == ("Casa de cultură", 25, ["preoți"])
    assert (stored.languages, stored.last_day) == (["ro", "ru-MD"], date(2026, 9, 16))
    assert stored.search == "seminar семинар casa de cultura preoti ubceb bes referral chisinau"


def test_plan_training_session_is_audited_and_told(world: World) -> None:
    training_session, _ = world.plan(world.draft(capacity=25))

    with world.units.reading() as uow:
        entry = uow.db.scalars(sa.select(AuditEntry)).one()
        told = uow.db.scalars(sa.select(OutboxEntry)).one()
    assert (entry.action, entry.actor) == ("training:training_session:plan", world.coordinator.subject)
    assert (entry.subject_type, entry.subject_id) == ("TrainingSession", training_session.id)
    assert entry.organisation_id == world.diaconia.id
    assert entry.fields == ["capacity", "district", "organiser_ids", "starts_on", "title", "visibility"]
    assert (told.name, told.subject_id) == ("training_session.planned", training_session.id)
    assert told.payload == {
        "organisation": str(world.diaconia.id),
        "district": str(world.chisinau.id),
        "visibility": "COALITION",
    }


def test_plan_training_session_in_the_own_line_only(world: World) -> None:
    ids = [world.diaconia.id, world.baptists.id]

    found = world.refused(organiser_ids=ids)
    planned, _ = world.plan(world.draft(organiser_ids=ids), world.secretary)

    assert found == (fault("NOT_PERMITTED", "organisers", "1"),)
    assert planned.owner_id == world.diaconia.id


def test_plan_training_session_with_organisers_that_are_not_there(world: World) -> None:
    found = world.refused(
        organiser_ids=[None, uuid4(), world.hidden.id, world.baptists.id, world.diaconia.id], title={}
    )

    assert found == (
        fault("NOT_FOUND", "organisers", "0"),
        fault("NOT_FOUND", "organisers", "1"),
        fault("NOT_FOUND", "organisers", "2"),
        fault("NOT_PERMITTED", "organisers", "3"),
    )


def test_plan_training_session_without_organisers(world: World) -> None:
    found = [
        world.refused(actor, organiser_ids=[])
        for actor in (world.secretary, world.coordinator, world.reporter, ANONYMOUS)
    ]

    required, not_permitted = fault("REQUIRED", "organisers"), fault("NOT_PERMITTED", "organisers")
    assert found == [(required,), (required,), (not_permitted,), (not_permitted,)]


def test_plan_training_session_without_the_right(world: World) -> None:
    expected = (fault("NOT_PERMITTED", "organisers", "0"),)

    assert world.refused(world.reporter, organiser_ids=[world.baptists.id]) == expected
    assert world.refused(ANONYMOUS) == expected


def test_plan_training_session_with_too_many_organisers(world: World) -> None:
    found = world.refused(organiser_ids=[world.diaconia.id] * 101)

    assert found == (fault("OUT_OF_RANGE", "organisers", maximum=100),)


def test_plan_training_session_tells_all_faults_at_once(world: World) -> None:
    found = world.refused(
        title={"xx": "?"},
        ends_on=date(2026, 9, 13),
        district="Atlantida",
        place="x" * 2001,
        capacity=-1,
        languages=["ro", "klingon"],
        audience=["Sunați la 069 123 456"],
        topics=["magic"],
        invited_ids=[world.diaconia.id, None, world.hidden.id],
    )

    assert found == (
        fault("END_BEFORE_START", "endsOn"),
        fault("OUT_OF_RANGE", "capacity", minimum=0, maximum=1_000_000),
        fault("INVALID_LANGUAGE", "title", "xx", language="xx"),
        fault("REQUIRED", "title"),
        fault("TOO_LONG", "place", limit=2000),
        fault("PERSONAL_DATA_SUSPECTED", "audience", "0"),
        fault("INVALID_LANGUAGE", "languages", "1", language="klingon"),
        fault("UNKNOWN_DISTRICT", "district", value="Atlantida"),
        fault("UNKNOWN_TOPIC", "topics", "0", value="magic"),
        fault("NOT_FOUND", "invited", "1"),
        fault("NOT_FOUND", "invited", "2"),
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"district": " "}, fault("REQUIRED", "district")),
        ({"starts_on": date(1899, 12, 31)}, fault("OUT_OF_RANGE", "startsOn")),
        ({"ends_on": date(2201, 1, 1)}, fault("OUT_OF_RANGE", "endsOn")),
        ({"capacity": 1_000_001}, fault("OUT_OF_RANGE", "capacity", minimum=0, maximum=1_000_000)),
        ({"languages": ["ro"] * 101}, fault("OUT_OF_RANGE", "languages", maximum=100)),
        ({"invited_ids": [None] * 101}, fault("OUT_OF_RANGE", "invited", maximum=100)),
        ({"place": "2001234567890", "text_confirmed": True}, fault("PERSONAL_NUMBER", "place")),
    ],
)
def test_plan_training_session_with_values_that_cannot_be(
    world: World, values: dict[str, Any], expected: Fault
) -> None:
    assert world.refused(**values)[0] == expected


@pytest.mark.parametrize("capacity", [0, 1_000_000])
def test_plan_training_session_with_a_text_confirmed_and_the_widest_capacity(
    world: World, capacity: int
) -> None:
    draft = world.draft(capacity=capacity, place="Tel. 022 123 456", text_confirmed=True)

    training_session, _ = world.plan(draft)

    assert training_session.capacity == capacity


def test_plan_training_session_sent_again(world: World) -> None:
    key = ClientKey(uuid4(), "one")
    training_session, _ = world.plan(world.draft(), key=key)

    again, replayed = world.plan(world.draft(), key=key)
    with pytest.raises(Refused) as refusal:
        world.plan(world.draft(), key=replace(key, input_hash="two"))

    assert (again.id, replayed) == (training_session.id, True)
    assert refusal.value.faults == (fault("IDEMPOTENCY_MISMATCH", "clientId"),)
    assert world.stored() == [1, 1, 0, 0, 1, 1]


def test_plan_training_session_eight_times_at_once(world: World) -> None:
    key = ClientKey(uuid4(), "one")

    answers = at_once(8, lambda _: world.plan(world.draft(), key=key))

    assert len({training_session.id for training_session, _ in answers}) == 1
    assert world.stored() == [1, 1, 0, 0, 1, 1]
