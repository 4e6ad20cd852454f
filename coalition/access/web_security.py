"""The ways in of whoever is signed in: seeing, adding and removing them, each after a fresh proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request

from coalition.access import links
from coalition.access.factors import ways as of_account
from coalition.access.factors.authenticators import (
    app_address,
    begin_authenticator,
    confirm_authenticator,
    pending_secret,
)
from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.passkeys import Asked, register_passkey, take_signature
from coalition.access.factors.recovery import make_recovery_codes
from coalition.access.factors.ways import Ways, is_fresh, note_proof, note_second_factor, ways_of
from coalition.access.links import NewPassword, end_sign_ins_of, new_password
from coalition.access.middleware import address_of_caller
from coalition.access.models import Account
from coalition.access.passwords import is_password
from coalition.access.slowdown import Guess
from coalition.access.threads import in_thread
from coalition.access.web_passkeys import place_of
from coalition.access.web_second_step import AppOffer
from coalition.audit.service import record
from coalition.core.errors import CoalitionError, refuse
from coalition.core.unit_of_work import UnitOfWork

T = TypeVar("T")
REFUSED_PROOF = "account:proof:refuse"


class ProofNeeded(CoalitionError):
    """Ways in are changed only by whoever has just proven to be the account's."""

    code = "PROOF_NEEDED"


async def ways(request: Request) -> Ways:
    """How the caller gets in."""
    return await _reading(request, lambda uow, account_id, _: ways_of(uow, account_id))


async def has_proven(request: Request) -> bool:
    """Whether the caller has proven who they are within the last ten minutes."""
    return await _reading(request, lambda uow, _, sign_in_id: is_fresh(uow, sign_in_id))


async def prove_by_password(request: Request, password: str) -> None:
    """Note that the caller knows the password. Raises `SlowedDown`, and `Refused` with PASSWORD_WRONG."""
    state, actor, host = request.app.state, request.state.actor, address_of_caller(request)
    account_id, sign_in_id = _caller(request)

    def work() -> bool:
        with state.units.reading() as uow:
            account = uow.db.get_one(Account, account_id)
        tried = state.slowdown.admit(Guess.PASSWORD, account.email, host)
        right = is_password(account.password_hash, password)
        with state.units.writing() as uow:
            if right:
                note_proof(uow, sign_in_id)
            else:
                record(uow, actor, action=REFUSED_PROOF, subject=("Account", account_id), reason="password")
        tried.succeeded() if right else tried.failed()
        return right

    if not await in_thread(work):
        raise refuse("PASSWORD_WRONG")


async def prove_by_passkey(request: Request, *, answer: str, browser: str) -> None:
    """Note that the caller holds a passkey. Raises `Refused` with PASSKEY_REFUSED."""
    state, actor = request.app.state, request.state.actor
    account_id, sign_in_id = _caller(request)
    asked = Asked(place_of(request), browser, ChallengePurpose.PROVE, account_id)

    def work() -> bool:
        with state.units.writing() as uow:
            right = take_signature(uow, state.secrets, asked, answer) is not None
            if right:
                note_proof(uow, sign_in_id)
            else:
                record(uow, actor, action=REFUSED_PROOF, subject=("Account", account_id), reason="passkey")
            return right

    if not await in_thread(work):
        raise refuse("PASSKEY_REFUSED")


async def add_passkey(request: Request, *, answer: str, name: str, browser: str) -> None:
    """Register a passkey. Raises `ProofNeeded`, and `Refused` with PASSKEY_REFUSED."""
    state, actor = request.app.state, request.state.actor

    def work(uow: UnitOfWork, account_id: UUID, sign_in_id: UUID) -> bool:
        asked = Asked(place_of(request), browser, ChallengePurpose.REGISTER, account_id)
        made = register_passkey(uow, state.secrets, actor, asked, answer=answer, name=name) is not None
        if made:
            note_second_factor(uow, sign_in_id)
        return made

    if not await _changing(request, work):
        raise refuse("PASSKEY_REFUSED")


async def remove_passkey(request: Request, passkey_id: UUID) -> None:
    """Take a passkey away. Raises `ProofNeeded`, and `Refused` with LAST_WAY_IN or NOT_FOUND."""
    actor = request.state.actor
    await _changing(request, lambda uow, own, _: of_account.remove_passkey(uow, actor, own, passkey_id))


async def begin_app(request: Request) -> None:
    """Make a secret for an app, which counts once it is confirmed. Raises `ProofNeeded`."""
    secrets = request.app.state.secrets
    await _changing(
        request,
        lambda uow, own, sign_in_id: begin_authenticator(uow, secrets, own, begun_in=sign_in_id),
    )


async def pending_app(request: Request) -> AppOffer | None:
    """The secret that waits to be confirmed in this sign-in."""
    secrets = request.app.state.secrets

    def look(uow: UnitOfWork, account_id: UUID, sign_in_id: UUID) -> AppOffer | None:
        secret = pending_secret(uow, secrets, account_id, begun_in=sign_in_id)
        email = ways_of(uow, account_id).email
        return AppOffer(secret, app_address(secret, email)) if secret else None

    return await _reading(request, look)


async def confirm_app(request: Request, code: str) -> None:
    """Let the app count from now on. Raises `ProofNeeded`, and `Refused` with CODE_REFUSED."""
    secrets, actor = request.app.state.secrets, request.state.actor

    def work(uow: UnitOfWork, account_id: UUID, sign_in_id: UUID) -> bool:
        right = confirm_authenticator(uow, secrets, actor, account_id, begun_in=sign_in_id, code=code)
        if right:
            note_second_factor(uow, sign_in_id)
        return right

    if not await _changing(request, work):
        raise refuse("CODE_REFUSED")


async def remove_app(request: Request) -> None:
    """Take the app away. Raises `ProofNeeded`, and `Refused` with LAST_WAY_IN."""
    actor = request.state.actor
    await _changing(request, lambda uow, own, _: of_account.remove_app(uow, actor, own))


async def new_recovery_codes(request: Request) -> list[str]:
    """Ten codes in the place of those before. Raises `ProofNeeded`, and `Refused` with FACTOR_MISSING."""
    secrets, actor = request.app.state.secrets, request.state.actor

    def work(uow: UnitOfWork, account_id: UUID, _: UUID) -> list[str]:
        if not ways_of(uow, account_id).has_factor:
            raise refuse("FACTOR_MISSING")
        return make_recovery_codes(uow, secrets, actor, account_id)

    return await _changing(request, work)


async def set_password(request: Request, password: str) -> None:
    """Choose a password; every other sign-in ends.

    Raises `ProofNeeded`, and `Refused` with what is wrong with the password.
    """
    actor = request.state.actor

    def look(uow: UnitOfWork, account_id: UUID, sign_in_id: UUID) -> NewPassword:
        if not is_fresh(uow, sign_in_id):
            raise ProofNeeded(ProofNeeded.code)
        return new_password(uow, uow.db.get_one(Account, account_id), password)

    # Looked at and hashed in a reading unit, so that no writer waits for it.
    new = await _reading(request, look)

    def change(uow: UnitOfWork, account_id: UUID, sign_in_id: UUID) -> None:
        links.set_password(uow, actor, account_id, new)
        end_sign_ins_of(uow, account_id, but=sign_in_id)

    await _changing(request, change)


async def remove_password(request: Request) -> None:
    """Do without a password. Raises `ProofNeeded`, and `Refused` with LAST_WAY_IN."""
    actor = request.state.actor
    await _changing(request, lambda uow, own, _: of_account.remove_password(uow, actor, own))


def _caller(request: Request) -> tuple[UUID, UUID]:
    """The caller's account and sign-in. Raises `Refused` with UNAUTHENTICATED for anybody without both."""
    account_id, sign_in_id = request.state.actor.account_id, request.state.sign_in_id
    if account_id is None or sign_in_id is None:
        raise refuse("UNAUTHENTICATED")
    return account_id, sign_in_id


async def _reading(request: Request, look: Callable[[UnitOfWork, UUID, UUID], T]) -> T:
    account_id, sign_in_id = _caller(request)

    def work() -> T:
        with request.app.state.units.reading() as uow:
            return look(uow, account_id, sign_in_id)

    return await in_thread(work)


async def _changing(request: Request, act: Callable[[UnitOfWork, UUID, UUID], T]) -> T:
    """Do it if the caller has just proven who they are, else raise `ProofNeeded`."""
    account_id, sign_in_id = _caller(request)

    def work() -> T:
        with request.app.state.units.writing() as uow:
            if not is_fresh(uow, sign_in_id):
                raise ProofNeeded(ProofNeeded.code)
            return act(uow, account_id, sign_in_id)

    return await in_thread(work)
