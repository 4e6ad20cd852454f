"""The figures themselves, against cases that can be done by hand."""

from __future__ import annotations

from math import isclose

from tests.adversary.figures import (
    Accuracy,
    best_accuracy,
    bits,
    distance_by_chance,
    distance_from_even,
)


def test_interval_of_wilson() -> None:
    low, high = Accuracy(50, 100).interval

    assert (round(low, 3), round(high, 3)) == (0.404, 0.596)
    assert Accuracy(0, 10).interval[0] == 0
    assert round(Accuracy(10, 10).interval[1], 9) == 1


def test_best_guess() -> None:
    assert best_accuracy(["same"] * 4, [1, 2, 1, 1]) == Accuracy(3, 4)
    assert best_accuracy(["a", "b", "a", "b"], [1, 2, 1, 2]) == Accuracy(4, 4)


def test_bits() -> None:
    assert bits(["same"] * 4, [1, 2, 3, 4]) == 0
    assert isclose(bits([1, 2, 3, 4], [1, 2, 3, 4]), 2)
    assert isclose(bits(["few", "few", "many", "many"], [1, 2, 3, 4]), 1)


def test_distance_from_the_even_distribution() -> None:
    assert distance_from_even([0.5], 0, 1) == 0.5
    assert isclose(distance_from_even([10, 30, 50, 70, 90], 0, 100), 0.1)
    assert distance_from_even([0] * 10, 0, 1) == 1
    assert distance_by_chance(100, 0.05) > distance_by_chance(1_000, 0.05)
