"""Shapes: what turns one row of a statement into the part of the answer that it stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

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


class PlainShape:
    """An object of the answer made of a Python object; rows that it refers to are read for all at once."""

    def __init__(self) -> None:
        self._makers: list[tuple[str, Callable[[Any, Run], Any]]] = []
        self._collectors: list[Callable[[Any, dict[int, dict[UUID, None]]], None]] = []

    def value(self, key: str, name: str, show: Convert) -> None:
        """An attribute."""
        self._makers.append((key, lambda value, _run: show(getattr(value, name))))

    def constant(self, key: str, constant: Any) -> None:
        """The same for all."""
        self._makers.append((key, lambda _value, _run: constant))

    def inner(self, key: str, name: str, shape: PlainShape, *, many: bool) -> None:
        """An attribute that is an object, or a list of objects."""
        if many:
            self._makers.append((key, lambda value, run: [shape(each, run) for each in getattr(value, name)]))
        else:
            self._makers.append((key, lambda value, run: shape(getattr(value, name), run)))

        def collect(value: Any, ids: dict[int, dict[UUID, None]]) -> None:
            for each in getattr(value, name) if many else [getattr(value, name)]:
                shape.collect(each, ids)

        if shape.refers:
            self._collectors.append(collect)

    def reference(self, key: str, name: str, number: int) -> None:
        """The row whose id the attribute holds, out of what was found under this number."""
        self._makers.append((key, lambda value, run: run.found[number].get(getattr(value, name))))

        def collect(value: Any, ids: dict[int, dict[UUID, None]]) -> None:
            found = getattr(value, name)
            if found is not None:
                ids[number][found] = None

        self._collectors.append(collect)

    @property
    def refers(self) -> bool:
        """Whether there are rows to be read for it."""
        return bool(self._collectors)

    def collect(self, value: Any, ids: dict[int, dict[UUID, None]]) -> None:
        """Note the ids of the rows that the object refers to."""
        for collect in self._collectors:
            collect(value, ids)

    def __call__(self, value: Any, run: Run) -> dict[str, Any]:
        """The object of the answer."""
        return {key: make(value, run) for key, make in self._makers}


def required(value: Any) -> Any:
    """A value that may not be missing. Raises `Unanswerable`."""
    if value is None:
        raise Unanswerable
    return value
