from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.errors import Fault, Refused
from coalition.core.events import OutboxEntry
from coalition.outreach.drafts import ActivityChanges, ReachDraft
from coalition.outreach.enums import ActivityStatus
from coalition.outreach.errors import StaleRevision
from coalition.outreach.models import Activity
from coalition.outreach.service import cancel_activity
from tests import factories as make
from tests.outreach.world import World, faults, on


def cancel(
    world: World, activity: Activity, reason: str = "Ploaie", *, actor: Actor | None = None, **values: Any
) -> Activity:
    asked = {"revision": 1, "reason": reason, "text_confirmed": False, **values}
    with world.units.writing() as uow:
        return cancel_activity(uow, actor or world.reporter, activity_id=activity.id, **asked)


def refused(world: World, activity: Activity, reason: str = "Ploaie", **values: Any) -> tuple[Fault, ...]:
    """The faults of cancelling, after seeing that nothing was kept of it."""
    before = world.stored()
    with pytest.raises(Refused) as refusal:
        cancel(world, activity, reason, **values)
    assert world.stored() == before
    with world.units.reading() as uow:
        assert uow.db.get_one(Activity, activity.id).model_dump() == activity.model_dump()
    return refusal.value.faults


@pytest.mark.parametrize("status", [ActivityStatus.PLANNED, ActivityStatus.HELD])
def test_cancel_activity_keeps_the_reason(world: World, status: ActivityStatus) -> None:
    activity = world.log(world.draft(status=status))

    cancelled = cancel(world, activity, " Ploaie torențială ")

    with world.units.reading() as uow:
        stored = uow.db.get_one(Activity, activity.id)
        entry = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        told = uow.db.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id.desc())).first()
    assert (stored.status, stored.cancel_reason) == (ActivityStatus.CANCELLED, "Ploaie torențială")
    assert cancelled.revision == stored.revision == 2
    assert entry is not None
    assert told is not None
    assert (entry.action, entry.fields) == ("outreach:activity:cancel", ["cancel_reason", "status"])
    assert entry.reason is None
    assert told.name == "activity.cancelled"


def test_cancel_activity_twice(world: World) -> None:
    activity = cancel(world, world.log(world.draft()))

    assert refused(world, activity, revision=2) == faults(("WRONG_STATE", "id"))


def test_cancelled_activity_cannot_be_amended(world: World) -> None:
    activity = cancel(world, world.log(world.draft()))

    with pytest.raises(Refused) as refusal:
        world.amend(activity, ActivityChanges(place="Parc"), revision=2)

    assert refusal.value.faults == faults(("WRONG_STATE", "id"))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("", ("REQUIRED", "reason")),
        (" \n\u00a0", ("REQUIRED", "reason")),
        ("x" * 2001, ("TOO_LONG", "reason", {"limit": 2000})),
        ("Sunați la 069 123 456", ("PERSONAL_DATA_SUSPECTED", "reason")),
        ("2001234567890", ("PERSONAL_NUMBER", "reason")),
    ],
)
def test_cancel_activity_with_a_reason_that_cannot_be(world: World, reason: str, expected: Any) -> None:
    activity = world.log(world.draft())

    assert refused(world, activity, reason) == faults(expected)


def test_cancel_activity_with_a_confirmed_reason(world: World) -> None:
    activity = world.log(world.draft())

    cancelled = cancel(world, activity, "Linia 0800 77777 a fost închisă", text_confirmed=True)

    assert cancelled.status is ActivityStatus.CANCELLED


def test_cancel_activity_of_somebody_else(world: World) -> None:
    activity = world.log(world.draft())

    assert refused(world, activity, actor=world.coordinator) == faults(("NOT_PERMITTED", "id"))


def test_cancel_activity_that_was_loaded(world: World) -> None:
    with world.units.writing() as uow:
        activity = make.activity(uow, world.baptists, is_loaded=True, code="ACT-001")

    assert refused(world, activity) == faults(("WRONG_STATE", "id"))


def test_cancel_activity_seen_before_somebody_else_changed_it(world: World) -> None:
    activity = world.log(world.draft(starts_on=on("2026-05-01"), reach=[ReachDraft(4)]))
    world.amend(activity, ActivityChanges(place="Parc"))

    with pytest.raises(StaleRevision) as refusal:
        cancel(world, activity)

    stale = refusal.value
    assert stale.faults == faults(("STALE_REVISION", "revision"))
    assert (stale.current.status, stale.current.revision) == (ActivityStatus.HELD, 2)
    attempted = stale.attempted.activity
    assert (attempted.status, attempted.cancel_reason) == (ActivityStatus.CANCELLED, "Ploaie")
    assert (attempted.place, attempted.revision, attempted.people_reached) == ("Parc", 1, 4)
