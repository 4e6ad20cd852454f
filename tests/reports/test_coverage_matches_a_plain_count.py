"""Coverage in SQL against the same rules written as loops over invented records.

Once while every activity counts by itself, once while some are rolled up, and once when all are that can be.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from coalition.core.actor import ANONYMOUS, Actor, Visibility
from coalition.core.errors import BadUserInput
from coalition.core.partial_date import DatePrecision
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.lines import place_under
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.models import Activity
from coalition.outreach.rollup import differences, roll_up
from coalition.reports.coverage import (
    CoverageCell,
    CoverageDimension,
    CoverageFigures,
    CoverageFilters,
    coverage,
)
from tests import factories as make

DISTRICT, DENOMINATION, CHURCH_BODY, MONTH, KIND, TOPIC = CoverageDimension
Key = tuple[object, ...]


@dataclass
class Deed:
    """An activity with all that belongs to it."""

    activity: Activity
    districts: tuple[Territory, ...]
    topics: tuple[Topic, ...]
    participants: list[Organisation]


@dataclass
class World:
    """What was invented; `moved` says for some organisations to which body they belonged until when."""

    bodies: list[Organisation]
    organisations: list[Organisation]
    districts: list[Territory]
    actors: dict[str, Actor]
    deeds: list[Deed] = field(default_factory=list)
    moved: dict[UUID, tuple[UUID, date]] = field(default_factory=dict)

    def church_body_on(self, organisation: Organisation, day: date) -> UUID | None:
        earlier = self.moved.get(organisation.id)
        return earlier[0] if earlier and day <= earlier[1] else organisation.church_body_id


def invent(uow: UnitOfWork, seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311
    make.foundations(uow)
    bodies = [
        make.church_body(uow, slug, denomination=denomination)
        for slug, denomination in (("moc", "orthodox"), ("bes", "orthodox"), ("ubceb", "baptist"))
    ]
    organisations = list(bodies)
    for number in range(12):
        visibility = chance.choice([Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE])
        parent = chance.choice([*bodies, None])
        organisations.append(make.organisation(uow, f"o{number}", parent=parent, visibility=visibility))
    districts = [make.district(uow, f"MD-{number}") for number in range(4)]
    topics = [make.topic(uow, f"topic_{number}") for number in range(3)]
    actors = {
        "council": make.actor(uow, ("council_secretary", bodies[0])),
        "council and reporter": make.actor(
            uow, ("council_secretary", bodies[0]), ("reporter", organisations[7])
        ),
        "auditor": make.actor(uow, ("auditor", bodies[0])),
        "coordinator": make.actor(uow, ("coordinator", bodies[1])),
        "reporter": make.actor(uow, ("reporter", organisations[5])),
        "anonymous": ANONYMOUS,
    }
    world = World(bodies, organisations, districts, actors)
    for organisation in organisations[3:6]:
        if organisation.church_body_id is not None:
            _move(uow, world, organisation, chance)
    world.deeds.extend(_invent_deed(uow, world, topics, chance) for _ in range(80))
    return world


def _move(uow: UnitOfWork, world: World, organisation: Organisation, chance: random.Random) -> None:
    day = date(2025, 1, 1) + timedelta(days=chance.randrange(300))
    body = chance.choice(world.bodies)
    assert organisation.church_body_id is not None
    world.moved[organisation.id] = (organisation.church_body_id, day - timedelta(days=1))
    place_under(uow, organisation, body, since=day)
    organisation.church_body_id = body.id


def _invent_deed(uow: UnitOfWork, world: World, topics: list[Topic], chance: random.Random) -> Deed:
    start = date(2024, 12, 1) + timedelta(days=chance.randrange(400))
    on = chance.choice([start.isoformat(), start.isoformat()[:7], start.isoformat()[:4], None])
    until = (start + timedelta(days=chance.randrange(90))).isoformat() if chance.random() < 0.3 else None
    participants = chance.sample(world.organisations, chance.randrange(4))
    return Deed(
        activity=make.activity(
            uow,
            chance.choice(world.organisations),
            on=on,
            until=until,
            participants=tuple(participants),
            districts=(places := tuple(chance.sample(world.districts, chance.randrange(3)))),
            topics=(about := tuple(chance.sample(topics, chance.randrange(3)))),
            kind=chance.choice(list(ActivityKind)),
            status=chance.choice(list(ActivityStatus)),
            visibility=chance.choice(list(Visibility)),
            people_reached=chance.choice([None, 0, 7, 1_000_000]),
            is_loaded=True,
        ),
        districts=places,
        topics=about,
        participants=participants,
    )


class PlainCount:
    """The rules of coverage as loops, for one actor."""

    def __init__(self, world: World, actor: Actor, filters: CoverageFilters) -> None:
        self.world = world
        self.actor = actor
        own = actor.reach("records:read")
        self.own = {each.id for each in world.organisations if own.covers(each.id)}
        self.compares = actor.may("coverage:compare")
        self.counted = [deed for deed in world.deeds if self._is_seen(deed) and self._matches(deed, filters)]

    def _is_seen(self, deed: Deed) -> bool:
        row = deed.activity
        is_counted = row.kind is not ActivityKind.ASSISTANCE and row.status is not ActivityStatus.CANCELLED
        return is_counted and (row.visibility in self.actor.shared or row.owner_id in self.own)

    def _seen_participants(self, deed: Deed) -> list[Organisation]:
        return [
            each for each in deed.participants if each.visibility in self.actor.shared or each.id in self.own
        ]

    def _belonging(self, deed: Deed) -> set[tuple[UUID | None, UUID | None]]:
        day = deed.activity.first_day or make.TODAY
        return {
            (each.denomination_id, self.world.church_body_on(each, day))
            for each in self._seen_participants(deed)
            if self.compares or each.id in self.own
        }

    def _matches(self, deed: Deed, filters: CoverageFilters) -> bool:
        row, belonging = deed.activity, self._belonging(deed)
        if filters.from_day and (row.last_day is None or row.last_day < filters.from_day.replace(day=1)):
            return False
        if filters.to_day:
            after = (filters.to_day.replace(day=1) + timedelta(days=32)).replace(day=1)
            if row.first_day is None or row.first_day >= after:
                return False
        return (
            (filters.kind is None or row.kind is filters.kind)
            and (filters.district_id is None or filters.district_id in {each.id for each in deed.districts})
            and (filters.denomination_id is None or filters.denomination_id in {d for d, _ in belonging})
            and (filters.church_body_id is None or filters.church_body_id in {b for _, b in belonging})
        )

    def cells(self, by: tuple[CoverageDimension, ...]) -> dict[Key, CoverageFigures]:
        found: dict[Key, list[Deed]] = defaultdict(list)
        for deed in self.counted:
            for key in self._keys(deed, by):
                found[key].append(deed)
        return {key: self.figures(deeds) for key, deeds in found.items()}

    def _keys(self, deed: Deed, by: tuple[CoverageDimension, ...]) -> Iterator[Key]:
        row = deed.activity
        known = row.starts_on_precision in (DatePrecision.DAY, DatePrecision.MONTH)
        month = row.starts_on.isoformat()[:7] if row.starts_on and known else None
        yield from set(
            product(
                [each.id for each in deed.districts] or [None] if DISTRICT in by else [None],
                self._sides(deed, by),
                [month] if MONTH in by else [None],
                [row.kind] if KIND in by else [None],
                [each.id for each in deed.topics] or [None] if TOPIC in by else [None],
            )
        )

    def _sides(self, deed: Deed, by: tuple[CoverageDimension, ...]) -> list[Key]:
        if DENOMINATION not in by and CHURCH_BODY not in by:
            return [(None, None)]
        sides: set[Key] = {
            (denomination if DENOMINATION in by else None, body if CHURCH_BODY in by else None)
            for denomination, body in self._belonging(deed)
        } - {(None, None)}
        return list(sides) or ([(None, None)] if self.compares else [])

    def figures(self, deeds: list[Deed]) -> CoverageFigures:
        reached = [each.activity.people_reached for each in deeds if each.activity.people_reached is not None]
        organisations = {each.id for deed in deeds for each in self._seen_participants(deed)}
        return CoverageFigures(
            activities=len({deed.activity.id for deed in deeds}),
            organisations=len(organisations),
            people_reached=sum(reached) if reached else None,
            activities_with_reach=len(reached),
        )


def _key(cell: CoverageCell) -> Key:
    sides = (cell.denomination_id, cell.church_body_id)
    return (cell.district_id, sides, cell.month, cell.kind, cell.topic_id)


def _filters(world: World, chance: random.Random) -> list[CoverageFilters]:
    body = chance.choice(world.bodies)
    return [
        CoverageFilters(),
        CoverageFilters(from_day=date(2025, 3, 20), to_day=date(2025, 6, 3)),
        CoverageFilters(kind=ActivityKind.PREVENTION, district_id=chance.choice(world.districts).id),
        CoverageFilters(church_body_id=body.id, from_day=date(2025, 2, 1)),
        CoverageFilters(denomination_id=body.denomination_id, to_day=date(2025, 8, 9)),
        CoverageFilters(church_body_id=world.bodies[1].id),
    ]


@pytest.mark.parametrize(("seed", "taken_in"), [(0, 0), (1, 30), (2, 80)])
def test_coverage_matches_a_plain_count(units: Units, seed: int, taken_in: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    with units.writing() as uow:
        world = invent(uow, seed)
        assert (roll_up(uow, limit=taken_in) > 0) == (taken_in > 0)
        assert differences(uow) == []
    choices = [tuple(chance.sample(list(CoverageDimension), size)) for size in (0, 1, 2, 3, 6)]
    choices.append((DISTRICT, CHURCH_BODY, MONTH))
    compared = 0

    asked = list(product(world.actors.items(), _filters(world, chance), choices))
    with units.reading() as uow:
        for (name, actor), filters, by in chance.sample(asked, 70):
            try:
                counted = coverage(uow, actor, by=by, filters=filters)
            except BadUserInput:
                assert name not in ("council", "council and reporter", "auditor")
                continue
            plain = PlainCount(world, actor, filters)
            found = {_key(cell): cell.figures for cell in counted.cells}
            assert len(found) == len(counted.cells)
            assert found == (plain.cells(by) if by else {}), (name, filters, by)
            assert counted.total == plain.figures(plain.counted), (name, filters, by)
            compared += 1

    assert compared > 30
