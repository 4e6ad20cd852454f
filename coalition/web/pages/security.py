"""How the caller signs in: password, passkeys, authenticator app and recovery codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.web import gateway, proving
from coalition.web.forms import Form, holder, read_form
from coalition.web.language import language_of, link, local_path
from coalition.web.pages.second_step import shown_offer
from coalition.web.pages.signing import REFUSALS, as_typed, note, to_sign_in
from coalition.web.render import go_to, page

HERE = "/me/security"

Endpoint = Callable[[Request], Awaitable[Response]]


def of_a_sign_in(endpoint: Endpoint) -> Endpoint:
    """A page for whoever is signed in in this browser; a deed without a fresh proof leads to the proof."""

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        if not gateway.has_sign_in(request):
            return to_sign_in(request)
        try:
            return await endpoint(request)
        except proving.ProofNeeded:
            pass
        back = request.url.path if request.method in ("GET", "HEAD") else link(request, HERE)
        return RedirectResponse(link(request, f"{HERE}/proof", [("next", back)]), 303)

    return guarded


@of_a_sign_in
async def security(request: Request) -> Response:
    return await _shown(request, Form())


async def _shown(request: Request, form: Form, status: int = 200) -> Response:
    ways = await proving.ways(request)
    values = {
        "form": form,
        "ways": ways,
        "proven": await proving.has_proven(request),
        "may_remove_password": proving.may_remove_password(ways),
        "may_remove_passkey": proving.may_remove_passkey(ways),
        "may_remove_app": proving.may_remove_app(ways),
        "saved": "saved" in request.query_params,
    }
    return page(request, "security.html", values, status=status)


async def _done(request: Request, form: Form, deed: Awaitable[None], path: str = HERE) -> Response:
    """Go on after a deed, or show on the page what was wrong with it."""
    try:
        await deed
    except Refused as refused:
        note(request, form, "", refused)
        return await _shown(request, form, 422)
    return go_to(request, path, saved="yes")


@of_a_sign_in
async def add_passkey(request: Request) -> Response:
    form = await read_form(request)
    deed = proving.add_passkey(
        request, answer=form.text("answer"), name=form.text("passkeyName"), browser=holder(request)
    )
    return await _done(request, form, deed)


@of_a_sign_in
async def remove_passkey(request: Request) -> Response:
    form = await read_form(request)
    try:
        passkey_id = UUID(form.text("id"))
    except ValueError as error:
        raise HTTPException(404) from error
    return await _done(request, form, proving.remove_passkey(request, passkey_id))


@of_a_sign_in
async def app(request: Request) -> Response:
    """Set up an authenticator app: begin, look, confirm."""
    form = Form({}, ("code",), language_of(request))
    status = 200
    if request.method == "POST":
        form = await read_form(request, ("code",))
        if form.checked("begin"):
            await proving.begin_app(request)
            return go_to(request, f"{HERE}/app")
        try:
            await proving.confirm_app(request, form.text("code"))
            return go_to(request, f"{HERE}/codes", next=link(request, HERE))
        except Refused as refused:
            note(request, form, "code", refused)
            status = 422
    offer = await proving.pending_app(request)
    if offer is None:
        return go_to(request, HERE)
    form.values.pop("code", None)
    return page(request, "security_app.html", {"form": form, "offer": shown_offer(offer)}, status=status)


@of_a_sign_in
async def remove_app(request: Request) -> Response:
    form = await read_form(request)
    return await _done(request, form, proving.remove_app(request))


@of_a_sign_in
async def codes(request: Request) -> Response:
    """Ask for recovery codes, or show ten new ones, this once."""
    made: list[str] = []
    typed = request.query_params.get("next", "")
    if request.method == "POST":
        form = await read_form(request)
        typed = form.text("next")
        try:
            made = await proving.new_recovery_codes(request)
        except Refused as refused:
            note(request, form, "", refused)
            return await _shown(request, form, 422)
    target = local_path(typed) if typed else link(request, HERE)
    return page(request, "security_codes.html", {"codes": made, "next": target})


@of_a_sign_in
async def password(request: Request) -> Response:
    form = Form({}, ("password",), language_of(request))
    if request.method == "POST":
        form = await read_form(request, ("password",))
        try:
            await proving.set_password(request, as_typed(form))
            return go_to(request, HERE, saved="yes")
        except Refused as refused:
            note(request, form, "password", refused)
    status = 422 if form.errors else 200
    values = {"form": form, "ways": await proving.ways(request)}
    return page(request, "security_password.html", values, status=status)


@of_a_sign_in
async def remove_password(request: Request) -> Response:
    form = await read_form(request)
    return await _done(request, form, proving.remove_password(request))


@of_a_sign_in
async def proof(request: Request) -> Response:
    """Show once more that it is you: by password or passkey."""
    if request.method == "POST":
        return await _proven(request)
    return await _proof_page(request, Form(), request.query_params.get("next", ""))


async def _proven(request: Request) -> Response:
    form = await read_form(request, ("password",))
    answer = form.text("answer")
    try:
        if answer:
            await proving.prove_by_passkey(request, answer=answer, browser=holder(request))
        else:
            await proving.prove_by_password(request, as_typed(form))
    except REFUSALS as error:
        note(request, form, "" if answer else "password", error)
        return await _proof_page(request, form, form.text("next"), 422)
    return RedirectResponse(local_path(form.text("next") or link(request, HERE)), 303)


async def _proof_page(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    values = {"form": form, "ways": await proving.ways(request), "next": next_path}
    return page(request, "security_proof.html", values, status=status)
