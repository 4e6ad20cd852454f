"""Audit logs to look at and to tamper with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from coalition.audit.chain import BATCH
from coalition.audit.checking import check_log
from coalition.audit.sealing import SealedLog, begin_log, seal_pending
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.database import Database
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.factories import NOW
from tests.support.keys import AUDIT_KEY

ACTIONS = (
    "outreach:activity:log",
    "assistance:pool:confirm",
    "service:secret:read",
    "account:sign_in:refuse",
)
REASONS = (None, None, "wrong password", "«Ștefan»\n\u0301 ✓", "x" * 300)
FIELDS = ((), ("maximum",), ("title", "starts_on", "topics"))


class Ticking:
    """A clock that goes on by a second and some microseconds each time it is asked."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1, microseconds=377)
        return self.now


@contextmanager
def opened_log(url: str, folder: Path, key: bytes = AUDIT_KEY) -> Iterator[SealedLog]:
    """The log in a database, with its head in a folder."""
    database = Database(url)
    yield SealedLog(Units(database, Ticking(), audit_key=key), folder / "audit-head.json")
    database.dispose()


def write_entries(uow: UnitOfWork, count: int, rng: random.Random) -> None:
    """Append entries of many kinds."""
    for _ in range(count):
        record(
            uow,
            Actor(subject=f"account:{UUID(int=rng.getrandbits(128))}"),
            action=rng.choice(ACTIONS),
            subject=(rng.choice(("Activity", "Service")), UUID(int=rng.getrandbits(128))),
            organisation_id=rng.choice((None, UUID(int=rng.getrandbits(128)))),
            fields=rng.choice(FIELDS),
            reason=rng.choice(REASONS),
        )
    uow.db.flush()


def write(log: SealedLog, count: int, seed: int = 0) -> None:
    """Append entries in one transaction."""
    with log.units.writing() as uow:
        write_entries(uow, count, random.Random(seed))  # noqa: S311


def seal(log: SealedLog) -> int:
    """Seal everything that waits; how many."""
    return seal_pending(log)[1]


def begun(log: SealedLog, *sizes: int) -> SealedLog:
    """Begin the log, and write and seal as many entries in one batch after the other."""
    assert max(sizes, default=0) <= BATCH
    begin_log(log)
    for number, size in enumerate(sizes):
        write(log, size, seed=number)
        assert seal(log) == size
    return log


def faults(log: SealedLog, kept: str | None = None) -> list[str]:
    """What checking the log says."""
    found: list[str] = []
    totals = check_log(log, kept, lambda fault: found.append(str(fault)))
    assert totals.faults == len(found)
    return found


def run_sql(log: SealedLog, *statements: str) -> None:
    """Run statements in one transaction."""
    with log.units.writing() as uow:
        for statement in statements:
            uow.db.execute(sa.text(statement))


def lay_open(log: SealedLog) -> None:
    """Take the triggers away, as somebody who owns the database can."""
    with log.units.writing() as uow:
        connection = uow.db.connection()
        if not uow.is_sqlite:
            for table in ("audit_entry", "audit_seal"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            return
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
        for name in names.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
