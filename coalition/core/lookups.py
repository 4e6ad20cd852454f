"""Statements that find one row by its key, asked so often that only the database should work for them.

SQLAlchemy compiles each of them once for a kind of database; from then on its text goes to the driver as it
is, outside any transaction. Types are read and written as everywhere else.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from coalition.core.database import Database, translated_driver_faults

Processor = Callable[[Any], Any]


class Lookup:
    """A statement for at most one row; its columns have names, and its open values are `sa.bindparam`s."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def glance(self, database: Database, **values: Any) -> Any:
        """The row as it is committed at this moment, or None. Raises `DatabaseFault`."""
        compiled = self._for(database.write_engine.dialect)
        with translated_driver_faults():
            return compiled.row(_fetched(database, compiled.text, compiled.given(values)))

    def within(self, connection: Connection, **values: Any) -> Any:
        """The row as a transaction sees it, or None. Raises `DatabaseFault`."""
        compiled = self._for(connection.dialect)
        driver: Any = connection.connection.dbapi_connection
        with translated_driver_faults():
            return compiled.row(driver.execute(compiled.text, compiled.given(values)).fetchone())

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self.statement, dialect)
        return compiled


def _fetched(database: Database, text: str, given: Any) -> Any:
    pooled = database.write_engine.pool.connect()
    try:
        driver: Any = pooled.dbapi_connection
        if database.is_sqlite:
            return driver.execute(text, given).fetchone()
        # The driver would begin a transaction, which takes two round trips more than the statement.
        driver.autocommit = True
        found = driver.execute(text, given, prepare=True).fetchone()
        driver.autocommit = False
    except Exception as error:
        pooled.invalidate(error)
        raise
    else:
        return found
    finally:
        pooled.close()


class _Compiled:
    """A statement as one kind of database takes it."""

    def __init__(self, statement: sa.Select[Any], dialect: Dialect) -> None:
        # Private, but how SQLAlchemy itself goes from values to the driver and back.
        compiled: Any = statement.compile(dialect=dialect)
        columns = list(statement.selected_columns)
        self.text = str(compiled)
        self._writing: dict[str, Processor] = compiled._bind_processors  # noqa: SLF001
        self._order: list[str] | None = compiled.positiontup
        self._fixed = {name: self._written(name, value) for name, value in compiled.params.items()}
        self._row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
        self._reading = [
            (place, read)
            for place, column in enumerate(columns)
            if (read := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def _written(self, name: str, value: Any) -> Any:
        write = self._writing.get(name)
        return write(value) if write and value is not None else value

    def given(self, values: Mapping[str, Any]) -> Any:
        """All values, as the driver takes them."""
        found = {**self._fixed, **{name: self._written(name, value) for name, value in values.items()}}
        return found if self._order is None else [found[name] for name in self._order]

    def row(self, found: Any) -> Any:
        """What came back, by the names of the columns."""
        if found is None:
            return None
        cells = list(found)
        for place, read in self._reading:
            cells[place] = read(cells[place])
        return self._row(*cells)
