"""Who sent a request: `resolve` finds out, `Identify` puts the answer on `request.state`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from coalition.access.actors import actor_for_bearer, actor_for_cookie
from coalition.access.threads import in_thread
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.i18n import negotiate
from coalition.core.messages import message

SIGN_IN_COOKIE = "coalition_sign_in"

# These find out for themselves who calls, or do not ask at all.
UNASKED = ("/graphql", "/oauth/token", "/healthz", "/readyz")
STATIC = "/static/"


@dataclass(frozen=True)
class Resolved:
    """The caller. `bad_token` means that a bearer token was sent which is not valid (now)."""

    actor: Actor = ANONYMOUS
    sign_in_id: UUID | None = None
    bad_token: bool = False


async def resolve(connection: HTTPConnection, *, cookie: bool = True) -> Resolved:
    """Who sent this request or opens this socket; with a bearer token the cookie does not count.

    `cookie=False` leaves the sign-in cookie unread, as for GET at /graphql. Raises `DatabaseFault`.
    """
    sent = connection.headers.getlist("authorization")
    bearers = [token for token in map(bearer_token, sent) if token is not None]
    if bearers:
        return (
            await resolve_bearer(connection.app.state, bearers[0])
            if len(sent) == 1
            else Resolved(bad_token=True)
        )
    token = connection.cookies.get(SIGN_IN_COOKIE)
    return await _resolve_cookie(connection.app.state, token) if cookie and token else Resolved()


async def resolve_bearer(state: Any, token: str) -> Resolved:
    """Whose bearer token this is; `state` is the application's, with `units` and `secrets`."""

    def work() -> Resolved:
        with state.units.reading() as uow:
            actor = actor_for_bearer(uow, state.secrets, token)
        return Resolved(actor) if actor else Resolved(bad_token=True)

    return await in_thread(work)


def bearer_token(authorization: str) -> str | None:
    """The token of an `Authorization: Bearer` value, possibly empty; None for any other scheme."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def resolve_again(connection: HTTPConnection, *, cookie: bool = True) -> Actor | None:
    """Who calls, asked again for a stream that outlives its request; None once the token or sign-in ended."""
    resolved = await resolve(connection, cookie=cookie)
    sent = "authorization" in connection.headers or (cookie and SIGN_IN_COOKIE in connection.cookies)
    ended = resolved.bad_token or (sent and resolved.actor is ANONYMOUS)
    return None if ended else resolved.actor


async def _resolve_cookie(state: Any, token: str) -> Resolved:
    def work() -> Resolved:
        with state.units.reading() as uow:
            found = actor_for_cookie(uow, state.secrets, token)
        return Resolved(found[0], found[1].id) if found else Resolved()

    return await in_thread(work)


class Identify:
    """Sets `request.state.actor` and `request.state.sign_in_id`; a bad bearer token is answered with 401."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.actor = ANONYMOUS
        connection.state.sign_in_id = None
        path = scope["path"]
        if scope["type"] == "http" and path not in UNASKED and not path.startswith(STATIC):
            resolved = await resolve(connection)
            if resolved.bad_token:
                await _bad_token(connection)(scope, receive, send)
                return
            connection.state.actor = resolved.actor
            connection.state.sign_in_id = resolved.sign_in_id
        await self.app(scope, receive, send)


def _bad_token(connection: HTTPConnection) -> JSONResponse:
    language = negotiate(connection.headers.get("accept-language"))
    error = {
        "message": message("UNAUTHENTICATED", {}, language),
        "extensions": {"code": "UNAUTHENTICATED"},
    }
    return JSONResponse(
        {"errors": [error]}, 401, {"WWW-Authenticate": 'Bearer realm="coalition", error="invalid_token"'}
    )
