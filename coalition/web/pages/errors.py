"""Pages for what went wrong: what happened, and what to do next."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from coalition.core.i18n import marked, translations
from coalition.web.forms import FORM_TOKEN_REFUSED
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
FORM_TOKEN = marked(
    "This form was open for too long or in another sign-in. Open it again and send it once more."
)


async def error_page(request: Request, error: HTTPException, words: str) -> Response:
    """The page for a refusal or a fault; `words` stand on it where nothing better is known."""
    if error.status_code == 401:
        return to_sign_in(request)
    try:
        return _error_page(request, error, words)
    except Exception:  # noqa: BLE001  Nothing may hide the fault that led here.
        return PlainTextResponse(words, error.status_code)


def _error_page(request: Request, error: HTTPException, words: str) -> Response:
    gettext = translations(language_of(request)).gettext
    heading = gettext(HEADINGS.get(error.status_code, HEADINGS[500]))
    values = {"heading": heading, "text": _text(request, error, words)}
    response = page(request, "error.html", values, status=error.status_code)
    protect(response.headers, request)
    return response


def _text(request: Request, error: HTTPException, words: str) -> str:
    if isinstance(error, PageRefused) and error.detail:
        return error.detail
    gettext = translations(language_of(request)).gettext
    if error.detail == FORM_TOKEN_REFUSED:
        return gettext(FORM_TOKEN)
    return gettext(TEXTS[error.status_code]) if error.status_code in TEXTS else words
