"""One-time links for the pages: coming in, asking for a new password, and setting it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from starlette.requests import Request
from starlette.responses import Response

from coalition.access.enums import LinkPurpose, SignInMethod
from coalition.access.links import (
    PATHS,
    RESET_LINK_HOURS,
    account_of_link,
    issue_one_time_link,
    may_be_sent_a_reset,
    new_password_by_link,
    use_one_time_link,
)
from coalition.access.middleware import address_of_caller
from coalition.access.models import Account
from coalition.access.service import fold_email
from coalition.access.slowdown import Guess
from coalition.access.threads import in_thread
from coalition.access.tokens import read_code
from coalition.access.web_sign_in import after_first_step
from coalition.core.actor import ANONYMOUS
from coalition.notifications.letters import reset_letter
from coalition.notifications.sending import Outcome

# Characters of an address that are taken as typed at all.
LONGEST_TYPED = 1000
# Seconds between the answer to whoever forgot a password and the work for it, at random.
RESET_DELAY = (1.0, 10.0)


async def email_of(request: Request, code: str, purpose: LinkPurpose) -> str:
    """The address of the account that a code leads into now; empty when it leads into none."""
    state = request.app.state

    def work() -> str:
        with state.units.reading() as uow:
            account = account_of_link(uow, state.secrets, code, purpose)
            return account.email if account else ""

    return await in_thread(work)


async def use(request: Request, response: Response, *, code: str, password: str, purpose: LinkPurpose) -> str:
    """Set the password of a link's account and go on as `after_first_step` does, whose path is returned.

    Raises `Refused` with LINK_ENDED, or with what is wrong with the password at `password`.
    """
    state = request.app.state

    def work() -> UUID:
        with state.units.reading() as uow:
            new = new_password_by_link(uow, state.secrets, code=code, password=password, purpose=purpose)
        with state.units.writing() as uow:
            return use_one_time_link(uow, state.secrets, code=code, new=new, purpose=purpose)

    account_id = await in_thread(work)
    return await after_first_step(request, response, account_id=account_id, method=SignInMethod.LINK)


def path_of_code(typed: str, purpose: LinkPurpose) -> str | None:
    """The path of the link whose code somebody typed; None for what cannot be one."""
    letters = read_code(typed)
    return f"{PATHS[purpose]}{letters}" if letters else None


async def ask_for_reset(
    request: Request, *, email: str, base: str, language: str
) -> Callable[[], Awaitable[None]]:
    """What is to be done once the answer is sent, so that it tells nothing of the address.

    Known or not, the address has cost the same until then: one counted try. Raises `SlowedDown`.
    """
    state, host, typed = request.app.state, address_of_caller(request), email[:LONGEST_TYPED]
    # Asking is never right or wrong, so each time counts.
    await in_thread(lambda: state.slowdown.admit(Guess.RESET, typed, host).failed())

    async def after() -> None:
        # Some while later: what a known address costs would be heard in the request that comes next.
        seconds = random.uniform(*state.reset_delay)  # noqa: S311  Nothing to be guessed.
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: state.post.later(lambda: _send_reset(state, typed, base, language)))

    return after


def _send_reset(state: Any, email: str, base: str, language: str) -> Outcome | None:
    """Make a link and send it, in a thread of the post; the code lives in this call only."""
    with state.units.writing() as uow:
        named = col(Account.email) == fold_email(email)
        account = uow.db.scalars(sa.select(Account).where(named)).one_or_none()
        if account is None or not may_be_sent_a_reset(uow, account):
            return None
        path = issue_one_time_link(uow, state.secrets, ANONYMOUS, account.id, LinkPurpose.RESET)
        to, spoken = account.email, account.language or language
    letter = reset_letter(f"{base}{path}", hours=RESET_LINK_HOURS, language=spoken)
    outcome: Outcome = state.post.try_to_send(lambda: state.mailer.send(to, letter.subject, letter.text))
    return outcome
