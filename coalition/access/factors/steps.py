"""The step between the first factor and being signed in: ten minutes, one browser, few attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.enums import SignInMethod
from coalition.access.factors.models import SignInStep
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.access.service import SignInResult, begin_sign_in
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.core.unit_of_work import UnitOfWork

STEP_MINUTES = 10
# Wrong codes of one step; after the last the first factor is asked for again.
MOST_FAILED = 5


@dataclass(frozen=True)
class StepToken:
    """A step just begun; `token` goes into the cookie and is not kept."""

    token: str
    seconds: int = STEP_MINUTES * 60


def begin_step(uow: UnitOfWork, secrets: Secrets, account_id: UUID, method: SignInMethod) -> StepToken:
    """Wait for the second factor of an account whose first was right; nothing else is granted by it."""
    token = new_token(TokenKind.SIGN_IN_STEP)
    past = sa.and_(col(SignInStep.account_id) == account_id, col(SignInStep.expires_at) <= uow.now)
    uow.db.execute(sa.delete(SignInStep).where(past))
    uow.db.add(
        SignInStep(
            account_id=account_id,
            token_hash=token_hash(secrets, token),
            method=method,
            created_at=uow.now,
            expires_at=uow.now + timedelta(minutes=STEP_MINUTES),
        )
    )
    uow.db.flush()
    return StepToken(token)


def step_of(uow: UnitOfWork, secrets: Secrets, token: str) -> SignInStep | None:
    """The step that a cookie holds; None when it is unknown, done, past its end or failed too often."""
    return uow.db.scalars(
        sa.select(SignInStep)
        .join(Account, col(Account.id) == col(SignInStep.account_id))
        .where(
            col(SignInStep.token_hash) == token_hash(secrets, token),
            col(SignInStep.expires_at) > uow.now,
            col(SignInStep.failed_count) < MOST_FAILED,
            Account.is_active,
        )
    ).one_or_none()


def end_step(uow: UnitOfWork, secrets: Secrets, token: str) -> None:
    """End the step that a cookie holds; without one nothing happens."""
    uow.db.execute(sa.delete(SignInStep).where(col(SignInStep.token_hash) == token_hash(secrets, token)))


def fail_step(uow: UnitOfWork, step: SignInStep) -> None:
    """Count a code that was wrong."""
    counted = sa.update(SignInStep).where(col(SignInStep.id) == step.id)
    uow.db.execute(counted.values(failed_count=SignInStep.failed_count + 1))


def finish_step(
    uow: UnitOfWork, secrets: Secrets, step: SignInStep, *, browser: str = ""
) -> SignInResult | None:
    """Sign in, the second factor having been right; None when another request has used the step up.

    `browser` is a coarse word, as `sign_ins.browser_word` says it.
    """
    ended = sa.delete(SignInStep).where(col(SignInStep.id) == step.id).returning(col(SignInStep.id))
    if uow.db.execute(ended).scalar_one_or_none() is None:
        return None
    return begin_sign_in(uow, secrets, step.account_id, step.method, browser=browser)
