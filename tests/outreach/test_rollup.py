"""The figures kept beside the activities: right after each way of changing one, and found when tampered with.

That coverage answers the same from them: `tests/reports/test_coverage_matches_a_plain_count.py`.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.lines import place_under
from coalition.members.models import Organisation
from coalition.outreach.drafts import ActivityChanges, PartnerDraft, ReachDraft
from coalition.outreach.enums import ActivityKind, ParticipantRole
from coalition.outreach.models import Activity, ActivityRollup
from coalition.outreach.rollup import (
    differences,
    rebuild,
    roll_up,
    roll_up_all,
    take_out,
    take_out_of_organisations,
)
from coalition.outreach.service import cancel_activity
from tests import factories as make
from tests.outreach.world import World, on
from tests.support.threads import at_once


def logged(world: World, number: int = 0) -> Activity:
    """An activity in two districts with a partner, rolled up together with whatever else there is."""
    activity = world.log(
        world.draft(
            starts_on=on(f"2026-0{1 + number % 4}-09"),
            districts=["Chișinău", "Bălți"],
            topics=["forum_theatre"],
            partners=[PartnerDraft(world.diaconia.id, ParticipantRole.MEDIA)],
            reach=[ReachDraft(40)],
            visibility=Visibility.COALITION,
        )
    )
    roll_up_all(world.units)
    return activity


def rows_in(uow: UnitOfWork) -> list[tuple[object, ...]]:
    columns = sa.inspect(ActivityRollup).local_table.c
    return sorted((tuple(row) for row in uow.db.execute(sa.select(*columns))), key=repr)


def counted(world: World) -> int:
    """How many activities the rollup counts; nothing in it may differ from the activities."""
    with world.units.reading() as uow:
        assert differences(uow) == []
        found = sa.select(sa.func.coalesce(sa.func.sum(ActivityRollup.activities_4), 0))
        return uow.db.execute(found.where(ActivityRollup.sides == 0)).scalar_one()


DAYS = ("2026-03-02", "2026-03", "2026", None)
AMENDED = {
    "kind": ActivityChanges(kind=ActivityKind.ADVOCACY),
    "days": ActivityChanges(starts_on=on("2026-02"), ends_on=on("2026-04-02")),
    "places": ActivityChanges(districts=["Bălți"]),
    "topics": ActivityChanges(topics=["debt_bondage", "forum_theatre"]),
    "participants": ActivityChanges(partners=[]),
    "reach": ActivityChanges(reach=[]),
    "visibility": ActivityChanges(visibility=Visibility.PRIVATE),
}


def test_amending_takes_out_what_the_activity_came_to(world: World) -> None:
    activity = logged(world)
    for revision, (name, changes) in enumerate(AMENDED.items(), start=1):
        with world.units.reading() as uow:
            before = rows_in(uow)

        world.amend(activity, changes, revision=revision)

        assert counted(world) == 0, name
        assert roll_up_all(world.units) == 1, name
        assert counted(world) == 1, name
        with world.units.reading() as uow:
            assert rows_in(uow) != before, name


def test_a_cancelled_activity_counts_no_more(world: World) -> None:
    activity = logged(world)

    with world.units.writing() as uow:
        cancel_activity(uow, world.reporter, activity_id=activity.id, revision=1, reason="Ploaie")
    roll_up_all(world.units)

    assert counted(world) == 0
    with world.units.reading() as uow:
        assert rows_in(uow) == []


def test_a_deleted_activity_counts_no_more(world: World) -> None:
    activity = logged(world)

    with world.units.writing() as uow:
        take_out(uow, [activity.id])
        uow.db.execute(sa.delete(Activity).where(Activity.id == activity.id))

    assert counted(world) == 0


def _moved(uow: UnitOfWork, world: World) -> None:
    place_under(uow, uow.db.get_one(Organisation, world.diaconia.id), None, since=date(2026, 2, 1))


def _hidden(uow: UnitOfWork, world: World) -> None:
    take_out_of_organisations(uow, [world.diaconia.id])
    uow.db.get_one(Organisation, world.diaconia.id).visibility = Visibility.PRIVATE


def _without_denomination(uow: UnitOfWork, world: World) -> None:
    take_out_of_organisations(uow, [world.bessarabia.id])
    uow.db.get_one(Organisation, world.diaconia.id).denomination_id = None


def test_what_organisations_are_goes_into_the_figures(world: World) -> None:
    for number in range(3):
        logged(world, number)
    for change in (_moved, _hidden, _without_denomination):
        with world.units.reading() as uow:
            before = rows_in(uow)

        with world.units.writing() as uow:
            change(uow, world)

        assert counted(world) == 0, change.__name__
        assert roll_up_all(world.units) == 3, change.__name__
        assert counted(world) == 3, change.__name__
        with world.units.reading() as uow:
            assert rows_in(uow) != before, change.__name__


def test_taking_in_some_at_a_time_comes_to_what_a_rebuild_comes_to(world: World) -> None:
    with world.units.writing() as uow:
        for kind, visibility, day in product(
            ActivityKind, Visibility, ("2026-03-02", "2026-03", "2026", None)
        ):
            partners = (world.hidden, world.diaconia) if visibility is Visibility.PUBLIC else ()
            make.activity(
                uow,
                world.baptists,
                kind=kind,
                visibility=visibility,
                on=day,
                partners=partners,
                is_loaded=True,
            )
        assert [roll_up(uow, limit=50), roll_up(uow, limit=50), roll_up(uow, limit=50)] == [50, 30, 0]
        taken_in = rows_in(uow)

        assert rebuild(uow) == 80
        assert rows_in(uow) == taken_in


def test_an_undated_activity_of_who_is_to_move_counts_by_itself(world: World) -> None:
    with world.units.writing() as uow:
        make.activity(uow, world.diaconia, on=None)
        make.activity(uow, world.baptists, on=None)
        place_under(uow, world.diaconia, world.baptists, since=make.TODAY + timedelta(days=1))

        assert (rebuild(uow), roll_up(uow)) == (1, 0)


def test_rows_that_were_tampered_with_or_lost_are_found_and_put_right(world: World) -> None:
    logged(world)
    with world.units.writing() as uow:
        uow.db.execute(sa.update(ActivityRollup).where(ActivityRollup.sides == 9).values(people_reached_3=7))
        uow.db.execute(sa.delete(ActivityRollup).where(ActivityRollup.sides == 26))

    with world.units.reading() as uow:
        found = differences(uow, limit=100)
    with world.units.writing() as uow:
        rebuild(uow)

    changed = [line for line in found if "people_reached_3 7 instead of 40" in line]
    lost = [line for line in found if "activities_3 0 instead of 1" in line]
    # Two districts and two church bodies; one topic and two church bodies.
    assert (len(changed), len(lost), len(found)) == (4, 2, 6)
    assert f"district_id {world.balti.id}, church_body_id {world.baptists.id}" in "".join(changed)
    assert counted(world) == 1


def test_changing_and_taking_in_at_once_loses_no_count(world: World) -> None:
    activities = [logged(world, number) for number in range(4)]

    def change(number: int) -> None:
        if number < len(activities):
            world.amend(activities[number], ActivityChanges(districts=["Bălți"]))
        elif number % 2:
            world.log(world.draft(districts=["Bălți"]))
        else:
            roll_up_all(world.units)

    at_once(10, change)
    roll_up_all(world.units)

    assert counted(world) == 4 + 3


def test_logging_sends_no_statement_more_and_amending_three(world: World) -> None:
    statements: list[str] = []
    sa.event.listen(
        world.units.database.write_engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )

    activity = world.log(world.draft())
    assert [each for each in statements if "activity_rollup" in each] == []

    roll_up_all(world.units)
    statements.clear()
    world.amend(activity, ActivityChanges(place="Parc"))
    about = [each for each in statements if "activity_rollup" in each or "SET is_rolled_up" in each]
    # PostgreSQL also waits for its turn.
    assert len(about) == (2 if world.units.database.is_sqlite else 3)
