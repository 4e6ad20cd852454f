"""The second step of signing in: a code, a passkey, or enrolling the factor that a role demands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from coalition.access.factors.authenticators import (
    app_address,
    begin_authenticator,
    confirm_authenticator,
    pending_secret,
    take_app_code,
)
from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.models import SignInStep
from coalition.access.factors.needs import Second, second_of
from coalition.access.factors.passkeys import Asked, register_passkey, take_signature
from coalition.access.factors.recovery import take_recovery_code
from coalition.access.factors.steps import fail_step, finish_step, step_of
from coalition.access.factors.ways import Ways, ways_of
from coalition.access.middleware import address_of_caller
from coalition.access.service import SignInResult
from coalition.access.slowdown import Guess, SlowedDown
from coalition.access.threads import in_thread
from coalition.access.web_passkeys import place_of
from coalition.access.web_sign_in import browser_of, set_sign_in, step_token
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

# Wrong codes of one account in an hour, wherever they came from. Whoever sends them knows the password.
MOST_WRONG_CODES = 20
WRONG_CODE = "account:second_factor:refuse"

T = TypeVar("T")
Outcome = SignInResult | str


@dataclass(frozen=True)
class AppOffer:
    """A secret for an authenticator app, as text and as the address in its QR picture."""

    secret: str
    address: str


async def second_step(request: Request, second: Second) -> Ways | None:
    """What the account whose step this browser holds has; None when it waits for nothing of this kind."""
    return await _reading(request, second, lambda uow, step: ways_of(uow, step.account_id))


async def finish_by_code(request: Request, response: Response, code: str) -> None:
    """Sign in with a code of the app or a recovery code.

    Raises `SlowedDown`, and `Refused` with CODE_REFUSED or STEP_ENDED.
    """
    state, host = request.app.state, address_of_caller(request)

    def work() -> Outcome:
        with state.units.reading() as uow:
            step = _waiting(uow, request, Second.FACTOR)
            if step is None:
                return "STEP_ENDED"
            _check_wrong_codes(uow, step)
        tried = state.slowdown.admit(Guess.CODE, str(step.account_id), host)
        with state.units.writing() as uow:
            outcome = _by_code(uow, request, code)
        tried.failed() if isinstance(outcome, str) else tried.succeeded()
        return outcome

    _done(request, response, await in_thread(work))


def _by_code(uow: UnitOfWork, request: Request, code: str) -> Outcome:
    secrets = request.app.state.secrets
    # Asked again: in the meantime another request may have used the step up.
    step = _waiting(uow, request, Second.FACTOR)
    if step is None:
        return "STEP_ENDED"
    actor, account_id = _actor(step), step.account_id
    if take_app_code(uow, secrets, account_id, code) or take_recovery_code(
        uow, secrets, actor, account_id, code
    ):
        return finish_step(uow, secrets, step, browser=browser_of(request)) or "STEP_ENDED"
    fail_step(uow, step)
    record(uow, actor, action=WRONG_CODE, subject=("Account", account_id), reason="code")
    return "CODE_REFUSED"


async def finish_by_passkey(request: Request, response: Response, *, answer: str, browser: str) -> None:
    """Sign in with a passkey beside the password. Raises `Refused` with PASSKEY_REFUSED or STEP_ENDED."""

    def work(uow: UnitOfWork, step: SignInStep) -> Outcome:
        secrets = request.app.state.secrets
        asked = Asked(place_of(request), browser, ChallengePurpose.SECOND_STEP, step.account_id)
        if take_signature(uow, secrets, asked, answer) is None:
            subject = ("Account", step.account_id)
            record(uow, _actor(step), action=WRONG_CODE, subject=subject, reason="passkey")
            return "PASSKEY_REFUSED"
        return finish_step(uow, secrets, step, browser=browser_of(request)) or "STEP_ENDED"

    _done(request, response, await _writing(request, Second.FACTOR, work))


async def begin_enrolment(request: Request) -> None:
    """Make a secret for an app. Raises `Refused` with STEP_ENDED."""

    def work(uow: UnitOfWork, step: SignInStep) -> str:
        begin_authenticator(uow, request.app.state.secrets, step.account_id, begun_in=step.id)
        return ""

    if code := await _writing(request, Second.ENROLMENT, work):
        raise refuse(str(code))


async def enrolment(request: Request) -> AppOffer | None:
    """The secret that waits to be confirmed in this step."""

    def work(uow: UnitOfWork, step: SignInStep) -> AppOffer | None:
        secrets = request.app.state.secrets
        secret = pending_secret(uow, secrets, step.account_id, begun_in=step.id)
        email = ways_of(uow, step.account_id).email
        return AppOffer(secret, app_address(secret, email)) if secret else None

    return await _reading(request, Second.ENROLMENT, work)


async def enrol_app(request: Request, response: Response, code: str) -> None:
    """Confirm the app and sign in. Raises `Refused` with CODE_REFUSED or STEP_ENDED."""

    def work(uow: UnitOfWork, step: SignInStep) -> Outcome:
        secrets = request.app.state.secrets
        right = confirm_authenticator(
            uow, secrets, _actor(step), step.account_id, begun_in=step.id, code=code
        )
        if not right:
            return "CODE_REFUSED"
        return finish_step(uow, secrets, step, browser=browser_of(request)) or "STEP_ENDED"

    _done(request, response, await _writing(request, Second.ENROLMENT, work))


async def enrol_passkey(
    request: Request, response: Response, *, answer: str, name: str, browser: str
) -> None:
    """Register a passkey and sign in. Raises `Refused` with PASSKEY_REFUSED or STEP_ENDED."""

    def work(uow: UnitOfWork, step: SignInStep) -> Outcome:
        secrets = request.app.state.secrets
        asked = Asked(place_of(request), browser, ChallengePurpose.REGISTER, step.account_id)
        if register_passkey(uow, secrets, _actor(step), asked, answer=answer, name=name) is None:
            return "PASSKEY_REFUSED"
        return finish_step(uow, secrets, step, browser=browser_of(request)) or "STEP_ENDED"

    _done(request, response, await _writing(request, Second.ENROLMENT, work))


def _waiting(uow: UnitOfWork, request: Request, second: Second) -> SignInStep | None:
    """The step of this browser if it waits for this; who has a factor never enrols beside it."""
    step = step_of(uow, request.app.state.secrets, step_token(request))
    return step if step is not None and second_of(uow, step.account_id) is second else None


async def _reading(
    request: Request, second: Second, look: Callable[[UnitOfWork, SignInStep], T | None]
) -> T | None:
    def work() -> T | None:
        with request.app.state.units.reading() as uow:
            step = _waiting(uow, request, second)
            return look(uow, step) if step is not None else None

    return await in_thread(work)


async def _writing(
    request: Request, second: Second, act: Callable[[UnitOfWork, SignInStep], Outcome]
) -> Outcome:
    """What `act` came to; STEP_ENDED without a step. A refusal is returned, since it is kept."""

    def work() -> Outcome:
        with request.app.state.units.writing() as uow:
            step = _waiting(uow, request, second)
            return act(uow, step) if step is not None else "STEP_ENDED"

    return await in_thread(work)


def _done(request: Request, response: Response, outcome: Outcome) -> None:
    if isinstance(outcome, str):
        raise refuse(outcome)
    set_sign_in(request, response, outcome)


def _check_wrong_codes(uow: UnitOfWork, step: SignInStep) -> None:
    """Raises `SlowedDown` when this account had too many wrong codes within the hour."""
    since = uow.now - timedelta(hours=1)
    wrong = sa.and_(
        col(AuditEntry.actor) == _actor(step).subject,
        col(AuditEntry.happened_at) > since,
        col(AuditEntry.action) == WRONG_CODE,
        col(AuditEntry.reason) == "code",
    )
    newest = sa.select(AuditEntry.happened_at).where(wrong).order_by(col(AuditEntry.happened_at).desc())
    oldest_counted = uow.db.scalars(newest.offset(MOST_WRONG_CODES - 1).limit(1)).first()
    if oldest_counted is not None:
        raise SlowedDown(max(1, int((oldest_counted - since).total_seconds())))


def _actor(step: SignInStep) -> Actor:
    return Actor(subject=f"account:{step.account_id}")
