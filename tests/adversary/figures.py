"""Figures about guesses: how often they are right, how sure that is, and what an answer is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import log, log2, sqrt

# Two-sided, 95 per cent.
_DEVIATIONS = 1.96


@dataclass(frozen=True)
class Accuracy:
    """So many guesses of all were right."""

    right: float
    guesses: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.right / self.guesses

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 per cent interval (1927), which holds for few guesses and for shares near 0 and 1."""
        n, p, z = self.guesses, self.share, _DEVIATIONS
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:6.1%} (95 % interval {low:.1%} to {high:.1%}, {self.guesses} guesses)"


def best_accuracy(answers: Sequence[Hashable], truths: Sequence[Hashable]) -> Accuracy:
    """How often the best guess from an answer is right; it knows how often each goes with each truth.

    No rule that sees the answers alone does better on these cases, and one that has to learn does worse.
    """
    together = Counter(zip(answers, truths, strict=True))
    best: dict[Hashable, int] = {}
    for (answer, _), count in together.items():
        best[answer] = max(best.get(answer, 0), count)
    return Accuracy(sum(best.values()), len(truths))


def bits(answers: Sequence[Hashable], truths: Sequence[Hashable]) -> float:
    """Mutual information of answers and truths, as counted; too high rather than too low for few cases."""
    n = len(truths)
    together, said, true = Counter(zip(answers, truths, strict=True)), Counter(answers), Counter(truths)
    return sum(c / n * log2(c * n / (said[a] * true[t])) for (a, t), c in together.items()) + 0.0


def distance_from_even(values: Sequence[float], low: float, high: float) -> float:
    """Kolmogorov and Smirnov's largest distance between the values' distribution and the even one."""
    n = len(values)
    expected = [(value - low) / (high - low) for value in sorted(values)]
    return max(max(abs(e - rank / n), abs(e - (rank + 1) / n)) for rank, e in enumerate(expected))


def distance_by_chance(n: int, probability: float) -> float:
    """The distance that an even distribution exceeds with less than this probability (Massart 1990)."""
    return sqrt(log(2 / probability) / (2 * n))
