"""The partner's page: find who can take somebody now, hold a place, release it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.core.messages import message
from coalition.web import choices
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, ask, attempt
from coalition.web.language import language_of, link
from coalition.web.pages.lists import Paged
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page
from coalition.web.shown import shown

SEEKS = ("capacity:read", "capacity:hold")
WISHES = ("kinds", "region", "district", "languages", "targetGroup", "quantity", "search")
LARGEST_QUANTITY = 50
HOLD_ANCHORS = ("quantity", "targetGroup", "minutes", "onBehalfOf")


@needs(*SEEKS)
async def capacity(request: Request) -> Response:
    form = Form({name: request.query_params.getlist(name) for name in WISHES}, WISHES, language_of(request))
    return await _search_page(request, form)


async def _search_page(request: Request, form: Form) -> Response:
    variables = search_of(form) | {"after": request.query_params.get("after") or None}
    data = await ask(request, "capacity", variables)
    language = language_of(request)
    values = {
        "form": form,
        "data": data,
        "searched": variables["search"],
        "quantity": variables["quantity"],
        "kinds": choices.of_set("AssistanceKind", language),
        "regions": choices.of_set("Region", language),
        "districts": choices.districts(data),
        "languages": choices.languages(language),
        "groups": choices.of_set("TargetGroup", language),
        "paged": _paged(request, form, data) if variables["search"] else None,
        "held": request.query_params.get("held"),
        "released": request.query_params.get("released"),
        "shown_document": shown("capacity", variables),
    }
    return page(request, "capacity.html", values, status=422 if form.errors else 200)


def search_of(form: Form) -> Data:
    """The variables of the search; before anything was asked, nothing is searched."""
    quantity = form.number_or("quantity", 1)
    if not 1 <= quantity <= LARGEST_QUANTITY:
        limits = {"minimum": 1, "maximum": LARGEST_QUANTITY}
        form.note("quantity", message("OUT_OF_RANGE", limits, form.language), "OUT_OF_RANGE")
    wishes = {
        "kinds": form.many("kinds"),
        "languages": form.many("languages"),
        **{name: form.text(name) for name in ("region", "district", "targetGroup", "search")},
    }
    asked = {name: value for name, value in wishes.items() if value}
    return {
        "filter": asked | {"canTake": quantity},
        "quantity": quantity,
        "targetGroup": asked.get("targetGroup"),
        "search": not form.errors and bool(asked or form.text("quantity")),
    }


def _paged(request: Request, form: Form, data: Data) -> Paged:
    given = [(name, value) for name in WISHES for value in form.many(name)]
    info = data["services"]["pageInfo"]
    return Paged(
        first=link(request, "/capacity", given),
        next=link(request, "/capacity", [*given, ("after", info["endCursor"])])
        if info["hasNextPage"]
        else None,
        after=request.query_params.get("after"),
    )


@needs("capacity:hold")
async def hold(request: Request) -> Response:
    if request.method == "POST":
        return await _hold(request)
    asked = {name: [request.query_params.get(name, "")] for name in ("quantity", "targetGroup")}
    values = {**asked, "clientId": [new_client_id()], "minutes": ["120"]}
    return await _hold_page(request, Form(values, HOLD_ANCHORS, language_of(request)))


async def _hold(request: Request) -> Response:
    form = await read_form(request, HOLD_ANCHORS)
    given = {
        "clientId": form.text("clientId"),
        "service": request.path_params["id"],
        "quantity": form.number_or("quantity", 1),
        "targetGroup": form.optional("targetGroup"),
        "minutes": form.number_or("minutes", 120),
        "onBehalfOf": form.text("onBehalfOf"),
    }
    if not form.errors:
        deed = await attempt(request, "hold_places", given)
        if deed.done:
            return go_to(request, "/capacity", held=deed.payload["hold"]["reference"])
        form.take(deed.faults)
    return await _hold_page(request, form, 422)


async def _hold_page(request: Request, form: Form, status: int = 200) -> Response:
    data = await ask(request, "hold_form", {"id": request.path_params["id"]})
    # Empty when the id is that of something else.
    if not data["node"]:
        raise HTTPException(404)
    language = language_of(request)
    values = {
        "form": form,
        "service": data["node"],
        "own": choices.own_organisations(data),
        "groups": choices.of_set("TargetGroup", language),
    }
    return page(request, "hold.html", values, status=status)


@needs("capacity:hold")
async def release(request: Request) -> Response:
    form = await read_form(request)
    deed = await attempt(request, "release_hold", {"hold": form.text("hold")})
    if deed.done:
        return go_to(request, "/capacity", released=deed.payload["hold"]["reference"])
    form.take(deed.faults)
    return await _search_page(request, form)
