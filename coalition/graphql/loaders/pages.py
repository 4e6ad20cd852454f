"""Pages inside objects: the first rows of a listing for many parents with one statement."""

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
from coalition.graphql.paging import Order, PageRequest, PageRows, page_of


@dataclass(frozen=True)
class NestedListing:
    """Rows of `model` that belong to a parent: by `parent`, a column of the row or of `link`.

    `link` joins the rows to their parents where the row has no column of its own;
    `conditions` say which rows an actor may see.
    """

    name: str
    model: type[SQLModel]
    parent: ColumnElement[Any]
    conditions: Callable[[Actor], tuple[ColumnElement[bool], ...]]
    link: tuple[type[SQLModel], ColumnElement[bool]] | None = None

    def source(self) -> Any:
        """What the rows are read from."""
        return sa.join(self.model, *self.link) if self.link else self.model


@dataclass(frozen=True)
class NestedPage:
    """The page of a nested listing for each parent id."""

    listing: NestedListing
    order: Order
    request: PageRequest

    def __hash__(self) -> int:
        return hash((self.listing.name, self.order.name, self.request))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NestedPage) and (
            (self.listing.name, self.order.name, self.request)
            == (other.listing.name, other.order.name, other.request)
        )

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[PageRows]:
        listing, order = self.listing, self.order
        model: Any = listing.model
        numbered = (
            sa.select(
                model.id.label("row_id"),
                listing.parent.label("parent_id"),
                *order.columns(),
                sa.func.row_number()
                .over(partition_by=listing.parent, order_by=order.clauses())
                .label("row_number"),
            )
            .select_from(listing.source())
            .where(listing.parent.in_(set(keys)), *listing.conditions(actor))
        )
        if self.request.cursor is not None:
            numbered = numbered.where(order.beyond(order.values(self.request.cursor)))
        inner = numbered.subquery()
        key_columns = [inner.c[f"key_{number}"] for number in range(len(order.keys))]
        statement = (
            sa.select(model, *key_columns, inner.c.parent_id)
            .join(inner, inner.c.row_id == model.id)
            .where(inner.c.row_number <= self.request.count + 1)
            .order_by(inner.c.parent_id, inner.c.row_number)
        )
        found: dict[UUID, list[Any]] = {}
        for row in uow.db.execute(statement):
            found.setdefault(row.parent_id, []).append(row)
        return [page_of(found.get(key, []), order, self.request) for key in keys]


@dataclass(frozen=True)
class NestedCount:
    """How many rows a nested listing has for each parent id."""

    listing: NestedListing

    def __hash__(self) -> int:
        return hash(self.listing.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NestedCount) and self.listing.name == other.listing.name

    def __call__(self, uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[int]:
        listing = self.listing
        statement = (
            sa.select(listing.parent, sa.func.count())
            .select_from(listing.source())
            .where(listing.parent.in_(set(keys)), *listing.conditions(actor))
            .group_by(listing.parent)
        )
        found: dict[UUID, int] = {row[0]: row[1] for row in uow.db.execute(statement)}
        return [found.get(key, 0) for key in keys]
