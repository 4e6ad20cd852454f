"""What a partner does in a busy month is never stopped.

Two or three nights in a week somebody calls the hotline. For each the operator holds one to four places in
one of the shelters they know, for two hours. Seven of ten arrive: then the provider ends the hold and
confirms so many more. Of the others half are given back, half run out. One night brings four at once.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from tests.adversary.attacker import Attacker
from tests.adversary.houses import BEDS, ONE_DATABASE, House, build_houses
from tests.factories import NOW
from tests.graphql.world import World

DAYS = 30
NIGHT = timedelta(hours=20)


class Month:
    """An operator and the shelters they know."""

    def __init__(self, world: World, seed: int, shelters: int) -> None:
        self.world = world
        self.operator = Attacker(world)
        self.random = Random(f"honest {seed}")  # noqa: S311
        self.taken = {house: self.random.randint(2, 5) for house in build_houses(world, shelters)}
        self.answers: Counter[str] = Counter()

    def spend(self) -> None:
        """All the month's nights."""
        busy = self.random.randrange(DAYS)
        for day in range(DAYS):
            self.world.clock.now = NOW + timedelta(days=day) + NIGHT
            for house in self.taken:
                self.taken[house] = max(2, self.taken[house] - self.random.randint(0, 1))
                house.confirm(self.world, self.taken[house])
            for _ in range(4 if day == busy else self.random.choice([0, 0, 0, 1, 1])):
                self._help(self.random.choice([1, 1, 2, 4]))

    def _help(self, places: int) -> None:
        """Ask one shelter after the other until one can."""
        for house in self.random.sample(list(self.taken), len(self.taken)):
            self.world.clock.forward(minutes=5)
            answer = self.operator.try_hold(house, places, minutes=120)
            self.answers[answer] += 1
            if answer == "HELD":
                self._see_what_comes(house, places)
                return

    def _see_what_comes(self, house: House, places: int) -> None:
        self.world.clock.forward(minutes=45)
        chance = self.random.random()
        if chance < 0.7:
            house.release(self.world, self.operator.last["hold"]["id"])
            self.taken[house] = min(BEDS, self.taken[house] + places)
            house.confirm(self.world, self.taken[house])
        elif chance < 0.85:
            self.operator.give_back()
        else:
            self.world.clock.forward(minutes=80)


def assert_never_stopped(world: World, seed: int, shelters: int) -> None:
    month = Month(world, seed, shelters)
    month.spend()

    print(f"\nseed {seed}, shelters {shelters}: {dict(month.answers)}")
    assert month.answers["HELD"] >= 4
    assert set(month.answers) <= {"HELD", "NOT_ENOUGH_PLACES"}


def test_a_month_of_an_honest_partner(world: World) -> None:
    assert_never_stopped(world, 1, 3)


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ONE_DATABASE)
@pytest.mark.parametrize("seed", range(2, 8))
def test_more_months_of_an_honest_partner(world: World, seed: int) -> None:
    """Every other one knows a single shelter, and tries it each time."""
    assert_never_stopped(world, seed, 1 if seed % 2 else 3)
