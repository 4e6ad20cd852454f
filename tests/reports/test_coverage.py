"""Coverage by example; `test_coverage_matches_a_plain_count.py` compares it with a count in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
import sqlalchemy as sa

from coalition.core.actor import ANONYMOUS, Actor, Visibility
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import MembershipStatus
from coalition.members.lines import place_under
from coalition.members.models import Denomination, Organisation
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.rollup import roll_up_all
from coalition.reports.coverage import (
    Coverage,
    CoverageCell,
    CoverageDimension,
    CoverageFigures,
    CoverageFilters,
    coverage,
)
from tests import factories as make
from tests.support.databases import Databases
from tests.support.worlds import copied_world

NOTHING = CoverageFigures(activities=0, organisations=0, people_reached=None, activities_with_reach=0)


def one(organisations: int = 1, people: int | None = None) -> CoverageFigures:
    return CoverageFigures(1, organisations, people, 0 if people is None else 1)


@dataclass
class World:
    """Two church bodies, a council and an NGO that belongs to neither."""

    baptists: Organisation
    bessarabia: Organisation
    ngo: Organisation
    council: Actor
    reporter: Actor


@pytest.fixture
def copy(databases: Databases, database_kind: str) -> Iterator[tuple[Units, World]]:
    with copied_world(databases, database_kind, make_world) as copied:
        yield copied


@pytest.fixture
def units(copy: tuple[Units, World]) -> Units:
    return copy[0]


@pytest.fixture
def world(copy: tuple[Units, World]) -> World:
    return copy[1]


def make_world(units: Units) -> World:
    with units.writing() as uow:
        make.foundations(uow)
        baptists = make.church_body(uow, "ubceb", denomination="baptist")
        bessarabia = make.church_body(uow, "bes", denomination="orthodox")
        return World(
            baptists=baptists,
            bessarabia=bessarabia,
            ngo=make.organisation(uow, "ngo"),
            council=make.actor(uow, ("council_member", baptists)),
            reporter=make.actor(uow, ("reporter", baptists)),
        )


def count(uow: UnitOfWork, actor: Actor, *by: CoverageDimension, **filters: object) -> Coverage:
    return coverage(uow, actor, by=by, filters=CoverageFilters(**filters))  # type: ignore[arg-type]


def test_coverage_without_any_activity(units: Units, world: World) -> None:
    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.DISTRICT)

    assert counted == Coverage(cells=[], total=NOTHING)


def test_coverage_without_dimensions_is_the_total(units: Units, world: World) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, people_reached=40)

    with units.reading() as uow:
        counted = count(uow, world.council)

    assert counted == Coverage(cells=[], total=one(people=40))


def test_coverage_counts_planned_and_held(units: Units, world: World) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, status=ActivityStatus.PLANNED)
        make.activity(uow, world.baptists, status=ActivityStatus.HELD)
        make.activity(uow, world.baptists, status=ActivityStatus.CANCELLED)

    with units.reading() as uow:
        counted = count(uow, world.council)

    assert counted.total == CoverageFigures(2, 1, None, 0)


def test_coverage_never_counts_assistance(units: Units, world: World) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, kind=ActivityKind.ASSISTANCE, is_loaded=True, people_reached=7)

    with units.reading() as uow:
        unfiltered = count(uow, world.council, CoverageDimension.KIND)
        filtered = count(uow, world.council, CoverageDimension.KIND, kind=ActivityKind.ASSISTANCE)

    assert unfiltered == filtered == Coverage(cells=[], total=NOTHING)


def test_coverage_counts_an_activity_once_in_each_cell_and_once_in_the_total(
    units: Units, world: World
) -> None:
    with units.writing() as uow:
        north = make.district(uow, "MD-BA", "Bălți")
        south = make.district(uow, "MD-CA", "Cahul")
        make.activity(
            uow,
            world.baptists,
            districts=(north, south),
            partners=(world.bessarabia, world.ngo),
            people_reached=30,
        )
        make.activity(uow, world.baptists, districts=(north,), people_reached=12)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.DISTRICT)

    cells = {cell.district_id: cell.figures for cell in counted.cells}
    assert cells == {north.id: CoverageFigures(2, 3, 42, 2), south.id: one(3, 30)}
    assert counted.total == CoverageFigures(2, 3, 42, 2)


def test_coverage_keeps_unknown_apart_from_zero(units: Units, world: World) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, people_reached=0)
        make.activity(uow, world.baptists, people_reached=None)

    with units.reading() as uow:
        counted = count(uow, world.council)

    assert counted.total == CoverageFigures(2, 1, 0, 1)


def test_coverage_of_what_has_no_district_and_no_topic(units: Units, world: World) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.DISTRICT, CoverageDimension.TOPIC)

    assert counted.cells == [CoverageCell(one())]


@pytest.mark.parametrize(
    ("on", "until", "month"),
    [
        ("2007-03-12", None, "2007-03"),
        ("2007-03", None, "2007-03"),
        ("2007", None, None),
        (None, None, None),
        (None, "2007-03", None),
    ],
)
def test_coverage_by_month(
    units: Units, world: World, on: str | None, until: str | None, month: str | None
) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, on=on, until=until)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.MONTH)

    assert counted.cells == [CoverageCell(one(), month=month)]


@pytest.mark.parametrize(
    ("on", "until", "activities"),
    [
        ("2007-02-28", None, 0),
        ("2007-03-01", None, 1),
        ("2007-03-31", None, 1),
        ("2007-04-30", None, 1),
        ("2007-05-01", None, 0),
        ("2007-01-01", "2007-12-31", 1),
        ("2007-04", None, 1),
        ("2007", None, 1),
        ("2006", None, 0),
        (None, None, 0),
    ],
)
def test_coverage_widens_the_days_asked_to_whole_months(
    units: Units, world: World, on: str | None, until: str | None, activities: int
) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, on=on, until=until)

    with units.reading() as uow:
        counted = count(uow, world.council, from_day=date(2007, 3, 15), to_day=date(2007, 4, 2))

    assert counted.total.activities == activities


def test_coverage_counts_only_what_the_actor_may_see(units: Units, world: World) -> None:
    with units.writing() as uow:
        for visibility in Visibility:
            make.activity(uow, world.bessarabia, visibility=visibility)
        partner = make.organisation(uow, "lastrada", status=MembershipStatus.PARTNER)
        client = make.actor(uow, ("partner_client", partner))
        owner = make.actor(uow, ("reporter", world.bessarabia))

    with units.reading() as uow:
        totals = [count(uow, actor).total.activities for actor in (ANONYMOUS, client, world.council, owner)]

    assert totals == [1, 2, 3, 4]


def test_coverage_does_not_count_organisations_that_the_actor_may_not_see(units: Units, world: World) -> None:
    with units.writing() as uow:
        hidden = make.organisation(uow, "hidden", visibility=Visibility.PRIVATE, parent=world.bessarabia)
        make.activity(uow, world.baptists, partners=(hidden,))

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.CHURCH_BODY)

    assert counted.cells == [CoverageCell(one(), church_body_id=world.baptists.id)]
    assert counted.total == one()


def test_coverage_by_church_body(units: Units, world: World) -> None:
    with units.writing() as uow:
        parish = make.organisation(uow, "parish", parent=world.bessarabia)
        make.activity(uow, parish, partners=(world.bessarabia, world.ngo), people_reached=5)
        make.activity(uow, world.baptists, partners=(parish,))
        make.activity(uow, world.ngo)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.CHURCH_BODY)

    cells = {cell.church_body_id: cell.figures for cell in counted.cells}
    assert cells == {
        world.bessarabia.id: CoverageFigures(2, 4, 5, 1),
        world.baptists.id: one(2),
        None: one(),
    }
    assert counted.total == CoverageFigures(3, 4, 5, 1)


def test_coverage_by_denomination_and_church_body_goes_by_participant(units: Units, world: World) -> None:
    with units.writing() as uow:
        lutheran = make.organisation(uow, "lut", denomination="lutheran")
        make.activity(uow, world.baptists, partners=(world.bessarabia, lutheran))
        denominations = dict(uow.db.execute(sa.select(Denomination.code, Denomination.id)).all())

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.DENOMINATION, CoverageDimension.CHURCH_BODY)

    cells = {(cell.denomination_id, cell.church_body_id): cell.figures for cell in counted.cells}
    assert cells == {
        (denominations["baptist"], world.baptists.id): one(3),
        (denominations["orthodox"], world.bessarabia.id): one(3),
        (denominations["lutheran"], None): one(3),
    }


def test_coverage_keeps_earlier_figures_with_the_church_body_of_those_days(
    units: Units, world: World
) -> None:
    with units.writing() as uow:
        parish = make.organisation(uow, "parish", parent=world.baptists)
        make.activity(uow, parish, on="2024-12-31")
        make.activity(uow, parish, on="2025-01-01")
        place_under(uow, parish, world.bessarabia, since=date(2025, 1, 1))
        parish.church_body_id = world.bessarabia.id

    with units.reading() as uow:
        by_body = count(uow, world.council, CoverageDimension.CHURCH_BODY, CoverageDimension.MONTH)
        filtered = count(uow, world.council, CoverageDimension.MONTH, church_body_id=world.baptists.id)

    assert by_body.cells == [
        CoverageCell(one(), church_body_id=world.baptists.id, month="2024-12"),
        CoverageCell(one(), church_body_id=world.bessarabia.id, month="2025-01"),
    ]
    assert filtered.cells == [CoverageCell(one(), month="2024-12")]


def test_coverage_of_an_undated_activity_goes_by_the_line_of_today(units: Units, world: World) -> None:
    with units.writing() as uow:
        parish = make.organisation(uow, "parish", parent=world.baptists)
        make.activity(uow, parish, on=None)
        place_under(uow, parish, world.bessarabia, since=make.TODAY)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.CHURCH_BODY)

    assert counted.cells == [CoverageCell(one(), church_body_id=world.bessarabia.id)]


def test_coverage_takes_the_church_body_named_where_no_line_says_it(units: Units, world: World) -> None:
    with units.writing() as uow:
        loose = make.organisation(uow, "loose", church_body=world.bessarabia)
        make.activity(uow, loose)

    with units.reading() as uow:
        counted = count(uow, world.council, CoverageDimension.CHURCH_BODY)
        filtered = count(uow, world.council, church_body_id=world.bessarabia.id)

    assert counted.cells == [CoverageCell(one(), church_body_id=world.bessarabia.id)]
    assert filtered.total == one()


@pytest.mark.parametrize("by", [CoverageDimension.CHURCH_BODY, CoverageDimension.DENOMINATION])
def test_coverage_side_by_side_shows_a_member_its_own_line_and_the_total(
    units: Units, world: World, by: CoverageDimension
) -> None:
    with units.writing() as uow:
        make.activity(uow, world.baptists, partners=(world.bessarabia,), people_reached=3)
        make.activity(uow, world.bessarabia, people_reached=500)
        make.activity(uow, world.ngo)

    with units.reading() as uow:
        for_council = count(uow, world.council, by)
        for_member = count(uow, world.reporter, by)
        for_anyone = count(uow, ANONYMOUS, by)

    total = CoverageFigures(3, 3, 503, 2)
    assert [cell.figures for cell in for_member.cells] == [one(2, 3)]
    assert for_member.total == for_council.total == total
    assert sorted(cell.figures.activities for cell in for_council.cells) == [1, 1, 2]
    assert for_anyone == Coverage(cells=[], total=NOTHING)


def test_coverage_side_by_side_with_other_dimensions_stays_with_the_own_line(
    units: Units, world: World
) -> None:
    with units.writing() as uow:
        north = make.district(uow, "MD-BA", "Bălți")
        south = make.district(uow, "MD-CA", "Cahul")
        make.activity(uow, world.baptists, districts=(north,))
        make.activity(uow, world.bessarabia, districts=(south,))

    with units.reading() as uow:
        counted = count(uow, world.reporter, CoverageDimension.DISTRICT, CoverageDimension.CHURCH_BODY)

    assert counted.cells == [
        CoverageCell(one(), district_id=north.id, church_body_id=world.baptists.id),
    ]
    assert counted.total.activities == 2


def test_coverage_filter_by_the_own_church_body_counts_what_the_own_line_takes_part_in(
    units: Units, world: World
) -> None:
    with units.writing() as uow:
        parish = make.organisation(uow, "parish", parent=world.baptists)
        make.activity(uow, world.baptists)
        make.activity(uow, parish)
        baptist = world.baptists.denomination_id

    with units.reading() as uow:
        by_body = count(uow, world.reporter, church_body_id=world.baptists.id)
        by_denomination = count(uow, world.reporter, denomination_id=baptist)
        for_council = count(uow, world.council, church_body_id=world.baptists.id, denomination_id=baptist)

    # A reporter reads the own organisation's line, not what stands below it.
    assert by_body.total == by_denomination.total == one()
    assert for_council.total == CoverageFigures(2, 2, None, 0)


def test_coverage_filter_by_somebody_elses_church_body_is_refused(units: Units, world: World) -> None:
    with units.reading() as uow:
        refusals = []
        for actor in (world.reporter, ANONYMOUS):
            for name, value in (
                ("church_body_id", world.bessarabia.id),
                ("denomination_id", world.bessarabia.denomination_id),
            ):
                with pytest.raises(BadUserInput) as refusal:
                    count(uow, actor, **{name: value})
                refusals.append(refusal.value.code)
        allowed = count(uow, world.council, church_body_id=world.bessarabia.id)

    assert refusals == ["NOT_PERMITTED"] * 4
    assert allowed.total == NOTHING


def test_coverage_filters_by_kind_and_district(units: Units, world: World) -> None:
    with units.writing() as uow:
        north = make.district(uow, "MD-BA", "Bălți")
        south = make.district(uow, "MD-CA", "Cahul")
        make.activity(uow, world.baptists, districts=(north, south), kind=ActivityKind.ADVOCACY)
        make.activity(uow, world.baptists, districts=(north,), kind=ActivityKind.COORDINATION)
        make.activity(uow, world.baptists, districts=(south,), kind=ActivityKind.ADVOCACY)

    with units.reading() as uow:
        counted = count(
            uow, world.council, CoverageDimension.KIND, kind=ActivityKind.ADVOCACY, district_id=north.id
        )

    assert counted == Coverage([CoverageCell(one(), kind=ActivityKind.ADVOCACY)], total=one())


# For the total and for the cells: from the rollup, also of those not rolled up, once more of organisations.
# All six dimensions together have no cells in the rollup.
STATEMENTS = {
    (True, (CoverageDimension.DISTRICT, CoverageDimension.CHURCH_BODY, CoverageDimension.MONTH), False): 2,
    (True, (CoverageDimension.TOPIC,), True): 4,
    (True, tuple(CoverageDimension), False): 2,
    (True, (), False): 1,
    (False, (CoverageDimension.CHURCH_BODY, CoverageDimension.KIND), False): 4,
}


@pytest.mark.parametrize(("rolled_up", "by", "with_organisations"), STATEMENTS)
@pytest.mark.parametrize("rows", [1, 20])
def test_coverage_takes_few_statements(
    units: Units,
    world: World,
    rows: int,
    rolled_up: bool,
    by: tuple[CoverageDimension, ...],
    with_organisations: bool,
) -> None:
    statements: list[str] = []
    with units.writing() as uow:
        for number in range(rows):
            district = make.district(uow, f"MD-{number}")
            make.activity(uow, world.baptists, districts=(district,), partners=(world.ngo,))
    if rolled_up:
        roll_up_all(units)

    with units.reading() as uow:
        sa.event.listen(uow.db.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        counted = coverage(
            uow, world.council, by=by, filters=CoverageFilters(), with_organisations=with_organisations
        )

    assert counted.total == CoverageFigures(rows, 2 if with_organisations else None, None, 0)
    sent = [each for each in statements if not each.startswith("BEGIN")]
    assert len(sent) == STATEMENTS[rolled_up, by, with_organisations]
