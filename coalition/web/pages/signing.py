"""Signing in and out, and pages that need either."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import CoalitionError, Fault, Refused
from coalition.core.messages import message
from coalition.web import gateway
from coalition.web.forms import Form, read_form
from coalition.web.language import language_of, link, local_path
from coalition.web.render import page

Endpoint = Callable[[Request], Awaitable[Response]]


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
    return page(request, "sign_in.html", {"form": Form(), "next": request.query_params.get("next", "")})


async def _signed_in(request: Request) -> Response:
    form = await read_form(request, ("email", "password"))
    response = RedirectResponse("/", 303)
    try:
        path = await gateway.sign_in(request, response, email=form.text("email"), password=as_typed(form))
    except CoalitionError as refused:
        note(request, form, "email", refused)
        return page(request, "sign_in.html", {"form": form, "next": form.text("next")}, status=422)
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
    faults = error.faults if isinstance(error, Refused) else (Fault(getattr(error, "code", ""), ()),)
    for fault in faults:
        form.note(field, message(fault.code, fault.params, language_of(request)), fault.code)


async def sign_out(request: Request) -> Response:
    await read_form(request)
    response = RedirectResponse(link(request, "/"), 303)
    await gateway.sign_out(request, response)
    # Pages kept by the browser go; what waits on the phone to be sent stays.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def welcome(request: Request) -> Response:
    """The page of a one-time link: choose a password, and be signed in."""
    token = request.path_params["token"]
    if not await gateway.welcomes(request, token):
        return page(request, "welcome_ended.html", status=404)
    if request.method == "POST":
        return await _welcomed(request, token)
    return page(request, "welcome.html", {"form": Form(), "token": token})


async def _welcomed(request: Request, token: str) -> Response:
    form = await read_form(request, ("password",))
    response = RedirectResponse("/", 303)
    try:
        path = await gateway.welcome(request, response, token=token, password=as_typed(form))
    except Refused as refused:
        note(request, form, "password", refused)
        return page(request, "welcome.html", {"form": form, "token": token}, status=422)
    return on_to(request, response, path, "")
