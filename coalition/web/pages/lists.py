"""The list pages, each with filters, paging and CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.core.i18n import translations
from coalition.web import choices
from coalition.web.csv_export import csv_response, lines
from coalition.web.forms import Form
from coalition.web.gateway import Data, ask
from coalition.web.labels import LABELS
from coalition.web.language import language_of, link
from coalition.web.listings import Filter, Listing
from coalition.web.render import page
from coalition.web.shown import shown

PAGE_SIZE = 25
CSV_PAGE_SIZE = 100


@dataclass(frozen=True)
class Paged:
    """Addresses of the neighbouring pages of a list."""

    first: str
    next: str | None
    after: str | None


@dataclass(frozen=True)
class ListPage:
    """The endpoint of one list page."""

    listing: Listing

    async def answer(self, request: Request) -> Response:
        variables = self.variables(request, PAGE_SIZE)
        data = await ask(request, self.listing.name, variables)
        connection = data[self.listing.connection]
        values = {
            "listing": self.listing,
            "nodes": connection["nodes"],
            "total": connection["totalCount"],
            "paged": self.paged(request, connection),
            "csv": link(request, f"/{self.listing.name}.csv", self.given(request)),
            "fields": await self.filter_fields(request),
            "form": Form({name: [value] for name, value in self.given(request)}),
            "shown_document": shown(self.listing.name, variables),
        }
        return page(request, f"{self.listing.name}.html", values)

    def given(self, request: Request) -> list[tuple[str, str]]:
        """The filters of the address, in the order of the form."""
        wished = [
            (each.name, request.query_params.get(each.name, "").strip()) for each in self.listing.filters
        ]
        return [(name, value) for name, value in wished if value]

    def variables(self, request: Request, size: int) -> Data:
        chosen = dict(self.given(request))
        read = {
            each.name: _read(each, chosen[each.name]) for each in self.listing.filters if each.name in chosen
        }
        after = request.query_params.get("after") or None
        return {"first": size, "after": after, **(read if self.listing.bare else {"filter": read or None})}

    def paged(self, request: Request, connection: Data) -> Paged:
        path = f"/{self.listing.name}"
        info = connection["pageInfo"]
        onwards = [*self.given(request), ("after", info["endCursor"])]
        return Paged(
            first=link(request, path, self.given(request)),
            next=link(request, path, onwards) if info["hasNextPage"] else None,
            after=request.query_params.get("after"),
        )

    async def filter_fields(self, request: Request) -> list[dict[str, Any]]:
        language = language_of(request)
        listed = {each.choices for each in self.listing.filters} - LABELS.keys() - {"", "languages"}
        data = await ask(request, "filter_options") if listed else {}
        return [
            {
                "name": each.name,
                "words": translations(language).gettext(each.words),
                "type": each.type,
                "choices": choices.for_filter(each.choices, data, language) if each.choices else None,
            }
            for each in self.listing.filters
        ]


@dataclass(frozen=True)
class CsvExport:
    """The endpoint of one list as CSV, with the same filters."""

    listing: Listing

    async def answer(self, request: Request) -> Response:
        first = await self.read(request, None)
        return csv_response(self.listing.name, self.chunks(request, first))

    async def read(self, request: Request, after: str | None) -> Data:
        variables = ListPage(self.listing).variables(request, CSV_PAGE_SIZE) | {"after": after}
        connection: Data = (await ask(request, self.listing.name, variables))[self.listing.connection]
        return connection

    async def chunks(self, request: Request, connection: Data) -> AsyncIterator[str]:
        names, readers = zip(*self.listing.columns, strict=True)
        yield lines([names])
        while True:
            yield lines([[read(node) for read in readers] for node in connection["nodes"]])
            if not connection["pageInfo"]["hasNextPage"]:
                return
            connection = await self.read(request, connection["pageInfo"]["endCursor"])


def _read(each: Filter, value: str) -> str | list[str]:
    """The value for the schema; one that is not of the closed set is no page of ours."""
    if each.choices in LABELS and value not in LABELS[each.choices]:
        raise HTTPException(404)
    return [value] if each.many else value
