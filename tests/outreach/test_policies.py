from __future__ import annotations

import sqlalchemy as sa

from coalition.core.actor import ANONYMOUS, Visibility, system_actor
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic
from coalition.outreach.policies import (
    may_log,
    visible_activities,
    visible_advocacy_targets,
    visible_programmes,
    visible_statistics,
)
from coalition.outreach.repository import activity_by_code, activity_by_id
from tests import factories as make
from tests.outreach.world import World


def test_visible_activities_by_visibility_and_line(world: World) -> None:
    with world.units.writing() as uow:
        partner = make.organisation(uow, "lastrada", status=MembershipStatus.PARTNER)
        police = make.organisation(uow, "police", kind=OrganisationKind.LAW_ENFORCEMENT, status="NONE")
        actors = {
            "anonymous": ANONYMOUS,
            "partner": make.actor(uow, ("partner_client", partner)),
            "police": make.actor(uow, ("reporter", police)),
            "member": world.reporter,
            "owner's line": world.coordinator,
            "auditor": make.actor(uow, ("auditor", world.baptists)),
            "administrator": make.actor(uow, ("administrator", world.baptists)),
            "system": system_actor("load"),
        }
        made = {each: make.activity(uow, world.diaconia, visibility=each).id for each in Visibility}

    seen: dict[str, str] = {}
    with world.units.reading() as uow:
        for name, actor in actors.items():
            ids = set(uow.db.scalars(sa.select(Activity.id).where(visible_activities(actor))))
            seen[name] = " ".join(each.value for each in Visibility if made[each] in ids)

    assert seen == {
        "anonymous": "PUBLIC",
        "partner": "PARTNERS PUBLIC",
        "police": "PUBLIC",
        "member": "COALITION PARTNERS PUBLIC",
        "owner's line": "PRIVATE COALITION PARTNERS PUBLIC",
        "auditor": "PRIVATE COALITION PARTNERS PUBLIC",
        "administrator": "PUBLIC",
        "system": "PRIVATE COALITION PARTNERS PUBLIC",
    }


def test_visible_activities_do_not_come_with_taking_part(world: World) -> None:
    with world.units.writing() as uow:
        activity = make.activity(
            uow, world.baptists, partners=(world.bessarabia,), visibility=Visibility.PRIVATE
        )

    with world.units.reading() as uow:
        assert activity_by_id(uow, world.coordinator, activity.id) is None
        assert activity_by_id(uow, world.reporter, activity.id) is not None


def test_activity_by_code_and_id(world: World) -> None:
    with world.units.writing() as uow:
        activity = make.activity(uow, world.baptists, visibility=Visibility.COALITION)

    with world.units.reading() as uow:
        found = activity_by_code(uow, world.reporter, activity.code)
        assert found is not None
        assert found.id == activity.id
        assert activity_by_code(uow, ANONYMOUS, activity.code) is None
        assert activity_by_code(uow, world.reporter, "no-such-code") is None
        assert activity_by_id(uow, world.reporter, None) is None


def test_published_records_follow_their_visibility(world: World) -> None:
    shared = {"owner_id": world.bessarabia.id, "visibility": Visibility.COALITION}
    with world.units.writing() as uow:
        uow.db.add(AdvocacyTarget(code="A", kind="LAW", name={"en": "Law"}, stage="ADOPTED", **shared))
        uow.db.add(Statistic(code="S", position=1, indicator="i", value=1, unit="persons", **shared))
        uow.db.add(Programme(code="P", position=1, name="Programme", **shared))
    conditions = (
        (AdvocacyTarget, visible_advocacy_targets),
        (Statistic, visible_statistics),
        (Programme, visible_programmes),
    )

    with world.units.reading() as uow:
        counts = [
            [
                len(uow.db.scalars(sa.select(table.id).where(visible(actor))).all())
                for table, visible in conditions
            ]
            for actor in (ANONYMOUS, world.reporter, world.coordinator)
        ]

    assert counts == [[0, 0, 0], [1, 1, 1], [1, 1, 1]]


def test_may_log_goes_by_role_and_line(world: World) -> None:
    held = [
        may_log(actor, organisation.id)
        for actor in (world.reporter, world.coordinator, ANONYMOUS)
        for organisation in (world.baptists, world.bessarabia, world.diaconia)
    ]

    assert held == [True, False, False, False, True, True, False, False, False]
