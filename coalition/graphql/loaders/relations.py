"""Batches for the relations that declarations name: one statement for a relation, however many rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

Visible = Callable[[Actor], ColumnElement[bool]]


@dataclass(frozen=True)
class RowById:
    """Rows of a model by id, as far as they are visible."""

    model: type[SQLModel]
    visible: Visible

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[Any]:
        model: Any = self.model
        rows = uow.db.scalars(sa.select(model).where(model.id.in_(set(keys)), self.visible(actor)))
        found = {row.id: row for row in rows}
        return [found.get(key) for key in keys]


@dataclass(frozen=True, eq=False)
class LinkedRows:
    """For each parent id, the visible rows of a target model through a link table."""

    target: Callable[[], type[SQLModel]]
    visible: Callable[[], Visible]
    link: type[SQLModel]
    parent: str
    child: str
    only: ColumnElement[bool] | None = None

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[Any]]:
        target: Any = self.target()
        link: Any = self.link
        parent = getattr(link, self.parent)
        statement = (
            sa.select(parent, target)
            .join(target, target.id == getattr(link, self.child))
            .where(parent.in_(set(keys)), self.visible()(actor))
            .order_by(parent, link.position, target.id)
        )
        if self.only is not None:
            statement = statement.where(self.only)
        return grouped(uow.db.execute(statement).all(), keys)


@dataclass(frozen=True, eq=False)
class ChildRows:
    """For each parent id, the rows of a table that belong to it, in their order."""

    model: type[SQLModel]
    parent: str
    reference: str | None = None
    refers_to: Callable[[], Any] | None = None
    visible: Visible | None = None

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[Any]]:
        model: Any = self.model
        parent = getattr(model, self.parent)
        statement = (
            sa.select(parent, model)
            .where(parent.in_(set(keys)), *self.conditions(actor))
            .order_by(parent, *self.order())
        )
        return grouped(uow.db.execute(statement).all(), keys)

    def conditions(self, actor: Actor) -> tuple[ColumnElement[bool], ...]:
        """The conditions on the rows that this actor is shown."""
        conditions: list[ColumnElement[bool]] = []
        if self.reference is not None and self.refers_to is not None:
            shown = self.refers_to()
            seen = sa.select(shown.model.id).where(shown.visible(actor))
            conditions.append(getattr(self.model, self.reference).in_(seen))
        if self.visible is not None:
            conditions.append(self.visible(actor))
        return tuple(conditions)

    def order(self) -> tuple[ColumnElement[Any], ...]:
        """By position; rows that stand at the same one by the rest of their primary key."""
        table: Any = self.model
        others = [column for column in sa.inspect(table).primary_key if column.key != self.parent]
        return (table.position, *others)


@dataclass(frozen=True, eq=False)
class ChildValues:
    """For each parent id, the values of one column in the rows that belong to it, in their order."""

    column: Any
    parent: str

    def __call__(self, uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[list[Any]]:
        model: Any = self.column.class_
        parent = getattr(model, self.parent)
        statement = (
            sa.select(parent, self.column)
            .where(parent.in_(set(keys)))
            .order_by(parent, model.position, self.column)
        )
        return grouped(uow.db.execute(statement).all(), keys)


@dataclass(frozen=True, eq=False)
class ExpressionsOf:
    """For each id of a model the values of expressions over its row, by name, at the unit's moment."""

    model: type[SQLModel]
    expressions: tuple[tuple[str, Callable[[Any], ColumnElement[Any]]], ...]

    def __call__(self, uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[dict[str, Any]]:
        model: Any = self.model
        columns = [make(uow.now).label(name) for name, make in self.expressions]
        statement = sa.select(model.id, *columns).where(model.id.in_(set(keys)))
        found = {row[0]: dict(row._mapping) for row in uow.db.execute(statement)}  # noqa: SLF001
        return [found[key] for key in keys]


def grouped(rows: Sequence[Any], keys: Sequence[Any]) -> list[list[Any]]:
    """Pairs of key and value as one list for each key, in the order of `keys`."""
    found: dict[Any, list[Any]] = {}
    for key, value in rows:
        found.setdefault(key, []).append(value)
    return [found.get(key, []) for key in keys]
