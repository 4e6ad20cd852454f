"""Signing in and out in a browser: the service functions, and the cookie that carries the sign-in."""

from __future__ import annotations

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from coalition.access import service
from coalition.access.enums import SignInMethod
from coalition.access.factors.needs import Second, second_of
from coalition.access.factors.steps import StepToken, begin_step, end_step
from coalition.access.middleware import SIGN_IN_COOKIE, address_of_caller, is_secure, own_cookie
from coalition.access.service import SignInResult
from coalition.access.sign_ins import browser_word
from coalition.access.slowdown import Guess
from coalition.access.threads import in_thread
from coalition.core.errors import CoalitionError

STEP_COOKIE = "coalition_sign_in_step"
SECOND_PATHS = {Second.FACTOR: "/sign-in/second", Second.ENROLMENT: "/sign-in/enrol"}


class SignInRefused(CoalitionError):
    """The address or the password is wrong; which of them is not said."""

    code = "SIGN_IN_REFUSED"


async def after_first_step(
    request: Request, response: Response, *, account_id: UUID, method: SignInMethod
) -> str:
    """Go on once a first factor has proven who somebody is.

    Either signs in: the cookie is on `response` and "" is returned. Or waits for the second factor: the
    cookie of the step is on `response`, and what is returned is the path of the page to go to, which takes
    where to go after that as `next`. A passkey that has verified its user is both factors at once.
    """
    state, actor = request.app.state, request.state.actor
    sign_in_id: UUID | None = request.state.sign_in_id

    def work() -> tuple[Second, SignInResult | StepToken]:
        with state.units.writing() as uow:
            if sign_in_id is not None:
                # Whoever was signed in in this browser is not any more: nothing is left behind the new one.
                service.sign_out(uow, actor, sign_in_id)
            end_step(uow, state.secrets, step_token(request))
            alone = method is SignInMethod.PASSKEY
            second = Second.NOTHING if alone else second_of(uow, account_id)
            if second is Second.NOTHING:
                return second, service.begin_sign_in(
                    uow,
                    state.secrets,
                    account_id,
                    method,
                    with_second_factor=alone,
                    browser=browser_of(request),
                )
            return second, begin_step(uow, state.secrets, account_id, method)

    second, result = await in_thread(work)
    if isinstance(result, SignInResult):
        set_sign_in(request, response, result)
        return ""
    _set_step(request, response, result)
    return SECOND_PATHS[second]


async def sign_in(request: Request, response: Response, *, email: str, password: str) -> str:
    """Check the password and go on as `after_first_step` does, whose path is returned.

    Raises `SignInRefused`, and `SlowedDown` after several wrong tries at this address from this network.
    """
    state, host = request.app.state, address_of_caller(request)

    def work() -> UUID | None:
        tried = state.slowdown.admit(Guess.PASSWORD, email, host)
        with state.units.reading() as uow:
            account_id, right = service.authenticate(uow, email=email, password=password)
        if account_id is not None and right:
            tried.succeeded()
            return account_id
        tried.failed()
        with state.units.writing() as uow:
            service.note_failed_sign_in(uow, account_id)
        return None

    account_id = await in_thread(work)
    if account_id is None:
        raise SignInRefused(SignInRefused.code)
    return await after_first_step(request, response, account_id=account_id, method=SignInMethod.PASSWORD)


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


def browser_of(request: Request) -> str:
    """What is kept of the browser that signs in: a coarse word."""
    return browser_word(request.headers.get("user-agent"))


def set_sign_in(request: Request, response: Response, result: SignInResult) -> None:
    """Put the cookie of a sign-in on `response`, and take that of the step before it away."""
    _forget_step(request, response)
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


def _set_step(request: Request, response: Response, step: StepToken) -> None:
    response.set_cookie(
        own_cookie(request.scope, STEP_COOKIE),
        step.token,
        max_age=step.seconds,
        httponly=True,
        # Not Strict: the answer of an outside provider leads here from its site.
        samesite="lax",
        secure=is_secure(request.scope),
    )


def step_token(request: Request) -> str:
    """What the browser holds of a step; empty without one."""
    return request.cookies.get(own_cookie(request.scope, STEP_COOKIE), "")


def _forget_step(request: Request, response: Response) -> None:
    name = own_cookie(request.scope, STEP_COOKIE)
    if name in request.cookies:
        response.delete_cookie(name, httponly=True, samesite="lax", secure=is_secure(request.scope))
