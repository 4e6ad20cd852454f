"""Counters of requests that all processes of an installation share; `limits` decides by them.

Windows are fixed: a counter begins with its first hit, ends with its window, and then starts anew. No name
of a caller stands in them, only a keyed hash.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from limits.storage import Storage

# After as many statements some counters that have ended are deleted, more than can have come in between.
SWEEP_EVERY = 100
SWEEP_MOST = 500
# Milliseconds to wait for another process that is counting; a hit itself takes some hundredths of one.
SQLITE_WAIT_MILLISECONDS = 20
POSTGRESQL_CONNECT_SECONDS = 2
POSTGRESQL_WAIT_MILLISECONDS = 500

_COLUMNS = "name TEXT PRIMARY KEY, hits INTEGER NOT NULL, begins_at {real} NOT NULL, ends_at {real} NOT NULL"
_CREATE_INDEX = "CREATE INDEX IF NOT EXISTS ix_rate_count_ends_at ON rate_count (ends_at)"
_CREATE_IN_SQLITE = (
    f"CREATE TABLE IF NOT EXISTS rate_count ({_COLUMNS.format(real='REAL')}) WITHOUT ROWID",
    _CREATE_INDEX,
)
# In a schema of its own, so that neither migrations nor backups take it for a part of the record. Two
# processes that make it at once would get in each other's way, hence the lock.
SCHEMA = "coalition_rates"
_CREATE_IN_POSTGRESQL = (
    "SELECT pg_advisory_xact_lock(hashtext('coalition_rates'))",
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"CREATE UNLOGGED TABLE IF NOT EXISTS rate_count ({_COLUMNS.format(real='DOUBLE PRECISION')})",
    _CREATE_INDEX,
)
_ROW = "(?, ?, ?, ?)"
# A window is over when its end has come, and also when that is further ahead than its whole length: then
# somebody's clock was set back.
_COUNT = """
INSERT INTO rate_count (name, hits, begins_at, ends_at) VALUES (rows)
ON CONFLICT (name) DO UPDATE SET
  hits = CASE WHEN (over) THEN excluded.hits ELSE rate_count.hits + excluded.hits END,
  begins_at = CASE WHEN (over) THEN excluded.begins_at ELSE rate_count.begins_at END,
  ends_at = CASE WHEN (over) THEN excluded.ends_at ELSE rate_count.ends_at END
RETURNING name, hits, ends_at
""".replace(
    "(over)",
    "rate_count.ends_at <= excluded.begins_at"
    " OR rate_count.ends_at - excluded.ends_at > excluded.ends_at - excluded.begins_at",
)
# The condition stands twice: a counter that began anew in the meantime stays.
_SWEEP = """
DELETE FROM rate_count WHERE ends_at <= ? AND name IN
  (SELECT name FROM rate_count WHERE ends_at <= ? ORDER BY ends_at LIMIT ?)
"""


@dataclass(frozen=True)
class Hit:
    """`amount` requests to be counted under `name` in a window of `seconds`."""

    name: str
    seconds: float
    amount: int = 1


@dataclass(frozen=True)
class Count:
    """How many there are now, this one included, and when the window ends (seconds since 1970)."""

    hits: int
    ends_at: float


class Counters(Storage):
    """A storage of `limits` on one table, which counts several hits in one statement."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._statements = 0

    @abstractmethod
    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Execute one statement, with `?` for each value, in a transaction of its own; its rows."""

    @abstractmethod
    def close(self) -> None:
        """Let go of every connection."""

    def count(self, hits: Sequence[Hit]) -> list[Count]:
        """Count hits with different names in one statement; the counts in the same order."""
        now = self._clock()
        # Always in the same order, so that two processes never wait for each other.
        rows = sorted((hit.name, hit.amount, now, now + hit.seconds) for hit in hits)
        statement = _COUNT.replace("(rows)", ", ".join([_ROW] * len(rows)))
        found = self._run(statement, [value for row in rows for value in row])
        counts = {name: Count(int(number), float(ends_at)) for name, number, ends_at in found}
        self._sweep(now)
        return [counts[hit.name] for hit in hits]

    def _sweep(self, now: float) -> None:
        self._statements += 1
        if self._statements % SWEEP_EVERY == 1:
            self._run(_SWEEP, (now, now, SWEEP_MOST))

    # ------------------------------------------------- what `limits` asks of a storage

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What counting can raise."""
        return (sqlite3.Error, psycopg.Error, OSError)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count under `key` in a window of `expiry` seconds."""
        return self.count([Hit(key, expiry, amount)])[0].hits

    def get(self, key: str) -> int:
        """How many there are in a window that has not ended."""
        return self._window(key)[0]

    def get_expiry(self, key: str) -> float:
        """When the window ends; now when there is none."""
        return self._window(key)[1]

    def check(self) -> bool:
        """Whether the counters can be read."""
        try:
            self.get("")
        except self.base_exceptions:
            return False
        return True

    def reset(self) -> int:
        """Forget every counter; how many there were."""
        return len(self._run("DELETE FROM rate_count RETURNING name", ()))

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._run("DELETE FROM rate_count WHERE name = ?", (key,))

    def _window(self, key: str) -> tuple[int, float]:
        now = self._clock()
        asked = "SELECT hits, ends_at FROM rate_count WHERE name = ? AND ends_at > ?"
        rows = self._run(asked, (key, now))
        return (int(rows[0][0]), float(rows[0][1])) if rows else (0, now)


class SQLiteCounters(Counters):
    """A file of its own, so that counting never waits for the record; `":memory:"` is this process's only.

    Nothing is flushed to the disk: after a power cut everybody begins with an empty window.
    """

    def __init__(self, file: Path | str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._file = str(file)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._open().execute(statement, values).fetchall()
            except sqlite3.Error:
                self._close()
                raise

    def _open(self) -> sqlite3.Connection:
        if self._statements % SWEEP_EVERY == 0 and self._identity != self._identity_on_disk():
            # Somebody removed or replaced the file: the others count in the new one.
            self._close()
        if self._connection is None:
            self._connection = self._connect()
            self._identity = self._identity_on_disk()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        # No transactions of the driver's: each statement is one.
        connection = sqlite3.connect(self._file, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout={SQLITE_WAIT_MILLISECONDS}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            for statement in _CREATE_IN_SQLITE:
                connection.execute(statement)
        except BaseException:
            connection.close()
            raise
        return connection

    def _identity_on_disk(self) -> tuple[int, int] | None:
        try:
            found = Path(self._file).stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class PostgreSQLCounters(Counters):
    """An unlogged table in the database, over connections of their own, as many as count at once."""

    def __init__(self, address: str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._address = address
        self._idle: queue.SimpleQueue[psycopg.Connection[tuple[Any, ...]]] = queue.SimpleQueue()
        self._is_prepared = False

    def _run(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        connection = self._take()
        try:
            cursor = connection.execute(statement.replace("?", "%s").encode(), values)
            rows = cursor.fetchall() if cursor.description else []
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)
        return rows

    def _take(self) -> psycopg.Connection[tuple[Any, ...]]:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._connect()

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        wait = POSTGRESQL_WAIT_MILLISECONDS
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=POSTGRESQL_CONNECT_SECONDS,
            options=f"-c search_path={SCHEMA} -c statement_timeout={wait} -c lock_timeout={wait}"
            " -c synchronous_commit=off -c client_min_messages=warning",
        )
        try:
            if not self._is_prepared:
                with connection.transaction():
                    for statement in _CREATE_IN_POSTGRESQL:
                        connection.execute(statement.encode())
                self._is_prepared = True
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close every connection that is not in use."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return
