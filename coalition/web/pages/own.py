"""What is held about the caller: seeing, exporting, correcting, agreeing and erasing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.web import choices, gateway
from coalition.web.forms import Form, read_form
from coalition.web.gateway import Data, ask, attempt
from coalition.web.labels import LABELS
from coalition.web.language import language_of, link
from coalition.web.pages.signing import to_sign_in
from coalition.web.render import go_to, page

ANCHORS = ("yourName", "languages", "accountLanguage")
FILE_NAME = "coalition-own-data.json"

Endpoint = Callable[[Request], Awaitable[Response]]


def of_a_person(endpoint: Endpoint) -> Endpoint:
    """A page about whoever is signed in; a system has no data of its own."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if not gateway.is_signed_in(request):
            return to_sign_in(request)
        if gateway.actor(request).person_id is None:
            raise HTTPException(403)
        return await endpoint(request)

    return guarded


@of_a_person
async def me(request: Request) -> Response:
    if request.method == "POST":
        return await _correct(request)
    data = await ask(request, "own_data")
    return _shown(request, data["ownData"], _form_of(data["ownData"], language_of(request)))


async def _correct(request: Request) -> Response:
    form = await read_form(request, ANCHORS)
    given = {
        "name": form.text("yourName"),
        "languages": form.many("languages"),
        "accountLanguage": form.optional("accountLanguage"),
        "textConfirmed": form.checked("textConfirmed"),
    }
    deed = await attempt(request, "correct_own_data", given)
    if deed.done:
        return go_to(request, "/me", saved="data")
    form.take(_at_own_name(fault) for fault in deed.faults)
    return _shown(request, (await ask(request, "own_data"))["ownData"], form, status=422)


def _at_own_name(fault: Data) -> Data:
    """The fault under the name that this page gives to the field."""
    path = fault["field"] or [""]
    return {**fault, "field": ["yourName" if path[0] == "name" else path[0]]}


def _form_of(data: Data, language: str) -> Form:
    values = {
        "yourName": [data["name"]],
        "languages": data["languages"],
        "accountLanguage": [data["accountLanguage"] or ""],
    }
    return Form(values, ANCHORS, language)


def _shown(request: Request, data: Data, form: Form, *, status: int = 200) -> Response:
    language = language_of(request)
    offered = choices.languages(language)
    known = {tag for tag, _ in offered}
    values = {
        "data": data,
        "form": form,
        "languages": offered + [(tag, tag) for tag in data["languages"] if tag not in known],
        "standing": {each["purpose"]: each for each in data["consents"] if not each["withdrawnAt"]},
        "purposes": list(LABELS["ConsentPurpose"]),
        "saved": request.query_params.get("saved"),
    }
    return page(request, "me.html", values, status=status)


@of_a_person
async def consent(request: Request) -> Response:
    """Agree to a purpose with the notice that the page showed, or withdraw."""
    form = await read_form(request)
    given = {"purpose": form.text("purpose")}
    if form.checked("withdraw"):
        deed = await attempt(request, "withdraw_consent", given)
    else:
        deed = await attempt(request, "give_consent", {**given, "version": form.text("version")})
    if deed.done:
        return go_to(request, "/me", saved="consent")
    data = (await ask(request, "own_data"))["ownData"]
    shown = _form_of(data, language_of(request))
    shown.take(deed.faults)
    return _shown(request, data, shown, status=422)


@of_a_person
async def export(request: Request) -> Response:
    """The whole of it as one file; nothing keeps a copy on the way."""
    content = json.dumps(await gateway.own_data_file(request), ensure_ascii=False, indent=2)
    headers = {
        "Content-Disposition": f'attachment; filename="{FILE_NAME}"',
        "Cache-Control": "no-store",
    }
    return Response(content + "\n", media_type="application/json", headers=headers)


@of_a_person
async def erase(request: Request) -> Response:
    if request.method == "POST":
        return await _erase(request)
    return await _erase_page(request, Form({}, ("confirmation",), language_of(request)))


async def _erase(request: Request) -> Response:
    form = await read_form(request, ("confirmation",))
    # As typed: blanks at the ends of a password belong to it.
    typed = (form.values.get("confirmation") or [""])[0]
    deed = await attempt(request, "erase_own_data", {"confirmation": typed})
    if not deed.done:
        form.take(deed.faults)
        return await _erase_page(request, form, 422)
    response = RedirectResponse(link(request, "/me/erased"), 303)
    await gateway.sign_out(request, response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _erase_page(request: Request, form: Form, status: int = 200) -> Response:
    data = (await ask(request, "own_data"))["ownData"]
    return page(request, "me_erase.html", {"form": form, "data": data}, status=status)


async def erased(request: Request) -> Response:
    return page(request, "me_erased.html")
