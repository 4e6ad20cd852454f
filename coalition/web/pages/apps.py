"""What apps ask of a person: consent, the codes of devices, and what was allowed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.core.messages import message
from coalition.web import allowing, gateway
from coalition.web.allowing import Consent, Parameters, Refusal
from coalition.web.forms import Form, read_form
from coalition.web.language import language_of
from coalition.web.pages.signing import REFUSALS, note, to_sign_in
from coalition.web.render import go_to, page
from coalition.web.security import policy_for_forms_to

Endpoint = Callable[[Request], Awaitable[Response]]

CODE = ("userCode",)
# The names of the fields in which an authorization request waits on the page, apart from our own fields.
WAITING = "asked."


def in_this_browser(endpoint: Endpoint) -> Endpoint:
    """A page for whoever is signed in in this browser: an app can allow no app, in nobody's name."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if not gateway.has_sign_in(request):
            return to_sign_in(request)
        return await endpoint(request)

    return guarded


# ------------------------------------------------------------------ consent


async def authorize(request: Request) -> Response:
    """Where an app sends the browser of whom it wants to act for (RFC 6749 section 3.1).

    What is wrong with the request is said before anybody signs in: after a form, a browser would not
    follow to the app.
    """
    if request.method == "POST":
        return await _answered(request)
    parameters = request.query_params.multi_items()
    refusal = await allowing.refusal(request, parameters)
    return _refused(request, refusal) if refusal else await _consent(request)


@in_this_browser
async def _consent(request: Request) -> Response:
    found = await allowing.asked(request, request.query_params.multi_items(), language_of(request))
    return _refused(request, found) if isinstance(found, Refusal) else _consent_page(request, found)


def _consent_page(request: Request, asked: Consent) -> Response:
    waiting = [(f"{WAITING}{name}", value) for name, value in asked.parameters]
    shown = page(request, "consent.html", {"asked": asked, "waiting": waiting})
    # Browsers hold a form to its policy through redirects too, and this one ends at the app.
    shown.headers["Content-Security-Policy"] = policy_for_forms_to(asked.address)
    return shown


def _refused(request: Request, refusal: Refusal) -> Response:
    """Back to the app where its address can be trusted; else a page, and nobody is sent anywhere."""
    if refusal.redirect is not None:
        return RedirectResponse(refusal.redirect, 303)
    return page(request, "consent_refused.html", {"code": refusal.error}, status=400)


@in_this_browser
async def _answered(request: Request) -> Response:
    form = await read_form(request)
    parameters = _parameters(form)
    try:
        answer = allowing.allow if form.text("answer") == "allow" else allowing.deny
        address = await answer(request, parameters)
    except Refused:
        return page(request, "consent_refused.html", {"code": "invalid_request"}, status=400)
    return _refused(request, address) if isinstance(address, Refusal) else RedirectResponse(address, 303)


def _parameters(form: Form) -> Parameters:
    """The authorization request as the page kept it; whoever answers for it checks it again."""
    return [
        (name.removeprefix(WAITING), value)
        for name, values in form.values.items()
        if name.startswith(WAITING)
        for value in values
    ]


# ------------------------------------------------------------------ devices


@in_this_browser
async def device(request: Request) -> Response:
    """Where a person types the code that a device shows; one that came with the address waits for a tap."""
    if request.method == "POST":
        return await _typed(request)
    values = {"userCode": [request.query_params.get("user_code", "")]}
    return _code_page(request, Form(values, CODE, language_of(request)))


async def _typed(request: Request) -> Response:
    form = await read_form(request, CODE)
    try:
        found = await allowing.device(request, form.text("userCode"), language_of(request))
    except REFUSALS as fault:
        note(request, form, "userCode", fault)
        return _code_page(request, form, 429)
    if found is None:
        form.note("userCode", message("DEVICE_ENDED", {}, language_of(request)), "DEVICE_ENDED")
        return _code_page(request, form, 422)
    return page(request, "device_asks.html", {"device": found, "code": form.text("userCode").upper()})


def _code_page(request: Request, form: Form, status: int = 200) -> Response:
    return page(request, "device.html", {"form": form}, status=status)


@in_this_browser
async def answer_device(request: Request) -> Response:
    form = await read_form(request, CODE)
    is_allowed = form.text("answer") == "allow"
    try:
        await allowing.answer_device(request, form.text("device"), allowed=is_allowed)
    except Refused as fault:
        note(request, form, "userCode", fault)
        return _code_page(request, form, 422)
    return page(request, "device_answered.html", {"allowed": is_allowed})


# ------------------------------------------------------------------ what was allowed


@in_this_browser
async def apps(request: Request) -> Response:
    found = await allowing.allowed(request, language_of(request))
    return page(request, "me_apps.html", {"apps": found, "done": request.query_params.get("done")})


@in_this_browser
async def end(request: Request) -> Response:
    form = await read_form(request)
    # Refused is what ended in the meantime, in another window: that is what was wanted.
    with suppress(Refused):
        await allowing.end(request, form.text("app"))
    return go_to(request, "/me/apps", done="ended")
