"""The pages between a first factor that was right and being signed in."""

from __future__ import annotations

from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.web import proving
from coalition.web.forms import Form, holder, read_form
from coalition.web.language import language_of, link, local_path
from coalition.web.pages.signing import REFUSALS, note, on_to
from coalition.web.qr import picture, spaced
from coalition.web.render import page

CODES = "/me/security/codes"


async def second(request: Request) -> Response:
    """A code or a passkey beside the password."""
    if request.method == "POST":
        return await _second_shown(request)
    return await _second_page(request, Form(), request.query_params.get("next", ""))


async def _second_shown(request: Request) -> Response:
    form = await read_form(request, ("code",))
    response = RedirectResponse("/", 303)
    if answer := form.text("answer"):
        deed = proving.finish_by_passkey(request, response, answer=answer, browser=holder(request))
    else:
        deed = proving.finish_by_code(request, response, form.text("code"))
    if await _went_well(request, form, deed, "" if answer else "code"):
        return on_to(request, response, "", form.text("next"))
    return await _second_page(request, form, form.text("next"), 422)


async def _second_page(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    ways = await proving.second_step(request, proving.Second.FACTOR)
    if ways is None:
        return _begin_again(request, next_path)
    # What was typed is not shown again: a code counts once.
    form.values.pop("code", None)
    values = {"form": form, "ways": ways, "next": next_path}
    return _unkept(page(request, "sign_in_second.html", values, status=status))


async def enrol(request: Request) -> Response:
    """Choose and set up the second factor that a role demands."""
    if request.method == "POST":
        return await _enrolled(request)
    return await _enrol_page(request, Form(), request.query_params.get("next", ""))


async def _enrolled(request: Request) -> Response:
    form = await read_form(request, ("code",))
    next_path, answer = form.text("next"), form.text("answer")
    response = RedirectResponse("/", 303)
    if answer:
        deed = proving.enrol_passkey(
            request, response, answer=answer, name=form.text("passkeyName"), browser=holder(request)
        )
    else:
        deed = proving.begin_enrolment(request)
    if await _went_well(request, form, deed, ""):
        return on_to(request, response, CODES if answer else "/sign-in/enrol/app", next_path)
    return await _enrol_page(request, form, next_path, 422)


async def _enrol_page(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    if await proving.second_step(request, proving.Second.ENROLMENT) is None:
        return _begin_again(request, next_path)
    return _unkept(page(request, "sign_in_enrol.html", {"form": form, "next": next_path}, status=status))


async def enrol_app(request: Request) -> Response:
    """Confirm an authenticator app with its code."""
    if request.method == "POST":
        return await _app_confirmed(request)
    return await _app_page(
        request, Form({}, ("code",), language_of(request)), request.query_params.get("next", "")
    )


async def _app_confirmed(request: Request) -> Response:
    form = await read_form(request, ("code",))
    response = RedirectResponse("/", 303)
    deed = proving.enrol_app(request, response, form.text("code"))
    if await _went_well(request, form, deed, "code"):
        return on_to(request, response, CODES, form.text("next"))
    return await _app_page(request, form, form.text("next"), 422)


async def _app_page(request: Request, form: Form, next_path: str, status: int = 200) -> Response:
    offer = await proving.enrolment(request)
    if offer is None:
        return _begin_again(request, next_path)
    form.values.pop("code", None)
    values = {"form": form, "offer": shown_offer(offer), "next": next_path}
    return _unkept(page(request, "sign_in_app.html", values, status=status))


def shown_offer(offer: proving.AppOffer) -> dict[str, object]:
    """The secret of an app as picture, address and text in groups of four."""
    return {"picture": picture(offer.address), "address": offer.address, "key": spaced(offer.secret)}


async def _went_well(request: Request, form: Form, deed: Awaitable[None], field: str) -> bool:
    """Whether a deed was done; what was wrong with it stands at `field` of the form then."""
    try:
        await deed
    except REFUSALS as error:
        note(request, form, field, error)
        return False
    return True


def _begin_again(request: Request, next_path: str) -> Response:
    """Back to the first factor: the step is unknown, done, too old, or failed too often."""
    query = [("next", local_path(next_path) if next_path else ""), ("ended", "yes")]
    return RedirectResponse(link(request, "/sign-in", query), 303)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
