"""Declarations: each field of a type says once where it comes from.

A type is a view over a domain model. `@view` names the model and who may see its rows; each field is
a column, a text in languages, a partial date, a computation over columns, or a relation; nothing is
written per query. Two readers know these declarations, which stand in `VIEWS` and in each field's
`metadata["source"]`: `planning`, which answers a whole document from few statements, and the generic
resolvers here, which answer field by field whatever it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType, SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from coalition.core.actor import Actor
from coalition.core.clauses import Policy
from coalition.core.partial_date import PartialDate
from coalition.core.tables import partial_date
from coalition.core.text import in_language
from coalition.graphql.arguments import Language
from coalition.graphql.connections import After, First, connect_nested
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import encode_id
from coalition.graphql.loaders.pages import NestedListing
from coalition.graphql.loaders.relations import (
    ChildRows,
    ChildValues,
    ExpressionsOf,
    LinkedRows,
    RowById,
    Visible,
)
from coalition.graphql.paging import Listing, Order

T = TypeVar("T")
Predicate = Callable[[Actor, Any], bool]
# Notes that a field of a row, by its name, is handed out to who may see it.
Noting = Callable[[Context, Any, str], None]


@dataclass(frozen=True)
class View:
    """A GraphQL type over a model; `visible` is the condition on its rows for an actor."""

    type_name: str
    model: type[SQLModel]
    visible: Policy
    python_type: type
    is_node: bool = True


VIEWS: dict[str, View] = {}
_NODE_NAMES: dict[type, str] = {}


@dataclass(frozen=True)
class Guard:
    """Whether the actor reads a field of a row, and what is noted when they do.

    `needs` are the columns that both look at; a row may then be anything that has these attributes.
    """

    needs: tuple[str, ...] = ()
    when: Predicate | None = None
    noting: Noting | None = None

    def opens(self, context: Context, row: Any, field: str) -> bool:
        """Whether the field is shown; then its reading is noted."""
        if self.when is not None and not self.when(context.actor, row):
            return False
        if self.noting is not None:
            self.noting(context, row, field)
        return True


UNGUARDED = Guard()


@dataclass(frozen=True)
class Column:
    """The value of one column; of the field's own name when none is given."""

    name: str
    guard: Guard = UNGUARDED


@dataclass(frozen=True)
class Texts:
    """The text of a language map for the reader; `choose` computes the map from the columns `needs`."""

    column: str
    needs: tuple[str, ...] = ()
    choose: Callable[[Any, Context], Any] | None = None


@dataclass(frozen=True)
class DateColumns:
    """A partial date in four columns that start with `name`."""

    name: str


@dataclass(frozen=True)
class Other:
    """Columns of the one row of view `target` whose id stands in `key`; as attribute `name`, or None."""

    name: str
    target: str
    key: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Computed:
    """Computed from columns of the row, of others that it names, from expressions, and the request.

    An expression is SQL over the row at a moment.
    """

    needs: tuple[str, ...]
    compute: Callable[[Any, Context, str], Any]
    others: tuple[Other, ...] = ()
    expressions: tuple[tuple[str, Callable[[Any], ColumnElement[Any]]], ...] = ()


@dataclass(frozen=True)
class Batched:
    """Read by a batch function, keyed by a column of the row."""

    batch: Any
    key: str


@dataclass(frozen=True)
class Asked:
    """Read by a batch function for each row's id and the field's arguments; `request` makes its keys."""

    batch: Any
    request: Callable[..., Any]


@dataclass(frozen=True)
class Listed:
    """Values of one column in rows of a table that belong to this one."""

    values: ChildValues


@dataclass(frozen=True)
class Pages:
    """A connection of the rows of a nested listing."""

    listing: NestedListing
    order: Callable[[Context], Order]


@dataclass(frozen=True)
class RootPages:
    """A connection at the root: the listing that the arguments of the field ask for.

    Without any argument beside those of the page the listing depends on actor, language and day alone.
    """

    listing: Callable[..., Listing]


@dataclass(frozen=True)
class RootList:
    """All rows of a listing at the root, as one list."""

    listing: Callable[..., Listing]


@dataclass(frozen=True)
class RootValue:
    """An object at the root that `read` makes, for these arguments; it is told which fields are asked for."""

    read: Callable[..., Any]


@dataclass(frozen=True)
class RootOne:
    """The visible row of the field's view whose `column` holds what the argument `argument` says."""

    column: str
    argument: str


@dataclass(frozen=True)
class RootNode:
    """The visible row of any view that is a `Node`, by the opaque id in the argument `argument`."""

    argument: str


@dataclass(frozen=True)
class ToOne:
    """The row of another view whose id stands in `key`."""

    target: str
    key: str
    guard: Guard = UNGUARDED


@dataclass(frozen=True)
class Linked:
    """Rows of another view through a link table."""

    target: str
    rows: LinkedRows


@dataclass(frozen=True)
class Children:
    """Rows of a table that belong to this one."""

    type_name: str
    rows: ChildRows
    guard: Guard = UNGUARDED


def view(model: type[SQLModel], name: str, description: str, visible: Policy) -> Callable[[type[T]], type[T]]:
    """Make a class a GraphQL object type over `model`; its resolvers are handed rows of the model."""

    def decorate(cls: type[T]) -> type[T]:
        cls.is_type_of = staticmethod(lambda row, _info: isinstance(row, model))  # type: ignore[attr-defined]
        VIEWS[name] = View(name, model, visible, cls)
        _NODE_NAMES[model] = name
        return strawberry.type(name=name, description=description)(cls)

    return decorate


def record(
    model: type, name: str, description: str, visible: Policy | None = None
) -> Callable[[type[T]], type[T]]:
    """Make a class a GraphQL object type over rows or plain objects that are no `Node`.

    With `visible` other types can refer to its rows.
    """

    def decorate(cls: type[T]) -> type[T]:
        cls.__coalition_model__ = model  # type: ignore[attr-defined]
        if visible is not None:
            VIEWS[name] = View(name, model, visible, cls, is_node=False)
        return strawberry.type(name=name, description=description)(cls)

    return decorate


def _field(source: object, description: str, resolver: Callable[..., Any] | None = None) -> Any:
    if resolver is None:
        return strawberry.field(description=description, metadata={"source": source})
    return strawberry.field(resolver=resolver, description=description, metadata={"source": source})


def column(description: str, name: str | None = None, *, guard: Guard = UNGUARDED) -> Any:
    """A column; `name` where it differs from the field's. A guard that does not open leaves null."""
    if name is None and guard is UNGUARDED:
        return _field(Column(""), description)

    def resolve(root: Any, info: Info) -> Any:
        if not guard.opens(context_of(info), root, info.python_name):
            return None
        return getattr(root, name or info.python_name)

    return _field(Column(name or "", guard), description, resolve)


def texts(description: str, column_name: str) -> Any:
    """A text in the language asked: argument, then the request's; with the contract's fall-back."""

    def resolve(root: Any, info: Info, language: Language = None) -> str:
        return in_language(getattr(root, column_name), language or context_of(info).language)

    return _field(Texts(column_name), description, resolve)


def chosen_texts(description: str, needs: Sequence[str], choose: Callable[[Any, Context], Any]) -> Any:
    """A text in the language asked out of the language map that `choose` takes for this reader."""

    def resolve(root: Any, info: Info, language: Language = None) -> str:
        context = context_of(info)
        return in_language(choose(root, context), language or context.language)

    return _field(Texts("", tuple(needs), choose), description, resolve)


def date_columns(description: str, name: str) -> Any:
    """A partial date kept in `<name>`, `<name>_precision`, `<name>_certainty` and `<name>_text`."""

    def resolve(root: Any) -> PartialDate | None:
        return partial_date(
            getattr(root, name),
            getattr(root, f"{name}_precision"),
            getattr(root, f"{name}_certainty"),
            getattr(root, f"{name}_text"),
        )

    return _field(DateColumns(name), description, resolve)


def computed(description: str, needs: Sequence[str], compute: Callable[[Any, Context], Any]) -> Any:
    """A value computed from columns of the row and the request."""

    def resolve(root: Any, info: Info) -> Any:
        return compute(root, context_of(info))

    source = Computed(tuple(needs), lambda row, context, _field: compute(row, context))
    return _field(source, description, resolve)


def derived(
    description: str,
    needs: Sequence[str],
    compute: Callable[[Any, Context, str], Any],
    *,
    others: Sequence[Other] = (),
    expressions: Mapping[str, Callable[[Any], ColumnElement[Any]]] = MappingProxyType({}),
    model: type[SQLModel],
) -> Any:
    """A value computed from columns, columns of other rows, SQL expressions, and the request.

    `compute` is handed an object with all these as attributes, the context, and the field's name.
    """
    source = Computed(tuple(needs), compute, tuple(others), tuple(expressions.items()))
    values = ExpressionsOf(model, tuple(expressions.items()))

    async def resolve(root: Any, info: Info) -> Any:
        context = context_of(info)
        facts = {name: getattr(root, name) for name in needs}
        for other in others:
            shown = VIEWS[other.target]
            key = getattr(root, other.key)
            facts[other.name] = key and await context.load(RowById(shown.model, shown.visible), key)
        if expressions:
            facts |= await context.load(values, root.id)
        return compute(SimpleNamespace(**facts), context, info.python_name)

    return _field(source, description, resolve)


def batched(description: str, batch: Any, *, key: str = "id") -> Any:
    """A value read by `batch` for all rows of the answer at once."""

    async def resolve(root: Any, info: Info) -> Any:
        return await context_of(info).load(batch, getattr(root, key))

    return _field(Batched(batch, key), description, resolve)


def values(description: str, column: Any, *, parent: str) -> Any:
    """The values of `column` in rows of its table that belong to this one, in `position` order."""
    found = ChildValues(column, parent)

    async def resolve(root: Any, info: Info) -> Any:
        return await context_of(info).load(found, root.id)

    return _field(Listed(found), description, resolve)


def connection(description: str, listing: NestedListing, order: Callable[[Context], Order]) -> Any:
    """The rows of a nested listing, page by page."""

    async def resolve(root: Any, info: Info, first: First = None, after: After = None) -> Any:
        context = context_of(info)
        return await connect_nested(context, listing, order(context), root.id, first, after)

    return _field(Pages(listing, order), description, resolve)


def to_one(description: str, target: str, key: str, *, guard: Guard = UNGUARDED) -> Any:
    """The row of view `target` whose id stands in column `key`; null when it is not visible."""

    async def resolve(root: Any, info: Info) -> Any:
        context = context_of(info)
        record_id: UUID | None = getattr(root, key)
        if record_id is None or not guard.opens(context, root, info.python_name):
            return None
        shown = VIEWS[target]
        return await context.load(RowById(shown.model, shown.visible), record_id)

    return _field(ToOne(target, key, guard), description, resolve)


def linked(
    description: str,
    target: str,
    link: type[SQLModel],
    *,
    parent: str,
    child: str,
    only: ColumnElement[bool] | None = None,
) -> Any:
    """Rows of view `target` through table `link`, in the link's order."""
    return _linked(description, target, link, parent, child, only, single=False)


def linked_one(
    description: str, target: str, link: type[SQLModel], *, parent: str, child: str, only: ColumnElement[bool]
) -> Any:
    """The one row of view `target` through table `link` that fulfils `only`, or null."""
    return _linked(description, target, link, parent, child, only, single=True)


def _linked(
    description: str,
    target: str,
    link: type[SQLModel],
    parent: str,
    child: str,
    only: ColumnElement[bool] | None,
    *,
    single: bool,
) -> Any:
    rows = LinkedRows(lambda: VIEWS[target].model, lambda: VIEWS[target].visible, link, parent, child, only)

    async def resolve(root: Any, info: Info) -> Any:
        given = given_children(root, info.python_name)
        found = given if given is not None else await context_of(info).load(rows, root.id)
        if not single:
            return found
        return found[0] if found else None

    return _field(Linked(target, rows), description, resolve)


def children(
    description: str,
    type_name: str,
    model: type[SQLModel],
    *,
    parent: str,
    refers_to: tuple[str, str] | None = None,
    visible: Visible | None = None,
    guard: Guard = UNGUARDED,
) -> Any:
    """Rows of `model`, shown as `type_name`, that belong to this one, in `position` order.

    `refers_to` is a column and a view: rows whose reference is not visible are left out; `visible` is
    the condition on the rows themselves. A guard that does not open lets the list be read unnoted.
    """
    reference = refers_to[0] if refers_to else None
    rows = ChildRows(model, parent, reference, (lambda: VIEWS[refers_to[1]]) if refers_to else None, visible)

    async def resolve(root: Any, info: Info) -> Any:
        given = given_children(root, info.python_name)
        guard.opens(context_of(info), root, info.python_name)
        return given if given is not None else await context_of(info).load(rows, root.id)

    return _field(Children(type_name, rows, guard), description, resolve)


def given_children(root: Any, name: str) -> Any:
    """Children that a row carries with it instead of having them stored: an attempted version."""
    given = root.__dict__.get("given_children")
    return None if given is None else given.get(name)


def type_name_of(row: Any) -> str:
    """The name of the `Node` type over a row's model."""
    return _NODE_NAMES[type(row)]


@strawberry.interface(name="Node", description="A record with an id of its own.")
class Node:
    """The interface of every main object."""

    @resolved(description="Opaque id; ask `node` for the record again.")
    def id(self: Any) -> strawberry.ID:
        """The opaque id, made of the type's name and the record's id."""
        return strawberry.ID(encode_id(type_name_of(self), self.id))
