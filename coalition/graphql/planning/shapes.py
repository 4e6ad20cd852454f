"""Shapes: what turns one row of a statement into the part of the answer that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from coalition.graphql.planning.leaves import Convert, Unanswerable

if TYPE_CHECKING:
    from coalition.graphql.planning.parts import Run

Row = Sequence[Any]
Patch = Callable[[Row, "Run"], Any]
FactualPatch = Callable[[Row, "Run", Any], Any]


class Facts:
    """The Python values that declared functions look at: an object with columns of the row as attributes."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[int, Convert | None]] = {}
        self._others: dict[str, tuple[int, Facts]] = {}

    def add(self, name: str, place: int, convert: Convert | None) -> None:
        """A column, or an expression, under this name."""
        self._values[name] = (place, convert)

    def other(self, name: str, id_place: int) -> Facts:
        """The facts of another row under this name; None where its id is null."""
        known = self._others.get(name)
        if known is None:
            known = self._others[name] = (id_place, Facts())
        return known[1]

    def __call__(self, row: Row) -> SimpleNamespace:
        """The facts of one row."""
        found = {
            name: row[place] if convert is None or row[place] is None else convert(row[place])
            for name, (place, convert) in self._values.items()
        }
        for name, (place, other) in self._others.items():
            found[name] = None if row[place] is None else other(row)
        return SimpleNamespace(**found)


class ObjectShape:
    """An object of the answer: values handed through as they are, and others computed from the row."""

    def __init__(self) -> None:
        self.facts = Facts()
        self._keys: list[str] = []
        self._places: list[int] = []
        self._patches: list[tuple[str, Patch]] = []
        self._factual: list[tuple[str, FactualPatch]] = []
        self._pick: Callable[[Row], tuple[Any, ...]] = tuple

    def value(self, key: str, place: int, convert: Convert | None = None) -> None:
        """A column, handed through or converted."""
        self._add(key, place)
        if convert is not None:
            self._patches.append((key, lambda row, _run: convert(row[place])))

    def patch(self, key: str, patch: Patch) -> None:
        """A value computed from the row."""
        self._add(key, 0)
        self._patches.append((key, patch))

    def factual(self, key: str, patch: FactualPatch) -> None:
        """A value computed from the facts of the row."""
        self._add(key, 0)
        self._factual.append((key, patch))

    def _add(self, key: str, place: int) -> None:
        self._keys.append(key)
        self._places.append(place)
        # One more than there are keys: of a single place no tuple would be made.
        self._pick = itemgetter(*self._places, 0)

    def __call__(self, row: Row, run: Run) -> dict[str, Any]:
        """The object for one row."""
        made = dict(zip(self._keys, self._pick(row), strict=False))
        for key, patch in self._patches:
            made[key] = patch(row, run)
        if self._factual:
            facts = self.facts(row)
            for key, factual in self._factual:
                made[key] = factual(row, run, facts)
        return made


def required(value: Any) -> Any:
    """A value that may not be missing. Raises `Unanswerable`."""
    if value is None:
        raise Unanswerable
    return value
