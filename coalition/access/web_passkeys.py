"""What a browser is told so that a passkey can sign, and signing in by one alone."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from coalition.access import links, service
from coalition.access.desks.models import Desk
from coalition.access.enums import SignInMethod
from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.needs import Second, second_of
from coalition.access.factors.passkeys import (
    Asked,
    Place,
    Signed,
    register_passkey,
    registration_options,
    signing_options,
    take_signature,
)
from coalition.access.factors.steps import step_of
from coalition.access.factors.ways import is_fresh
from coalition.access.models import Account
from coalition.access.threads import in_thread
from coalition.access.web_sign_in import after_first_step, step_token
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork


def place_of(request: Request) -> Place:
    """Where the pages of this request are: at the public address of the settings, else where it was sent."""
    public = request.app.state.settings.url or f"{request.url.scheme}://{request.url.netloc}"
    parts = urlsplit(public.lower())
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    host = parts.hostname or ""
    return Place(host, f"{parts.scheme}://{host}{port}")


async def options(request: Request, *, purpose: str, browser: str, link: str = "") -> str | None:
    """What the browser needs to ask a passkey for `purpose`, as JSON; None when it may not be asked.

    `browser` names the browser, so that an answer from another one is refused. A passkey is registered by
    whoever has just proven who they are, has to enrol one, or holds the one-time link whose token is `link`.
    """
    state = request.app.state
    wished = next((each for each in ChallengePurpose if each.value == purpose), None)
    if wished is None:
        return None

    def work() -> str | None:
        with state.units.writing() as uow:
            allowed, account_id = _whose(uow, request, wished, link)
            if not allowed:
                return None
            make = registration_options if wished is ChallengePurpose.REGISTER else signing_options
            return make(uow, state.secrets, Asked(place_of(request), browser, wished, account_id))

    return await in_thread(work)


def _whose(
    uow: UnitOfWork, request: Request, purpose: ChallengePurpose, link: str
) -> tuple[bool, UUID | None]:
    """Whether a passkey may be asked for this purpose now, and of which account."""
    state, actor = request.app.state, request.state.actor
    step = step_of(uow, state.secrets, step_token(request))
    if purpose is ChallengePurpose.SIGN_IN:
        return True, None
    if purpose is ChallengePurpose.SECOND_STEP:
        waits = step is not None and second_of(uow, step.account_id) is Second.FACTOR
        return waits, step.account_id if step else None
    if purpose is ChallengePurpose.PROVE:
        return actor.account_id is not None, actor.account_id
    if link:
        account = links.account_of_link(uow, state.secrets, link)
        return _may_take_up(uow, account), account.id if account else None
    if actor.account_id is not None and request.state.sign_in_id is not None:
        return is_fresh(uow, request.state.sign_in_id), actor.account_id
    enrols = step is not None and second_of(uow, step.account_id) is Second.ENROLMENT
    return enrols, step.account_id if step else None


async def sign_in_by_passkey(request: Request, response: Response, *, answer: str, browser: str) -> str:
    """Sign in by a passkey alone, as `after_first_step` does. Raises `Refused` with PASSKEY_REFUSED."""
    state = request.app.state
    asked = Asked(place_of(request), browser, ChallengePurpose.SIGN_IN)

    def work() -> Signed | None:
        with state.units.writing() as uow:
            signed = take_signature(uow, state.secrets, asked, answer)
            if signed is None:
                service.note_failed_sign_in(uow, None)
            return signed

    signed = await in_thread(work)
    if signed is None:
        raise refuse("PASSKEY_REFUSED")
    return await after_first_step(
        request, response, account_id=signed.passkey.account_id, method=SignInMethod.PASSKEY
    )


async def may_take_up_by_passkey(request: Request, token: str) -> bool:
    """Whether the holder of a one-time link may register a passkey in the place of a password."""
    state = request.app.state

    def work() -> bool:
        with state.units.reading() as uow:
            return _may_take_up(uow, links.account_of_link(uow, state.secrets, token))

    return await in_thread(work)


def _may_take_up(uow: UnitOfWork, account: Account | None) -> bool:
    """A link never stands for two factors: whoever has a second one is asked for it, not given a new one.

    A desk has no passkey: whose would it be?
    """
    if account is None or uow.db.get(Desk, account.id) is not None:
        return False
    return second_of(uow, account.id) is not Second.FACTOR


async def welcome_by_passkey(
    request: Request, response: Response, *, token: str, answer: str, name: str, browser: str
) -> str:
    """Take up a one-time link with a passkey in the place of a password, as `after_first_step` does.

    The link is used up only when the passkey was right; every sign-in from before ends, and so does the
    password. Raises `Refused` with LINK_ENDED or PASSKEY_REFUSED.
    """
    state = request.app.state

    def work() -> UUID | str:
        with state.units.writing() as uow:
            account = links.account_of_link(uow, state.secrets, token)
            if account is None or not _may_take_up(uow, account):
                return "LINK_ENDED"
            asked = Asked(place_of(request), browser, ChallengePurpose.REGISTER, account.id)
            actor = Actor(subject=f"account:{account.id}")
            kept = register_passkey(uow, state.secrets, actor, asked, answer=answer, name=name)
            if kept is None:
                return "PASSKEY_REFUSED"
            return links.use_link_for_passkey(uow, state.secrets, token)

    done = await in_thread(work)
    if isinstance(done, str):
        raise refuse(done)
    return await after_first_step(request, response, account_id=done, method=SignInMethod.PASSKEY)
