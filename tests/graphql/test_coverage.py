"""`coverage`: against a count of the record's lines, and who may compare whom."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from coalition.core.text import sort_key
from tests import factories
from tests.factories import TODAY
from tests.graphql.record import days, in_line, keys, lines, organisers
from tests.graphql.world import EVERYBODY, World

FIGURES = "figures { activities organisations peopleReached activitiesWithReach suppressed }"
COVERAGE = f"""
query ($by: [CoverageDimension!]!, $filter: CoverageFilter) {{
  coverage(by: $by, filter: $filter) {{
    cells {{
      district {{ code }} denomination {{ code }} churchBody {{ slug }} month kind topic {{ code }} {FIGURES}
    }}
    total {{ activities organisations peopleReached activitiesWithReach suppressed }}
  }}
}}
"""
COUNTED = [line for line in lines("activities") if line["kind"] != "assistance"]


def coverage(record: World, *by: str, actor: str = "anonymous", language: str = "en", **filters: Any) -> Any:
    return record.one(COVERAGE, actor, language=language, by=list(by), filter=filters)


def activities(found: Any, dimension: str, key: str | None = None) -> dict[str | None, int]:
    """How many activities each cell of one dimension has; null for none."""
    cells = found["cells"]
    values = [
        cell[dimension] if key is None or cell[dimension] is None else cell[dimension][key] for cell in cells
    ]
    assert len(values) == len(set(values))
    return {value: cell["figures"]["activities"] for value, cell in zip(values, cells, strict=True)}


def test_total_counts_each_activity_once(record: World) -> None:
    with_people = [line for line in COUNTED if line["participants"]]
    listed = keys("organisations")
    reached = sum(
        int(line["participants"])
        for line in with_people
        if not line["participants_qualifier"].startswith(("planned", "target"))
    )

    found = coverage(record)

    assert found["cells"] == []
    assert found["total"] == {
        "activities": 85,
        "organisations": len({slug for line in COUNTED for slug in organisers(line)} & listed),
        "peopleReached": reached,
        "activitiesWithReach": len(with_people),
        "suppressed": False,
    }


def test_organisations_are_counted_where_they_are_asked_for_in_other_words(record: World) -> None:
    plain = coverage(record, "KIND")["cells"]
    document = """
    { coverage(by: [KIND]) { cells { ...Cell } } }
    fragment Cell on CoverageCell { kind figures { ... on CoverageFigures { taking: organisations } } }
    """
    found = record.one(document)["cells"]

    assert [cell["figures"]["taking"] for cell in found] == [
        cell["figures"]["organisations"] for cell in plain
    ]
    assert all(cell["figures"]["taking"] for cell in found)


def test_assistance_never_enters(record: World) -> None:
    for by in ("KIND", "DISTRICT", "MONTH", "TOPIC", "DENOMINATION", "CHURCH_BODY"):
        found = coverage(record, by, actor="auditor")
        assert found["total"]["activities"] == 85
        assert all(cell["kind"] != "ASSISTANCE" for cell in found["cells"])
    assert coverage(record, "KIND", kind="ASSISTANCE") == {
        "cells": [],
        "total": {
            "activities": 0,
            "organisations": 0,
            "peopleReached": None,
            "activitiesWithReach": 0,
            "suppressed": False,
        },
    }


def test_by_kind(record: World) -> None:
    found = activities(coverage(record, "KIND"), "kind")

    assert found == dict(Counter(line["kind"].upper() for line in COUNTED))


def test_by_district(record: World) -> None:
    found = activities(coverage(record, "DISTRICT"), "district", "code")

    assert found == dict(Counter(line["district"] or None for line in COUNTED))


def test_by_month(record: World) -> None:
    """Months as of the start; null for what is known by its year only, or not at all."""
    found = activities(coverage(record, "MONTH"), "month")

    starts = [line["date_start"] for line in COUNTED]
    assert found == dict(Counter(start[:7] if len(start) > 4 else None for start in starts))
    assert found["2007-01"] == 1


def test_by_topic(world: World) -> None:
    with world.units.writing() as uow:
        owner = factories.organisation(uow, "invented")
        first, second = (factories.topic(uow, f"invented_{number}") for number in (1, 2))
        for topics in ((first,), (first, second), (second,), (second,)):
            factories.activity(uow, owner, topics=topics, visibility="PUBLIC")

    found = coverage(world, "TOPIC")

    assert activities(found, "topic", "code") == {"invented_1": 2, "invented_2": 3, None: 85}
    assert found["total"]["activities"] == 89


def test_by_church_body_and_denomination_for_who_may_compare(record: World) -> None:
    expected = Counter(
        body
        for line in COUNTED
        for body in {
            b
            for slug in organisers(line)
            for b in ("moc", "bes", "ubceb", "elc")
            if in_line(slug, "church_body", b)
        }
    )

    for actor in ("auditor", "council_member", "council_secretary"):
        found = activities(coverage(record, "CHURCH_BODY", actor=actor), "churchBody", "slug")
        without = found.pop(None)
        assert found == dict(expected)
        assert without == sum(
            not any(
                in_line(slug, "church_body", b)
                for slug in organisers(line)
                for b in ("moc", "bes", "ubceb", "elc")
            )
            for line in COUNTED
        )


def test_activity_in_several_cells_counts_once_in_the_total(world: World) -> None:
    with world.units.writing() as uow:
        owner = factories.organisation(uow, "invented")
        districts = [factories.district(uow, f"XX-{n}", f"Invented {n}", region="NORTH") for n in range(3)]
        factories.activity(uow, owner, districts=tuple(districts), visibility="PUBLIC")
    before = 85

    found = coverage(world, "DISTRICT")

    cells = activities(found, "district", "code")
    assert [cells[f"XX-{n}"] for n in range(3)] == [1, 1, 1]
    assert found["total"]["activities"] == before + 1


def test_two_dimensions(record: World) -> None:
    found = coverage(record, "DISTRICT", "KIND")

    cells = Counter((line["district"] or None, line["kind"].upper()) for line in COUNTED)
    assert {
        (cell["district"] and cell["district"]["code"], cell["kind"]): cell["figures"]["activities"]
        for cell in found["cells"]
    } == dict(cells)
    assert coverage(record, "DISTRICT", "DISTRICT") == coverage(record, "DISTRICT")


def test_all_dimensions_at_once(record: World) -> None:
    dimensions = ("DISTRICT", "DENOMINATION", "CHURCH_BODY", "MONTH", "KIND", "TOPIC")

    found = coverage(record, *dimensions, actor="auditor")

    assert found["total"] == coverage(record, actor="auditor")["total"]
    assert len(found["cells"]) > 50


def test_cancelled_activities_never_enter(world: World) -> None:
    with world.units.writing() as uow:
        owner = factories.organisation(uow, "invented")
        for status in ("HELD", "PLANNED", "CANCELLED"):
            factories.activity(uow, owner, status=status, visibility="PUBLIC")

    assert coverage(world)["total"]["activities"] == 85 + 2


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_cells_come_by_name_never_by_size(record: World, language: str) -> None:
    document = "{ coverage(by: [DISTRICT]) { cells { district { name } figures { activities } } } }"

    cells = record.one(document, language=language)["cells"]

    names = [cell["district"]["name"] if cell["district"] else None for cell in cells]
    assert names[-1] is None
    assert [sort_key(name, language) for name in names[:-1]] == sorted(
        sort_key(name, language) for name in names[:-1]
    )
    sizes = [cell["figures"]["activities"] for cell in cells]
    assert sizes not in (sorted(sizes), sorted(sizes, reverse=True))


# ------------------------------------------------------------------ filters


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("2016-10-15", "2016-10-20", "2016-10-01", "2016-10-31"),
        ("2018-10-31", "2018-10-31", "2018-10-01", "2018-10-31"),
        ("2021-10-25", None, "2021-10-01", None),
        (None, "2008-12-01", None, "2008-12-31"),
        ("2008-02-01", "2008-02-01", "2008-02-01", "2008-02-29"),
    ],
)
def test_from_and_to_are_widened_to_whole_months(
    record: World, since: str | None, until: str | None, first: str | None, last: str | None
) -> None:
    expected = [
        line
        for line in COUNTED
        if (span := days(line))
        and (last is None or span[0].isoformat() <= last)
        and (first is None or span[1].isoformat() >= first)
    ]

    found = coverage(record, **{"from": since, "to": until})

    assert found["total"]["activities"] == len(expected)
    assert found == coverage(record, **{"from": first, "to": last})


def test_filter_by_district_and_kind(record: World) -> None:
    expected = [line for line in COUNTED if line["district"] == "MD-CU" and line["kind"] == "awareness"]

    for spelling in ("MD-CU", "Chişinău", "Кишинёв"):
        found = coverage(record, "KIND", district=spelling, kind="AWARENESS")
        assert activities(found, "kind") == {"AWARENESS": len(expected)}


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"district": "Atlantis"}, "UNKNOWN_DISTRICT"),
        ({"denomination": "nonsense"}, "UNKNOWN_DENOMINATION"),
        ({"churchBody": "nonsense"}, "NOT_FOUND"),
    ],
)
def test_unknown_name_in_a_filter_is_said(record: World, filters: dict[str, str], code: str) -> None:
    answer = record.answer(COVERAGE, "auditor", by=["KIND"], filter=filters)

    assert (answer.data, answer.codes) == (None, [code])


# ------------------------------------------------------------------ who may compare whom


@pytest.mark.parametrize("actor", EVERYBODY)
def test_church_bodies_side_by_side_need_a_council_role(record: World, actor: str) -> None:
    # In the record the other two take part in trainings only.
    everybody = {"bes", "ubceb", None}
    own = {"reporter": {"ubceb"}, "bes": {"bes"}}
    council = {"auditor", "council_member", "council_secretary"}

    found = coverage(record, "CHURCH_BODY", actor=actor)

    shown = {cell["churchBody"] and cell["churchBody"]["slug"] for cell in found["cells"]}
    assert shown == (everybody if actor in council else own.get(actor, set()))
    assert found["total"] == coverage(record, actor=actor)["total"]


@pytest.mark.parametrize("actor", EVERYBODY)
def test_denominations_side_by_side_need_a_council_role(record: World, actor: str) -> None:
    council = {"auditor", "council_member", "council_secretary"}
    own = {"reporter": {"baptist"}, "bes": {"orthodox"}}
    everybody = {
        denomination
        for line in COUNTED
        for slug in organisers(line)
        for organisation in lines("organisations", org_id=slug)
        for denomination in [organisation["denomination_code"]]
        if denomination
    }

    found = coverage(record, "DENOMINATION", actor=actor)

    shown = {cell["denomination"] and cell["denomination"]["code"] for cell in found["cells"]}
    assert shown == (everybody | {None} if actor in council else own.get(actor, set()))


@pytest.mark.parametrize("actor", EVERYBODY)
def test_filter_by_a_church_body_that_is_not_ones_own_is_refused(record: World, actor: str) -> None:
    own = {"reporter": "ubceb", "bes": "bes", "moc": "moc"}.get(actor)
    allowed = {"auditor", "council_member", "council_secretary"}

    for slug in ("moc", "bes", "ubceb", "elc"):
        answer = record.answer(COVERAGE, actor, by=["KIND"], filter={"churchBody": record.organisation(slug)})
        permitted = actor in allowed or slug == own
        assert answer.codes == ([] if permitted else ["NOT_PERMITTED"]), slug
        assert (answer.data is None) is not permitted


@pytest.mark.parametrize("actor", ["anonymous", "partner", "reporter", "council_member"])
def test_filter_by_a_denomination_that_is_not_ones_own_is_refused(record: World, actor: str) -> None:
    for code in ("baptist", "orthodox"):
        answer = record.answer(COVERAGE, actor, by=["KIND"], filter={"denomination": code})
        permitted = actor == "council_member" or (actor, code) == ("reporter", "baptist")
        assert answer.codes == ([] if permitted else ["NOT_PERMITTED"]), code


def test_a_church_sees_its_own_line_with_what_stands_below(world: World) -> None:
    with world.units.writing() as uow:
        bes = uow.db.merge(world.row(factories.Organisation, slug="bes"))
        parish = factories.organisation(uow, "invented-parish", parent=bes)
        factories.activity(uow, parish, on=TODAY.isoformat())
    world.meet_anew()

    before = 85
    own = coverage(world, "CHURCH_BODY", actor="bes")
    other = coverage(world, "CHURCH_BODY", actor="moc")

    assert own["total"]["activities"] == other["total"]["activities"] == before + 1
    [cell] = own["cells"]
    of_the_line = [
        line for line in COUNTED if any(in_line(s, "church_body", "bes") for s in organisers(line))
    ]
    assert (cell["churchBody"], cell["figures"]["activities"]) == ({"slug": "bes"}, len(of_the_line) + 1)
    assert coverage(world)["total"]["activities"] == before


def test_what_one_may_not_see_is_not_counted(world: World) -> None:
    with world.units.writing() as uow:
        ubceb = uow.db.merge(world.row(factories.Organisation, slug="ubceb"))
        for visibility in ("PRIVATE", "COALITION", "PARTNERS", "PUBLIC"):
            factories.activity(uow, ubceb, visibility=visibility)

    counted = {actor: coverage(world, actor=actor)["total"]["activities"] - 85 for actor in EVERYBODY}

    assert counted == {
        "anonymous": 1,
        "partner": 2,
        "administrator": 1,
        "reporter": 4,
        "auditor": 4,
        **dict.fromkeys(("bes", "moc", "council_member", "council_secretary", "expert", "trainer"), 3),
    }
