"""Several people at the same activity in the same moment, on real threads."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coalition.core.errors import Refused
from coalition.outreach.drafts import ActivityChanges
from coalition.outreach.enums import ActivityStatus
from coalition.outreach.errors import StaleRevision
from coalition.outreach.models import Activity, ActivityCounter
from coalition.outreach.service import amend_activity, cancel_activity, log_activity
from tests.outreach.world import ONE_EACH, World, a_key
from tests.support.threads import at_once


def test_the_same_client_id_eight_times_at_once_is_one_activity(world: World) -> None:
    key = a_key()

    def log(_: int) -> tuple[Activity, bool]:
        with world.units.writing() as uow:
            return log_activity(uow, world.reporter, draft=world.draft(), key=key)

    answers = at_once(8, log)

    assert len({activity.id for activity, _ in answers}) == 1
    assert sorted(replayed for _, replayed in answers) == [False] + [True] * 7
    assert world.stored() == ONE_EACH


def test_eight_activities_at_once_have_eight_codes(world: World) -> None:
    activities = at_once(8, lambda _: world.log(world.draft()))

    assert sorted(each.code for each in activities) == [f"ubceb-2026-{number}" for number in range(1, 9)]
    with world.units.reading() as uow:
        assert uow.db.scalars(sa.select(ActivityCounter.last_number)).all() == [8]


def test_two_changes_at_once_do_not_both_win(world: World) -> None:
    activity = world.log(world.draft())

    def amend(number: int) -> str:
        try:
            return world.amend(activity, ActivityChanges(place=f"Sala {number}")).place or ""
        except StaleRevision as stale:
            return f"stale after {stale.current.place}, wanted {stale.attempted.activity.place}"

    answers = at_once(2, amend)

    with world.units.reading() as uow:
        stored = uow.db.get_one(Activity, activity.id)
    winner = stored.place
    loser = "Sala 1" if winner == "Sala 0" else "Sala 0"
    assert stored.revision == 2
    assert sorted(answers) == sorted([winner, f"stale after {winner}, wanted {loser}"])


def test_a_change_and_a_cancellation_at_once_do_not_both_win(world: World) -> None:
    activity = world.log(world.draft())

    def change(number: int) -> str:
        try:
            if number:
                world.amend(activity, ActivityChanges(place="Parc"))
            else:
                with world.units.writing() as uow:
                    cancel_activity(uow, world.reporter, activity_id=activity.id, revision=1, reason="Ploaie")
        except Refused as refusal:
            return refusal.faults[0].code
        return "DONE"

    assert sorted(at_once(2, change)) == ["DONE", "STALE_REVISION"]


@pytest.mark.parametrize("is_amended", [True, False])
def test_a_change_between_reading_and_writing_is_noticed(world: World, is_amended: bool) -> None:
    """Somebody else commits after the activity was read and before the rollup is held for the change.

    SQLite never lets that happen: who writes has held the lock since before reading.
    """
    activity = world.log(world.draft())
    overtaken: list[str] = []

    def overtake(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("LOCK TABLE activity_rollup") and not overtaken:
            overtaken.append(statement)
            world.amend(activity, ActivityChanges(place="Parc"))

    def change() -> None:
        with world.units.writing() as uow:
            if is_amended:
                changes = ActivityChanges(place="Sala")
                amend_activity(uow, world.reporter, activity_id=activity.id, revision=1, changes=changes)
            else:
                cancel_activity(uow, world.reporter, activity_id=activity.id, revision=1, reason="Ploaie")

    if not world.units.database.is_sqlite:
        sa.event.listen(world.units.database.write_engine, "before_cursor_execute", overtake)
        with pytest.raises(StaleRevision) as refusal:
            change()
        assert (refusal.value.current.place, refusal.value.current.revision) == ("Parc", 2)
        with world.units.reading() as uow:
            stored = uow.db.get_one(Activity, activity.id)
        assert (stored.place, stored.status, stored.revision) == ("Parc", ActivityStatus.HELD, 2)
