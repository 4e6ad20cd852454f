"""The page of a shared desk: who is there, the PIN, and handing over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.core.messages import message
from coalition.web import desks
from coalition.web.forms import Form, read_form
from coalition.web.language import language_of, link, local_path
from coalition.web.pages.signing import as_typed
from coalition.web.render import go_to, page

ANCHORS = ("operator", "pin")
FIRST_ANCHORS = ("operator", "code", "newPin", "newPinAgain")

Endpoint = Callable[[Request], Awaitable[Response]]


def of_a_desk(endpoint: Endpoint) -> Endpoint:
    """A page for a browser in which a desk is signed in; nobody else has one."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if desks.standing(request) is None:
            if request.method == "POST":
                # A form of another site learns nothing, not even this.
                await read_form(request)
            raise HTTPException(404)
        return await endpoint(request)

    return guarded


@of_a_desk
async def desk(request: Request) -> Response:
    if request.method == "POST":
        return await _open(request)
    return await _desk_page(request, Form({"next": [request.query_params.get("next", "")]}, ANCHORS))


async def _open(request: Request) -> Response:
    form = await read_form(request, ANCHORS)
    number = _chosen(form)
    if number is not None:
        try:
            await desks.open_desk(request, number=number, pin=as_typed(form, "pin"))
            return RedirectResponse(local_path(form.text("next") or link(request, "/")), 303)
        except (Refused, desks.SlowedDown) as refused:
            _note(form, "pin", refused)
    return await _desk_page(request, form, status=422)


async def _desk_page(request: Request, form: Form, *, status: int = 200) -> Response:
    shown = await desks.own_desk(request)
    values = {
        "form": form,
        "desk": shown,
        "ready": [each for each in shown.operators if each.state == "READY"],
        "waiting": [each for each in shown.operators if each.state != "READY"],
        "over": request.query_params.get("over"),
        "idle_minutes": int(request.app.state.desk_idle.total_seconds() // 60),
    }
    return page(request, "desk.html", values, status=status)


@of_a_desk
async def first(request: Request) -> Response:
    """The first time: a code from the coordinator, and a PIN that only the operator knows."""
    if request.method == "POST":
        return await _set(request)
    return await _first_page(request, Form({}, FIRST_ANCHORS, language_of(request)))


async def _set(request: Request) -> Response:
    form = await read_form(request, FIRST_ANCHORS)
    number, pin = _chosen(form), as_typed(form, "newPin")
    if pin != as_typed(form, "newPinAgain"):
        form.note("newPinAgain", message("PINS_DIFFER", {}, form.language), "PINS_DIFFER")
    if number is not None and not form.errors:
        try:
            await desks.set_first_pin(request, number=number, code=form.text("code"), pin=pin)
            return go_to(request, "/")
        except (Refused, desks.SlowedDown) as refused:
            _note(form, "code", refused)
    return await _first_page(request, form, status=422)


async def _first_page(request: Request, form: Form, *, status: int = 200) -> Response:
    shown = await desks.own_desk(request)
    values = {
        "form": form,
        "desk": shown,
        "waiting": [each for each in shown.operators if each.state == "WAITING"],
    }
    return page(request, "desk_first.html", values, status=status)


@of_a_desk
async def hand_over(request: Request) -> Response:
    await read_form(request)
    await desks.hand_over(request)
    response = go_to(request, "/desk")
    # What the last one has seen is not for the next one to leaf back to.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _chosen(form: Form) -> int | None:
    """The number of the operator, noted when nobody was chosen."""
    typed = form.text("operator")
    if typed.isascii() and typed.isdigit() and len(typed) < 6:
        return int(typed)
    form.note("operator", message("REQUIRED", {}, form.language), "REQUIRED")
    return None


def _note(form: Form, field: str, error: Refused | desks.SlowedDown) -> None:
    """A wrong PIN or code stands at its field; what is wrong with a new PIN, at that."""
    if isinstance(error, desks.SlowedDown):
        form.note(field, message(error.code, {"seconds": error.seconds}, form.language), error.code)
        return
    for fault in error.faults:
        place = "newPin" if fault.path == ("newPin",) else field
        form.note(place, message(fault.code, fault.params, form.language), fault.code)
