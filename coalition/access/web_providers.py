"""Signing in by the outside provider for the pages: going there, coming back, and what was linked."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from coalition.access.enums import SignInMethod
from coalition.access.factors.ways import is_fresh
from coalition.access.middleware import is_secure, own_cookie
from coalition.access.providers import service
from coalition.access.providers.client import Identity, Provider, ProviderFault
from coalition.access.threads import in_thread
from coalition.access.web_sign_in import after_first_step
from coalition.core.errors import refuse

CALLBACK = "/sign-in/provider/callback"
COOKIE = "coalition_provider"
# From going to the provider to coming back; somebody may have to find a telephone first.
COOKIE_SECONDS = 600


class Purpose(StrEnum):
    """What somebody goes to the provider for."""

    SIGN_IN = "SIGN_IN"
    INVITATION = "INVITATION"
    ADD = "ADD"


@dataclass(frozen=True)
class Arrival:
    """Where to go on after the provider's answer: `step` is a page of signing in that comes first."""

    purpose: Purpose
    step: str
    next: str
    language: str


@dataclass(frozen=True)
class Linked:
    """An outside identity of the caller, as far as it is of use to see."""

    id: UUID
    issuer: str
    since: datetime


class ProviderCookie:
    """Keeps what was begun in this browser in a signed cookie of ten minutes, at these routes only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = HTTPConnection(scope).app.state
        kept = SessionMiddleware(
            self.app,
            secret_key=hmac.new(state.secrets.form_key, b"provider cookie", "sha256").hexdigest(),
            session_cookie=own_cookie(scope, COOKIE),
            max_age=COOKIE_SECONDS,
            # Not Strict: the answer is a visit from the provider's site.
            same_site="lax",
            https_only=is_secure(scope),
        )
        await kept(scope, receive, send)


def provider_name(request: Request) -> str | None:
    """How pages call the provider; None without one."""
    found = _provider(request)
    return found.settings.name if found else None


async def begin(
    request: Request, purpose: Purpose, *, next_path: str = "", language: str = "", code: str = ""
) -> str:
    """The provider's address to go to. `code` is an invitation's, `language` that of the address.

    Raises `ProviderFault`; with STALE when there is no provider, and `Refused` with PROOF_NEEDED when
    somebody would add a way in who has not shown lately who they are.
    """
    provider = _needed(request)
    flow = {"purpose": purpose.value, "next": next_path, "language": language}
    if purpose is Purpose.INVITATION:
        flow["code"] = code
    if purpose is Purpose.ADD:
        await _check_proof(request)
        flow["sign_in"] = str(request.state.sign_in_id)
    return await provider.begin(request, back_to=_callback(request), flow=flow)


async def answer(request: Request, response: Response) -> Arrival:
    """What the provider's answer comes to: signed in, waiting for the second step, or one more way in.

    Raises `ProviderFault`, also with STRANGER for whoever was not invited, and `Refused` with LINK_ENDED,
    IDENTITY_TAKEN, TOO_MANY_IDENTITIES or PROOF_NEEDED.
    """
    provider = _needed(request)
    flow = await provider.flow(request)
    purpose = Purpose(flow["purpose"])
    if purpose is Purpose.ADD and flow["sign_in"] != str(request.state.sign_in_id):
        raise ProviderFault("STALE")
    identity = await provider.identity(request)
    step = ""
    if purpose is Purpose.ADD:
        await _add(request, identity)
    else:
        account_id = await _account(request, identity, flow)
        step = await after_first_step(request, response, account_id=account_id, method=SignInMethod.PROVIDER)
    return Arrival(purpose, step, flow["next"], flow["language"])


async def linked(request: Request) -> tuple[list[Linked], bool]:
    """The caller's identities, and whether one may go."""
    account_id = request.state.actor.account_id

    def work() -> tuple[list[Linked], bool]:
        with request.app.state.units.reading() as uow:
            found = service.identities_of(uow, account_id)
            rows = [Linked(each.id, each.issuer, each.created_at) for each in found]
            return rows, service.may_remove_identity(uow, account_id)

    return await in_thread(work)


async def remove(request: Request, identity_id: UUID) -> None:
    """Sign in with this identity no more. Raises `Refused` with LAST_WAY_IN or PROOF_NEEDED."""
    await _check_proof(request)
    state, actor = request.app.state, request.state.actor

    def work() -> None:
        with state.units.writing() as uow:
            service.remove_identity(uow, actor, identity_id)

    await in_thread(work)


async def _account(request: Request, identity: Identity, flow: Mapping[str, str]) -> UUID:
    state = request.app.state

    def work() -> UUID | None:
        with state.units.writing() as uow:
            if flow["purpose"] == Purpose.INVITATION:
                return service.take_up(uow, state.secrets, code=flow["code"], identity=identity)
            account_id = service.come_in(uow, identity)
            if account_id is None:
                service.note_stranger(uow)
            return account_id

    account_id = await in_thread(work)
    if account_id is None:
        raise ProviderFault("STRANGER")
    return account_id


async def _add(request: Request, identity: Identity) -> None:
    await _check_proof(request)
    state, actor = request.app.state, request.state.actor

    def work() -> None:
        with state.units.writing() as uow:
            service.add_identity(uow, actor, identity)

    await in_thread(work)


async def _check_proof(request: Request) -> None:
    sign_in_id: UUID | None = request.state.sign_in_id

    def work() -> bool:
        with request.app.state.units.reading() as uow:
            return sign_in_id is not None and is_fresh(uow, sign_in_id)

    if not await in_thread(work):
        raise refuse("PROOF_NEEDED")


def _provider(request: Request) -> Provider | None:
    found: Provider | None = request.app.state.provider
    return found


def _needed(request: Request) -> Provider:
    found = _provider(request)
    if found is None:
        raise ProviderFault("STALE")
    return found


def _callback(request: Request) -> str:
    """The one address that the provider knows to come back to."""
    base: str = request.app.state.settings.url or str(request.base_url)
    return base.rstrip("/") + CALLBACK
