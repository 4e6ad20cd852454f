"""Signing in by an outside provider: going there, coming back, and the list of what was linked."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from coalition.core.errors import Refused
from coalition.core.i18n import LANGUAGES, marked, translations
from coalition.web import outside
from coalition.web.forms import Form, read_form
from coalition.web.language import fixed_language, language_of, link
from coalition.web.outside import ProviderFault, Purpose
from coalition.web.pages.own import of_a_person
from coalition.web.pages.signing import note, on_to
from coalition.web.render import go_to, page

PROVIDERS = "/me/providers"
REFUSED = "/sign-in/provider/refused"
PROOF_NEEDED = "PROOF_NEEDED"
# None of 500 and above: those say that we are at fault, and this page can be opened by anybody.
STATUS = {
    "STALE": HTTPStatus.BAD_REQUEST,
    "CANCELLED": HTTPStatus.FORBIDDEN,
    "STRANGER": HTTPStatus.FORBIDDEN,
    "LINK_ENDED": HTTPStatus.NOT_FOUND,
    "IDENTITY_TAKEN": HTTPStatus.CONFLICT,
    "FAULTY": HTTPStatus.BAD_REQUEST,
    "AWAY": HTTPStatus.FAILED_DEPENDENCY,
}
TEXTS = {
    "STALE": marked(
        "This answer belongs to no sign-in that was begun in this browser within the last ten minutes. Begin"
        " again."
    ),
    "CANCELLED": marked("Signing in was not finished there, so nothing was changed. You can begin again."),
    "STRANGER": marked(
        "This account there belongs to nobody who was invited here. If you have an invitation, open its link"
        " first. If you have come in another way before, sign in that way and add this account under “My"
        " data”. Otherwise ask the coordinator of your church or organisation."
    ),
    "LINK_ENDED": marked("This invitation was used already or is too old. Ask for a new one."),
    "IDENTITY_TAKEN": marked("This account there already lets somebody else in here. Use another one."),
    "FAULTY": marked(
        "What came back cannot be trusted, so nobody was signed in. Try again; if it happens again, sign in"
        " another way and tell the administrator."
    ),
    "AWAY": marked("No answer came in time. Try again in a few minutes, or sign in another way."),
}


async def sign_in(request: Request) -> Response:
    """Go to the provider; from a page of another site only after a look at ours."""
    next_path = request.query_params.get("next", "")
    if outside.is_from_elsewhere(request):
        return go_to(request, "/sign-in", next=next_path)
    address = await _begun(request, Purpose.SIGN_IN, next_path=next_path)
    return address if isinstance(address, Response) else RedirectResponse(address, 303)


async def take_up(request: Request) -> Response:
    """Take an invitation up with an account at the provider."""
    await read_form(request)
    return await _sent_on(request, Purpose.INVITATION, code=request.path_params["token"])


@of_a_person
async def providers(request: Request) -> Response:
    if request.method == "POST":
        await read_form(request)
        return await _sent_on(request, Purpose.ADD, next_path=link(request, PROVIDERS, [("done", "added")]))
    return await _list_page(request, Form())


@of_a_person
async def remove(request: Request) -> Response:
    form = await read_form(request)
    try:
        await outside.remove(request, _id_of(form))
    except Refused as refused:
        if refused.faults[0].code == PROOF_NEEDED:
            return _to_proof(request)
        note(request, form, "", refused)
        return await _list_page(request, form, status=422)
    return go_to(request, PROVIDERS, done="removed")


def _id_of(form: Form) -> UUID:
    try:
        return UUID(form.text("id"))
    except ValueError as error:
        raise HTTPException(404) from error


async def _list_page(request: Request, form: Form, *, status: int = 200) -> Response:
    if not outside.provider_name(request):
        raise HTTPException(404)
    found, may_remove = await outside.linked(request)
    values = {
        "form": form,
        "identities": found,
        "may_remove": may_remove,
        "done": request.query_params.get("done"),
    }
    return page(request, "providers.html", values, status=status)


async def callback(request: Request) -> Response:
    """The provider's answer; whatever it is, a page of ours in the language of where it began follows."""
    response = RedirectResponse("/", 303)
    try:
        arrival = await outside.answer(request, response)
    except ProviderFault as fault:
        return _refused(request, fault.code)
    except Refused as refused:
        return _refused(request, refused.faults[0].code)
    finally:
        request.session.pop("flow_language", None)
    return on_to(
        request, response, _in(arrival.language, arrival.step), arrival.next or _in(arrival.language, "/")
    )


async def refused(request: Request) -> Response:
    """Why nobody was signed in, and what to do."""
    why = request.query_params.get("why", "")
    code = why if why in TEXTS else "FAULTY"
    words = translations(language_of(request)).gettext(TEXTS[code])
    return page(request, "provider_refused.html", {"text": words}, status=STATUS[code])


async def _sent_on(request: Request, purpose: Purpose, *, next_path: str = "", code: str = "") -> Response:
    """A page that leads on to the provider by itself.

    Our pages let forms go to this site only, and browsers hold that against where a form is led on to, too.
    """
    try:
        address = await _begun(request, purpose, next_path=next_path, code=code)
    except Refused:
        return _to_proof(request)
    if isinstance(address, Response):
        return address
    response = page(request, "provider_go.html", {"address": address})
    response.headers["Refresh"] = f"0; url={address}"
    response.headers["Cache-Control"] = "no-store"
    return response


async def _begun(
    request: Request, purpose: Purpose, *, next_path: str = "", code: str = ""
) -> str | Response:
    language = fixed_language(request) or ""
    try:
        address = await outside.begin(request, purpose, next_path=next_path, language=language, code=code)
    except ProviderFault as fault:
        return go_to(request, REFUSED, why=fault.code)
    request.session["flow_language"] = language
    return address


def _refused(request: Request, code: str) -> Response:
    """The page says so in the language in which it began; a reload of it asks nobody anything."""
    if code == PROOF_NEEDED:
        return _to_proof(request)
    language = str(request.session.get("flow_language", ""))
    known = code if code in TEXTS else "FAULTY"
    return RedirectResponse(f"{_in(language, REFUSED)}?why={known}", 303)


def _in(language: str, path: str) -> str:
    """A path in the language that an address fixed before, if it did; a step that is empty stays so."""
    if not path or language not in LANGUAGES:
        return path
    return f"/{language}" if path == "/" else f"/{language}{path}"


def _to_proof(request: Request) -> Response:
    return go_to(request, "/me/security/proof", next=link(request, PROVIDERS))
