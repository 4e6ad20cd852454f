"""Writing many rows of one table at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from psycopg import sql
from sqlmodel import SQLModel

from coalition.core.unit_of_work import UnitOfWork

Row = tuple[Any, ...]
CHUNK = 10_000
# 2024-01-01 in milliseconds: the ids of a load set begin there, one after the other as real ones do.
_FIRST_MILLISECOND = 1_704_067_200_000


def numbered_id(table: int, number: int) -> UUID:
    """An id in the form of a UUIDv7 that is the same for the same table and number."""
    moment = (_FIRST_MILLISECOND + number) << 80
    return UUID(int=moment | 7 << 76 | (table & 0xFFF) << 64 | 2 << 62 | number)


def in_chunks(rows: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """The rows in lists of at most `size`."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


class Sheet:
    """Rows of one table under the same columns; values are those that a model would hold."""

    def __init__(self, uow: UnitOfWork, model: type[SQLModel], *columns: str) -> None:
        self._connection = uow.db.connection()
        self._table: sa.Table = model.__table__  # type: ignore[attr-defined]
        self._columns = columns
        self._processors = [
            (place, processor)
            for place, name in enumerate(columns)
            if (processor := self._processor(name)) is not None
        ]
        self._write = self._insert if uow.is_sqlite else self._copy

    def write(self, rows: Sequence[Row]) -> None:
        """Store the rows."""
        if rows:
            self._write(rows)

    def _processor(self, name: str) -> Callable[[Any], Any] | None:
        """What turns a value into the one that the driver is given."""
        dialect = self._connection.dialect
        found: Callable[[Any], Any] | None = (
            self._table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        )
        return found

    def _driven(self, row: Row) -> list[Any]:
        values = list(row)
        for place, processor in self._processors:
            if values[place] is not None:
                values[place] = processor(values[place])
        return values

    def _insert(self, rows: Sequence[Row]) -> None:
        # Without the model's own defaults, which would be columns more.
        named = sa.table(self._table.name, *(sa.column(name) for name in self._columns))
        statement = sa.insert(named).compile(dialect=self._connection.dialect)
        cursor = self._connection.connection.cursor()
        cursor.executemany(str(statement), [self._driven(row) for row in rows])
        cursor.close()

    def _copy(self, rows: Sequence[Row]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self._table.name), names)
        driver: Any = self._connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(self._driven(row))
