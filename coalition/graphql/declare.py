"""Declarations: each field of a type says once where it comes from.

A type is a view over a domain model. `@view` names the model and who may see its rows; each field is
a column, a text in languages, a partial date, a computation over columns, or a relation. The generic
loaders in `loaders` read what a declaration says; nothing is written per query. Whoever plans whole
reads finds the same declarations in `VIEWS` and in each field's `metadata["source"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import encode_id
from coalition.graphql.loaders.relations import ChildRows, LinkedRows, RowById

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
class Column:
    """The value of one column."""

    name: str


@dataclass(frozen=True)
class Texts:
    """The text of a language map for the reader."""

    column: str


@dataclass(frozen=True)
class DateColumns:
    """A partial date in four columns that start with `name`."""

    name: str


@dataclass(frozen=True)
class Computed:
    """Computed from columns of the row and the actor."""

    needs: tuple[str, ...]


@dataclass(frozen=True)
class Batched:
    """Read by a batch function, keyed by the row's id."""

    batch: Any


@dataclass(frozen=True)
class ToOne:
    """The row of another view whose id stands in `key`."""

    target: str
    key: str


@dataclass(frozen=True)
class Linked:
    """Rows of another view through a link table."""

    target: str
    rows: LinkedRows


@dataclass(frozen=True)
class Children:
    """Rows of a table that belong to this one."""

    rows: ChildRows


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


def column(
    description: str, name: str | None = None, *, when: Predicate | None = None, noting: Noting | None = None
) -> Any:
    """A column; `name` where it differs from the field's. `when` withholds it: then it is null."""
    if name is None and when is None:
        return _field(Column(""), description)

    def resolve(root: Any, info: Info) -> Any:
        if when is not None and not when(context_of(info).actor, root):
            return None
        if noting is not None:
            noting(context_of(info), root, info.python_name)
        return getattr(root, name or info.python_name)

    return _field(Column(name or ""), description, resolve)


def texts(description: str, column_name: str) -> Any:
    """A text in the language asked: argument, then the request's; with the contract's fall-back."""

    def resolve(root: Any, info: Info, language: Language = None) -> str:
        return in_language(getattr(root, column_name), language or context_of(info).language)

    return _field(Texts(column_name), description, resolve)


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

    return _field(Computed(tuple(needs)), description, resolve)


def batched(description: str, batch: Any, *, key: str = "id") -> Any:
    """A value read by `batch` for all rows of the answer at once."""

    async def resolve(root: Any, info: Info) -> Any:
        return await context_of(info).load(batch, getattr(root, key))

    return _field(Batched(batch), description, resolve)


def to_one(
    description: str, target: str, key: str, *, when: Predicate | None = None, noting: Noting | None = None
) -> Any:
    """The row of view `target` whose id stands in column `key`; null when it is not visible."""

    async def resolve(root: Any, info: Info) -> Any:
        context = context_of(info)
        record_id: UUID | None = getattr(root, key)
        if record_id is None or (when is not None and not when(context.actor, root)):
            return None
        if noting is not None:
            noting(context, root, info.python_name)
        shown = VIEWS[target]
        return await context.load(RowById(shown.model, shown.visible), record_id)

    return _field(ToOne(target, key), description, resolve)


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
    model: type[SQLModel],
    *,
    parent: str,
    refers_to: tuple[str, str] | None = None,
    when: Predicate | None = None,
) -> Any:
    """Rows of `model` that belong to this one, in `position` order; empty when `when` says no.

    `refers_to` is a column and a view: rows whose reference is not visible are left out.
    """
    reference = refers_to[0] if refers_to else None
    rows = ChildRows(model, parent, reference, (lambda: VIEWS[refers_to[1]]) if refers_to else None)

    async def resolve(root: Any, info: Info) -> Any:
        if when is not None and not when(context_of(info).actor, root):
            return []
        given = given_children(root, info.python_name)
        return given if given is not None else await context_of(info).load(rows, root.id)

    return _field(Children(rows), description, resolve)


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
