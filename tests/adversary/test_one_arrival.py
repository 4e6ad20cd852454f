"""Many arrivals at one moment, each beside a house where nobody arrives: when can a watcher tell?

Run with `-s` to read the figures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from tests.adversary.attacker import Attacker
from tests.adversary.figures import Accuracy, best_accuracy, bits, distance_by_chance, distance_from_even
from tests.adversary.houses import BEDS, ONE_DATABASE, House, build_houses, share_delays
from tests.graphql.world import World, record_id

# Minutes after the arrival at which the watcher asks.
MOMENTS = (0, 15, 29, *range(30, 91, 3), 91)
FALSE_ALARM = 1e-6


def settled(world: World, free: Sequence[int]) -> list[House]:
    """Houses with so many free beds each, of which that has been heard."""
    houses = build_houses(world, len(free))
    for house, beds in zip(houses, free, strict=True):
        house.confirm(world, BEDS - beds)
    world.clock.forward(hours=5)
    return houses


def watch(world: World, houses: Sequence[House], between: Callable[[], None]) -> list[tuple[str, ...]]:
    """For each house the words heard at `MOMENTS` from now; `between` is what the provider does meanwhile."""
    attacker, start = Attacker(world), world.clock.now
    heard = []
    for minute in MOMENTS:
        world.clock.now = start + timedelta(minutes=minute)
        between()
        heard.append(attacker.words(houses))
    return list(zip(*heard, strict=True))


def told_after(words: tuple[str, ...]) -> int:
    """The minutes after which NO was heard, once and for all."""
    changed = words.index("NO")
    assert words == ("YES",) * changed + ("NO",) * (len(words) - changed)
    return MOMENTS[changed]


def tell_apart(world: World, pairs: int) -> None:
    """In the first half of the houses the last bed is taken; figures for the best guess which half it is."""
    houses = settled(world, [1] * (2 * pairs))
    for house in houses[:pairs]:
        house.confirm(world, BEDS)

    words = watch(world, houses, lambda: None)

    truths = [True] * pairs + [False] * pairs
    print(f"\nSomebody arrived, or nobody: {pairs} pairs of houses, best guess from all words heard so far")
    for count, minute in enumerate(MOMENTS, start=1):
        found = best_accuracy([each[:count] for each in words], truths)
        print(f"{minute:4} minutes after: {found}")
        if minute < 30:
            assert found == Accuracy(pairs, 2 * pairs)
        if minute >= 90:
            assert found == Accuracy(2 * pairs, 2 * pairs)
    assert set(words[pairs:]) == {("YES",) * len(MOMENTS)}
    assert_even([told_after(each) for each in words[:pairs]])


def assert_even(delays: Sequence[float]) -> None:
    """The delays, seen every three minutes, are spread evenly over 30 to 90."""
    assert 30 <= min(delays) <= max(delays) <= 91
    middle = [delay - 1.5 for delay in delays]
    assert distance_from_even(middle, 30, 90) < distance_by_chance(len(delays), FALSE_ALARM) + 1.5 / 60


def test_nothing_is_heard_for_half_an_hour_and_then_by_chance(world: World) -> None:
    tell_apart(world, 25)


@pytest.mark.slow
@pytest.mark.parametrize("database_kind", ONE_DATABASE)
def test_the_same_with_many_more(world: World) -> None:
    tell_apart(world, 150)


def test_repeated_confirmations_give_no_second_draw(world: World) -> None:
    """A provider who confirms the same again and again does not shorten the delay, nor even it out."""
    houses = settled(world, [1] * 6)

    def confirm_all() -> None:
        for house in houses:
            house.confirm(world, BEDS)

    confirm_all()
    words = watch(world, houses, confirm_all)

    assert_even([told_after(each) for each in words])


def test_delays_of_one_house_tell_nothing_of_the_next(world: World) -> None:
    """The same change, again and again in one house: each has its own delay, so that none can be learned."""
    house, *_ = houses = settled(world, [1])
    attacker, delays = Attacker(world), []
    for turn in range(10):
        taken, word = (BEDS, "NO") if turn % 2 == 0 else (BEDS - 1, "YES")
        house.confirm(world, taken)
        start = world.clock.now
        while attacker.words(houses) != [word]:
            world.clock.forward(minutes=3)
        delays.append((world.clock.now - start) / timedelta(minutes=1))
        world.clock.forward(hours=2)

    assert_even(delays)
    assert len(set(delays)) > 4


def test_own_holds_do_not_make_the_word_come_earlier(world: World) -> None:
    """Trying to hold what has gone tells the truth once, as it must, and changes no word."""
    houses = settled(world, [1] * 6)
    for house in houses:
        house.confirm(world, BEDS)
    attacker = Attacker(world)
    tried = [attacker.try_hold(house, 1) for house in houses]

    words = watch(world, houses, lambda: None)

    assert tried == ["NOT_ENOUGH_PLACES"] * 5 + ["TOO_MANY_ATTEMPTS"]
    assert_even([told_after(each) for each in words])


# ------------------------------------------------------------------ a new confirmation


def look_without_names(attacker: Attacker, house: House) -> str:
    """Everything to be read about a house but what it is called."""
    look = attacker.look(house).replace(house.name, "").replace(house.service, "")
    return re.sub(r'"cursor": "[^"]*"', "", look)


def test_new_confirmation_shows_neither_by_its_day_nor_by_staleness_that_fails_to_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes before the pool goes stale, on a new day, it is confirmed again; outsiders hear it late."""
    confirmed, left = settled(world, [1, 1])
    attacker = Attacker(world)
    share_delays(monkeypatch, world, 7)
    world.clock.forward(hours=67, minutes=-10)
    confirmed.confirm(world, BEDS - 1)
    start, same = world.clock.now, []
    for minute in range(0, 101, 10):
        world.clock.now = start + timedelta(minutes=minute)
        same.append(look_without_names(attacker, confirmed) == look_without_names(attacker, left))

    # Nothing for half an hour, although one of them went stale after ten minutes.
    told = same.index(False) * 10
    assert same == [True] * (told // 10) + [False] * (len(same) - told // 10)
    assert 30 <= told <= 100
    assert attacker.words([confirmed, left]) == ["YES", "ASK_BY_PHONE"]


# ------------------------------------------------------------------ the number


def test_watching_tells_no_number(world: World) -> None:
    """Houses with one to eight free beds: every look at them is the same, so a guess is a blind one."""
    free = list(range(1, BEDS + 1))
    houses = settled(world, free)
    attacker = Attacker(world)

    looks = [look_without_names(attacker, house) for house in houses]
    refused = [(attacker.try_hold(house, 50), attacker.try_nonsense(house)) for house in houses[:5]]

    print(f"\nNumber of free beds, 1 to {BEDS}: {bits(looks, free):.3f} bits; {best_accuracy(looks, free)}")
    assert bits(looks, free) == 0
    assert best_accuracy(looks, free) == Accuracy(1, BEDS)
    assert all(each == refused[0] for each in refused)


def test_records_of_holds_are_numbered_by_chance(world: World) -> None:
    """Ids and references of holds have no order, so that nobody can count what others hold in between."""
    [house] = settled(world, [BEDS])
    attacker = Attacker(world)
    made = []
    for _ in range(5):
        assert attacker.try_hold(house, 1) == "HELD"
        made.append(attacker.last["hold"])

    assert {record_id(each["id"]).version for each in made} == {4}
    assert not any(each["reference"].isdigit() for each in made)
