"""The provider's page: offer a service, confirm free places, see and release what is held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from coalition.web import choices
from coalition.web.forms import Form, new_client_id, read_form
from coalition.web.gateway import Data, ask, attempt, reaches_below
from coalition.web.language import language_of
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page
from coalition.web.shown import shown

PROVIDES = ("service:offer", "capacity:confirm")
POOLS = 3
CONFIRM_ANCHORS = ("maximum", "occupied", "validHours", "contactDesk")
OFFER_ANCHORS = (
    "provider",
    "name.ro",
    "name.ru",
    "name.en",
    "name",
    "kinds",
    "district",
    "protected",
    "languages",
    "targetGroups",
    "contactDesk",
    *(f"pools.{row}" for row in range(POOLS)),
    "status",
    "visibility",
)


@needs(*PROVIDES)
async def places(request: Request) -> Response:
    return await _places_page(request, Form())


async def _places_page(request: Request, form: Form, pool: str = "", status: int = 200) -> Response:
    data = await ask(request, "places")
    values = {
        "providers": list(providers(data)),
        "form": form,
        "form_pool": pool,
        "done": request.query_params.get("done"),
        "shown_document": shown("places"),
    }
    return page(request, "places.html", values, status=status)


def providers(data: Data) -> Iterator[dict[str, Any]]:
    """The organisations that the caller acts for and that offer something, each once."""
    seen = set()
    for own in data["viewer"]["organisations"]:
        for each in (own, *own["children"]["nodes"]):
            if each["id"] not in seen and each["services"]["nodes"]:
                seen.add(each["id"])
                yield each


@needs("capacity:confirm")
async def confirm(request: Request) -> Response:
    form = await read_form(request, CONFIRM_ANCHORS)
    given = {
        "pool": form.text("pool"),
        "maximum": form.needed_number("maximum"),
        "occupied": form.needed_number("occupied"),
        "validHours": form.number_or("validHours", 72),
        "contactDesk": form.optional("contactDesk"),
    }
    if not form.errors:
        deed = await attempt(request, "confirm_capacity", given)
        if deed.done:
            return go_to(request, "/places", done="confirmed")
        form.take(deed.faults)
    return await _places_page(request, form, form.text("pool"), 422)


@needs(*PROVIDES)
async def release(request: Request) -> Response:
    form = await read_form(request)
    deed = await attempt(request, "release_hold", {"hold": form.text("hold")})
    if deed.done:
        return go_to(request, "/places", done="released")
    form.take(deed.faults)
    return await _places_page(request, form, status=422)


@needs("service:offer")
async def offer(request: Request) -> Response:
    if request.method == "POST":
        return await _offer(request)
    values = {"clientId": [new_client_id()], "visibility": ["PARTNERS"], "status": ["DRAFT"]}
    return await _offer_page(request, Form(values, OFFER_ANCHORS, language_of(request)))


async def _offer(request: Request) -> Response:
    form = await read_form(request, OFFER_ANCHORS)
    given = offer_of(form)
    if not form.errors:
        deed = await attempt(request, "offer_service", given)
        if deed.done:
            return go_to(request, "/places", done="offered")
        form.take(deed.faults)
    return await _offer_page(request, form, 422)


def offer_of(form: Form) -> Data:
    """The input of `offerService`; only the signature under the code of conduct makes a service work."""
    given: Data = {
        "clientId": form.text("clientId"),
        "provider": form.text("provider"),
        "kinds": form.many("kinds"),
        "name": form.needed_texts("name"),
        "district": form.needed_choice("district"),
        "languages": form.many("languages"),
        "targetGroups": form.many("targetGroups"),
        "contactDesk": form.optional("contactDesk"),
        "pools": list(_pools(form)),
        "status": "ACTIVE" if form.checked("signed") else "DRAFT",
        "visibility": form.text("visibility") or "PARTNERS",
        "textConfirmed": form.checked("textConfirmed"),
    }
    if form.text("protected"):
        given["protected"] = form.text("protected") == "yes"
    return given


def _pools(form: Form) -> Iterator[Data]:
    for row in range(POOLS):
        maximum = form.number(f"pools.{row}.maximum")
        if maximum is not None:
            group = form.optional(f"pools.{row}.targetGroup")
            yield {"unit": form.text(f"pools.{row}.unit"), "maximum": maximum, "targetGroup": group}


async def _offer_page(request: Request, form: Form, status: int = 200) -> Response:
    data = await ask(request, "offer_form")
    language = language_of(request)
    values = {
        "form": form,
        "rows": range(POOLS),
        "own": choices.own_organisations(data, below=reaches_below(request, "service:offer")),
        "districts": choices.districts(data),
        "kinds": choices.of_set("AssistanceKind", language),
        "groups": choices.of_set("TargetGroup", language),
        "units": choices.of_set("CapacityUnit", language),
        "languages": choices.languages(language),
        "visibilities": choices.of_set("Visibility", language),
        "yes_or_no": choices.yes_or_no(language),
    }
    return page(request, "offer.html", values, status=status)
