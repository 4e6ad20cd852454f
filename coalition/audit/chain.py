"""The chain as it is stored, read value by value: what somebody changed by hand must not stop the reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.audit.authentication import NO_HASH, Contents, Sealed
from coalition.core.errors import CoalitionError
from coalition.core.unit_of_work import UnitOfWork

# Rows in memory at a time.
BATCH = 500


class Unreadable(CoalitionError):
    """A row that no release of ours wrote; the text names the column."""


@dataclass(frozen=True)
class StoredEntry:
    """An entry with its tag, which nobody has checked yet."""

    id: int
    contents: Contents
    tag: str | None


@dataclass(frozen=True)
class StoredSeal:
    """A seal with its hash, which nobody has checked yet."""

    sealed: Sealed
    hash: str


def entry_in(values: Sequence[Any]) -> StoredEntry:
    """The entry in the values of the columns of `ENTRY`. Raises `Unreadable`."""
    number, *contents, tag = _read(_ENTRY_READERS, values)
    return StoredEntry(number, Contents(*contents), tag)


def seal_in(values: Sequence[Any]) -> StoredSeal:
    """The seal in the values of the columns of `SEAL`. Raises `Unreadable`."""
    *sealed, found = _read(_SEAL_READERS, values)
    return StoredSeal(Sealed(*sealed), found)


def newest_seal(uow: UnitOfWork) -> StoredSeal | None:
    """The last seal of the chain. Raises `Unreadable`."""
    row = uow.db.execute(sa.select(SEAL).order_by(SEAL.c.position.desc()).limit(1)).one_or_none()
    return seal_in(row) if row is not None else None


def hash_at(uow: UnitOfWork, position: int) -> str | None:
    """The hash at a position of the chain; None where it does not reach."""
    if position == 0:
        return NO_HASH
    return uow.db.scalars(sa.select(SEAL.c.hash).where(SEAL.c.position == position)).one_or_none()


def unsealed(*, above: int = 0) -> sa.Select[Any]:
    """Entries without a seal whose id is above this, in their order."""
    sealed = sa.exists().where(SEAL.c.entry_id == ENTRY.c.id)
    return sa.select(ENTRY).where(ENTRY.c.id > above, sa.not_(sealed)).order_by(ENTRY.c.id)


def streamed(uow: UnitOfWork, statement: sa.Select[Any]) -> Iterator[Any]:
    """The rows of a statement, a batch in memory at a time."""
    options = {"stream_results": True, "yield_per": BATCH}
    yield from uow.db.execute(statement, execution_options=options)


def _read(readers: dict[str, Callable[[Any], Any]], values: Sequence[Any]) -> list[Any]:
    found = []
    for (column, reader), value in zip(readers.items(), values, strict=True):
        try:
            found.append(reader(value))
        except (TypeError, ValueError) as error:
            raise Unreadable(column) from error
    return found


def _optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reader(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _yes_or_no(value: Any) -> bool:
    if value not in (0, 1):
        raise ValueError(value)
    return bool(value)


def _texts(value: Any) -> tuple[str, ...]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, list):
        raise TypeError
    return tuple(map(_text, found))


def _moment(value: Any) -> datetime:
    """An instant; as SQLite keeps it, written just as we write it: UTC without saying so."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    found = datetime.fromisoformat(_text(value))
    if found.isoformat(" ", "microseconds") != value:
        raise ValueError(value)
    return found.replace(tzinfo=UTC)


def _uuid(value: Any) -> UUID:
    if isinstance(value, UUID):
        return value
    found = UUID(hex=_text(value))
    if found.hex != value:
        raise ValueError(value)
    return found


# Columns in the order of `StoredEntry` and `StoredSeal`, and how the drivers' values are read.
_ENTRY_READERS: dict[str, Callable[[Any], Any]] = {
    "id": _number,
    "happened_at": _moment,
    "actor": _text,
    "organisation_id": _optional(_uuid),
    "action": _text,
    "subject_type": _text,
    "subject_id": _uuid,
    "fields": _texts,
    "reason": _optional(_text),
    "nonce": _optional(_uuid),
    "tag": _optional(_text),
}
_SEAL_READERS: dict[str, Callable[[Any], Any]] = {
    "position": _number,
    "entry_id": _number,
    "accepted": _yes_or_no,
    "sealed_at": _moment,
    "hash": _text,
}
# Tables without types, so that values arrive as they are.
ENTRY = sa.table("audit_entry", *map(sa.column, _ENTRY_READERS))
SEAL = sa.table("audit_seal", *map(sa.column, _SEAL_READERS))
