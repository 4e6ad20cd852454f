"""What went wrong, told in the form that the address speaks: GraphQL errors, OAuth errors, or a page."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coalition.access.middleware import SentFromElsewhere
from coalition.access.oauth.metadata import AUTHORIZE, FOR_MACHINES
from coalition.access.rates import RateLimited
from coalition.core.errors import DatabaseFault
from coalition.core.i18n import negotiate
from coalition.core.messages import message

log = logging.getLogger("coalition.fault")

# Seconds after which to try again.
RETRY_AFTER = {
    "DATABASE_BUSY": "1",
    "STORAGE_FULL": "60",
    "DATABASE_READ_ONLY": "60",
    "DATABASE_UNAVAILABLE": "10",
    "TIMEOUT": "1",
}
CODES = {
    400: "BAD_USER_INPUT",
    401: "UNAUTHENTICATED",
    403: "NOT_PERMITTED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    503: "DATABASE_UNAVAILABLE",
}
# RFC 6749 section 5.2 names the first; the others are those of section 4.1.2.1.
OAUTH_CODES = {
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
}
JSON_PATHS = ("/graphql", "/healthz", "/readyz")

PageOf = Callable[[Request, HTTPException, str], Awaitable[Response]]


class Faults:
    """Answers database faults with 503, too many requests with 429, and unexpected errors with 500.

    Once an answer has begun, the connection breaks instead.
    """

    def __init__(self, app: ASGIApp, page_of: PageOf) -> None:
        self.app = app
        self._page_of = page_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = scope["type"] != "http"

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if begun:
                raise
            response = await self._answer(Request(scope), error)
            await response(scope, receive, send)

    async def _answer(self, request: Request, error: Exception) -> Response:
        if isinstance(error, DatabaseFault):
            log.warning("database fault", extra={"fields": {"code": error.code}})
            headers = {"Retry-After": RETRY_AFTER[error.code]}
            return await answer(request, HTTPException(503, headers=headers), error.code, self._page_of)
        if isinstance(error, RateLimited):
            limited = HTTPException(429, headers=error.headers)
            return await answer(request, limited, error.code, self._page_of, {"seconds": error.seconds})
        if isinstance(error, SentFromElsewhere):
            return await answer(request, HTTPException(403), error.code, self._page_of)
        log.error("unexpected error", exc_info=error)
        return await answer(request, HTTPException(500), "INTERNAL", self._page_of)


async def answer(
    request: Request,
    error: HTTPException,
    code: str,
    page_of: PageOf,
    params: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """An error in the form that the address of the request speaks."""
    # Not `request.url`, which a broken Host header makes unreadable.
    path = request.scope["path"]
    words = message(code, params, negotiate(request.headers.get("accept-language")))
    if path in FOR_MACHINES or (path.startswith("/oauth/") and path != AUTHORIZE):
        body = {"error": OAUTH_CODES.get(error.status_code, "invalid_request")}
        if error.status_code == 429:
            body["error_description"] = "Too many requests; Retry-After says when to go on."
        return _json(body, error, {"Cache-Control": "no-store"})
    if path in JSON_PATHS:
        return _json({"errors": [{"message": words, "extensions": {"code": code}}]}, error, {})
    response = await page_of(request, error, words)
    response.headers.update(error.headers or {})
    return response


def refusals(page_of: PageOf) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The handler for every `HTTPException`."""

    async def refused(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, HTTPException) else HTTPException(500)
        return await answer(request, known, CODES.get(known.status_code, "BAD_USER_INPUT"), page_of)

    return refused


def _json(body: Mapping[str, object], error: HTTPException, headers: Mapping[str, str]) -> Response:
    return JSONResponse(dict(body), error.status_code, {**(error.headers or {}), **headers})
