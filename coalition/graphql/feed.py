"""Live events: every process watches the outbox and tells its own subscribers."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa

from coalition.core.database import Database
from coalition.core.events import OutboxEntry
from coalition.core.unit_of_work import OUTBOX_CHANNEL

log = logging.getLogger("coalition.feed")

# A pragma of three microseconds; a quarter of a second is what a person feels as at once.
SQLITE_POLL_SECONDS = 0.1
POSTGRESQL_WAIT_SECONDS = 2.0
RETRY_SECONDS = 1.0
# On PostgreSQL ids can become visible out of order: look back over as many entries each time.
LOOK_BACK = 200
QUEUE_LIMIT = 1000


@dataclass(frozen=True)
class LiveEvent:
    """An outbox entry as subscribers get it: which record, and codes to choose by."""

    name: str
    subject_id: UUID
    payload: dict[str, Any]


@dataclass(eq=False)
class Subscriber:
    """One live stream; a slow one that lets its queue fill is ended, never waited for."""

    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[LiveEvent | None] = field(default_factory=lambda: asyncio.Queue(QUEUE_LIMIT))

    def put(self, event: LiveEvent | None) -> None:
        """Queue an event, or the end; called on the subscriber's loop."""
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.queue.get_nowait()
            self.queue.put_nowait(None)


class Feed:
    """Watches one database's outbox in a thread. `listen` is for coroutines on any loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscribers: set[Subscriber] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._last_id = 0
        self._seen: set[int] = set()

    def start(self) -> None:
        """Begin to watch from the newest entry on."""
        self._remember()
        watch = self._watch_sqlite if self._database.is_sqlite else self._watch_postgresql
        self._thread = threading.Thread(target=self._keep, args=(watch,), name="feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and end every stream."""
        self._stopping.set()
        self._tell(None)
        if self._thread is not None:
            self._thread.join(timeout=POSTGRESQL_WAIT_SECONDS + 1)

    async def listen(self, *names: str) -> AsyncIterator[LiveEvent]:
        """Events with these names from now on, until the feed stops or the listener falls behind."""
        subscriber = Subscriber(asyncio.get_running_loop())
        with self._lock:
            self._subscribers.add(subscriber)
        try:
            while not self._stopping.is_set():
                event = await subscriber.queue.get()
                if event is None:
                    return
                if event.name in names:
                    yield event
        finally:
            with self._lock:
                self._subscribers.discard(subscriber)

    def _keep(self, watch: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                watch()
            except Exception:
                log.exception("live feed lost the database; it tries again")
                self._stopping.wait(RETRY_SECONDS)

    def _watch_sqlite(self) -> None:
        # A read-only connection of its own: data_version changes on other connections' commits only.
        path = self._database.url.database or ""
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            version = None
            while not self._stopping.wait(SQLITE_POLL_SECONDS):
                current = connection.execute("PRAGMA data_version").fetchone()[0]
                if current != version:
                    version = current
                    self._catch_up()

    def _watch_postgresql(self) -> None:
        address = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"LISTEN {OUTBOX_CHANNEL}")
            self._catch_up()
            while not self._stopping.is_set():
                heard = list(connection.notifies(timeout=POSTGRESQL_WAIT_SECONDS, stop_after=1))
                if heard:
                    self._catch_up()

    def _remember(self) -> None:
        """Take what is there as told, so that looking back tells only what became visible late."""
        with self._database.session(write=False) as db:
            newest = sa.select(OutboxEntry.id).order_by(sa.desc(OutboxEntry.id)).limit(2 * LOOK_BACK)
            self._seen = set(db.scalars(newest))
        self._last_id = max(self._seen, default=0)

    def _catch_up(self) -> None:
        start = self._last_id if self._database.is_sqlite else self._last_id - LOOK_BACK
        with self._database.session(write=False) as db:
            entries = db.scalars(
                sa.select(OutboxEntry).where(OutboxEntry.id > start).order_by(OutboxEntry.id)
            ).all()
        for entry in entries:
            number = entry.id or 0
            if number not in self._seen:
                self._seen.add(number)
                self._tell(LiveEvent(entry.name, entry.subject_id, entry.payload))
            self._last_id = max(self._last_id, number)
        self._seen = {number for number in self._seen if number > self._last_id - 2 * LOOK_BACK}

    def _tell(self, event: LiveEvent | None) -> None:
        with self._lock:
            subscribers = list(self._subscribers)
        for subscriber in subscribers:
            try:
                subscriber.loop.call_soon_threadsafe(subscriber.put, event)
            except RuntimeError:
                # Its loop is closed: the stream is gone already.
                with self._lock:
                    self._subscribers.discard(subscriber)
