"""One transaction with its clock: what every service function is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from coalition.core.clock import Clock, civil_date, system_clock
from coalition.core.data_version import VERSION, raised
from coalition.core.database import CHANGED, Database, translated_faults
from coalition.core.errors import DatabaseFault
from coalition.core.events import Event, OutboxEntry
from coalition.core.kept import Kept
from coalition.core.lookups import Lookup

# The channel that wakes listeners on PostgreSQL; SQLite listeners watch `PRAGMA data_version`.
OUTBOX_CHANNEL = "coalition_outbox"

Handler = Callable[["UnitOfWork", Event], None]


class UnitOfWork:
    """A transaction under way. `now` stands still for its whole length.

    Services never commit: the edge that opened the unit does (one mutation field, one page
    submission, one job run).
    """

    def __init__(
        self,
        db: Session,
        now: datetime,
        handlers: dict[str, list[Handler]],
        audit_key: bytes | None = None,
        *,
        kept: Kept[Any] | None = None,
    ) -> None:
        self.db = db
        self.audit_key = audit_key
        # What was made of the data before; none where the data is being changed.
        self.kept = kept
        self.depends_on_now = False
        self._now = now
        self._handlers = handlers
        self._told = False

    @property
    def now(self) -> datetime:
        """The moment of this unit; what is made with it may be another thing a moment later."""
        self.depends_on_now = True
        return self._now

    @now.setter
    def now(self, moment: datetime) -> None:
        self._now = moment

    @property
    def today(self) -> date:
        """The civil date in the coalition's time zone."""
        return civil_date(self._now)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database under this unit is SQLite."""
        return self.db.get_bind().dialect.name == "sqlite"

    def emit(self, event: Event) -> None:
        """Tell handlers now, and write the outbox entry that tells other processes after commit."""
        for handle in self._handlers.get(event.name, ()):
            handle(self, event)
        self.db.add(
            OutboxEntry(
                name=event.name, subject_id=event.subject_id, payload=event.payload, happened_at=self._now
            )
        )
        self._told = True

    def commit(self) -> None:
        """Make everything of this unit durable and visible, or raise and leave nothing."""
        self.db.flush()
        if self.db.in_transaction():
            self._raise_version()
        self.db.commit()

    def _raise_version(self) -> None:
        """The last statement, so that nobody waits for this row longer than for a commit."""
        raising = raised(self.db.connection().info.pop(CHANGED, ()))
        telling = sa.func.pg_notify(OUTBOX_CHANNEL, "") if self._told and not self.is_sqlite else None
        if raising is not None:
            self.db.connection().execute(raising if telling is None else raising.returning(telling))
        elif telling is not None:
            self.db.execute(sa.select(telling))


_VERSION = Lookup(VERSION)


def data_number(uow: UnitOfWork) -> int | None:
    """The version of the data that this unit sees; None when it cannot see anything any more."""
    try:
        found: int = _VERSION.within(uow.db.connection()).data_number
    except (SQLAlchemyError, DatabaseFault):
        return None
    return found


def newest_data_number(database: Database) -> int:
    """The version of the data that is committed now."""
    found: int = _VERSION.glance(database).data_number
    return found


class Units:
    """Opens units of work on one database with one clock and the handlers registered in `app.py`.

    `audit_key` authenticates what is written to the audit log; without it nothing can be.
    """

    def __init__(
        self, database: Database, clock: Clock = system_clock, *, audit_key: bytes | None = None
    ) -> None:
        self.database = database
        self.clock = clock
        self.audit_key = audit_key
        # What was found out for callers lately; a reach of thousands of organisations weighs as many.
        self.kept: Kept[Any] = Kept(most=2_000, heaviest=200_000)
        self.handlers: dict[str, list[Handler]] = {}

    def on(self, event_name: str, handler: Handler) -> None:
        """Call `handler` inside the unit of work whenever `event_name` is emitted."""
        self.handlers.setdefault(event_name, []).append(handler)

    @contextmanager
    def writing(self) -> Iterator[UnitOfWork]:
        """A unit that commits at the end of the block and rolls back on any exception."""
        with self.database.session(write=True) as db, translated_faults():
            unit = UnitOfWork(db, self.clock(), self.handlers, self.audit_key)
            yield unit
            unit.commit()

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit that sees one snapshot and cannot be committed."""
        with self.database.session(write=False) as db, translated_faults():
            yield UnitOfWork(db, self.clock(), self.handlers, self.audit_key, kept=self.kept)
