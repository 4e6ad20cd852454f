"""Sealing: chaining entries that stand in the log, in order, by one process at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from coalition.audit.authentication import NO_HASH, Sealed, has_its_tag, seal_hash
from coalition.audit.chain import BATCH, SEAL, Unreadable, entry_in, hash_at, newest_seal, unsealed
from coalition.audit.heads import Head, HeadFault, only_sealer, read_head, write_head
from coalition.audit.models import AuditSeal
from coalition.audit.service import LOG, record
from coalition.core.actor import system_actor
from coalition.core.errors import DatabaseFault
from coalition.core.unit_of_work import UnitOfWork, Units

log = logging.getLogger("coalition.audit")

SEAL_SECONDS = 1.0
# On PostgreSQL ids become visible out of order: each look goes back over as many of them, and every
# so often over all.
LOOK_BACK = 10_000
LOOK_AT_ALL_EVERY = 600
COMPLAIN_SECONDS = 60.0
# Of a database that comes from one of these, what was written before is accepted as it stands.
REVISIONS_WITHOUT_SEALS = (None, "0001", "0002")
# Any number that nothing else in this database takes an advisory lock with.
_ADVISORY_LOCK = 0x5EA1


@dataclass(frozen=True)
class SealedLog:
    """The log of one installation: its database, its key, and the file that keeps its head."""

    units: Units
    head_file: Path

    @property
    def key(self) -> bytes:
        """The `audit_key`, without which no log is sealed or checked."""
        if self.units.audit_key is None:
            raise RuntimeError("Units whose log is sealed are made with an audit_key.")
        return self.units.audit_key


def begin_log(sealed_log: SealedLog) -> int:
    """Seal what was written before there was a head, and write the first one.

    Entries without authentication are accepted as they stand, and an entry says how many: this is for a
    database or a key that has just been made. Returns how many. Raises `HeadFault` when there is a chain.
    """
    key = sealed_log.key
    with only_sealer(sealed_log.head_file), sealed_log.units.writing() as uow:
        _lock(uow)
        if newest_seal(uow) is not None:
            raise HeadFault("belongs to a log that was begun before")
        head, accepted = _seal_rest(uow, key, accepting=True)
        if accepted:
            _tell_of_log(uow, "begin", f"{accepted} entries without authentication accepted")
            head, _ = _seal_rest(uow, key, accepting=False)
        _write_after(uow, sealed_log, head)
    return accepted


def begin_head_anew(sealed_log: SealedLog, action: str, reason: str) -> Head:
    """Let the head follow from the log as it stands, also when it knew more; an entry says so and why.

    A log that was never sealed is taken as `begin_log` takes it.
    """
    key = sealed_log.key
    with only_sealer(sealed_log.head_file), sealed_log.units.writing() as uow:
        _lock(uow)
        first = newest_seal(uow) is None
        _, accepted = _seal_rest(uow, key, accepting=first)
        words = f"; {accepted} entries without authentication accepted" if accepted else ""
        _tell_of_log(uow, action, f"{reason}{words}")
        head, _ = _seal_rest(uow, key, accepting=False)
        _write_after(uow, sealed_log, head)
    return head


def _write_after(uow: UnitOfWork, sealed_log: SealedLog, head: Head) -> None:
    # The head never knows of what is not durable.
    uow.commit()
    write_head(sealed_log.head_file, head, sealed_log.key)


def _tell_of_log(uow: UnitOfWork, action: str, reason: str) -> None:
    record(uow, system_actor("audit"), action=f"audit:log:{action}", subject=LOG, reason=reason)
    uow.db.flush()


def seal_pending(sealed_log: SealedLog, *, at_least: Head | None = None, above: int = 0) -> tuple[Head, int]:
    """Seal the entries without a seal whose id is above this; returns the head, and how many were sealed.

    A chain that does not hold the head of the file, or the head `at_least`, was cut or changed: nothing
    is sealed then, so that no new head hides it. Raises `HeadFault`, and `DatabaseFault`.
    """
    sealed = 0
    with only_sealer(sealed_log.head_file):
        known = read_head(sealed_log.head_file, sealed_log.key)
        if at_least is not None and known.count < at_least.count:
            raise HeadFault(f"is older than it was: it knew {at_least.count} entries, now {known.count}")
        while True:
            with sealed_log.units.writing() as uow:
                _lock(uow)
                head, added = _seal_batch(uow, sealed_log.key, known, above)
            if head != known:
                write_head(sealed_log.head_file, head, sealed_log.key)
            known, sealed = head, sealed + added
            if added < BATCH:
                return known, sealed


def _seal_batch(uow: UnitOfWork, key: bytes, known: Head, above: int) -> tuple[Head, int]:
    if hash_at(uow, known.count) != known.hash:
        raise HeadFault(f"knows {known.count} sealed entries that the log does not hold like this")
    rows = uow.db.execute(unsealed(above=above).limit(BATCH)).all()
    made, _ = _append(uow, key, rows, accepting=False)
    return _head(uow), made


def _seal_rest(uow: UnitOfWork, key: bytes, *, accepting: bool) -> tuple[Head, int]:
    """Seal all entries in this transaction; returns the head, and how many entries were accepted."""
    accepted, above = 0, 0
    while rows := uow.db.execute(unsealed(above=above).limit(BATCH)).all():
        _, taken = _append(uow, key, rows, accepting=accepting)
        accepted, above = accepted + taken, rows[-1].id
    return _head(uow), accepted


def _append(uow: UnitOfWork, key: bytes, rows: Iterable[Any], *, accepting: bool) -> tuple[int, int]:
    """Seal these entries after the newest seal; how many were sealed, and accepted without their tag."""
    newest = newest_seal(uow)
    position, previous = (newest.sealed.position, newest.hash) if newest else (0, NO_HASH)
    made = []
    for row in rows:
        try:
            entry = entry_in(row)
        except Unreadable as error:
            log.error("audit entry %s is not sealed: its %s cannot be read", row.id, error)  # noqa: TRY400
            continue
        position += 1
        accepted = accepting and not has_its_tag(key, entry.contents, entry.tag)
        sealed = Sealed(position, entry.id, accepted, uow.now)
        previous = seal_hash(key, previous, sealed, entry.contents, entry.tag)
        made.append({**vars(sealed), "hash": previous})
    if made:
        uow.db.execute(sa.insert(AuditSeal), made)
    return len(made), sum(row["accepted"] for row in made)


def _head(uow: UnitOfWork) -> Head:
    newest = newest_seal(uow)
    if newest is None:
        return Head(0, NO_HASH, uow.now)
    return Head(newest.sealed.position, newest.hash, newest.sealed.sealed_at)


def current_head(uow: UnitOfWork) -> Head:
    """The head of the chain as it is stored; nobody has checked it."""
    return _head(uow)


def _lock(uow: UnitOfWork) -> None:
    # SQLite has one writer anyway.
    if not uow.is_sqlite:
        uow.db.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))


class Sealer:
    """Seals in a thread of its own, every second and once more when it is stopped.

    Whatever is wrong is logged and tried again: the product serves on, entries stay authenticated, and
    `coalition audit verify` counts those that are not sealed.
    """

    def __init__(self, sealed_log: SealedLog, seconds: float = SEAL_SECONDS) -> None:
        self._log = sealed_log
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._head: Head | None = None
        self._rounds = 0
        self._said: tuple[str, float] = ("", 0.0)

    def start(self) -> None:
        """Begin to seal."""
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Seal what is there, and end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self._seal()
        self._seal()

    def _seal(self) -> None:
        try:
            self._seal_what_is_new()
        except DatabaseFault as fault:
            self._complain(fault.code)
        except Unreadable as error:
            self._complain(f"the {error} of the newest seal was changed; see `coalition audit verify`")
        except HeadFault as fault:
            self._complain(f"audit-head.json {fault}; see `coalition audit verify`")
        except OSError as error:
            self._complain(f"audit-head.json: {error.strerror}")
        except Exception:
            log.exception("audit log not sealed; it is tried again")

    def _seal_what_is_new(self) -> None:
        with self._log.units.reading() as uow:
            above = self._look_from(uow)
            waiting = uow.db.execute(unsealed(above=above).limit(1)).first() is not None
            newest = newest_seal(uow)
        count = newest.sealed.position if newest else 0
        # Also when another process, on a machine of its own, has sealed: this one keeps a head too.
        if waiting or self._head is None or self._head.count != count:
            self._head, _ = seal_pending(self._log, at_least=self._head, above=above)

    def _look_from(self, uow: UnitOfWork) -> int:
        self._rounds += 1
        if uow.is_sqlite and self._rounds > 1:
            look_back = 0
        elif self._rounds % LOOK_AT_ALL_EVERY == 1:
            return 0
        else:
            look_back = LOOK_BACK
        newest: int = uow.db.scalars(sa.select(sa.func.max(SEAL.c.entry_id))).one() or 0
        return newest - look_back

    def _complain(self, text: str) -> None:
        said, when = self._said
        if text != said or time.monotonic() - when > COMPLAIN_SECONDS:
            log.error("audit log not sealed: %s", text)
            self._said = (text, time.monotonic())
