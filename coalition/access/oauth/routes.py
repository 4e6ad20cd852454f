"""The addresses of the authorization server for machines; the pages for people are in `web`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from coalition.access.oauth import metadata
from coalition.access.oauth.endpoints import Endpoint, authorize_device, give_token, introspect, revoke
from coalition.access.oauth.issuer import issuer_of
from coalition.access.oauth.keys import published_keys, signer
from coalition.access.oauth.requests import OAuthAnswer, OAuthAsked, malformed
from coalition.access.threads import in_thread

FORM = "application/x-www-form-urlencoded"
LONGEST_BODY = 16 * 1024
MOST_FIELDS = 50
NO_STORE = {"Cache-Control": "no-store"}


class Malformed(Exception):
    """A body that is no form; the text says why, in ASCII."""


def oauth_routes() -> list[BaseRoute]:
    """The endpoints of `metadata.server_metadata`, apart from the consent page."""
    return [
        Route(metadata.TOKEN, _endpoint(give_token), methods=["POST"]),
        Route(metadata.REVOKE, _endpoint(revoke), methods=["POST"]),
        Route(metadata.INTROSPECT, _endpoint(introspect), methods=["POST"]),
        Route(metadata.DEVICE_AUTHORIZATION, _endpoint(authorize_device), methods=["POST"]),
        Route(metadata.KEYS, keys, methods=["GET"]),
        Route(metadata.WELL_KNOWN, described, methods=["GET"]),
    ]


async def keys(request: Request) -> Response:
    """The public keys of our tokens (RFC 7517); the first one is made when none was needed yet."""
    state = request.app.state

    def work() -> list[dict[str, str]]:
        with state.units.reading() as uow:
            found = published_keys(uow)
        if found:
            return found
        with state.units.writing() as uow:
            signer(uow, state.secrets)
            return published_keys(uow)

    return JSONResponse({"keys": await in_thread(work)}, headers=NO_STORE)


async def described(request: Request) -> Response:
    """Our metadata, as the address by which this request came sees it."""
    return JSONResponse(metadata.server_metadata(issuer_of(request)), headers=NO_STORE)


def _endpoint(work: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """A route that reads a form and answers in JSON, which nobody may store."""

    async def route(request: Request) -> Response:
        issuer = issuer_of(request)
        if not issuer:
            return _response(malformed("Name the host that you ask."))
        try:
            asked = OAuthAsked(str(request.url), await _form(request), _headers(request))
        except Malformed as error:
            return _response(malformed(str(error)))
        state = request.app.state

        def worked() -> OAuthAnswer:
            with state.units.writing() as uow:
                return work(uow, state.secrets, state.rates, asked, issuer)

        return _response(await in_thread(worked))

    return route


def _response(made: OAuthAnswer) -> Response:
    return JSONResponse(dict(made.body), made.status, {**made.headers, **NO_STORE})


def _headers(request: Request) -> dict[str, str]:
    if len(request.headers.getlist("authorization")) > 1:
        raise Malformed("Send one Authorization header.")
    return dict(request.headers)


async def _form(request: Request) -> list[tuple[str, str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Malformed(f"Send the parameters as {FORM}.")
    try:
        pairs = parse_qsl((await _body(request)).decode("utf-8"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Malformed("The body is not a form in UTF-8.") from error
    if len(dict(pairs)) < len(pairs):
        raise Malformed("Send each parameter once.")
    return pairs


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Malformed("The body is too long.")
    return body
