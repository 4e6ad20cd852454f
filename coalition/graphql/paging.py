"""Keyset pages: cursors name a place in the order, so that they hold while rows are added."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork

DEFAULT_PAGE = 20
LARGEST_PAGE = 100

_READERS: dict[str, Callable[[Any], Any]] = {
    "date": date.fromisoformat,
    "moment": datetime.fromisoformat,
    "id": lambda value: UUID(hex=value),
    "text": lambda value: _checked(value, str),
    "number": lambda value: _checked(value, int),
}


def _checked(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


@dataclass(frozen=True)
class Key:
    """One part of an order; `kind` is date, moment, id, text or number."""

    expression: ColumnElement[Any]
    kind: str
    descending: bool = False


@dataclass(frozen=True)
class Order:
    """A whole order; the last key is unique. `name` tells cursors of different orders apart."""

    name: str
    keys: tuple[Key, ...]

    def columns(self) -> list[ColumnElement[Any]]:
        """The keys as labelled columns of a statement."""
        return [key.expression.label(f"key_{number}") for number, key in enumerate(self.keys)]

    def clauses(self, *, backwards: bool = False) -> list[ColumnElement[Any]]:
        """ORDER BY in this direction."""
        return [k.expression.desc() if k.descending != backwards else k.expression.asc() for k in self.keys]

    def beyond(self, values: Sequence[Any], *, backwards: bool = False) -> ColumnElement[bool]:
        """Rows after `values` in this order, or before them."""
        either: list[ColumnElement[bool]] = []
        for number, key in enumerate(self.keys):
            equal = [k.expression == v for k, v in zip(self.keys[:number], values, strict=False)]
            smaller = key.descending != backwards
            further = key.expression < values[number] if smaller else key.expression > values[number]
            either.append(sa.and_(*equal, further))
        return sa.or_(*either)

    def cursor(self, values: Sequence[Any]) -> str:
        """The opaque cursor of a row with these key values."""
        plain = [
            v.hex if isinstance(v, UUID) else v.isoformat() if isinstance(v, date) else v for v in values
        ]
        text = json.dumps([self.name, *plain], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def values(self, cursor: str) -> list[Any]:
        """The key values in a cursor of this order; raises `BadUserInput` for any other text."""
        try:
            found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            name, *values = _checked(found, list)
            if name != self.name:
                raise BadUserInput("BAD_USER_INPUT", what="cursor")
            return [_READERS[key.kind](value) for key, value in zip(self.keys, values, strict=True)]
        except (ValueError, TypeError, IndexError, RecursionError, binascii.Error) as error:
            raise BadUserInput("BAD_USER_INPUT", what="cursor") from error


@dataclass(frozen=True)
class PageRequest:
    """How many rows from where; made by `page_request`, which checks it."""

    count: int
    cursor: str | None
    backwards: bool = False


def page_request(
    first: int | None, after: str | None, last: int | None = None, before: str | None = None
) -> PageRequest:
    """The page asked for: 20 rows unless said otherwise. Raises `BadUserInput` for what cannot be."""
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise BadUserInput("BAD_USER_INPUT", what="first and last")
    backwards = last is not None or before is not None
    count = last if backwards else first
    count = DEFAULT_PAGE if count is None else count
    if not 0 <= count <= LARGEST_PAGE:
        raise BadUserInput(
            "BAD_USER_INPUT", what="last" if backwards else "first", minimum=0, maximum=LARGEST_PAGE
        )
    return PageRequest(count, before if backwards else after, backwards)


@dataclass(frozen=True)
class Listing:
    """Rows of a model that fulfil all conditions, in an order."""

    model: type[SQLModel]
    conditions: tuple[ColumnElement[bool], ...]
    order: Order


@dataclass(frozen=True)
class PageRows:
    """One page: rows with their cursors, and whether there is more on either side."""

    rows: list[Any]
    cursors: list[str]
    has_next: bool
    has_previous: bool


def read_page(uow: UnitOfWork, listing: Listing, request: PageRequest) -> PageRows:
    """Read one page with one statement."""
    order = listing.order
    statement = (
        sa.select(listing.model, *order.columns())
        .where(*listing.conditions)
        .order_by(*order.clauses(backwards=request.backwards))
        .limit(request.count + 1)
    )
    if request.cursor is not None:
        values = order.values(request.cursor)
        statement = statement.where(order.beyond(values, backwards=request.backwards))
    return page_of(uow.db.execute(statement).all(), order, request)


def read_all(uow: UnitOfWork, listing: Listing) -> list[Any]:
    """Read all rows of a listing with one statement."""
    statement = sa.select(listing.model).where(*listing.conditions).order_by(*listing.order.clauses())
    return list(uow.db.scalars(statement))


def page_of(found: Sequence[Any], order: Order, request: PageRequest) -> PageRows:
    """Make a page of the rows read; one more than asked for tells that there is more."""
    more = len(found) > request.count
    kept = list(found[: request.count])
    if request.backwards:
        kept.reverse()
    cursors = [order.cursor(row[1 : 1 + len(order.keys)]) for row in kept]
    beyond = request.cursor is not None
    has_next, has_previous = (beyond, more) if request.backwards else (more, beyond)
    return PageRows([row[0] for row in kept], cursors, has_next, has_previous)


def count_rows(uow: UnitOfWork, listing: Listing) -> int:
    """How many rows a listing has."""
    model: Any = listing.model
    statement = sa.select(sa.func.count()).select_from(model).where(*listing.conditions)
    total: int = uow.db.execute(statement).scalar_one()
    return total
