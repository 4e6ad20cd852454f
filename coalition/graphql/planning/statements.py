"""Statements made once for an actor and then only run: text and values, with no query builder in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.database import UTCDateTime, driver_rows

# Values that differ from run to run; all others are part of the statement.
PARENTS, LIMIT, NOW, ASKED = "parents", "row_limit", "now", "asked"


def now_value() -> Any:
    """The moment of the answer, inside a statement."""
    return sa.bindparam(NOW, type_=UTCDateTime(), value=None)


def asked_value(kind: sa.types.TypeEngine[Any]) -> Any:
    """What one row is asked for by, inside a statement."""
    return sa.bindparam(ASKED, type_=kind, value=None)


def limit_value() -> Any:
    """How many rows are wanted, inside a statement."""
    return sa.bindparam(LIMIT, type_=sa.Integer(), value=0)


def cursor_values(kinds: Sequence[sa.types.TypeEngine[Any]]) -> list[Any]:
    """The values of a cursor, inside a statement."""
    return [sa.bindparam(cursor_name(number), type_=kind, value=None) for number, kind in enumerate(kinds)]


def cursor_name(number: int) -> str:
    """Under which name a value of a cursor is handed to a statement."""
    return f"cursor_{number}"


def among_parents(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[bool]:
    """The condition that an id stands among the parents' ids, which come as one value."""
    if dialect.name == "sqlite":
        each = sa.func.json_each(sa.bindparam(PARENTS, type_=sa.Text(), value=None)).table_valued("value")
        return sa.type_coerce(column, sa.Text).in_(sa.select(each.c.value))
    given = sa.bindparam(PARENTS, type_=ARRAY(sa.Text()), value=None)
    return column == sa.func.any(sa.cast(given, ARRAY(sa.Uuid())))


def parents_value(ids: Sequence[str], dialect: Dialect) -> Any:
    """Ids as `among_parents` takes them; they are hexadecimal or UUID texts of our own rows."""
    if dialect.name == "sqlite":
        return '["' + '","'.join(ids) + '"]' if ids else "[]"
    return list(ids)


def id_text(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """An id as the text that the driver hands out fastest."""
    if dialect.name == "sqlite":
        return sa.type_coerce(column, sa.Text)
    return sa.cast(column, sa.Text)


class Statement:
    """A statement compiled for one dialect; `moving` values are given at each run."""

    def __init__(self, made: Any, dialect: Dialect) -> None:
        compiled = made.compile(dialect=dialect)
        expanded = compiled.construct_expanded_state()
        self._text: str = expanded.statement
        # The state knows those of lists alone.
        self._convert = {**compiled._bind_processors, **expanded.processors}  # noqa: SLF001
        moving = {name for name in expanded.parameters if _is_moving(name)}
        self.needs_now = NOW in moving
        fixed = {
            name: None if name in moving else self._bound(name, value)
            for name, value in expanded.parameters.items()
        }
        order: Sequence[str] | None = expanded.positiontup if compiled.positional else None
        self.weight = len(self._text) + 100 * len(fixed)
        self._given: Any = fixed if order is None else [fixed[name] for name in order]
        # Where each moving value goes: under its name, or to these places.
        names = list(fixed if order is None else order)
        self._places = [
            (name, name if order is None else place) for place, name in enumerate(names) if name in moving
        ]

    def rows(self, connection: Connection, moving: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        """Run it; rows are the driver's own."""
        given = self._given.copy()
        for name, place in self._places:
            given[place] = self._bound(name, moving[name])
        return driver_rows(connection, self._text, given)

    def _bound(self, name: str, value: Any) -> Any:
        convert: Any = self._convert.get(name)
        return value if convert is None else convert(value)


def _is_moving(name: str) -> bool:
    return name in (PARENTS, LIMIT, NOW, ASKED) or name.startswith("cursor_")
