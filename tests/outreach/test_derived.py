from __future__ import annotations

import pytest

from coalition.core.enums import Qualifier
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.derived import activity_search, people_reached
from coalition.outreach.enums import ReachMethod
from coalition.outreach.models import Activity, ActivityReach


def reach(
    count: int, method: ReachMethod = ReachMethod.HEADCOUNT, qualifier: Qualifier = Qualifier.EXACT
) -> ActivityReach:
    return ActivityReach(count=count, method=method, qualifier=qualifier)


@pytest.mark.parametrize(
    ("rows", "people"),
    [
        ([], None),
        ([reach(0)], 0),
        ([reach(40), reach(2, ReachMethod.ESTIMATE, Qualifier.ABOUT)], 42),
        ([reach(5, ReachMethod.UNSPECIFIED, Qualifier.MORE_THAN)], 5),
        ([reach(9000, ReachMethod.DIGITAL)], None),
        ([reach(9000, ReachMethod.DIGITAL), reach(3)], 3),
        ([reach(50, qualifier=Qualifier.PLANNED), reach(60, qualifier=Qualifier.TARGET)], None),
    ],
)
def test_people_reached(rows: list[ActivityReach], people: int | None) -> None:
    assert people_reached(rows) == people


def test_activity_search_finds_by_every_name_in_every_language() -> None:
    activity = Activity(
        code="ACT-001",
        title={"ro": "Ziua Națională", "ru": "День молитвы"},
        form="rugăciune",
        place="Piața",
        campaign="18 octombrie",
        audience=["tineri"],
        materials=["afișe"],
        organiser_names=["Primăria"],
    )

    words = activity_search(
        activity,
        organisations=[Organisation(name={"en": "Baptist Union", "ro": "Uniunea"})],
        districts=[Territory(name={"ro": "Hîncești"})],
        topics=[Topic(label={"en": "Debt"})],
    )

    assert words.split() == [
        "act",
        "001",
        "ziua",
        "nationala",
        "день",
        "молитвы",
        "rugaciune",
        "piata",
        "18",
        "octombrie",
        "tineri",
        "afise",
        "primaria",
        "baptist",
        "union",
        "uniunea",
        "hancesti",
        "hincesti",
        "debt",
    ]
