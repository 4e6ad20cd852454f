from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.filters import found_by, in_church_body, in_denomination, overlaps
from coalition.members.lines import place_under
from coalition.members.models import Organisation
from coalition.outreach.models import Activity
from tests import factories as make


def slugs(uow: UnitOfWork, *conditions: Any) -> set[str]:
    return set(uow.db.scalars(sa.select(Organisation.slug).where(*conditions)))


def test_church_body_and_denomination_include_what_stands_below(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        union = make.church_body(uow, "union", denomination="baptist")
        deanery = make.organisation(uow, "deanery", parent=union)
        make.organisation(uow, "mission", parent=deanery, denomination_id=None, church_body_id=None)
        make.organisation(uow, "loose", church_body=union)
        make.organisation(uow, "baptist-ngo", denomination="baptist")
        make.church_body(uow, "bes", denomination="orthodox")
        baptist = union.denomination_id
        assert baptist is not None

    with units.reading() as uow:
        by_body = slugs(uow, Organisation.id.in_(in_church_body(union.id, make.TODAY)))
        by_denomination = slugs(uow, Organisation.id.in_(in_denomination(baptist, make.TODAY)))

    assert by_body == {"union", "deanery", "mission", "loose"}
    assert by_denomination == {"union", "deanery", "mission", "baptist-ngo"}


def test_church_body_goes_by_the_line_of_the_day(units: Units) -> None:
    with units.writing() as uow:
        old, new = make.organisation(uow, "old"), make.organisation(uow, "new")
        parish = make.organisation(uow, "parish", parent=old)
        place_under(uow, parish, new, since=make.TODAY)

    with units.reading() as uow:
        found = [
            slugs(uow, Organisation.id.in_(in_church_body(body.id, day)))
            for body in (old, new)
            for day in (date(2026, 5, 14), make.TODAY)
        ]

    assert found == [{"old", "parish"}, {"old"}, {"new"}, {"new", "parish"}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"hincesti", "balti"}),
        ("HANCESTI", {"hincesti"}),
        ("Hîncești  casa", {"hincesti"}),
        ("casa bălți", {"balti"}),
        ("casa Cahul", set()),
        ("елка", {"balti"}),
        ("ест_", set()),
        ("%", {"hincesti", "balti"}),
        ("cas", {"hincesti", "balti"}),
    ],
)
def test_found_by_every_word_in_any_spelling(units: Units, query: str, found: set[str]) -> None:
    with units.writing() as uow:
        make.organisation(uow, "hincesti", name={"ro": "Casa din Hîncești"})
        make.organisation(uow, "balti", name={"ro": "Casa Bălți", "ru": "Ёлка"})

    with units.reading() as uow:
        assert slugs(uow, *found_by(Organisation.search, query)) == found


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, {"day", "month", "undated"}),
        (date(2026, 3, 31), None, {"month"}),
        (date(2026, 4, 1), None, set()),
        (None, date(2026, 3, 9), {"month"}),
        (None, date(2026, 2, 28), set()),
        (date(2026, 3, 10), date(2026, 3, 10), {"day", "month"}),
    ],
)
def test_overlaps(units: Units, since: date | None, until: date | None, found: set[str]) -> None:
    with units.writing() as uow:
        owner = make.organisation(uow, "owner")
        make.activity(uow, owner, code="day", on="2026-03-10")
        make.activity(uow, owner, code="month", on="2026-03")
        make.activity(uow, owner, code="undated", on=None)

    with units.reading() as uow:
        conditions = overlaps(Activity.first_day, Activity.last_day, since, until)
        codes = set(uow.db.scalars(sa.select(Activity.code).where(*conditions)))

    assert codes == found
