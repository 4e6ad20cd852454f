"""Storing one line: created, updated where it differs, or left alone; with its audit entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel

from coalition.assistance.repository import hidden_place_words
from coalition.audit import service as audit
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.tables import created_now
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import LineRefused

Row = TypeVar("Row", bound=SQLModel)
BeforeChange = Callable[[UnitOfWork, Sequence[UUID]], None]


class Outcome(StrEnum):
    """What became of a line."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    KEPT = "KEPT"


@dataclass
class Loading:
    """The transaction of one file, who loads, and the organisation whose records they become.

    `owner_id` is None only while `coalition` itself is not stored yet.
    """

    uow: UnitOfWork
    actor: Actor
    owner_id: UUID | None = None

    @property
    def owner(self) -> UUID:
        """The owner of loaded records."""
        if self.owner_id is None:
            raise LineRefused([(None, "the organisation 'coalition' must be loaded first")])
        return self.owner_id

    @cached_property
    def hidden_words(self) -> frozenset[str]:
        """The place words that no outside name may hold, which take long to gather."""
        return hidden_place_words(self.uow)


class Part(Protocol):
    """What belongs to a record but stands in other tables; `name` is its name in the audit log."""

    @property
    def name(self) -> str: ...

    def differs(self, loading: Loading, row: Any, /) -> bool:
        """Whether what is stored is not what the line says."""

    def write(self, loading: Loading, row: Any, /) -> None:
        """Make what is stored what the line says."""


class Children:
    """The rows of `table` that hang on a record by `parent`, in the order of the line."""

    def __init__(
        self, name: str, table: type[SQLModel], *, parent: str, rows: Iterable[Mapping[str, Any]]
    ) -> None:
        self.name = name
        self._table = table
        self._parent = parent
        positioned = "position" in table.model_fields
        self._rows = [{**row, "position": at} if positioned else dict(row) for at, row in enumerate(rows)]

    def differs(self, loading: Loading, row: Any) -> bool:
        """Whether other rows are stored."""
        if not self._rows:
            count = sa.select(sa.func.count()).select_from(self._table).where(self._of(row))
            return bool(loading.uow.db.execute(count).scalar_one())
        columns = list(self._rows[0])
        stored = loading.uow.db.execute(
            sa.select(*(getattr(self._table, column) for column in columns)).where(self._of(row))
        )
        wanted = [tuple(child[column] for column in columns) for child in self._rows]
        return sorted(map(tuple, stored), key=repr) != sorted(wanted, key=repr)

    def write(self, loading: Loading, row: Any) -> None:
        """Replace the stored rows."""
        db = loading.uow.db
        db.execute(sa.delete(self._table).where(self._of(row)))
        db.add_all(self._table(**{self._parent: row.id}, **child) for child in self._rows)

    def _of(self, row: Any) -> sa.ColumnElement[bool]:
        return getattr(self._table, self._parent) == row.id  # type: ignore[no-any-return]


def store(
    loading: Loading,
    table: type[Row],
    *,
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    parts: Sequence[Part] = (),
    kept: frozenset[str] = frozenset(),
    first_id: UUID | None = None,
    before_change: BeforeChange | None = None,
) -> tuple[Row, Outcome]:
    """Store a record under `key` with `values`; what they do not name stays as it is.

    A new record gets `first_id`, where it must be known before.

    `kept` are columns that the loader never writes again, so that others changing them does not make
    the record theirs. `before_change` is called with its id while the database still holds what was.
    Raises `LineRefused` when the key belongs to a record that was not loaded.
    """
    found = loading.uow.db.scalars(sa.select(table).filter_by(**key)).one_or_none()
    if found is None:
        first = {"id": first_id} if first_id else {}
        return _create(loading, table, {**first, **key, **values}, parts), Outcome.CREATED
    if getattr(found, "created_by", loading.actor.subject) != loading.actor.subject:
        raise LineRefused([(None, "a record with this id was made by somebody else and is left alone")])
    return found, _update(loading, found, values, parts, kept, before_change)


def _update(
    loading: Loading,
    row: Any,
    values: Mapping[str, Any],
    parts: Sequence[Part],
    kept: frozenset[str],
    before_change: BeforeChange | None,
) -> Outcome:
    columns = [name for name, value in values.items() if getattr(row, name) != value]
    changed = [part for part in parts if part.differs(loading, row)]
    if not columns and not changed:
        return Outcome.UNCHANGED
    if before_change is not None:
        before_change(loading.uow, [row.id])
    # Whoever is changing it now is waited for, and then seen in the audit log.
    loading.uow.db.refresh(row, with_for_update=True)
    if _amended_by_others(loading, row, kept):
        return Outcome.KEPT
    for name in columns:
        setattr(row, name, values[name])
    if "revision" in type(row).model_fields:
        row.revision += 1
        row.updated_at = loading.uow.now
    for part in changed:
        part.write(loading, row)
    record_deed(loading, row, "update", fields=[*columns, *(part.name for part in changed)])
    loading.uow.db.flush()
    return Outcome.UPDATED


def _create(loading: Loading, table: type[Row], values: Mapping[str, Any], parts: Sequence[Part]) -> Row:
    kept = created_now(loading.uow.now, loading.actor.subject) if "created_by" in table.model_fields else {}
    row = table(**values, **kept)
    loading.uow.db.add(row)
    loading.uow.db.flush()
    for part in parts:
        part.write(loading, row)
    record_deed(loading, row, "load")
    loading.uow.db.flush()
    return row


def record_deed(loading: Loading, row: Any, verb: str, *, fields: Sequence[str] = ()) -> None:
    """Write the audit entry of one stored record."""
    audit.record(
        loading.uow,
        loading.actor,
        action=f"intake:{row.__tablename__}:{verb}",
        subject=(type(row).__name__, row.id),
        organisation_id=loading.owner_id,
        fields=fields,
    )


def _amended_by_others(loading: Loading, row: Any, kept: frozenset[str]) -> bool:
    """Whether somebody else changed what the loader would write."""
    if getattr(row, "revision", 1) == 1:
        return False
    entries = loading.uow.db.scalars(
        sa.select(AuditEntry.fields).where(
            sa.and_(AuditEntry.subject_id == row.id, AuditEntry.actor != loading.actor.subject)
        )
    )
    return any(not kept.issuperset(fields) for fields in entries)
