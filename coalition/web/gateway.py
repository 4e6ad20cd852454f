"""The one door between the pages and what lies below: running documents, signing in and out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from coalition.access import web_own_data, web_sign_in
from coalition.core.actor import ANONYMOUS, Actor, ActorKind
from coalition.graphql.gate import NotAdmitted, check_asked, read_json
from coalition.graphql.identifiers import encode_id, record_id
from coalition.graphql.run import DocumentResult, run_document
from coalition.members.consents import NOTICE_VERSION
from coalition.web.language import language_of

Data = dict[str, Any]

# What a page answers when the whole document is refused.
_STATUS = {
    "UNAUTHENTICATED": 401,
    "NOT_PERMITTED": 403,
    "NOT_FOUND": 404,
    "BAD_USER_INPUT": 400,
    "GRAPHQL_VALIDATION_FAILED": 400,
    "OUT_OF_RANGE": 400,
    "UNKNOWN_DISTRICT": 400,
    "UNKNOWN_TOPIC": 400,
    "UNKNOWN_REGION": 400,
    "UNKNOWN_DENOMINATION": 400,
    "UNKNOWN_TARGET_GROUP": 400,
    "INVALID_ID": 404,
    "TOO_MANY_ATTEMPTS": 429,
    "TIMEOUT": 503,
    "DATABASE_BUSY": 503,
    "STORAGE_FULL": 503,
    "DATABASE_READ_ONLY": 503,
    "DATABASE_UNAVAILABLE": 503,
}


class PageRefused(HTTPException):
    """A document that was refused as a whole; the error page shows `message`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(_STATUS.get(code, 500), message)
        self.code = code


@dataclass(frozen=True)
class Deed:
    """What a mutation answered: its payload, and what was wrong with the input."""

    payload: Data
    faults: list[Data]

    @property
    def done(self) -> bool:
        return not self.faults


def actor(request: Request) -> Actor:
    """Who is calling."""
    found: Actor = getattr(request.state, "actor", ANONYMOUS)
    return found


def is_signed_in(request: Request) -> bool:
    return actor(request).kind is not ActorKind.ANONYMOUS


def has_sign_in(request: Request) -> bool:
    """Whether a person is signed in in this browser; a bearer token is no sign-in."""
    return actor(request).person_id is not None and request.state.sign_in_id is not None


def reaches_below(request: Request, permission: str) -> bool:
    """Whether the caller holds `permission` also in organisations below the own ones."""
    reach = actor(request).reach(permission)
    return reach.everything or len(reach.organisations) > len(actor(request).organisations)


def read_id(type_name: str, opaque: str) -> UUID | None:
    """The id of a record that a form names; None for one of another type, or none."""
    return record_id(opaque, type_name)


def held_at(request: Request, permission: str) -> list[str]:
    """The ids of the organisations in which the caller holds a role and `permission`."""
    reach = actor(request).reach(permission)
    return [encode_id("Organisation", each) for each in actor(request).organisations if reach.covers(each)]


@cache
def document(name: str) -> str:
    """The text of the document `queries/<name>.graphql`."""
    return files("coalition.web").joinpath("queries", f"{name}.graphql").read_text("utf-8")


async def ask(request: Request, name: str, variables: Mapping[str, Any] | None = None) -> Data:
    """The data of a query document; raises `PageRefused` when anything in it was refused."""
    result = await _run(request, document(name), variables or {}, own_document=True)
    if result.errors or result.data is None:
        raise _refusal(result)
    return result.data


async def attempt(request: Request, name: str, given: Mapping[str, Any]) -> Deed:
    """Run a document with one mutation field whose only variable is `input`."""
    result = await _run(request, document(name), {"input": given}, own_document=True)
    payload: Data | None = next(iter((result.data or {}).values()), None)
    if result.errors or payload is None:
        refusal = _refusal(result)
        if refusal.status_code != 400:
            raise refusal
        return Deed({}, [{"code": refusal.code, "message": refusal.detail, "field": None}])
    return Deed(payload, payload["userErrors"])


def read_variables(text: str) -> Data | None:
    """The variables that a visitor typed; None when they are no JSON object such as the endpoint takes."""
    try:
        found = read_json(text, "It")
    except NotAdmitted:
        return None
    return found if isinstance(found, dict) else None


async def run_text(request: Request, text: str, variables: Mapping[str, Any]) -> DocumentResult:
    """Run a document that the visitor typed, as the endpoint would: with every limit."""
    try:
        check_asked({"query": text, "variables": dict(variables)})
    except NotAdmitted as refused:
        return DocumentResult(None, [{"message": refused.text, "extensions": {"code": refused.code}}])
    return await _run(request, text, variables, own_document=False)


async def _run(
    request: Request, text: str, variables: Mapping[str, Any], *, own_document: bool
) -> DocumentResult:
    """Run a document as the caller of the request, answering in the language of the page."""
    return await run_document(
        request.app.state.runtime,
        text,
        dict(variables),
        actor=actor(request),
        language=language_of(request),
        own_document=own_document,
    )


def _refusal(result: DocumentResult) -> PageRefused:
    error = result.errors[0] if result.errors else {}
    code = (error.get("extensions") or {}).get("code") or "INTERNAL"
    return PageRefused(code, str(error.get("message") or ""))


async def own_data_file(request: Request) -> Data:
    """Everything held about the person who is calling, as JSON values."""
    return await web_own_data.export(request)


def notice(request: Request) -> Data:
    """What the privacy notice says of this installation: its text's day, how long, and whom to ask."""
    state = request.app.state
    return {"version": NOTICE_VERSION, "periods": state.retention, "contact": state.privacy_contact}


async def sign_in(request: Request, response: Response, *, email: str, password: str) -> str:
    """Check the password; returns the page that asks for more, or "" when signed in.

    Raises `SignInRefused` and `SlowedDown`.
    """
    return await web_sign_in.sign_in(request, response, email=email, password=password)


async def sign_out(request: Request, response: Response) -> None:
    """End the caller's sign-in and take the cookie away."""
    await web_sign_in.sign_out(request, response)
