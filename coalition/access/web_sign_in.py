"""Signing in and out in a browser: the service functions, and the cookie that carries the sign-in."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from coalition.access import service
from coalition.access.middleware import SIGN_IN_COOKIE, is_secure, own_cookie
from coalition.access.service import SignInResult
from coalition.access.threads import in_thread
from coalition.core.errors import Refused


async def sign_in(request: Request, response: Response, *, email: str, password: str) -> str | None:
    """Sign in and put the cookie on `response`; returns SIGN_IN_REFUSED when address or password is wrong."""
    state = request.app.state

    def work() -> SignInResult | None:
        with state.units.reading() as uow:
            account_id, right = service.authenticate(uow, email=email, password=password)
        with state.units.writing() as uow:
            if account_id is None or not right:
                service.note_failed_sign_in(uow, account_id)
                return None
            return service.begin_sign_in(uow, state.secrets, account_id)

    result = await in_thread(work)
    if result is None:
        return "SIGN_IN_REFUSED"
    _set_cookie(request, response, result)
    return None


async def sign_out(request: Request, response: Response) -> None:
    """End the caller's sign-in and take the cookie away."""
    state, actor = request.app.state, request.state.actor
    sign_in_id: UUID | None = request.state.sign_in_id

    def work() -> None:
        with state.units.writing() as uow:
            if sign_in_id is not None:
                service.sign_out(uow, actor, sign_in_id)

    if sign_in_id is not None:
        await in_thread(work)
    name, secure = own_cookie(request.scope, SIGN_IN_COOKIE), is_secure(request.scope)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=secure)


async def welcomes(request: Request, token: str) -> bool:
    """Whether a one-time link can still set a password."""
    state = request.app.state

    def work() -> bool:
        with state.units.reading() as uow:
            return service.account_of_link(uow, state.secrets, token) is not None

    return await in_thread(work)


async def welcome(request: Request, response: Response, *, token: str, password: str) -> str | None:
    """Set the password of a one-time link and sign in; returns the code of the error when refused.

    The codes are LINK_ENDED, PASSWORD_TOO_SHORT and TOO_LONG.
    """
    state = request.app.state

    def work() -> SignInResult:
        with state.units.writing() as uow:
            account_id = service.use_one_time_link(uow, state.secrets, token=token, password=password)
            return service.begin_sign_in(uow, state.secrets, account_id)

    try:
        result = await in_thread(work)
    except Refused as refused:
        return refused.faults[0].code
    _set_cookie(request, response, result)
    return None


def _set_cookie(request: Request, response: Response, result: SignInResult) -> None:
    response.set_cookie(
        own_cookie(request.scope, SIGN_IN_COOKIE),
        result.token,
        expires=result.expires_at,
        httponly=True,
        # Not Strict: a link in a message leads into the coalition, and nobody should have to sign in again.
        # What changes anything is a POST, which Lax keeps from other sites too.
        samesite="lax",
        secure=is_secure(request.scope),
    )
