"""Pages of one-time links: coming in with an invitation, and a new password for whoever forgot it."""

from __future__ import annotations

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.core.messages import message
from coalition.web import links, proving
from coalition.web.forms import Form, holder, read_form
from coalition.web.language import language_of, link
from coalition.web.links import LinkPurpose
from coalition.web.pages.signing import as_typed, note, on_to
from coalition.web.render import page

TEMPLATES = {LinkPurpose.INVITATION: "welcome.html", LinkPurpose.RESET: "reset.html"}
ENDED = {LinkPurpose.INVITATION: "welcome_ended.html", LinkPurpose.RESET: "reset_ended.html"}


async def code(request: Request) -> Response:
    """Type the code of an invitation that came on paper or by word of mouth."""
    if request.method != "POST":
        return page(request, "welcome_code.html", {"form": Form()})
    form = await read_form(request, ("code",))
    path = links.path_of_code(form.text("code"), LinkPurpose.INVITATION)
    if path is None or not await links.email_of(request, path.rpartition("/")[2], LinkPurpose.INVITATION):
        form.note("code", message("LINK_ENDED" if path else "CODE_MISTYPED", {}, language_of(request)))
        return page(request, "welcome_code.html", {"form": form}, status=422)
    return RedirectResponse(link(request, path), 303)


async def welcome(request: Request) -> Response:
    """The page of an invitation: choose a password or make a passkey, and be signed in."""
    return await _link_page(request, LinkPurpose.INVITATION)


async def reset(request: Request) -> Response:
    """The page of a link to set a new password."""
    return await _link_page(request, LinkPurpose.RESET)


async def _link_page(request: Request, purpose: LinkPurpose) -> Response:
    token = request.path_params["token"]
    form = await read_form(request, ("password",)) if request.method == "POST" else Form()
    email = await links.email_of(request, token, purpose)
    if not email:
        return page(request, ENDED[purpose], status=404)
    if request.method == "POST":
        response = RedirectResponse("/", 303)
        try:
            path = await links.use(request, response, code=token, password=as_typed(form), purpose=purpose)
        except Refused as refused:
            note(request, form, "password", refused)
            return await _shown(request, purpose, form, email, token, 422)
        return on_to(request, response, path, "")
    return await _shown(request, purpose, form, email, token)


async def _shown(
    request: Request, purpose: LinkPurpose, form: Form, email: str, token: str, status: int = 200
) -> Response:
    by_passkey = purpose is LinkPurpose.INVITATION and await proving.may_take_up_by_passkey(request, token)
    values = {"form": form, "token": token, "email": email, "by_passkey": by_passkey}
    return page(request, TEMPLATES[purpose], values, status=status)


async def welcome_by_passkey(request: Request) -> Response:
    """Take an invitation up with a passkey in the place of a password."""
    form = await read_form(request, ("password",))
    token = form.text("link")
    response = RedirectResponse("/", 303)
    try:
        path = await proving.welcome_by_passkey(
            request,
            response,
            token=token,
            answer=form.text("answer"),
            name=form.text("passkeyName"),
            browser=holder(request),
        )
    except Refused as refused:
        email = await links.email_of(request, token, LinkPurpose.INVITATION)
        if not email:
            return page(request, ENDED[LinkPurpose.INVITATION], status=404)
        note(request, form, "", refused)
        return await _shown(request, LinkPurpose.INVITATION, form, email, token, 422)
    return on_to(request, response, path, "")


async def forgot(request: Request) -> Response:
    """Ask for a new password. The answer is the same whether the address is known or not."""
    if request.method != "POST":
        return page(request, "forgot.html", {"form": Form(), "asked": False})
    form = await read_form(request, ("email",))
    if not form.text("email"):
        form.note("email", message("REQUIRED", {}, language_of(request)), "REQUIRED")
        return page(request, "forgot.html", {"form": form, "asked": False}, status=422)
    try:
        after = await links.ask_for_reset(
            request, email=form.text("email"), base=public_address(request), language=language_of(request)
        )
    except links.SlowedDown as slowed:
        note(request, form, "email", slowed)
        return page(request, "forgot.html", {"form": form, "asked": False}, status=429)
    answer = page(request, "forgot.html", {"form": Form(), "asked": True})
    answer.background = BackgroundTask(after)
    return answer


def public_address(request: Request) -> str:
    """Where links in letters lead: the address that is set, else the one that is listened on.

    Never the one that the request names: whoever sends it could have the code sent to a site of their own.
    """
    known: str = request.app.state.public_url
    if known:
        return known
    host, port = request.scope.get("server") or ("127.0.0.1", None)
    shown = f"[{host}]" if ":" in host else host
    return f"{request.url.scheme}://{shown}{f':{port}' if port not in (None, 80, 443) else ''}"
