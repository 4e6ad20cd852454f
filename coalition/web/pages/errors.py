"""Pages for what went wrong: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from coalition.core.i18n import marked, translations
from coalition.core.messages import message
from coalition.web.gateway import PageRefused
from coalition.web.language import language_of
from coalition.web.pages.signing import to_sign_in
from coalition.web.render import page
from coalition.web.security import protect

HEADINGS = {
    400: marked("This address is not complete"),
    403: marked("This is not open to you"),
    404: marked("This page does not exist"),
    405: marked("This does not work that way"),
    413: marked("This is too much at once"),
    429: marked("Too many attempts"),
    500: marked("Something went wrong"),
    503: marked("Just a moment, please"),
}
TEXTS = {
    400: marked("Something in the address is missing or wrong. Begin again from the list."),
    403: marked("Your account has no right to this. Ask the coordinator of your organisation."),
    404: marked("It may have been moved, or it is not open to you. Look for it in the lists."),
    405: marked("Go back and use the form or the link of the page."),
    413: marked("The form is too large. Shorten the texts and send it again."),
    429: marked("Wait a while and try again. If it is urgent, call."),
    500: marked("The fault lies with us, not with you, and it was noted. Try again later."),
    503: marked("The record cannot be reached at the moment. Try again in a few minutes."),
}
FORM_TOKEN = marked("This form was open for too long or in another sign-in. Open it again and send it once more.")

Handler = Callable[[Request, Exception], Awaitable[Response]]


async def refused(request: Request, error: Exception) -> Response:
    """The page for an `HTTPException`."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 401:
        return to_sign_in(request)
    response = _error_page(request, status, _text(request, status, error))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


async def failed(request: Request, error: Exception) -> Response:
    """The page for a fault of ours; plain words when even the page fails."""
    try:
        return _error_page(request, 500, _text(request, 500, error))
    except Exception:  # noqa: BLE001  Nothing may hide the fault that led here.
        return PlainTextResponse(message("INTERNAL", {}, "en"), 500)


def exception_handlers() -> dict[int | type[Exception], Handler]:
    """For the application: `HTTPException` and everything unexpected."""
    return {HTTPException: refused, Exception: failed}


def _text(request: Request, status: int, error: Exception) -> str:
    if isinstance(error, PageRefused) and error.detail:
        return error.detail
    words = translations(language_of(request)).gettext
    if isinstance(error, HTTPException) and error.detail == "FORM_TOKEN":
        return words(FORM_TOKEN)
    return words(TEXTS.get(status, TEXTS[500]))


def _error_page(request: Request, status: int, text: str) -> Response:
    heading = translations(language_of(request)).gettext(HEADINGS.get(status, HEADINGS[500]))
    response = page(request, "error.html", {"heading": heading, "text": text}, status=status)
    protect(response.headers, request)
    return response
