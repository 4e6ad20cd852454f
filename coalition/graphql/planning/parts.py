"""The parts of a plan: each reads with one statement, for all its parents at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.core.kept import Kept
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.context import Context
from coalition.graphql.declare import View
from coalition.graphql.identifiers import decode_id
from coalition.graphql.loaders.pages import NestedListing
from coalition.graphql.paging import Listing, Order, PageRequest, page_request
from coalition.graphql.planning.layout import Layout
from coalition.graphql.planning.leaves import Convert, Unanswerable, python_value
from coalition.graphql.planning.shapes import ObjectShape, PlainShape, Row
from coalition.graphql.planning.statements import (
    ASKED,
    LIMIT,
    NOW,
    PARENTS,
    Statement,
    among_parents,
    asked_value,
    cursor_name,
    cursor_values,
    id_text,
    parents_value,
)

Arguments = Mapping[str, Any]


class Run:
    """One run of a plan: a request on its snapshot."""

    def __init__(self, uow: UnitOfWork, context: Context, arguments: Sequence[Arguments]) -> None:
        self.uow = uow
        self.context = context
        self.actor = context.actor
        self.language = context.language
        self.arguments = arguments
        self.connection: Connection = uow.db.connection()
        self.dialect = self.connection.dialect
        # What the statements of lists found, by the number of the list and the parent's id.
        self.found: dict[int, Mapping[Any, Any]] = {}
        self.scope = (context.actor.scope, context.language, uow.today)

    def rows(self, statement: Statement, **values: Any) -> Sequence[Row]:
        """Run a statement with these values; the moment is looked at only where it is asked for."""
        if statement.needs_now:
            values[NOW] = self.uow.now
        return statement.rows(self.connection, values)


# The statements of all parts together, in bytes of text and values: those of somebody who leads thousands of
# organisations are long.
_kept: Kept[Any] = Kept(most=10_000, heaviest=32 * 1024 * 1024)
_numbers = itertools.count()


class Statements:
    """The statements of one part, for those who asked last."""

    def __init__(self) -> None:
        self._number = next(_numbers)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made under this key, or is made now."""
        whole = (self._number, key)
        found = _kept.get(whole)
        if found is None:
            found = make()
            _kept.put(whole, found, found.weight)
        return found


@dataclass(eq=False)
class ListBelow:
    """A list that belongs to rows of another statement, whose ids stand in `place`."""

    number: int
    place: int
    part: Any


@dataclass(eq=False)
class Part:
    """What reads rows: their layout, and the lists below them."""

    layout: Layout
    lists: list[ListBelow] = field(default_factory=list)
    statements: Statements = field(default_factory=Statements)

    def read_lists(self, rows: Sequence[Row], run: Run) -> None:
        """Read all lists below these rows."""
        for below in self.lists:
            ids = list(dict.fromkeys(row[below.place] for row in rows if row[below.place] is not None))
            run.found[below.number] = below.part.read(run, ids) if ids else {}

    @property
    def width(self) -> int:
        """How many columns of a row are the layout's own."""
        return len(self.layout.places)


def _nothing(_actor: Actor) -> dict[str, Any]:
    return {}


@dataclass(eq=False)
class ChildrenPart(Part):
    """Rows that belong to a parent by a column of theirs, or through a link table."""

    shape: ObjectShape = field(default_factory=ObjectShape)
    select: Callable[[Actor], dict[str, Any]] = _nothing
    parent: Any = None
    single: bool = False

    def read(self, run: Run, ids: Sequence[str]) -> dict[str, Any]:
        """The rows of each parent."""
        statement: Statement = self.statements.get(run.scope, lambda: self._statement(run))
        rows = run.rows(statement, **{PARENTS: parents_value(ids, run.dialect)})
        self.read_lists(rows, run)
        found: dict[str, Any] = {}
        place, shape = self.width, self.shape
        for row in rows:
            if self.single:
                found.setdefault(row[place], shape(row, run))
            else:
                found.setdefault(row[place], []).append(shape(row, run))
        return found

    def _statement(self, run: Run) -> Statement:
        asked = self.select(run.actor)
        made = self.layout.select(
            run.actor,
            rows=asked["rows"],
            conditions=[among_parents(self.parent, run.dialect), *asked["conditions"]],
            order=[(self.parent, False), *((key, False) for key in asked["order"])],
            extra=[id_text(self.parent, run.dialect)],
        )
        return Statement(made, run.dialect)


@dataclass(eq=False)
class ValuesPart:
    """Values of one column in rows that belong to a parent."""

    column: Any
    parent: str
    convert: Convert | None
    statements: Statements = field(default_factory=Statements)

    def read(self, run: Run, ids: Sequence[str]) -> dict[str, list[Any]]:
        """The values of each parent."""
        statement: Statement = self.statements.get("values", lambda: self._statement(run))
        rows = run.rows(statement, **{PARENTS: parents_value(ids, run.dialect)})
        found: dict[str, list[Any]] = {}
        for parent, value in rows:
            found.setdefault(parent, []).append(value if self.convert is None else self.convert(value))
        return found

    def _statement(self, run: Run) -> Statement:
        model: Any = self.column.class_
        parent = getattr(model, self.parent)
        made = (
            sa.select(id_text(parent, run.dialect), self.column)
            .where(among_parents(parent, run.dialect))
            .order_by(parent, model.position, self.column)
        )
        return Statement(made, run.dialect)


@dataclass(eq=False)
class BatchPart:
    """What a batch function reads for each id, with the arguments of the field where it takes any."""

    batch: Any
    convert: Convert
    request: Callable[..., Any] | None = None
    slot: int | None = None

    def read(self, run: Run, ids: Sequence[str]) -> dict[str, Any]:
        """The value for each id."""
        keys: list[Any] = [UUID(each) for each in ids]
        if self.request is not None:
            given = run.arguments[self.slot] if self.slot is not None else {}
            keys = [self.request(key, **given) for key in keys]
        values = self.batch(run.uow, run.actor, keys)
        return {each: self.convert(value) for each, value in zip(ids, values, strict=True)}


class Paged(NamedTuple):
    """The rows of a page that are shown, and what is told of it."""

    rows: Sequence[Row]
    request: PageRequest
    more: bool
    order: Order
    converts: Sequence[Convert | None]
    width: int
    total: int | None

    def cursor(self, row: Row) -> str:
        """The cursor of a row."""
        values = row[self.width : self.width + len(self.converts)]
        return self.order.cursor(
            [v if c is None or v is None else c(v) for v, c in zip(values, self.converts, strict=True)]
        )


PageShape = Callable[[Paged, Run], dict[str, Any]]


@dataclass(frozen=True)
class _Asked:
    """One way to read a page: its statement, and the order that its cursors are of."""

    statement: Statement
    order: Order
    converts: Sequence[Convert | None]

    @property
    def weight(self) -> int:
        """That of the statement."""
        return self.statement.weight


@dataclass(eq=False)
class PagePart(Part):
    """A page of a list: at the root, or one for each parent."""

    shape: PageShape | None = None
    # The number of the field's arguments in the run.
    slot: int = 0
    with_total: bool = False
    counts: Statements = field(default_factory=Statements)

    def _request(self, run: Run) -> tuple[PageRequest, dict[str, Any]]:
        given = dict(run.arguments[self.slot])
        page = [given.pop(name, None) for name in ("first", "after", "last", "before")]
        return page_request(*page), given

    def _asked(
        self, run: Run, order: Order, request: PageRequest, each: ColumnElement[Any] | None, **how: Any
    ) -> _Asked:
        kinds = [key.expression.type for key in order.keys]
        conditions = list(how.pop("conditions"))
        if request.cursor is not None:
            conditions.append(order.beyond(cursor_values(kinds), backwards=request.backwards))
        extra = [key.expression for key in order.keys]
        if each is not None:
            extra.append(id_text(each, run.dialect))
        made = self.layout.select(
            run.actor,
            conditions=conditions,
            order=[(key.expression, key.descending != request.backwards) for key in order.keys],
            extra=extra,
            limited=True,
            each=each,
            **how,
        )
        converts = [python_value(kind, run.dialect) for kind in kinds]
        return _Asked(Statement(made, run.dialect), order, converts)

    def _moving(self, asked: _Asked, request: PageRequest) -> dict[str, Any]:
        moving: dict[str, Any] = {LIMIT: request.count + 1}
        if request.cursor is not None:
            values = asked.order.values(request.cursor)
            moving |= {cursor_name(number): value for number, value in enumerate(values)}
        return moving

    def _paged(self, asked: _Asked, request: PageRequest, rows: Sequence[Row], total: int | None) -> Paged:
        kept = list(rows[: request.count])
        if request.backwards:
            kept.reverse()
        more = len(rows) > request.count
        return Paged(kept, request, more, asked.order, asked.converts, self.width, total)


@dataclass(eq=False)
class RootPagePart(PagePart):
    """A page at the root."""

    listing: Callable[..., Listing] | None = None

    def answer(self, run: Run) -> Any:
        """The connection."""
        request, given = self._request(run)
        make: Any = self.listing
        shape: Any = self.shape
        is_plain = all(value is None for value in given.values())
        listing: Listing | None = None if is_plain else make(run.uow, run.context, **given)

        def listed() -> Listing:
            found: Listing = listing or make(run.uow, run.context, **given)
            return found

        def ask() -> _Asked:
            found = listed()
            return self._asked(run, found.order, request, None, rows=found.model, conditions=found.conditions)

        key = (run.scope, request.cursor is not None, request.backwards)
        asked: _Asked = self.statements.get(key, ask) if is_plain else ask()
        rows = run.rows(asked.statement, **self._moving(asked, request))
        total = self._total(run, listed, is_plain=is_plain) if self.with_total else None
        paged = self._paged(asked, request, rows, total)
        self.read_lists(paged.rows, run)
        return shape(paged, run)

    def _total(self, run: Run, listed: Callable[[], Listing], *, is_plain: bool) -> int:
        def count() -> Statement:
            found = listed()
            model: Any = found.model
            made = sa.select(sa.func.count()).select_from(model).where(*found.conditions)
            return Statement(made, run.dialect)

        statement: Statement = self.counts.get(run.scope, count) if is_plain else count()
        total: int = run.rows(statement)[0][0]
        return total


@dataclass(eq=False)
class NestedPagePart(PagePart):
    """A page for each parent."""

    listing: NestedListing | None = None
    order: Callable[[Context], Order] | None = None

    def read(self, run: Run, ids: Sequence[str]) -> dict[str, Any]:
        """The connection of each parent."""
        listing: Any = self.listing
        order: Any = self.order
        shape: Any = self.shape
        request, _ = self._request(run)

        def ask() -> _Asked:
            conditions = [
                among_parents(listing.parent, run.dialect),
                *listing.conditions(run.actor),
            ]
            return self._asked(
                run,
                order(run.context),
                request,
                listing.parent,
                rows=listing.source(),
                conditions=conditions,
            )

        asked: _Asked = self.statements.get((run.scope, request.cursor is not None), ask)
        parents = {PARENTS: parents_value(ids, run.dialect)}
        rows = run.rows(asked.statement, **self._moving(asked, request), **parents)
        place = self.width + len(asked.converts)
        by_parent: dict[str, list[Row]] = {each: [] for each in ids}
        for row in rows:
            by_parent[row[place]].append(row)
        totals = self._totals(run, parents) if self.with_total else {}
        pages = {
            parent: self._paged(asked, request, found, totals.get(parent, 0))
            for parent, found in by_parent.items()
        }
        self.read_lists([row for paged in pages.values() for row in paged.rows], run)
        return {parent: shape(paged, run) for parent, paged in pages.items()}

    def _totals(self, run: Run, parents: Mapping[str, Any]) -> dict[str, int]:
        listing: Any = self.listing

        def count() -> Statement:
            made = (
                sa.select(id_text(listing.parent, run.dialect), sa.func.count())
                .select_from(listing.source())
                .where(among_parents(listing.parent, run.dialect), *listing.conditions(run.actor))
                .group_by(listing.parent)
            )
            return Statement(made, run.dialect)

        statement: Statement = self.counts.get(run.scope, count)
        found: Any = run.rows(statement, **parents)
        return dict(found)


@dataclass(eq=False)
class OnePart(Part):
    """The one visible row of a view whose `column` holds what is asked for."""

    view: View | None = None
    column: Any = None
    shape: ObjectShape = field(default_factory=ObjectShape)
    slot: int = 0
    argument: str = ""

    def answer(self, run: Run) -> Any:
        """The object, or None."""
        return self.one(run, run.arguments[self.slot][self.argument])

    def one(self, run: Run, asked: Any) -> Any:
        """The object of the row that is asked for, or None."""
        statement: Statement = self.statements.get(run.scope, lambda: self._statement(run))
        rows = run.rows(statement, **{ASKED: asked})
        if not rows:
            return None
        self.read_lists(rows, run)
        return self.shape(rows[0], run)

    def _statement(self, run: Run) -> Statement:
        view: Any = self.view
        conditions = [self.column == asked_value(self.column.type), view.visible(run.actor)]
        made = self.layout.select(run.actor, rows=view.model, conditions=conditions, order=[])
        return Statement(made, run.dialect)


@dataclass(eq=False)
class NodePart:
    """A row of any view, by its opaque id."""

    parts: Mapping[str, OnePart]
    slot: int
    argument: str

    def answer(self, run: Run) -> Any:
        """The object, or None."""
        decoded = decode_id(run.arguments[self.slot][self.argument])
        if decoded is None:
            return None
        part = self.parts.get(decoded[0])
        if part is None:
            raise Unanswerable
        return part.one(run, decoded[1])


@dataclass(eq=False)
class RootValuePart:
    """An object that a function makes, with the rows that it refers to."""

    read: Callable[..., Any]
    fields: frozenset[str]
    slot: int
    shape: PlainShape = field(default_factory=PlainShape)
    parts: dict[int, ChildrenPart] = field(default_factory=dict)

    def answer(self, run: Run) -> Any:
        """The object."""
        value = self.read(run.uow, run.context, self.fields, **run.arguments[self.slot])
        ids: dict[int, dict[UUID, None]] = {number: {} for number in self.parts}
        self.shape.collect(value, ids)
        for number, part in self.parts.items():
            texts = {_id_as_read(each, run): each for each in ids[number]}
            rows = part.read(run, list(texts)) if texts else {}
            run.found[number] = {texts[text]: shaped for text, shaped in rows.items()}
        return self.shape(value, run)


def _id_as_read(record_id: UUID, run: Run) -> str:
    return record_id.hex if run.dialect.name == "sqlite" else str(record_id)


@dataclass(eq=False)
class RootListPart(Part):
    """All rows of a listing at the root."""

    listing: Callable[..., Listing] | None = None
    shape: ObjectShape = field(default_factory=ObjectShape)
    slot: int = 0

    def answer(self, run: Run) -> Any:
        """The list."""
        make: Any = self.listing
        given = run.arguments[self.slot]

        def ask() -> Statement:
            found: Listing = make(run.uow, run.context, **given)
            made = self.layout.select(
                run.actor,
                rows=found.model,
                conditions=found.conditions,
                order=[(key.expression, key.descending) for key in found.order.keys],
            )
            return Statement(made, run.dialect)

        statement: Statement = self.statements.get((run.scope, tuple(sorted(given.items()))), ask)
        rows = run.rows(statement)
        self.read_lists(rows, run)
        shape = self.shape
        return [shape(row, run) for row in rows]
