from __future__ import annotations

from datetime import date

from coalition.core.actor import ANONYMOUS, Visibility
from coalition.core.unit_of_work import Units
from coalition.training.drafts import TrainingSessionDraft
from coalition.training.policies import may_plan
from coalition.training.repository import training_session_by_id
from coalition.training.service import plan_training_session
from tests import factories as make


def test_training_session_by_id_follows_visibility_and_line(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        baptists = make.church_body(uow, "ubceb", denomination="baptist")
        bessarabia = make.church_body(uow, "bes", denomination="orthodox")
        make.district(uow, "MD-CU")
        member = make.actor(uow, ("reporter", baptists))
        owner = make.actor(uow, ("coordinator", bessarabia))
        made = [
            plan_training_session(
                uow,
                owner,
                draft=TrainingSessionDraft(
                    title={"ro": "Seminar"},
                    organiser_ids=[bessarabia.id],
                    starts_on=date(2026, 9, 14),
                    district="MD-CU",
                    visibility=visibility,
                ),
                key=None,
            )[0].id
            for visibility in Visibility
        ]

    with units.reading() as uow:
        seen = {
            name: [training_session_by_id(uow, actor, each) is not None for each in [*made, None]]
            for name, actor in (("anonymous", ANONYMOUS), ("member", member), ("owner", owner))
        }

    assert seen == {
        "anonymous": [False, False, False, True, False],
        "member": [False, True, True, True, False],
        "owner": [True, True, True, True, False],
    }


def test_may_plan_goes_by_role_and_line(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        bessarabia = make.church_body(uow, "bes", denomination="orthodox")
        diaconia = make.organisation(uow, "diaconia", parent=bessarabia)
        baptists = make.church_body(uow, "ubceb", denomination="baptist")
        actors = [
            make.actor(uow, (role, bessarabia))
            for role in ("council_secretary", "coordinator", "reporter", "council_member")
        ]

    held = [
        [may_plan(actor, each.id) for each in (bessarabia, diaconia, baptists)] + [may_plan(actor)]
        for actor in actors
    ]

    assert held == [
        [True, True, True, True],
        [True, True, False, True],
        [False, False, False, False],
        [False, False, False, False],
    ]
