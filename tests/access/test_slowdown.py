"""Guessing is slowed where it happens, and nobody else waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coalition.access.counters import SQLiteCounters
from coalition.access.rates import Rates
from coalition.access.slowdown import FREE_TRIES, MANY, Guess, Slowdown, SlowedDown, Try, wait_after

HERE, ELSEWHERE = "192.0.2.7", "198.51.100.9"


class Machine:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def slowdown(machine: Machine, tmp_path: Path) -> Iterator[Slowdown]:
    rates = Rates((), (), SQLiteCounters(tmp_path / "rates.sqlite3", machine), b"k" * 32, machine)
    yield Slowdown(rates)
    rates.close()


def admit(slowdown: Slowdown, name: str = "ana@example.org", host: str = HERE) -> Try:
    return slowdown.admit(Guess.PASSWORD, name, host)


def wrong(slowdown: Slowdown, times: int, name: str = "ana@example.org", host: str = HERE) -> list[int]:
    """The seconds to wait that each of so many wrong tries is told; 0 when it was heard."""
    told = []
    for _ in range(times):
        try:
            admit(slowdown, name, host).failed()
            told.append(0)
        except SlowedDown as slowed:
            told.append(slowed.seconds)
    return told


def test_twenty_wrong_tries_slow_the_attacker_and_nobody_else(slowdown: Slowdown) -> None:
    told = wrong(slowdown, 20)

    assert told == [0] * FREE_TRIES + [10] * 15
    admit(slowdown, "neighbour@example.org", HERE).succeeded()
    admit(slowdown, "ana@example.org", ELSEWHERE).succeeded()
    assert wrong(slowdown, 1) == [10]


def test_waits_grow_and_have_an_end(slowdown: Slowdown, machine: Machine) -> None:
    wrong(slowdown, FREE_TRIES)
    waited = []
    for _ in range(8):
        (seconds,) = wrong(slowdown, 1)
        waited.append(seconds)
        machine.time += seconds
        assert wrong(slowdown, 1) == [0]

    assert waited == [10, 20, 40, 80, 160, 320, 640, 900]
    assert wait_after(10_000) == 900


def test_everything_is_forgotten_after_an_hour(slowdown: Slowdown, machine: Machine) -> None:
    wrong(slowdown, FREE_TRIES)

    machine.time += 3600

    assert wrong(slowdown, FREE_TRIES + 1) == [0] * FREE_TRIES + [10]


def test_right_try_clears_the_pair(slowdown: Slowdown, machine: Machine) -> None:
    wrong(slowdown, FREE_TRIES)
    machine.time += 10

    admit(slowdown).succeeded()

    assert wrong(slowdown, FREE_TRIES + 1) == [0] * FREE_TRIES + [10]


def test_known_and_unknown_names_and_spellings_are_counted_alike(slowdown: Slowdown) -> None:
    assert wrong(slowdown, 6, "nobody@example.org") == wrong(slowdown, 6, "ana@example.org")
    assert wrong(slowdown, 1, " ANA@Example.org ") == [10]
    assert wrong(slowdown, 6, "no address\x00") == [0] * FREE_TRIES + [10]


def test_kinds_are_counted_apart_and_networks_as_wholes(slowdown: Slowdown) -> None:
    wrong(slowdown, FREE_TRIES, host="2001:db8::1")

    assert wrong(slowdown, 1, host="2001:db8::ffff") == [10]
    slowdown.admit(Guess.CODE, "ana@example.org", "2001:db8::1").succeeded()


def test_guessing_at_one_name_from_everywhere_is_slowed_and_the_owner_comes_in(slowdown: Slowdown) -> None:
    for number in range(MANY // FREE_TRIES):
        assert wrong(slowdown, FREE_TRIES, host=f"10.0.{number}.1") == [0] * FREE_TRIES

    assert wrong(slowdown, 2, host="10.1.0.1") == [0, 60]
    admit(slowdown, host=ELSEWHERE).succeeded()


def test_guessing_at_many_names_from_one_network_is_slowed_and_a_neighbour_comes_in(
    slowdown: Slowdown,
) -> None:
    for number in range(MANY):
        assert wrong(slowdown, 1, name=f"a{number}@example.org") == [0]

    assert wrong(slowdown, 2, name="next@example.org") == [0, 60]
    admit(slowdown, name="neighbour@example.org").succeeded()


def test_many_at_the_same_moment_are_no_way_around(slowdown: Slowdown) -> None:
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: wrong(slowdown, 1)[0], range(40)))

    assert told.count(0) == FREE_TRIES


def test_counters_name_nobody(slowdown: Slowdown, tmp_path: Path) -> None:
    wrong(slowdown, FREE_TRIES + 1)
    slowdown.rates.close()

    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"rate_count" in content
    assert b"ana@" not in content
    assert HERE.encode() not in content
