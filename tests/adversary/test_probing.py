"""Counting a protected pool with holds: what it tells, and that it is stopped.

Every answer to a hold is true, so it tells whether so many beds are free. The figures say how often the
attacker knows the number of free beds at noon of a day of the month: with the limits, without them, and
from words alone. Run with `-s` to read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import pytest

from coalition.assistance import holding
from tests.adversary.attacker import Attacker
from tests.adversary.figures import Accuracy
from tests.adversary.houses import (
    BEDS,
    MORNING,
    ONE_DATABASE,
    House,
    build_houses,
    occupancy,
    partner_slugs,
    partner_system,
)
from tests.factories import NOW
from tests.graphql.world import World

DAYS = 30
STOPPED = "TOO_MANY_ATTEMPTS"


@dataclass
class Prober:
    """An attacker with one house to count, and what they think of it."""

    attacker: Attacker
    house: House
    taken: dict[int, int]
    known: int | None = None
    answers: Counter[str] = field(default_factory=Counter)
    guesses: list[tuple[int, int, int]] = field(default_factory=list)

    def count(self) -> None:
        """Find the number of free beds by halves; `known` stays as it was when that is stopped."""
        least, most = 0, BEDS
        while least < most:
            middle = (least + most + 1) // 2
            answer = self.attacker.try_hold(self.house, middle)
            self.answers[answer] += 1
            if answer == STOPPED:
                return
            if answer == "HELD":
                self.attacker.give_back()
                least = middle
            else:
                most = middle - 1
        self.known = least

    def guess(self, day: int, *, usual: int) -> None:
        """What the attacker thinks at noon: from words alone, and with what was counted last."""
        [word] = self.attacker.words([self.house])
        from_words = 0 if word == "NO" else usual
        counted = self.known if self.known not in (None, 0) else usual
        self.guesses.append((BEDS - self.taken[day], from_words, 0 if word == "NO" else counted or usual))


def probers(world: World, count: int, seed: int) -> list[Prober]:
    """So many houses, each with an attacker of an organisation of its own."""
    houses, slugs = build_houses(world, count), partner_slugs(world, count)
    made = []
    for number, (house, slug) in enumerate(zip(houses, slugs, strict=True)):
        random = Random(f"probing {seed} {number}")  # noqa: S311
        changes = list(occupancy(random, DAYS, least=0, most=BEDS))
        taken = {
            day: [n for at, n in changes if at <= timedelta(days=day) + MORNING][-1] for day in range(DAYS)
        }
        made.append(Prober(Attacker(world, partner_system(world, slug), slug), house, taken))
    return made


def spend_a_month(world: World, everybody: list[Prober], *, on: Callable[[int], bool]) -> None:
    """Each morning the provider confirms; at noon of the days that `on` chooses the attackers count."""
    usual = Counter(BEDS - each.taken[day] for each in everybody for day in range(DAYS))
    del usual[0]
    [(most_usual, _)] = usual.most_common(1)
    for day in range(DAYS):
        for each in everybody:
            world.clock.now = NOW + timedelta(days=day) + MORNING
            each.house.confirm(world, each.taken[day])
        world.clock.forward(hours=4)
        for each in everybody:
            if on(day):
                each.count()
            each.guess(day, usual=most_usual)


def accuracies(everybody: list[Prober]) -> tuple[Accuracy, Accuracy]:
    """How often the number was guessed: from words alone, and with holds."""
    guesses = [guess for each in everybody for guess in each.guesses]
    return (
        Accuracy(sum(true == words for true, words, _ in guesses), len(guesses)),
        Accuracy(sum(true == held for true, _, held in guesses), len(guesses)),
    )


def report(title: str, everybody: list[Prober]) -> tuple[Accuracy, Accuracy]:
    """Print and return the figures."""
    words, held = accuracies(everybody)
    answers = sum((each.answers for each in everybody), Counter[str]())
    print(f"\n{title}: {len(everybody)} houses, {DAYS} days\n  words alone: {words}\n  with holds:  {held}")
    print(f"  answers for each attacker: { {k: round(n / len(everybody), 1) for k, n in answers.items()} }")
    return words, held


def every_day(_day: int) -> bool:
    """Without a thought of limits."""
    return True


def once_a_week(day: int) -> bool:
    """With patience: as often as the limits allow it all month."""
    return day % 7 == 0


def test_counting_every_day_is_stopped(world: World) -> None:
    everybody = probers(world, 3, seed=1)

    spend_a_month(world, everybody, on=every_day)
    report("Counting by halves every day", everybody)

    for each in everybody:
        assert each.answers["HELD"] + each.answers["NOT_ENOUGH_PLACES"] == holding.MOST_LATELY
        assert each.answers[STOPPED] >= DAYS // 2


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ONE_DATABASE)
def test_figures_of_a_month_of_probing(
    new_world: Callable[[], World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four counts a month are what patience brings; without limits every day would be known."""
    houses, found = 12, {}
    for title, on in (("every day", every_day), ("once a week", once_a_week)):
        world = new_world()
        everybody = probers(world, houses, seed=2)
        spend_a_month(world, everybody, on=on)
        found[title] = report(f"Counting by halves {title}", everybody)
    for name in ("MOST_ATTEMPTS", "MOST_LATELY", "MOST_STANDING"):
        monkeypatch.setattr(holding, name, 1_000_000)
    world = new_world()
    everybody = probers(world, houses, seed=2)
    spend_a_month(world, everybody, on=every_day)
    _, unlimited = report("Counting by halves every day, if there were no limits", everybody)

    assert unlimited.share == 1
    for words, held in found.values():
        assert held.share < words.share + 0.3
