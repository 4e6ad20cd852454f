from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.actor import ANONYMOUS, Visibility
from coalition.core.enums import Qualifier
from coalition.core.errors import Refused
from coalition.core.events import Event, OutboxEntry
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.unit_of_work import UnitOfWork
from coalition.outreach.drafts import PartnerDraft, ReachDraft
from coalition.outreach.enums import (
    ActivityKind,
    ActivityStatus,
    AgeBand,
    ParticipantRole,
    ReachMethod,
    Sex,
)
from coalition.outreach.models import (
    Activity,
    ActivityCounter,
    ActivityDistrict,
    ActivityParticipant,
    ActivityReach,
    ActivityTopic,
)
from tests import factories as make
from tests.outreach.world import NOTHING, ONE_EACH, World, faults, on, rows_of


def test_log_activity_keeps_the_least_that_is_asked(world: World) -> None:
    activity = world.log(world.draft())

    with world.units.reading() as uow:
        stored = uow.db.get_one(Activity, activity.id)
    assert stored.model_dump(exclude={"id"}) == {
        "code": "ubceb-2026-1",
        "owner_id": world.baptists.id,
        "visibility": Visibility.COALITION,
        "is_loaded": False,
        "is_rolled_up": False,
        "kind": ActivityKind.AWARENESS,
        "form": None,
        "title": {"ro": "Seară de rugăciune"},
        "status": ActivityStatus.HELD,
        "starts_on": date(2026, 5, 1),
        "starts_on_precision": DatePrecision.DAY,
        "starts_on_certainty": DateCertainty.STATED,
        "starts_on_text": "2026-05-01",
        "ends_on": None,
        "ends_on_precision": None,
        "ends_on_certainty": None,
        "ends_on_text": None,
        "date_note": None,
        "first_day": date(2026, 5, 1),
        "last_day": date(2026, 5, 1),
        "sort_on": date(2026, 5, 1),
        "country": None,
        "place": None,
        "audience": [],
        "materials": [],
        "organiser_names": [],
        "campaign": None,
        "people_reached": None,
        "cancel_reason": None,
        "source": None,
        "as_written": None,
        "search": "ubceb 2026 1 seara de rugaciune uniunea baptista союз баптистов",
        "created_at": make.NOW,
        "created_by": world.reporter.subject,
        "updated_at": make.NOW,
        "revision": 1,
    }
    assert world.stored() == ONE_EACH


def test_log_activity_keeps_all_that_is_stated(world: World) -> None:
    activity = world.log(
        world.draft(
            kind=ActivityKind.PREVENTION,
            form="  teatru forum ",
            title={"ro": "Seară", "ru": "Вечер", "en": " "},
            starts_on=on("2026-04"),
            ends_on=on("2026-05-02"),
            districts=["кишинев", "MD-BA", "chisinau", ""],
            place="Casa de cultură",
            visibility=Visibility.PUBLIC,
            audience=["elevi", " ", "părinți"],
            topics=["debt_bondage", "forum_theatre", "debt_bondage"],
            materials=["pliante"],
            partners=[
                PartnerDraft(world.diaconia.id, ParticipantRole.HOSTING),
                PartnerDraft(world.bessarabia.id, ParticipantRole.FUNDING),
            ],
            reach=[
                ReachDraft(120, Sex.FEMALE, AgeBand.A14_17),
                ReachDraft(30, Sex.MALE, AgeBand.A14_17, ReachMethod.ESTIMATE, Qualifier.ABOUT),
                ReachDraft(9000, method=ReachMethod.DIGITAL),
                ReachDraft(500, qualifier=Qualifier.PLANNED),
            ],
        )
    )

    with world.units.reading() as uow:
        stored = uow.db.get_one(Activity, activity.id)
        districts = rows_of(uow, ActivityDistrict, activity.id)
        topics = rows_of(uow, ActivityTopic, activity.id)
        participants = rows_of(uow, ActivityParticipant, activity.id)
        reach = rows_of(uow, ActivityReach, activity.id)
    assert (stored.form, stored.place) == ("teatru forum", "Casa de cultură")
    assert stored.title == {"ro": "Seară", "ru": "Вечер"}
    assert (stored.audience, stored.materials) == (["elevi", "părinți"], ["pliante"])
    assert (stored.first_day, stored.last_day) == (date(2026, 4, 1), date(2026, 5, 2))
    assert (stored.sort_on, stored.country, stored.people_reached) == (date(2026, 4, 1), "MD", 150)
    assert [row.district_id for row in districts] == [world.chisinau.id, world.balti.id]
    assert [row.topic_id for row in topics] == [world.debt.id, world.method.id]
    assert [(row.organisation_id, row.role, row.position) for row in participants] == [
        (world.baptists.id, ParticipantRole.LEAD, 0),
        (world.diaconia.id, ParticipantRole.HOSTING, 1),
        (world.bessarabia.id, ParticipantRole.FUNDING, 2),
    ]
    assert [(row.sex, row.count, row.method, row.qualifier) for row in reach] == [
        (Sex.FEMALE, 120, ReachMethod.HEADCOUNT, Qualifier.EXACT),
        (Sex.MALE, 30, ReachMethod.ESTIMATE, Qualifier.ABOUT),
        (Sex.UNSPECIFIED, 9000, ReachMethod.DIGITAL, Qualifier.EXACT),
        (Sex.UNSPECIFIED, 500, ReachMethod.HEADCOUNT, Qualifier.PLANNED),
    ]
    for word in ("вечер", "diaconia", "balti", "debt", "pliante", "teatru"):
        assert word in stored.search.split()


def test_log_activity_is_audited_and_told(world: World) -> None:
    heard: list[Event] = []
    world.units.on("activity.logged", lambda _uow, event: heard.append(event))

    activity = world.log(world.draft(districts=["MD-CU"], place="Biserica"))

    with world.units.reading() as uow:
        entry = uow.db.scalars(sa.select(AuditEntry)).one()
        told = uow.db.scalars(sa.select(OutboxEntry)).one()
    assert (entry.action, entry.actor) == ("outreach:activity:log", world.reporter.subject)
    assert (entry.subject_type, entry.subject_id) == ("Activity", activity.id)
    assert entry.organisation_id == world.baptists.id
    assert entry.fields == [
        "districts",
        "kind",
        "participants",
        "place",
        "starts_on",
        "status",
        "title",
        "visibility",
    ]
    payload = {
        "organisation": str(world.baptists.id),
        "districts": [str(world.chisinau.id)],
        "visibility": "COALITION",
        "kind": "AWARENESS",
    }
    assert heard == [Event("activity.logged", activity.id, payload)]
    assert (told.name, told.subject_id, told.payload) == ("activity.logged", activity.id, payload)


def test_log_activity_numbers_codes_by_organisation_and_year(world: World) -> None:
    drafts = [
        (world.draft(), world.reporter),
        (world.draft(starts_on=on("2025-12")), world.reporter),
        (world.draft(), world.reporter),
        (world.draft(organisation_id=world.diaconia.id), world.coordinator),
    ]

    codes = [world.log(draft, actor).code for draft, actor in drafts]

    assert codes == ["ubceb-2026-1", "ubceb-2025-1", "ubceb-2026-2", "diaconia-2026-1"]


def test_log_activity_for_an_organisation_that_is_not_there(world: World) -> None:
    expected = faults(("NOT_FOUND", "organisation"))

    assert world.refused(organisation_id=None) == expected
    assert world.refused(organisation_id=uuid4()) == expected
    assert world.refused(organisation_id=world.hidden.id) == expected


def test_log_activity_for_another_organisation(world: World) -> None:
    expected = faults(("NOT_PERMITTED", "organisation"))

    # Nothing else of the draft is looked at before the right is there.
    assert world.refused(organisation_id=world.bessarabia.id, title={}) == expected


def test_log_activity_without_sign_in(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        world.log(world.draft(), ANONYMOUS)

    assert refusal.value.faults == faults(("NOT_PERMITTED", "organisation"))
    assert world.stored() == NOTHING


def test_log_activity_by_a_reporter_below_reaches_no_further(world: World) -> None:
    with world.units.writing() as uow:
        below = make.organisation(uow, "parish", parent=world.baptists)

    assert world.refused(organisation_id=below.id) == faults(("NOT_PERMITTED", "organisation"))


def test_log_activity_whose_handler_fails_leaves_nothing(world: World) -> None:
    def fail(_uow: UnitOfWork, _event: Event) -> None:
        raise RuntimeError

    world.units.on("activity.logged", fail)

    with pytest.raises(RuntimeError):
        world.log(world.draft())

    assert world.stored() == NOTHING
    with world.units.reading() as uow:
        assert uow.db.scalars(sa.select(ActivityCounter)).all() == []


def test_an_activity_has_no_second_lead_in_the_database(world: World) -> None:
    activity = world.log(world.draft())
    second = ActivityParticipant(
        activity_id=activity.id, organisation_id=world.diaconia.id, role=ParticipantRole.LEAD
    )

    with pytest.raises(sa.exc.IntegrityError), world.units.writing() as uow:
        uow.db.add(second)
