"""Checking the whole log: any edit, deletion, insertion, change of order or cut, in constant memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from coalition.audit.authentication import NO_HASH, has_its_tag, seal_hash
from coalition.audit.chain import (
    ENTRY,
    SEAL,
    StoredEntry,
    StoredSeal,
    Unreadable,
    entry_in,
    seal_in,
    streamed,
    unsealed,
)
from coalition.audit.heads import Head
from coalition.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class AuditFault:
    """One thing that is wrong with the log: where, and what."""

    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.place} {self.words}"


Tell = Callable[[AuditFault], None]


@dataclass
class Totals:
    """What was found; `notes` are no faults: the log was begun or restored, the head is a moment behind."""

    sealed: int = 0
    unsealed: int = 0
    accepted: int = 0
    faults: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class KnownHead:
    """A head to compare with. `is_own`: of this installation, so that it may be only a moment behind."""

    name: str
    head: Head
    is_own: bool = False


_SEAL_COLUMNS = len(SEAL.c)
_NOTES = 20


def verify_log(uow: UnitOfWork, key: bytes, heads: Sequence[KnownHead], tell: Tell) -> Totals:
    """Check every seal and entry of this snapshot; `tell` hears of each fault as it is found."""
    walk = _Walk(key, heads, tell)
    both = sa.select(SEAL, ENTRY).select_from(SEAL.outerjoin(ENTRY, ENTRY.c.id == SEAL.c.entry_id))
    for row in streamed(uow, both.order_by(SEAL.c.position)):
        walk.seal(row[:_SEAL_COLUMNS], row[_SEAL_COLUMNS:])
    walk.end()
    for row in streamed(uow, unsealed()):
        walk.unsealed(row)
    for nonce in _repeated(uow):
        walk.fault("entries", f"with the nonce {nonce}: one is a copy of another")
    return walk.totals


def _repeated(uow: UnitOfWork) -> Iterator[Any]:
    grouped = sa.select(ENTRY.c.nonce).where(ENTRY.c.nonce.is_not(None)).group_by(ENTRY.c.nonce)
    for row in streamed(uow, grouped.having(sa.func.count() > 1)):
        yield row.nonce


class _Walk:
    """Goes along the chain once and remembers no more than the hash before."""

    def __init__(self, key: bytes, heads: Sequence[KnownHead], tell: Tell) -> None:
        self.totals = Totals()
        self._key = key
        self._tell = tell
        self._previous = NO_HASH
        self._position = 0
        self._heads = [_Watched(known) for known in heads]

    def fault(self, place: str, words: str) -> None:
        self.totals.faults += 1
        self._tell(AuditFault(place, words))

    # ------------------------------------------------------------------ seals

    def seal(self, seal: Sequence[Any], entry: Sequence[Any]) -> None:
        position, newest_hash = seal[0], seal[-1]
        place = f"seal {position}"
        if position != self._position + 1:
            self.fault(place, f"follows seal {self._position}: what stood between is gone or was moved")
        self._position = position
        self.totals.sealed += 1
        try:
            stored = seal_in(seal)
        except Unreadable as error:
            self.fault(place, f"cannot be read: its {error} was changed")
            # What follows is checked against what stands here, so that one change is one fault.
            self._previous = newest_hash if isinstance(newest_hash, str) else ""
            return
        for watched in self._heads:
            watched.pass_by(stored)
        self._check_entry(stored, entry)
        self._previous = stored.hash

    def _check_entry(self, stored: StoredSeal, values: Sequence[Any]) -> None:
        sealed = stored.sealed
        place = f"seal {sealed.position}"
        if values[0] is None:
            self.fault(place, f"has no entry: entry {sealed.entry_id} is gone")
            return
        try:
            entry = entry_in(values)
        except Unreadable as error:
            self.fault(place, f"does not fit: the {error} of entry {sealed.entry_id} was changed")
            return
        if stored.hash != seal_hash(self._key, self._previous, sealed, entry.contents, entry.tag):
            self.fault(place, f"does not fit: it, entry {entry.id} or their order was changed")
        else:
            self._check_tag(entry, accepted=sealed.accepted)
            self._note(entry)

    def _check_tag(self, entry: StoredEntry, *, accepted: bool) -> None:
        if accepted:
            self.totals.accepted += 1
        elif entry.tag is None:
            self.fault(f"entry {entry.id}", "has no authentication")
        elif not has_its_tag(self._key, entry.contents, entry.tag):
            self.fault(f"entry {entry.id}", "was changed, or not written by this coalition")

    def _note(self, entry: StoredEntry) -> None:
        if entry.contents.action.startswith("audit:log:") and len(self.totals.notes) < _NOTES:
            moment = f"{entry.contents.happened_at:%Y-%m-%d %H:%M} UTC"
            self.totals.notes.append(
                f"{entry.contents.action} at {moment}, entry {entry.id}: {entry.contents.reason}"
            )

    # ------------------------------------------------------------------ the rest

    def end(self) -> None:
        for watched in self._heads:
            for is_fault, words in watched.verdict(self._position):
                if is_fault:
                    self.fault(watched.known.name, words)
                else:
                    self.totals.notes.append(f"{watched.known.name} {words}")

    def unsealed(self, row: Any) -> None:
        self.totals.unsealed += 1
        try:
            entry = entry_in(row)
        except Unreadable as error:
            self.fault(f"entry {row.id}", f"is not sealed and cannot be read: its {error} was changed")
            return
        self._check_tag(entry, accepted=False)


class _Watched:
    """Compares one head with the chain as it passes by."""

    def __init__(self, known: KnownHead) -> None:
        self.known = known
        self._fits = known.head.count == 0
        self._beyond: set[Any] = set()

    def pass_by(self, stored: StoredSeal) -> None:
        if stored.sealed.position == self.known.head.count:
            self._fits = stored.hash == self.known.head.hash
        elif stored.sealed.position > self.known.head.count and len(self._beyond) < 2:
            self._beyond.add(stored.sealed.sealed_at)

    def verdict(self, count: int) -> Iterator[tuple[bool, str]]:
        """Whether it is a fault, and what: nothing for a head that fits."""
        head = self.known.head
        if count < head.count:
            yield True, f"knows {head.count} sealed entries, the log holds {count}: its tail was cut"
        elif not self._fits:
            yield True, f"does not fit: another seal {head.count} stands in the log than when it was written"
        elif self.known.is_own and len(self._beyond) > 1:
            yield True, f"is older than the log: it knows {head.count} of {count} sealed entries"
        elif self.known.is_own and self._beyond:
            # Sealing and writing the head are two steps; a process can end between them.
            yield False, f"is one step behind: it knows {head.count} of {count} sealed entries"
