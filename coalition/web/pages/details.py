"""Pages of single records, with addresses that can be passed on."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.web.gateway import Data, ask
from coalition.web.holy_days import joined
from coalition.web.render import page
from coalition.web.shown import shown

_OVER = ("COMPLETED", "CLOSED", "CANCELLED")


async def organisation(request: Request) -> Response:
    return await _detail(request, "organisation", "organisation", slug=request.path_params["slug"])


async def activity(request: Request) -> Response:
    variables = {"code": request.path_params["code"]}
    data = await ask(request, "activity", variables)
    if data["activity"] is None:
        raise HTTPException(404)
    values = {
        "record": data["activity"],
        "is_own": _is_own(data),
        "shown_document": shown("activity", variables),
    }
    return page(request, "activity.html", values)


def _is_own(data: Data) -> bool:
    """Whether the activity is led by one of the caller's organisations or one directly below."""
    own = data["viewer"]["organisations"] if data["viewer"] else []
    led_by = data["activity"]["lead"]
    slugs = {
        each["slug"] for organisation in own for each in (organisation, *organisation["children"]["nodes"])
    }
    return led_by is not None and led_by["slug"] in slugs


async def training(request: Request) -> Response:
    variables = {"id": request.path_params["id"]}
    data = await ask(request, "training", variables)
    record = data["node"]
    if not record:
        raise HTTPException(404)
    # What fell on the days of a training that is over helps nobody any more.
    days = [] if record["status"] in _OVER else joined(record["holyDays"])
    values = {"record": record, "holy_days": days, "shown_document": shown("training", variables)}
    return page(request, "training.html", values)


async def service(request: Request) -> Response:
    return await _detail(request, "service", "node", id=request.path_params["id"])


async def _detail(request: Request, name: str, field: str, **variables: str) -> Response:
    data = await ask(request, name, variables)
    # A node of another type answers an empty object.
    if not data[field]:
        raise HTTPException(404)
    return page(request, f"{name}.html", {"record": data[field], "shown_document": shown(name, variables)})
