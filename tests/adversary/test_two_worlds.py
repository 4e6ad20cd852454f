"""A month of watching in two worlds that differ by one arrival.

Run with `-s` to read what was found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.adversary.attacker import Attacker, Outbox
from tests.adversary.houses import (
    BEDS,
    MORNING,
    ONE_DATABASE,
    House,
    build_houses,
    occupancy,
    share_delays,
)
from tests.factories import NOW
from tests.graphql.world import World

DAYS = 30
DAY = timedelta(days=1)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@dataclass(frozen=True)
class Story:
    """What happens in both worlds; `arrival_at` is what happens in one of them only.

    The first house is roomy, so that the arrival changes no word; in the second it takes the last bed.
    """

    seed: int

    @property
    def arrival_at(self) -> timedelta:
        """In the second or third week, between nine in the morning and nine at night."""
        random = Random(f"arrival {self.seed}")  # noqa: S311
        return random.randint(7, 20) * DAY + MORNING + minutes(random.randint(60, 13 * 60))

    def deeds(self, *, with_arrival: bool) -> list[tuple[timedelta, int, int]]:
        """When which house is confirmed with how many beds taken: each morning, and when it changes."""
        found = []
        for number in (0, 1):
            changes = self._changes(number)
            moments = {at for at, _ in changes} | {day * DAY + MORNING for day in range(DAYS)}
            if with_arrival:
                moments.add(self.arrival_at)
            for at in moments:
                taken = [count for changed_at, count in changes if changed_at <= at][-1]
                stays = with_arrival and self.arrival_at <= at < self.arrival_at + DAY
                found.append((at, number, taken + int(stays)))
        return sorted(found)

    def _changes(self, number: int) -> list[tuple[timedelta, int]]:
        random = Random(f"house {number} {self.seed}")  # noqa: S311
        if number == 0:
            return list(occupancy(random, DAYS, least=1, most=BEDS - 4))
        before, after = self.arrival_at - DAY, self.arrival_at + DAY
        changes = occupancy(random, DAYS, least=BEDS - 3, most=BEDS)
        others = [change for change in changes if not before <= change[0] <= after]
        # From the day before the arrival to the day after it, one bed is free.
        return sorted([*others, (before, BEDS - 1), (after, BEDS - 2)])

    def looks(self, *, every: timedelta, close: timedelta) -> list[timedelta]:
        """When the attacker looks: all month, and closer around the arrival, until all may be heard."""
        regular = [every * n for n in range(int(DAYS * DAY / every))]
        near = [self.arrival_at + close * n for n in range(-1, int(minutes(95) / close))]
        return sorted({*regular, *near, self.arrival_at + minutes(29), self.arrival_at + minutes(91)})


@dataclass
class Month:
    """What the attacker wrote down: everything read of each house, what was live, what was refused."""

    looks: list[tuple[timedelta, str, str]]
    live: list[list[str]]
    refusals: list[Any]


def spend_a_month(world: World, story: Story, looks: list[timedelta], *, with_arrival: bool) -> Month:
    """One world's month as the attacker lives it."""
    houses, [opened] = build_houses(world, 2), build_houses(world, 1, protected=False)
    attacker, outbox = Attacker(world), Outbox(world)
    month = Month([], [], [])
    deeds = [(at, 0, number, taken) for at, number, taken in story.deeds(with_arrival=with_arrival)]
    for at, kind, number, taken in sorted([*deeds, *((at, 1, 0, 0) for at in looks)]):
        world.clock.now = NOW + at
        if kind == 0:
            houses[number].confirm(world, taken)
            continue
        opened.confirm(world, 0)
        roomy, tight = (attacker.look(house) for house in houses)
        month.looks.append((at, roomy, tight + attacker.look_around()))
        month.live.append(attacker.hears(outbox.new()))
        if minutes(-1) < at - story.arrival_at < minutes(30):
            month.refusals += [_refusals(attacker, house) for house in houses]
    # The stream works, and it carries the open house only.
    assert month.live == [[opened.pool]] * len(looks)
    return month


def _refusals(attacker: Attacker, house: House) -> Any:
    """What is said to more than any house has, and to nonsense: it must not depend on who is there."""
    return attacker.try_hold(house, 50), attacker.try_nonsense(house)


def first_difference(months: list[Month], house: int) -> timedelta | None:
    """When the attacker first read something of a house that they would not have read in the other world."""
    pairs = zip(months[0].looks, months[1].looks, strict=True)
    return next((one[0] for one, other in pairs if one[house] != other[house]), None)


def tell_worlds_apart(
    new_world: Callable[[], World], patch: pytest.MonkeyPatch, story: Story, looks: list[timedelta]
) -> None:
    """The attacker lives through both and compares every word of it."""
    months = []
    for with_arrival in (False, True):
        world = new_world()
        share_delays(patch, world, story.seed)
        months.append(spend_a_month(world, story, looks, with_arrival=with_arrival))

    roomy, tight = first_difference(months, 1), first_difference(months, 2)

    # Where the word stays, nothing ever tells; where it changes, nothing does for half an hour.
    assert roomy is None
    assert tight is not None
    assert minutes(30) <= tight - story.arrival_at <= minutes(105)
    assert months[0].refusals == months[1].refusals != []
    print(
        f"\nseed {story.seed}: {len(looks)} looks in {DAYS} days; house with room: never a difference;"
        f" house with one bed: from {tight - story.arrival_at} after the arrival"
    )


def test_a_month_of_watching(new_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(1)

    tell_worlds_apart(new_world, monkeypatch, story, story.looks(every=3 * DAY, close=minutes(15)))


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ONE_DATABASE)
@pytest.mark.parametrize("seed", [2, 3])
def test_more_months_of_watching(
    new_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    story = Story(seed)

    tell_worlds_apart(new_world, monkeypatch, story, story.looks(every=DAY / 4, close=minutes(5)))


def test_worlds_can_differ_at_all(world: World) -> None:
    """The provider reads at once what the attacker does not: the comparison would find what there is."""
    [house] = build_houses(world, 1)
    insider, looks = Attacker(world, "bes", "diaconia"), []
    for taken in (1, 2):
        house.confirm(world, taken)
        looks.append(insider.look(house))

    assert looks[0] != looks[1]
