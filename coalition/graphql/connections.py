"""Relay connections over keyset pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import strawberry

from coalition.graphql.context import Context
from coalition.graphql.fields import resolved
from coalition.graphql.loaders.pages import NestedCount, NestedListing, NestedPage
from coalition.graphql.paging import Listing, Order, PageRows, count_rows, page_request, read_all, read_page

T = TypeVar("T")

First = Annotated[
    int | None, strawberry.argument(description="How many from the start: 0 to 100, 20 by default.")
]
After = Annotated[str | None, strawberry.argument(description="The cursor after which to begin.")]
Last = Annotated[int | None, strawberry.argument(description="How many from the end: 0 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="The cursor before which to end.")]


@dataclass(frozen=True)
class Page:
    """What a connection resolves from; `total` counts only when it is asked for."""

    found: PageRows
    total: Callable[[], Awaitable[int]]


@dataclass(frozen=True)
class EdgeRow:
    """A row with its cursor."""

    cursor: str
    node: Any


@strawberry.type(description="Whether there is more on either side of a page.")
class PageInfo:
    """Relay's page information."""

    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(description="Whether some come before.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor; pass it as `after`.")


@strawberry.type(description="A row with its cursor.")
class Edge(Generic[T]):
    """One edge of a connection."""

    cursor: str = strawberry.field(description="Where this row stands; stays good while rows are added.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list, in its order.")
class Connection(Generic[T]):
    """A connection; its resolvers are handed a `Page`."""

    @resolved(description="The rows with their cursors.")
    def edges(self: Any) -> list[Edge[T]]:
        """The rows with their cursors."""
        found: PageRows = self.found
        return [EdgeRow(c, row) for c, row in zip(found.cursors, found.rows, strict=True)]  # type: ignore[misc]

    @resolved(description="The rows.")
    def nodes(self: Any) -> list[T]:
        """The rows without their cursors."""
        rows: list[T] = self.found.rows
        return rows

    @resolved(description="Whether there is more.")
    def page_info(self: Any) -> PageInfo:
        """Whether there is more, and the cursors to go on from."""
        found: PageRows = self.found
        return PageInfo(
            has_next_page=found.has_next,
            has_previous_page=found.has_previous,
            start_cursor=found.cursors[0] if found.cursors else None,
            end_cursor=found.cursors[-1] if found.cursors else None,
        )

    @resolved(description="How many there are on all pages, counted when asked for.")
    async def total_count(self: Any) -> int:
        """How many there are on all pages."""
        total: int = await self.total()
        return total


async def connect(
    context: Context,
    listing: Listing,
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
) -> Any:
    """The page of a root list that is asked for."""
    request = page_request(first, after, last, before)
    found = await context.read(lambda uow: read_page(uow, listing, request))
    return Page(found, lambda: context.read(lambda uow: count_rows(uow, listing)))


async def connect_root(
    context: Context,
    lister: Callable[..., Listing],
    first: int | None,
    after: str | None,
    last: int | None = None,
    before: str | None = None,
    **asked: Any,
) -> Any:
    """The page of the listing that `lister` makes of the other arguments of a root field."""
    listing = await context.read(lambda uow: lister(uow, context, **asked))
    return await connect(context, listing, first, after, last, before)


async def all_rows(context: Context, lister: Callable[..., Listing], **asked: Any) -> Any:
    """All rows of the listing that `lister` makes of the arguments of a root field."""
    return await context.read(lambda uow: read_all(uow, lister(uow, context, **asked)))


async def connect_nested(
    context: Context,
    listing: NestedListing,
    order: Order,
    parent_id: UUID,
    first: int | None,
    after: str | None,
) -> Any:
    """The page of a list inside an object that is asked for, read together with its siblings'."""
    request = page_request(first, after)
    found: PageRows = await context.load(NestedPage(listing, order, request), parent_id)
    return Page(found, lambda: context.load(NestedCount(listing), parent_id))
