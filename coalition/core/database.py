"""One database, two kinds: SQLite embedded, PostgreSQL where one machine is not enough."""

from __future__ import annotations

import math
import select
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson
import psycopg
import sqlalchemy as sa
from psycopg.pq import ExecStatus
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, Connection, Dialect, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from coalition.core.data_version import tables_changed
from coalition.core.errors import DatabaseFault
from coalition.core.time_limit import check_time, ends_at, seconds_left

# Alembic's batch mode on SQLite needs every constraint to have a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Milliseconds a writer waits for another one before it gives up with DATABASE_BUSY.
SQLITE_BUSY_MILLISECONDS = 5000
READ_JSON: Callable[[str | bytes], Any] = orjson.loads
_READING_JSON: dict[str, Any] = {"json_deserializer": READ_JSON}
# In `info` of a connection that writes: the tables that its transaction has changed so far.
CHANGED = "coalition_changed"
# In `info` of a connection to PostgreSQL: the milliseconds after which it ends a statement now.
_LIMIT = "coalition_limit"
# How often SQLite asks whether the time is over: each 20,000 steps of its machine, about a millisecond.
_STEPS_BETWEEN_LOOKS = 20_000


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant in UTC; SQLite would otherwise hand back naive values."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back an aware UTC value on every database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSONType = sa.JSON().with_variant(JSONB(), "postgresql")

# Compared byte by byte on every database, whatever the server's collation: for sort keys and codes.
BinaryText = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def enum_type(kind: type[StrEnum], name: str) -> sa.Enum:
    """A closed set as text with a CHECK constraint; native enums survive a downgrade on PostgreSQL."""
    return sa.Enum(kind, name=name, native_enum=False, create_constraint=True, length=40)


class Database:
    """Engines for writing and reading one database; a `write` engine takes the write lock at BEGIN."""

    def __init__(self, url: str | URL) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.write_engine = _create_engine(self.url)
        self.read_engine = self._reading()

    def _reading(self) -> Engine:
        if self.is_sqlite:
            return self.write_engine.execution_options(coalition_read=True)
        return self.write_engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def session(self, *, write: bool) -> Iterator[Session]:
        """A session in one transaction; the caller commits. Reading sessions see one snapshot."""
        engine = self.write_engine if write else self.read_engine
        with translated_faults(), Session(engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.write_engine.dispose()


def _create_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        engine = sa.create_engine(url, pool_size=10, max_overflow=10, pool_timeout=10, **_READING_JSON)
        event.listen(engine, "begin", _begin_changes)
        event.listen(engine, "checkout", _check_out_postgresql)
        event.listen(engine, "before_cursor_execute", _look_at_statement)
        return engine
    # Threads come from one pool of a fixed size, so connections are as few; waiting is on the file lock.
    engine = sa.create_engine(url, pool_size=16, max_overflow=32, pool_timeout=10, **_READING_JSON)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_changes)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _look_at_statement)
    event.listen(engine, "checkin", _forget_limit_of_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    # The driver's own transaction handling commits at the wrong moments: BEGIN is ours.
    connection.isolation_level = None
    cursor = connection.cursor()
    # The wait comes first, because setting the journal mode itself needs a lock.
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # NORMAL survives a killed process but not a power cut.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _look_at_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    # Many quick statements are as long as one slow one.
    check_time()
    changed = connection.info.get(CHANGED)
    if changed is not None:
        changed |= tables_changed(statement)


def _begin_changes(connection: Connection) -> None:
    options = connection.get_execution_options()
    is_reading = options.get("coalition_read") or options.get("postgresql_readonly")
    connection.info[CHANGED] = None if is_reading else set()


def _begin_sqlite(connection: Connection) -> None:
    _limit_sqlite(connection)
    # A deferred BEGIN that later writes loses updates or fails at once despite busy_timeout.
    reading = connection.get_execution_options().get("coalition_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _limit_sqlite(connection: Connection) -> None:
    """Let statements of this connection end, and waiting for the write lock too, when the time is over."""
    end = ends_at()
    driver: Any = connection.connection.dbapi_connection
    if end is None or not isinstance(driver, sqlite3.Connection):
        return
    # Asked from within the statement: unlike `interrupt()` from another thread it can never hit the
    # statement that the next request runs on this connection.
    driver.set_progress_handler(lambda: time.monotonic() >= end, _STEPS_BETWEEN_LOOKS)
    left = int(1000 * (seconds_left() or 0))
    if left < SQLITE_BUSY_MILLISECONDS:
        driver.execute(f"PRAGMA busy_timeout={left}").close()
        connection.info["coalition_hurried"] = True


def _forget_limit_of_sqlite(connection: Any, record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.set_progress_handler(None, 0)
        if record.info.pop("coalition_hurried", False):
            connection.execute(f"PRAGMA busy_timeout={SQLITE_BUSY_MILLISECONDS}").close()


def _check_out_postgresql(connection: Any, record: Any, _proxy: Any) -> None:
    """Refuse a connection that the server has ended, and let each statement end with the time that is left.

    Neither costs a round trip as a rule: of a server that is gone the socket knows, and a limit that was
    set before stays as long as it fits.
    """
    if _is_readable(connection.pgconn.socket):
        # Nothing was asked, so this is the end. The pool makes a new one.
        raise sa.exc.InvalidatePoolError
    left = seconds_left()
    wanted = _rounded(1000 * left) if left is not None else 0
    if record.info.get(_LIMIT, 0) != wanted:
        # Beside the driver, which would begin a transaction.
        done = connection.pgconn.exec_(f"SET statement_timeout = {wanted}".encode())
        if done.status != ExecStatus.COMMAND_OK:
            raise sa.exc.InvalidatePoolError
        record.info[_LIMIT] = wanted


def _is_readable(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


def _rounded(milliseconds: float) -> int:
    """Up to two digits: never less, at most a tenth more. Nought would mean no limit."""
    least = max(1, math.ceil(milliseconds))
    step: int = 10 ** max(0, len(str(least)) - 2)
    return -(-least // step) * step


def driver_rows(connection: Connection, text: str, parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement as the driver hands them out, without a result object around them.

    Whoever listens to the engine's statements hears of it. Raises `DatabaseFault`, and the driver's own
    errors for what is a fault of ours.
    """
    driver: Any = connection.connection.dbapi_connection
    with translated_driver_faults(), closing(driver.cursor()) as cursor:
        for listen in connection.dispatch.before_cursor_execute:
            listen(connection, cursor, text, parameters, None, False)
        cursor.execute(text, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@contextmanager
def translated_faults() -> Iterator[None]:
    """Turn driver errors about locks, space, rights and reach into `DatabaseFault`; others pass."""
    try:
        yield
    except DBAPIError as error:
        code = fault_code(error) or _code_of_first_cause(error)
        if code is None:
            raise
        raise DatabaseFault(code) from error
    except sa.exc.TimeoutError as error:
        raise DatabaseFault("DATABASE_BUSY") from error


_SQLITE_MESSAGES = (
    ("interrupted", "TIMEOUT"),
    ("locked", "DATABASE_BUSY"),
    ("busy", "DATABASE_BUSY"),
    ("full", "STORAGE_FULL"),
    ("readonly", "DATABASE_READ_ONLY"),
    ("unable to open", "DATABASE_UNAVAILABLE"),
    ("disk i/o", "DATABASE_UNAVAILABLE"),
    ("no such table", "DATABASE_UNAVAILABLE"),
    ("malformed", "DATABASE_UNAVAILABLE"),
    ("not a database", "DATABASE_UNAVAILABLE"),
)
# SQLSTATE classes: 08 connection, 53 resources (53100 disk full), 57 operator intervention; 25006 read only,
# 55P03 lock, 57014 statement timeout, 3D000 no such database, 42P01 no such table.
_POSTGRESQL_STATES = (
    ("53100", "STORAGE_FULL"),
    ("25006", "DATABASE_READ_ONLY"),
    ("55P03", "DATABASE_BUSY"),
    ("40001", "DATABASE_BUSY"),
    ("40P01", "DATABASE_BUSY"),
    ("57014", "TIMEOUT"),
    ("53", "DATABASE_BUSY"),
    ("57", "DATABASE_UNAVAILABLE"),
    ("08", "DATABASE_UNAVAILABLE"),
    ("3D000", "DATABASE_UNAVAILABLE"),
    ("42P01", "DATABASE_UNAVAILABLE"),
)


@contextmanager
def translated_driver_faults() -> Iterator[None]:
    """The same as `translated_faults` where a driver is asked without SQLAlchemy around it."""
    with translated_faults():
        try:
            yield
        except (sqlite3.Error, psycopg.Error) as error:
            is_operational = isinstance(error, sqlite3.OperationalError | psycopg.OperationalError)
            code = _code_of_driver(error, is_operational=is_operational)
            if code is None:
                raise
            raise DatabaseFault(code) from error


def fault_code(error: DBAPIError) -> str | None:
    """The code for a driver error that is about the database's state, or None for a fault of ours."""
    return _code_of_driver(error.orig, is_operational=isinstance(error, sa.exc.OperationalError))


def _code_of_driver(error: BaseException | None, *, is_operational: bool) -> str | None:
    if isinstance(error, sqlite3.Error):
        text = str(error).lower()
        return next((code for words, code in _SQLITE_MESSAGES if words in text), None)
    state = getattr(error, "sqlstate", None)
    if state is None:
        return "DATABASE_UNAVAILABLE" if is_operational else None
    return next((code for start, code in _POSTGRESQL_STATES if state.startswith(start)), None)


def _code_of_first_cause(error: DBAPIError) -> str | None:
    """The code of the fault that stands before `error`.

    A full disk makes SQLite end the whole transaction; rolling back to a savepoint then fails in its turn.
    """
    before = error.__context__
    while before is not None:
        if isinstance(before, DBAPIError) and (code := fault_code(before)):
            return code
        before = before.__context__
    return None
