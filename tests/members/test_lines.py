from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from coalition.core.errors import Fault, Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.lines import below, place_under
from coalition.members.models import Organisation, OrganisationLine
from tests import factories as make

BEFORE, LAST, FIRST, AFTER = date(2020, 1, 1), date(2024, 12, 31), date(2025, 1, 1), date(2026, 1, 1)


def slugs_below(uow: UnitOfWork, organisation: Organisation, day: date = make.TODAY) -> set[str]:
    ids = below([organisation.id], day)
    return set(uow.db.scalars(sa.select(Organisation.slug).where(Organisation.id.in_(ids))))


def lines(uow: UnitOfWork) -> set[tuple[str, str, int, date | None, date | None]]:
    """Every line but those of organisations to themselves: above, below, depth, since, until."""
    slugs = dict(uow.db.execute(sa.select(Organisation.id, Organisation.slug)).all())
    rows = uow.db.scalars(sa.select(OrganisationLine).where(OrganisationLine.depth > 0))
    return {
        (slugs[row.ancestor_id], slugs[row.descendant_id], row.depth, row.since, row.until) for row in rows
    }


def test_place_under_reaches_every_depth(units: Units) -> None:
    with units.writing() as uow:
        union = make.organisation(uow, "union")
        deanery = make.organisation(uow, "deanery", parent=union)
        make.organisation(uow, "parish", parent=deanery)

    with units.reading() as uow:
        assert slugs_below(uow, union) == {"union", "deanery", "parish"}
        assert slugs_below(uow, deanery) == {"deanery", "parish"}
        assert lines(uow) == {
            ("union", "deanery", 1, None, None),
            ("deanery", "parish", 1, None, None),
            ("union", "parish", 2, None, None),
        }


def test_place_under_takes_what_stands_below_along(units: Units) -> None:
    with units.writing() as uow:
        union = make.organisation(uow, "union")
        deanery = make.organisation(uow, "deanery")
        make.organisation(uow, "parish", parent=deanery)
        place_under(uow, deanery, union)

    with units.reading() as uow:
        assert slugs_below(uow, union) == {"union", "deanery", "parish"}


def test_place_under_another_parent_from_a_day_on_keeps_earlier_days(units: Units) -> None:
    with units.writing() as uow:
        old, new = make.organisation(uow, "old"), make.organisation(uow, "new")
        deanery = make.organisation(uow, "deanery", parent=old)
        make.organisation(uow, "parish", parent=deanery)
        place_under(uow, deanery, new, since=FIRST)

    with units.reading() as uow:
        found = {
            day: (slugs_below(uow, old, day), slugs_below(uow, new, day))
            for day in (BEFORE, LAST, FIRST, AFTER)
        }
        parent_id = uow.db.get_one(Organisation, deanery.id).parent_id
    earlier = ({"old", "deanery", "parish"}, {"new"})
    later = ({"old"}, {"new", "deanery", "parish"})
    assert found == {BEFORE: earlier, LAST: earlier, FIRST: later, AFTER: later}
    assert parent_id == new.id


def test_place_under_nobody_from_a_day_on(units: Units) -> None:
    with units.writing() as uow:
        union = make.organisation(uow, "union")
        parish = make.organisation(uow, "parish", parent=union)
        place_under(uow, parish, None, since=FIRST)

    with units.reading() as uow:
        assert lines(uow) == {("union", "parish", 1, None, LAST)}
        assert uow.db.get_one(Organisation, parish.id).parent_id is None
        assert slugs_below(uow, parish) == {"parish"}


def test_place_under_without_a_day_replaces_what_was_known(units: Units) -> None:
    with units.writing() as uow:
        wrong, right = make.organisation(uow, "wrong"), make.organisation(uow, "right")
        parish = make.organisation(uow, "parish", parent=wrong)
        place_under(uow, parish, right)
        place_under(uow, parish, right)

    with units.reading() as uow:
        assert lines(uow) == {("right", "parish", 1, None, None)}


def test_place_under_twice_on_one_day_keeps_the_second(units: Units) -> None:
    with units.writing() as uow:
        old, wrong, right = (make.organisation(uow, slug) for slug in ("old", "wrong", "right"))
        parish = make.organisation(uow, "parish", parent=old)
        place_under(uow, parish, wrong, since=FIRST)
        place_under(uow, parish, right, since=FIRST)

    with units.reading() as uow:
        assert lines(uow) == {("old", "parish", 1, None, LAST), ("right", "parish", 1, FIRST, None)}


def test_place_under_moves_only_the_lines_from_above(units: Units) -> None:
    with units.writing() as uow:
        union = make.organisation(uow, "union")
        deanery = make.organisation(uow, "deanery", parent=union)
        parish = make.organisation(uow, "parish", parent=deanery)
        make.organisation(uow, "mission", parent=parish)
        place_under(uow, parish, union, since=FIRST)

    with units.reading() as uow:
        assert slugs_below(uow, deanery, LAST) == {"deanery", "parish", "mission"}
        assert slugs_below(uow, deanery, FIRST) == {"deanery"}
        assert slugs_below(uow, parish, FIRST) == {"parish", "mission"}
        assert slugs_below(uow, union, FIRST) == {"union", "deanery", "parish", "mission"}


@pytest.mark.parametrize("parent_slug", ["union", "deanery", "parish"])
def test_place_under_what_stands_below_is_refused(units: Units, parent_slug: str) -> None:
    with units.writing() as uow:
        union = make.organisation(uow, "union")
        deanery = make.organisation(uow, "deanery", parent=union)
        parish = make.organisation(uow, "parish", parent=deanery)
        before = lines(uow)
    parents = {"union": union, "deanery": deanery, "parish": parish}

    with pytest.raises(Refused) as refusal, units.writing() as uow:
        place_under(uow, union, parents[parent_slug])

    assert refusal.value.faults == (Fault("WRONG_STATE", ("parent",)),)
    with units.reading() as uow:
        assert lines(uow) == before


def test_place_under_of_an_organisation_that_is_not_stored(units: Units) -> None:
    with units.writing() as uow:
        parent = make.organisation(uow, "union")

    with pytest.raises(Refused) as refusal, units.writing() as uow:
        place_under(uow, Organisation(slug="new"), parent)

    assert refusal.value.faults == (Fault("NOT_FOUND", ("organisation",)),)
