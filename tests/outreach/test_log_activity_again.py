from __future__ import annotations

from dataclasses import replace

import pytest

from coalition.core.errors import Refused
from coalition.core.idempotency import ClientKey
from coalition.outreach.drafts import ActivityChanges
from coalition.outreach.models import (
    Activity,
)
from coalition.outreach.service import log_activity
from tests.outreach.world import ONE_EACH, World, a_key, faults


def log_twice(world: World, first: ClientKey, second: ClientKey) -> tuple[Activity, tuple[Activity, bool]]:
    activity = world.log(world.draft(), key=first)
    with world.units.writing() as uow:
        return activity, log_activity(uow, world.reporter, draft=world.draft(), key=second)


def test_log_activity_sent_again_gives_the_record_as_it_is_now(world: World) -> None:
    key = a_key()
    activity = world.log(world.draft(), key=key)
    world.amend(activity, ActivityChanges(place="Biserica"))

    with world.units.writing() as uow:
        again, replayed = log_activity(uow, world.reporter, draft=world.draft(), key=key)

    assert (again.id, again.place, again.revision, replayed) == (activity.id, "Biserica", 2, True)
    assert world.stored()["Activity"] == 1


def test_log_activity_with_another_key_is_another_activity(world: World) -> None:
    activity, (other, replayed) = log_twice(world, a_key(), a_key())

    assert other.id != activity.id
    assert replayed is False


def test_log_activity_with_other_content_under_the_same_key(world: World) -> None:
    key = a_key()
    with pytest.raises(Refused) as refusal:
        log_twice(world, key, replace(key, input_hash="two"))

    assert refusal.value.faults == faults(("IDEMPOTENCY_MISMATCH", "clientId"))
    assert world.stored() == ONE_EACH


def test_log_activity_checks_the_right_before_the_key(world: World) -> None:
    key = a_key()
    world.log(world.draft(), key=key)

    with pytest.raises(Refused) as refusal:
        world.log(world.draft(), world.coordinator, key=key)

    assert refusal.value.faults == faults(("NOT_PERMITTED", "organisation"))


def test_log_activity_refused_does_not_use_up_the_key(world: World) -> None:
    key = a_key()
    with pytest.raises(Refused):
        world.log(world.draft(title={}), key=key)

    activity = world.log(world.draft(), key=key)

    assert activity.code == "ubceb-2026-1"


def test_log_activity_under_the_key_of_another_organisation(world: World) -> None:
    key = a_key()
    world.log(world.draft(), key=key)

    other = world.log(world.draft(organisation_id=world.diaconia.id), world.coordinator, key=key)

    assert other.owner_id == world.diaconia.id
