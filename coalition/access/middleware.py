"""Who sent a request, and whether there were too many: what is known before an address is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coalition.access.actors import actor_for_cookie, caller_for_bearer
from coalition.access.desks.acting import AtDesk, desk_of
from coalition.access.desks.turns import SPARED, extend_turn
from coalition.access.oauth.issuer import issuer_of
from coalition.access.oauth.metadata import FOR_MACHINES
from coalition.access.origins import is_from_elsewhere
from coalition.access.rates import (
    Party,
    PartyKind,
    RateLimited,
    Rates,
    Standing,
    caller_of,
    network_of,
    rate_headers,
)
from coalition.access.sign_ins import is_seen_anew, note_seen
from coalition.access.threads import in_thread
from coalition.core.actor import ANONYMOUS, Actor, ActorKind
from coalition.core.errors import CoalitionError, DatabaseFault
from coalition.core.i18n import negotiate
from coalition.core.messages import message
from coalition.core.time_limit import time_limit

SIGN_IN_COOKIE = "coalition_sign_in"

GRAPHQL = "/graphql"
# Longer than that nobody is asked for who they are.
IDENTIFYING_SECONDS = 10.0
# These are neither counted nor asked who calls.
HEALTH = ("/healthz", "/readyz")
STATIC = "/static/"


class SentFromElsewhere(CoalitionError):
    """A page of another site made a browser send its cookie to GraphQL."""

    code = "SENT_FROM_ELSEWHERE"


@dataclass(frozen=True)
class Resolved:
    """The caller. `bad_token` means that a bearer token was sent which is not valid (now).

    `desk` says who is at the desk when the browser is that of a shared one. `data_number` is the version of
    the data at that moment, where it was read along.
    """

    actor: Actor = ANONYMOUS
    sign_in_id: UUID | None = None
    bad_token: bool = False
    desk: AtDesk | None = None
    data_number: int | None = None


async def resolve(connection: HTTPConnection, *, cookie: bool = True) -> Resolved:
    """Who sent this request or opens this socket; with a bearer token the cookie does not count.

    `cookie=False` leaves the sign-in cookie unread, as for GET at /graphql. Raises `DatabaseFault`.
    """
    sent = connection.headers.getlist("authorization")
    bearers = [token for token in map(bearer_token, sent) if token is not None]
    if bearers:
        return (
            await resolve_bearer(connection.app.state, bearers[0], issuer=issuer_of(connection))
            if len(sent) == 1
            else Resolved(bad_token=True)
        )
    token = connection.cookies.get(own_cookie(connection.scope, SIGN_IN_COOKIE))
    return await _resolve_cookie(connection.app.state, token) if cookie and token else Resolved()


async def resolve_bearer(state: Any, token: str, *, issuer: str) -> Resolved:
    """Whose bearer token this is; `state` is the application's, with `units` and `secrets`."""

    def work() -> Resolved:
        with time_limit(IDENTIFYING_SECONDS):
            caller = caller_for_bearer(state.units, state.secrets, token, issuer=issuer)
        return Resolved(caller.actor, data_number=caller.data_number) if caller else Resolved(bad_token=True)

    return await in_thread(work)


def bearer_token(authorization: str) -> str | None:
    """The token of an `Authorization: Bearer` value, possibly empty; None for any other scheme."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def resolve_again(connection: HTTPConnection, *, cookie: bool = True) -> Actor | None:
    """Who calls, asked again for a stream that outlives its request; None once the token or sign-in ended."""
    resolved = await resolve(connection, cookie=cookie)
    sent = "authorization" in connection.headers or (cookie and _sends_cookie(connection))
    ended = resolved.bad_token or (sent and resolved.actor is ANONYMOUS)
    return None if ended else resolved.actor


async def _resolve_cookie(state: Any, token: str) -> Resolved:
    def work() -> Resolved:
        with state.units.reading() as uow:
            found = actor_for_cookie(uow, state.secrets, token, state.sign_in_idle)
            if found is None:
                return Resolved()
            actor, sign_in = found
            is_new_visit = is_seen_anew(sign_in, uow.now)
            resolved = Resolved(actor, sign_in.id, desk=desk_of(uow, actor, sign_in.id))
        if is_new_visit:
            # When that cannot be kept, the request goes on.
            with suppress(DatabaseFault), state.units.writing() as uow:
                note_seen(uow, sign_in.id)
        return resolved

    return await in_thread(work)


async def _go_on_at_desk(state: Any, resolved: Resolved) -> None:
    """Whoever is at a desk and does something stays there; when that cannot be kept, the request goes on."""
    desk, sign_in_id, idle = resolved.desk, resolved.sign_in_id, state.desk_idle
    if desk is None or desk.ends_at is None or sign_in_id is None:
        return
    if desk.ends_at - state.units.clock() > idle - SPARED:
        return

    def work() -> None:
        with suppress(DatabaseFault), state.units.writing() as uow:
            extend_turn(uow, sign_in_id=sign_in_id, idle=idle)

    await in_thread(work)


def is_secure(scope: Mapping[str, Any]) -> bool:
    """Whether a request came over TLS, to us or to a proxy that is believed."""
    return scope.get("scheme") in ("https", "wss")


def own_cookie(scope: Mapping[str, Any], name: str) -> str:
    """The name of a cookie of ours: over TLS one that no other host under the same domain can set."""
    return f"__Host-{name}" if is_secure(scope) else name


def _sends_cookie(connection: HTTPConnection) -> bool:
    return own_cookie(connection.scope, SIGN_IN_COOKIE) in connection.cookies


def _is_counted(path: str) -> bool:
    return path not in HEALTH and not path.startswith(STATIC)


class CountRequests:
    """Counts every request before anything else is done for it, for its network and for visitors.

    Who claims an account or a client is counted for it once that is known, by `Identify`. Static files
    and questions about health are not counted.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not _is_counted(scope["path"]):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.rate_standings = standings = []
        network = network_of(address_of_caller(connection))
        parties = [Party(PartyKind.NETWORK, network)]
        connection.state.is_counted = not _claims_somebody(connection)
        if connection.state.is_counted:
            parties.append(Party(PartyKind.VISITORS, network))
        try:
            standings += await rates_of(connection).charge(*parties)
        except RateLimited as limited:
            if scope["type"] == "http":
                raise
            await _refuse_socket(connection, limited)(scope, receive, send)
            return
        await self.app(scope, receive, _with_standings(send, standings))


def rates_of(connection: HTTPConnection) -> Rates:
    """The limits of this application."""
    found: Rates = connection.app.state.rates
    return found


def address_of_caller(connection: HTTPConnection) -> str:
    """The address as the server believes it, behind proxies that it trusts."""
    return connection.client.host if connection.client else ""


def _claims_somebody(connection: HTTPConnection) -> bool:
    """Whether credentials came along that `Identify` looks at."""
    if connection.scope["type"] == "websocket" or connection.scope["path"] in FOR_MACHINES:
        return False
    return "authorization" in connection.headers or (
        _reads_cookie(connection.scope) and _sends_cookie(connection)
    )


def _with_standings(send: Send, standings: list[Standing]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).update(rate_headers(standings))
        await send(message)

    return sending


def _refuse_socket(connection: HTTPConnection, limited: RateLimited) -> Response:
    text = message(limited.code, {"seconds": limited.seconds}, language_of(connection))
    return _refused(limited.code, text, 429, limited.headers)


class Identify:
    """Sets `request.state.actor` and `request.state.sign_in_id`; a bad bearer token is answered with 401.

    At GraphQL the cookie counts for POST only, and not for one that another site's page sends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        connection.state.actor = ANONYMOUS
        connection.state.sign_in_id = None
        connection.state.desk = None
        connection.state.data_number = None
        if scope["type"] == "http" and scope["path"] not in FOR_MACHINES and _is_counted(scope["path"]):
            resolved = await self._resolved(connection)
            if resolved.bad_token or _is_app_astray(resolved.actor, scope["path"]):
                await _bad_token(connection)(scope, receive, send)
                return
            connection.state.actor = resolved.actor
            connection.state.sign_in_id = resolved.sign_in_id
            connection.state.desk = resolved.desk
            connection.state.data_number = resolved.data_number
        await self.app(scope, receive, send)

    async def _resolved(self, connection: HTTPConnection) -> Resolved:
        by_cookie = _reads_cookie(connection.scope)
        bears = "authorization" in connection.headers
        if connection.scope["path"] == GRAPHQL and by_cookie and not bears and _sends_cookie(connection):
            refuse_from_elsewhere(connection)
        resolved = await resolve(connection, cookie=by_cookie)
        if not connection.state.is_counted:
            caller = caller_of(resolved.actor, address_of_caller(connection))
            connection.state.rate_standings += await rates_of(connection).charge(caller)
        await _go_on_at_desk(connection.app.state, resolved)
        return resolved


def _is_app_astray(actor: Actor, path: str) -> bool:
    """Whether an app that a person allowed came to pages: the audience of its tokens is the API."""
    return actor.kind is ActorKind.PERSON and actor.client_id is not None and path != GRAPHQL


def refuse_from_elsewhere(connection: HTTPConnection) -> None:
    """Raises `SentFromElsewhere` for a request that a page of another site caused."""
    if is_from_elsewhere(connection):
        raise SentFromElsewhere(SentFromElsewhere.code)


def _reads_cookie(scope: Mapping[str, Any]) -> bool:
    return scope["path"] != GRAPHQL or scope.get("method") == "POST"


def language_of(connection: HTTPConnection) -> str:
    """The language that a caller accepts, before it is known who that is."""
    return negotiate(connection.headers.get("accept-language"))


def _bad_token(connection: HTTPConnection) -> Response:
    text = message("UNAUTHENTICATED", {}, language_of(connection))
    challenge = {"WWW-Authenticate": 'Bearer realm="coalition", error="invalid_token"'}
    return _refused("UNAUTHENTICATED", text, 401, challenge)


def _refused(code: str, text: str, status: int, headers: Mapping[str, str]) -> Response:
    body = {"errors": [{"message": text, "extensions": {"code": code}}]}
    return JSONResponse(body, status, dict(headers))
