"""Entries are chained in order by one sealer at a time, whatever happens to processes and databases."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from coalition.audit.heads import HeadFault, read_head
from coalition.audit.models import AuditEntry, AuditSeal
from coalition.audit.sealing import SealedLog, Sealer, begin_head_anew, begin_log, seal_pending
from coalition.core.errors import DatabaseFault
from coalition.core.unit_of_work import UnitOfWork
from tests.audit.logs import begun, faults, lay_open, opened_log, run_sql, seal, write
from tests.support.keys import AUDIT_KEY
from tests.support.threads import at_once

APPENDED_ONLY = "the audit log is only appended to"


@pytest.fixture
def log(database_url: str, tmp_path: Path) -> Iterator[SealedLog]:
    """A log that has just been begun."""
    with opened_log(database_url, tmp_path) as opened:
        yield begun(opened)


def positions(log: SealedLog) -> list[tuple[int, int]]:
    with log.units.reading() as uow:
        rows = uow.db.execute(sa.select(AuditSeal.position, AuditSeal.entry_id).order_by(AuditSeal.position))
        return [tuple(row) for row in rows]  # type: ignore[misc]


# ------------------------------------------------------------------ the log as it should be


def test_a_log_without_entries_is_whole(log: SealedLog) -> None:
    assert faults(log) == []
    assert seal(log) == 0
    assert read_head(log.head_file, AUDIT_KEY).count == 0
    assert log.head_file.stat().st_mode & 0o777 == 0o600


def test_entries_are_sealed_in_order_without_gaps(log: SealedLog) -> None:
    write(log, 1200)
    sealed = seal(log)
    write(log, 3)

    assert sealed == 1200
    assert positions(log) == [(number, number) for number in range(1, 1201)]
    assert read_head(log.head_file, AUDIT_KEY).count == 1200
    assert faults(log) == []


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_rows_can_be_neither_changed_nor_deleted(log: SealedLog, table: str) -> None:
    write(log, 3)
    seal(log)
    is_entry = table == "audit_entry"
    column, key = ("actor", "id") if is_entry else ("hash", "position")
    statements = [f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 'x'"]  # noqa: S608
    if log.units.database.is_sqlite:
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE {key} = 2")  # noqa: S608
    else:
        statements.append(f"TRUNCATE {table} CASCADE")

    for statement in statements:
        with pytest.raises(sa.exc.IntegrityError, match=APPENDED_ONLY):
            run_sql(log, statement)

    assert (len(positions(log)), faults(log)) == (3, [])


def test_an_entry_needs_a_key(log: SealedLog) -> None:
    log.units.audit_key = None

    with pytest.raises(RuntimeError, match="audit_key"):
        write(log, 1)


# ------------------------------------------------------------------ several at once


def test_two_that_seal_at_once_make_one_chain(database_url: str, tmp_path: Path) -> None:
    """Two processes on one data folder, and two more on a machine of their own, while others write."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folders = (tmp_path, tmp_path, elsewhere, elsewhere)
    with opened_log(database_url, tmp_path) as log:
        begun(log)
        (elsewhere / "audit-head.json").write_bytes(log.head_file.read_bytes())

        def work(number: int) -> None:
            folder = folders[number % 4]
            with opened_log(database_url, folder) as own:
                for part in range(6):
                    if number < 4:
                        seal(own)
                    else:
                        write(own, 20, seed=100 * number + part)

        assert at_once(6, work) == [None] * 6
        seal(log)

        assert [position for position, _ in positions(log)] == list(range(1, 241))
        assert sorted(entry for _, entry in positions(log)) == sorted({entry for _, entry in positions(log)})
        assert faults(log) == []
    with opened_log(database_url, elsewhere) as other:
        seal(other)
        assert faults(other) == []


def test_an_entry_that_became_visible_late_is_sealed_too(database_url: str, tmp_path: Path) -> None:
    with opened_log(database_url, tmp_path) as log, opened_log(database_url, tmp_path) as other:
        begun(log, 2)
        if log.units.database.is_sqlite:
            # There is one writer at a time.
            return
        with other.units.writing() as slow:
            slow.db.execute(sa.text("SELECT nextval(pg_get_serial_sequence('audit_entry', 'id'))"))
            write(log, 2)
            assert seal(log) == 2
            slow.db.execute(
                sa.text(
                    "INSERT INTO audit_entry"
                    " (id, happened_at, actor, action, subject_type, subject_id, fields)"
                    " SELECT 3, happened_at, actor, action, subject_type, subject_id, fields"
                    " FROM audit_entry WHERE id = 1"
                )
            )

        assert seal(log) == 1
        assert [entry for _, entry in positions(log)] == [1, 2, 4, 5, 3]
        assert faults(log) == ["entry 3 has no authentication"]


_SEAL_FOREVER = """
import random, sys
from pathlib import Path
from tests.audit.logs import opened_log, seal, write
with opened_log(sys.argv[1], Path(sys.argv[2])) as log:
    for number in range(10_000):
        write(log, 30, seed=number)
        seal(log)
        print(number, flush=True)
"""


@pytest.mark.slow
def test_killed_while_sealing(log: SealedLog, database_url: str) -> None:
    for delay in (0.02, 0.11, 0.23):
        process = subprocess.Popen(
            [sys.executable, "-c", _SEAL_FOREVER, database_url, str(log.head_file.parent)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()

        assert faults(log) == []
        seal(log)
        assert faults(log) == []
    assert len(positions(log)) >= 90


# ------------------------------------------------------------------ the thread


def test_the_sealer_seals_by_itself_and_once_more_when_stopped(log: SealedLog) -> None:
    sealer = Sealer(log, seconds=0.02)
    write(log, 5)

    sealer.start()
    deadline = time.monotonic() + 20
    # The head goes to its file after the entries are committed, so the file is what to wait for.
    while read_head(log.head_file, log.key).count < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    sealed_alone = len(positions(log))
    written = log.head_file.stat().st_mtime_ns
    time.sleep(0.2)
    idle = log.head_file.stat().st_mtime_ns
    write(log, 4)
    sealer.stop()

    assert (sealed_alone, idle) == (5, written)
    assert len(positions(log)) == 9
    assert faults(log) == []


def test_the_sealer_outlives_a_database_that_is_away(
    log: SealedLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away, tried = Event(), Event()
    reading = log.units.reading

    @contextmanager
    def perhaps() -> Iterator[UnitOfWork]:
        if away.is_set():
            tried.set()
            raise DatabaseFault("DATABASE_UNAVAILABLE")
        with reading() as uow:
            yield uow

    monkeypatch.setattr(log.units, "reading", perhaps)
    away.set()
    write(log, 2)
    sealer = Sealer(log, seconds=0.01)
    with caplog.at_level(logging.ERROR, "coalition.audit"):
        sealer.start()
        assert tried.wait(20)
        tried.clear()
        assert tried.wait(20)
        away.clear()
        sealer.stop()

    assert [record.getMessage() for record in caplog.records] == [
        "audit log not sealed: DATABASE_UNAVAILABLE"
    ]
    assert len(positions(log)) == 2


def test_the_sealer_hides_no_cut_tail(log: SealedLog, caplog: pytest.LogCaptureFixture) -> None:
    begin_head_anew(log, "accept", "to have more than one")
    write(log, 6)
    seal(log)
    lay_open(log)
    run_sql(log, "DELETE FROM audit_seal WHERE position > 5", "DELETE FROM audit_entry WHERE id > 5")
    write(log, 10)

    with pytest.raises(HeadFault, match="knows 7 sealed entries that the log does not hold"):
        seal(log)
    with caplog.at_level(logging.ERROR, "coalition.audit"):
        sealer = Sealer(log, seconds=60)
        sealer.start()
        sealer.stop()

    assert len(positions(log)) == 5
    assert faults(log) == ["audit-head.json knows 7 sealed entries, the log holds 5: its tail was cut"]
    assert "coalition audit verify" in caplog.text


def test_a_running_sealer_knows_more_than_a_head_that_was_put_back(log: SealedLog) -> None:
    old = log.head_file.read_text()
    write(log, 3)
    newest, _ = seal_pending(log)
    log.head_file.write_text(old)

    with pytest.raises(HeadFault, match="is older than it was"):
        seal_pending(log, at_least=newest)


# ------------------------------------------------------------------ beginning


def test_what_was_written_before_is_accepted_once(database_url: str, tmp_path: Path) -> None:
    with opened_log(database_url, tmp_path) as log:
        write(log, 2)
        insert = (
            "INSERT INTO audit_entry (happened_at, actor, action, subject_type, subject_id, fields)"
            " SELECT happened_at, 'somebody', action, subject_type, subject_id, fields"
            " FROM audit_entry WHERE id = 1"
        )
        run_sql(log, insert)

        assert begin_log(log) == 1
        assert positions(log) == [(1, 1), (2, 2), (3, 3), (4, 4)]
        assert faults(log) == []
        with log.units.reading() as uow:
            entry = uow.db.get_one(AuditEntry, 4)
        assert (entry.action, entry.reason) == (
            "audit:log:begin",
            "1 entries without authentication accepted",
        )
        with pytest.raises(HeadFault, match="begun before"):
            begin_log(log)
        run_sql(log, insert)
        assert faults(log) == ["entry 5 has no authentication"]
        seal(log)
        assert faults(log) == ["entry 5 has no authentication"]
