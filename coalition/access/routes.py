"""The token endpoint for partners' systems."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from coalition.access.oauth.server import TokenAnswer, TokenRequest, answer, malformed
from coalition.access.threads import in_thread

FORM = "application/x-www-form-urlencoded"
LONGEST_BODY = 16 * 1024
MOST_FIELDS = 50


class Malformed(Exception):
    """A body that is no form; the text says why, in ASCII."""


def oauth_routes() -> list[BaseRoute]:
    """`POST /oauth/token`."""
    return [Route("/oauth/token", token, methods=["POST"])]


async def token(request: Request) -> Response:
    """Answer a token request; every answer is JSON and none may be stored."""
    try:
        asked = TokenRequest(str(request.url), _headers(request), await _form(request))
    except Malformed as error:
        return _response(malformed(str(error)))
    state = request.app.state

    def work() -> TokenAnswer:
        with state.units.writing() as uow:
            return answer(uow, state.secrets, state.rates, asked)

    return _response(await in_thread(work))


def _response(made: TokenAnswer) -> Response:
    return JSONResponse(dict(made.body), made.status, {**made.headers, "Cache-Control": "no-store"})


def _headers(request: Request) -> dict[str, str]:
    if len(request.headers.getlist("authorization")) > 1:
        raise Malformed("Send one Authorization header.")
    return dict(request.headers)


async def _form(request: Request) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Malformed(f"Send the parameters as {FORM}.")
    try:
        pairs = parse_qsl((await _body(request)).decode("utf-8"), errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Malformed("The body is not a form in UTF-8.") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise Malformed("Send each parameter once.")
    return form


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise Malformed("The body is too long.")
    return body
