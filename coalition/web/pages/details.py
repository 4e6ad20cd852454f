"""Pages of single records, with addresses that can be passed on."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.web.gateway import ask
from coalition.web.render import page
from coalition.web.shown import shown


async def organisation(request: Request) -> Response:
    return await _detail(request, "organisation", "organisation", slug=request.path_params["slug"])


async def activity(request: Request) -> Response:
    return await _detail(request, "activity", "activity", code=request.path_params["code"])


async def training(request: Request) -> Response:
    return await _detail(request, "training", "node", id=request.path_params["id"])


async def service(request: Request) -> Response:
    return await _detail(request, "service", "node", id=request.path_params["id"])


async def _detail(request: Request, name: str, field: str, **variables: str) -> Response:
    data = await ask(request, name, variables)
    # A node of another type answers an empty object.
    if not data[field]:
        raise HTTPException(404)
    return page(request, f"{name}.html", {"record": data[field], "shown_document": shown(name, variables)})
