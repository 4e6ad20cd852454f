"""Signing in and out, and pages that need either."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import CoalitionError, Fault, Refused
from coalition.core.messages import message
from coalition.web import gateway, proving
from coalition.web.forms import Form, holder, read_form
from coalition.web.language import language_of, link, local_path
from coalition.web.render import page

Endpoint = Callable[[Request], Awaitable[Response]]
# What a form shows where it was typed; whatever else goes wrong has a page of its own.
REFUSALS = (Refused, proving.SignInRefused, proving.SlowedDown)


def needs(*permissions: str) -> Callable[[Endpoint], Endpoint]:
    """A page for those who hold one of the permissions; visitors are asked to sign in first."""

    def guard(endpoint: Endpoint) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            if not gateway.is_signed_in(request):
                return to_sign_in(request)
            if not any(gateway.actor(request).may(permission) for permission in permissions):
                raise HTTPException(403)
            return await endpoint(request)

        return guarded

    return guard


def to_sign_in(request: Request) -> Response:
    """Send a visitor to the sign-in page and, after it, back to where a reading page was asked for."""
    back = request.url.path
    if request.method in ("GET", "HEAD") and request.url.query:
        back = f"{back}?{request.url.query}"
    return RedirectResponse(link(request, "/sign-in", [("next", back)]), 303)


async def sign_in(request: Request) -> Response:
    if request.method == "POST":
        return await _signed_in(request)
    return _sign_in_page(request, Form(), request.query_params.get("next", ""))


def _sign_in_page(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    values = {"form": form, "next": next_path, "ended": "ended" in request.query_params}
    return page(request, "sign_in.html", values, status=status)


async def _signed_in(request: Request) -> Response:
    form = await read_form(request, ("email", "password"))
    response = RedirectResponse("/", 303)
    try:
        path = await gateway.sign_in(request, response, email=form.text("email"), password=as_typed(form))
    except REFUSALS as refused:
        note(request, form, "email", refused)
        return _sign_in_page(request, form, form.text("next"), 422)
    return on_to(request, response, path, form.text("next"))


def on_to(request: Request, response: Response, path: str, next_path: str) -> Response:
    """Make `response` lead to a page of signing in, or, without one, to where somebody wanted to go.

    `next_path` is what a browser sent: only a path of this site is followed.
    """
    target = local_path(next_path or link(request, "/"))
    response.headers["location"] = link(request, path, [("next", target)]) if path else target
    return response


def as_typed(form: Form, name: str = "password") -> str:
    """A password as it was typed: blanks at its ends belong to it."""
    return (form.values.get(name) or [""])[0]


def note(request: Request, form: Form, field: str, error: CoalitionError) -> None:
    """Show at `field` what an expected failure says."""
    if isinstance(error, Refused):
        faults = error.faults
    else:
        faults = (Fault(getattr(error, "code", ""), (), vars(error)),)
    for fault in faults:
        form.note(field, message(fault.code, fault.params, language_of(request)), fault.code)


async def passkey_options(request: Request) -> Response:
    """What a browser needs to ask its passkey, for the form of ours that is sent along."""
    form = await read_form(request)
    found = await proving.options(
        request, purpose=form.text("purpose"), browser=holder(request), link=form.text("link")
    )
    if found is None:
        raise HTTPException(404)
    return Response(found, media_type="application/json", headers={"Cache-Control": "no-store"})


async def passkey(request: Request) -> Response:
    """Sign in by a passkey alone."""
    form = await read_form(request)
    response = RedirectResponse("/", 303)
    try:
        path = await proving.sign_in_by_passkey(
            request, response, answer=form.text("answer"), browser=holder(request)
        )
    except Refused as refused:
        note(request, form, "", refused)
        return _sign_in_page(request, form, form.text("next"), 422)
    return on_to(request, response, path, form.text("next"))


async def sign_out(request: Request) -> Response:
    await read_form(request)
    response = RedirectResponse(link(request, "/"), 303)
    await gateway.sign_out(request, response)
    # Pages kept by the browser go; what waits on the phone to be sent stays.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
