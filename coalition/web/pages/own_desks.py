"""The desks of one's own organisations: making them, and naming who serves there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.core.errors import Refused
from coalition.core.messages import message
from coalition.web import choices, desks
from coalition.web.forms import Form, read_form
from coalition.web.gateway import ask, held_at, read_id
from coalition.web.language import language_of
from coalition.web.pages.signing import needs
from coalition.web.render import go_to, page

MANAGES = "people:manage"
NEW_ANCHORS = ("organisation", "label", "roleType")
ANCHORS = ("label",)


@needs(MANAGES)
async def desks_page(request: Request) -> Response:
    values = {"desks": await desks.desks(request), "done": request.query_params.get("done")}
    return page(request, "desks.html", values)


@needs(MANAGES)
async def new(request: Request) -> Response:
    if request.method == "POST":
        return await _make(request)
    return await _new_page(request, Form({}, NEW_ANCHORS, language_of(request)))


async def _make(request: Request) -> Response:
    form = await read_form(request, NEW_ANCHORS)
    organisation = form.needed_choice("organisation")
    role_type = form.needed_choice("roleType")
    if not form.errors:
        try:
            made, path = await desks.make_desk(
                request,
                organisation_id=read_id("Organisation", organisation or ""),
                label=form.text("label"),
                role_type=role_type or "",
            )
            return _told(request, made, link=path)
        except Refused as refused:
            _note(form, refused)
    return await _new_page(request, form, status=422)


async def _new_page(request: Request, form: Form, *, status: int = 200) -> Response:
    data = await ask(request, "desk_form")
    own = held_at(request, MANAGES)
    values = {
        "form": form,
        "own": choices.named([each for each in data["viewer"]["organisations"] if each["id"] in own]),
        "role_types": choices.named(
            [each for each in data["roleTypes"] if each["code"] in desks.ROLE_TYPES], "code"
        ),
    }
    return page(request, "desk_new.html", values, status=status)


@needs(MANAGES)
async def desk(request: Request) -> Response:
    if request.method == "POST":
        form = await read_form(request, ANCHORS)
        return await _deed(request, await _found(request), form)
    return _desk_page(request, await _found(request), Form({}, ANCHORS, language_of(request)))


async def _deed(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    deed = _DEEDS.get(form.text("deed"))
    if deed is None:
        raise HTTPException(404)
    try:
        return await deed(request, found, form)
    except Refused as refused:
        if refused.faults[0].code == "NOT_FOUND":
            raise HTTPException(404) from refused
        _note(form, refused)
    return _desk_page(request, found, form, status=422)


async def _add(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    label = form.text("label")
    return _told(request, found, code=await desks.add_operator(request, found.id, label=label), label=label)


async def _reset(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    number = _number(form)
    label = next((each.label for each in found.operators if each.number == number), "")
    return _told(request, found, code=await desks.reset_pin(request, found.id, number), label=label)


async def _end(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    await desks.end_operator(request, found.id, _number(form))
    return go_to(request, f"/people/desks/{found.id}", done="ended")


async def _renew(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    del form
    return _told(request, found, link=await desks.renew_link(request, found.id))


async def _close(request: Request, found: desks.ShownDesk, form: Form) -> Response:
    del form
    await desks.close_desk(request, found.id)
    return go_to(request, "/people/desks", done="closed")


_DEEDS: dict[str, Callable[[Request, desks.ShownDesk, Form], Awaitable[Response]]] = {
    "add": _add,
    "reset": _reset,
    "end": _end,
    "renew": _renew,
    "close": _close,
}


def _told(
    request: Request, shown: desks.ShownDesk, *, link: str = "", code: str = "", label: str = ""
) -> Response:
    """What is told once, on a page that no browser keeps."""
    base = request.app.state.settings.url or str(request.base_url).rstrip("/")
    values = {
        "desk": shown,
        "address": f"{base}{link}" if link else "",
        "code": code,
        "label": label,
        "code_days": desks.CODE_DAYS,
    }
    answer = page(request, "desk_told.html", values)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _desk_page(request: Request, found: desks.ShownDesk, form: Form, *, status: int = 200) -> Response:
    values = {"desk": found, "form": form, "done": request.query_params.get("done")}
    return page(request, "desk_own.html", values, status=status)


async def _found(request: Request) -> desks.ShownDesk:
    try:
        return await desks.desk(request, UUID(request.path_params["id"]))
    except (ValueError, Refused) as error:
        raise HTTPException(404) from error


def _number(form: Form) -> int:
    typed = form.text("operator")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise HTTPException(404)
    return int(typed)


def _note(form: Form, refused: Refused) -> None:
    for fault in refused.faults:
        form.note(".".join(fault.path), message(fault.code, fault.params, form.language), fault.code)
