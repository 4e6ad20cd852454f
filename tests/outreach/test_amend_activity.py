from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.actor import ANONYMOUS, Visibility
from coalition.core.errors import Refused
from coalition.core.events import OutboxEntry
from coalition.outreach.drafts import ActivityChanges, PartnerDraft, ReachDraft
from coalition.outreach.enums import ActivityKind, ActivityStatus, ParticipantRole
from coalition.outreach.errors import StaleRevision
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityQuantity,
    ActivityReach,
    ActivityTopic,
)
from coalition.outreach.service import amend_activity
from tests import factories as make
from tests.outreach.world import World, faults, on, rows_of


@pytest.fixture
def full(world: World) -> Activity:
    """An activity that states everything."""
    return world.log(
        world.draft(
            kind=ActivityKind.PREVENTION,
            form="seminar",
            starts_on=on("2026-04-01"),
            ends_on=on("2026-04-02"),
            districts=["MD-CU", "MD-BA"],
            place="Biserica",
            audience=["elevi"],
            topics=["debt_bondage", "forum_theatre"],
            materials=["pliante"],
            partners=[PartnerDraft(world.diaconia.id, ParticipantRole.HOSTING)],
            reach=[ReachDraft(40)],
        )
    )


def refused(world: World, activity: Activity, changes: ActivityChanges, **values: Any) -> tuple[Any, ...]:
    """The faults of a change, after seeing that nothing was kept of it."""
    before = world.stored()
    with pytest.raises(Refused) as refusal:
        world.amend(activity, changes, **values)
    assert world.stored() == before
    with world.units.reading() as uow:
        assert uow.db.get_one(Activity, activity.id).model_dump() == activity.model_dump()
    return refusal.value.faults


def test_amend_activity_changes_one_field_and_no_other(world: World, full: Activity) -> None:
    before = full.model_dump()

    amended = world.amend(full, ActivityChanges(place="Casa de cultură"))

    changed = {name for name, value in amended.model_dump().items() if value != before[name]}
    assert changed == {"place", "search", "revision"}
    assert (amended.place, amended.revision) == ("Casa de cultură", 2)
    assert "cultura" in amended.search
    assert "biserica" not in amended.search


def test_amend_activity_changes_every_field(world: World, full: Activity) -> None:
    amended = world.amend(
        full,
        ActivityChanges(
            kind=ActivityKind.AWARENESS,
            form="concert",
            title={"ru": "Концерт"},
            starts_on=on("2026-03"),
            ends_on=on("2026-05-15"),
            districts=["Бельцы"],
            place="Parc",
            visibility=Visibility.PUBLIC,
            audience=["public"],
            topics=["forum_theatre"],
            materials=[],
            partners=[PartnerDraft(world.bessarabia.id, ParticipantRole.MEDIA)],
            reach=[ReachDraft(7), ReachDraft(8)],
        ),
    )

    with world.units.reading() as uow:
        districts = rows_of(uow, ActivityDistrict, full.id)
        topics = rows_of(uow, ActivityTopic, full.id)
        participants = rows_of(uow, ActivityParticipant, full.id)
        reach = rows_of(uow, ActivityReach, full.id)
    assert (amended.kind, amended.form, amended.place) == (ActivityKind.AWARENESS, "concert", "Parc")
    assert (amended.title, amended.visibility) == ({"ru": "Концерт"}, Visibility.PUBLIC)
    assert (amended.audience, amended.materials, amended.people_reached) == (["public"], [], 15)
    assert (amended.first_day, amended.last_day) == (date(2026, 3, 1), date(2026, 5, 15))
    assert (amended.code, amended.revision) == ("ubceb-2026-1", 2)
    assert [row.district_id for row in districts] == [world.balti.id]
    assert [row.topic_id for row in topics] == [world.method.id]
    assert [(row.organisation_id, row.role) for row in participants] == [
        (world.baptists.id, ParticipantRole.LEAD),
        (world.bessarabia.id, ParticipantRole.MEDIA),
    ]
    assert [row.count for row in reach] == [7, 8]


def test_amend_activity_clears_what_may_be_empty(world: World, full: Activity) -> None:
    amended = world.amend(
        full,
        ActivityChanges(
            kind=ActivityKind.COORDINATION,
            form=None,
            ends_on=None,
            districts=None,
            place=None,
            audience=None,
            topics=None,
            materials=None,
            partners=None,
            reach=None,
        ),
    )

    with world.units.reading() as uow:
        rows = [
            len(rows_of(uow, table, full.id))
            for table in (ActivityDistrict, ActivityTopic, ActivityParticipant, ActivityReach)
        ]
    assert rows == [0, 0, 1, 0]
    assert (amended.form, amended.place, amended.ends_on, amended.people_reached) == (None,) * 4
    assert (amended.audience, amended.materials, amended.country) == ([], [], None)
    assert amended.last_day == date(2026, 4, 1)


def test_amend_activity_cannot_clear_what_must_be(world: World, full: Activity) -> None:
    nothing = ActivityChanges(kind=None, title=None, starts_on=None, status=None, visibility=None)

    assert refused(world, full, nothing) == faults(
        ("REQUIRED", "kind"),
        ("REQUIRED", "startsOn"),
        ("REQUIRED", "status"),
        ("REQUIRED", "visibility"),
        ("REQUIRED", "title"),
    )


def test_amend_activity_is_audited_and_told(world: World, full: Activity) -> None:
    world.amend(full, ActivityChanges(place="Parc", districts=["MD-BA"], form="seminar"))

    with world.units.reading() as uow:
        entry = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        told = uow.db.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id.desc())).first()
    assert entry is not None
    assert told is not None
    assert (entry.action, entry.fields) == ("outreach:activity:amend", ["districts", "place"])
    assert (told.name, told.payload["districts"]) == ("activity.amended", [str(world.balti.id)])


def test_amend_activity_that_changes_nothing_keeps_the_revision(world: World, full: Activity) -> None:
    before = world.stored()

    amended = world.amend(
        full,
        ActivityChanges(
            kind=ActivityKind.PREVENTION,
            title={"ro": " Seară de rugăciune ", "en": ""},
            starts_on=on("2026-04-01"),
            districts=["Chisinau", "bălți"],
            topics=["debt_bondage", "forum_theatre"],
            partners=[PartnerDraft(world.diaconia.id, ParticipantRole.HOSTING)],
            reach=[ReachDraft(40)],
        ),
    )

    assert amended.revision == 1
    assert world.stored() == before


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (ActivityChanges(kind=ActivityKind.ASSISTANCE), ("NOT_LOGGED_HERE", "kind")),
        (ActivityChanges(topics=["forum_theatre"]), ("REQUIRED", "topics")),
        (ActivityChanges(status=ActivityStatus.CANCELLED), ("WRONG_STATE", "status")),
        (ActivityChanges(status=ActivityStatus.PLANNED), ("WRONG_STATE", "status")),
        (ActivityChanges(starts_on=on("2026-04-03")), ("END_BEFORE_START", "endsOn")),
        (ActivityChanges(ends_on=on("2026-05-16")), ("HELD_IN_FUTURE", "endsOn")),
        (ActivityChanges(districts=["?"]), ("UNKNOWN_DISTRICT", "districts.0", {"value": "?"})),
        (ActivityChanges(title={"fr": "Soirée"}), ("REQUIRED", "title")),
    ],
)
def test_amend_activity_looks_at_the_whole_like_a_new_one(
    world: World, full: Activity, changes: ActivityChanges, expected: Any
) -> None:
    assert refused(world, full, changes) == faults(expected)


def test_amend_activity_from_planned_to_held(world: World) -> None:
    planned = world.log(world.draft(status=ActivityStatus.PLANNED, starts_on=on("2026-06-01")))

    too_early = refused(world, planned, ActivityChanges(status=ActivityStatus.HELD))
    amended = world.amend(planned, ActivityChanges(status=ActivityStatus.HELD, starts_on=on("2026-05-15")))

    assert too_early == faults(("HELD_IN_FUTURE", "startsOn"))
    assert amended.status is ActivityStatus.HELD


def test_amend_activity_asks_about_new_texts_only(world: World) -> None:
    activity = world.log(world.draft(place="Sala 2, tel. 022 123 456", text_confirmed=True))

    again = world.amend(activity, ActivityChanges(place="Sala 2, tel. 022 123 456", form="seminar"))
    asked = refused(world, again, ActivityChanges(materials=["tel. 022 654 321"]), revision=2)

    assert (again.form, again.revision) == ("seminar", 2)
    assert asked == faults(("PERSONAL_DATA_SUSPECTED", "materials.0"))


def test_amend_activity_keeps_a_partner_that_is_no_longer_visible(world: World, full: Activity) -> None:
    with world.units.writing() as uow:
        uow.db.get_one(type(world.diaconia), world.diaconia.id).visibility = Visibility.PRIVATE

    amended = world.amend(full, ActivityChanges(place="Parc"))

    with world.units.reading() as uow:
        participants = rows_of(uow, ActivityParticipant, full.id)
    assert amended.revision == 2
    assert [row.organisation_id for row in participants] == [world.baptists.id, world.diaconia.id]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.COALITION])
def test_amend_activity_of_somebody_else(world: World, visibility: Visibility) -> None:
    activity = world.log(world.draft(visibility=visibility))
    expected = "NOT_FOUND" if visibility is Visibility.PRIVATE else "NOT_PERMITTED"

    by_coordinator = refused(world, activity, ActivityChanges(place="Parc"), actor=world.coordinator)
    by_nobody = refused(world, activity, ActivityChanges(place="Parc"), actor=ANONYMOUS)

    assert by_coordinator == faults((expected, "id"))
    assert by_nobody == faults(("NOT_FOUND", "id"))


@pytest.mark.parametrize("is_readable", [True, False])
def test_amend_activity_that_is_not_there(world: World, is_readable: bool) -> None:
    activity_id = uuid4() if is_readable else None

    with pytest.raises(Refused) as refusal, world.units.writing() as uow:
        amend_activity(uow, world.reporter, activity_id=activity_id, revision=1, changes=ActivityChanges())

    assert refusal.value.faults == faults(("NOT_FOUND", "id"))


def test_amend_activity_of_a_partner_is_not_permitted(world: World) -> None:
    activity = world.log(world.draft(partners=[PartnerDraft(world.diaconia.id, ParticipantRole.HOSTING)]))

    found = refused(world, activity, ActivityChanges(place="Parc"), actor=world.coordinator)

    assert found == faults(("NOT_PERMITTED", "id"))


def test_amend_activity_by_the_coordinator_above(world: World) -> None:
    activity = world.log(world.draft(organisation_id=world.diaconia.id), world.coordinator)

    amended = world.amend(activity, ActivityChanges(place="Parc"), actor=world.coordinator)

    assert amended.revision == 2


def test_amend_activity_that_was_loaded_follows_its_source(world: World) -> None:
    with world.units.writing() as uow:
        activity = make.activity(uow, world.baptists, is_loaded=True, code="ACT-001")

    found = refused(world, activity, ActivityChanges(place="Parc"))

    assert found == faults(("WRONG_STATE", "id"))


def test_amend_activity_seen_before_somebody_else_changed_it(world: World, full: Activity) -> None:
    with world.units.writing() as uow:
        uow.db.add(ActivityQuantity(activity_id=full.id, value=3, unit="seminars"))
    world.amend(full, ActivityChanges(place="Parc", title={"ro": "Alt titlu"}))
    before = world.stored()

    with pytest.raises(StaleRevision) as refusal:
        world.amend(
            full,
            ActivityChanges(
                place="Școală",
                visibility=None,
                districts=["MD-BA", "Atlantida"],
                topics=["debt_bondage"],
                partners=[PartnerDraft(world.bessarabia.id, ParticipantRole.MEDIA)],
                reach=[ReachDraft(3)],
            ),
        )

    stale = refusal.value
    attempted = stale.attempted
    assert stale.faults == faults(("STALE_REVISION", "revision"))
    assert (stale.current.place, stale.current.revision) == ("Parc", 2)
    assert (attempted.activity.id, attempted.activity.code) == (full.id, full.code)
    assert (attempted.activity.place, attempted.activity.revision) == ("Școală", 1)
    # What the caller did not touch is as it stands now.
    assert attempted.activity.title == {"ro": "Alt titlu"}
    assert (attempted.activity.visibility, attempted.activity.people_reached) == (Visibility.COALITION, 3)
    assert sa.inspect(attempted.activity).transient
    assert list(attempted.children) == ["districts", "participants", "topics", "reach", "quantities"]
    assert [row.code for row in attempted.children["districts"]] == ["MD-BA"]
    assert [row.code for row in attempted.children["topics"]] == ["debt_bondage"]
    assert [(row.organisation_id, row.role) for row in attempted.children["participants"]] == [
        (world.baptists.id, ParticipantRole.LEAD),
        (world.bessarabia.id, ParticipantRole.MEDIA),
    ]
    assert [row.count for row in attempted.children["reach"]] == [3]
    assert [row.unit for row in attempted.children["quantities"]] == ["seminars"]
    assert world.stored() == before


@pytest.mark.parametrize("revision", [0, 2, -1])
def test_amend_activity_with_a_revision_that_never_was(world: World, full: Activity, revision: int) -> None:
    found = refused(world, full, ActivityChanges(place="Parc"), revision=revision)

    assert found == faults(("STALE_REVISION", "revision"))
