"""The ways in of one account: what there is, what may go, and giving everything back after a loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.factors import authenticators, passkeys
from coalition.access.factors.models import (
    Authenticator,
    Passkey,
    PasskeyChallenge,
    RecoveryCode,
    SignInStep,
)
from coalition.access.factors.needs import has_authenticator, role_demands
from coalition.access.factors.recovery import recovery_codes_left
from coalition.access.links import end_sign_ins_of
from coalition.access.models import Account, SignIn
from coalition.access.oauth.families import take_back_all
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

FRESH_MINUTES = 10


class ResetReason(StrEnum):
    """Why somebody's factors are taken away by an administrator."""

    LOST = "lost"
    STOLEN = "stolen"
    BROKEN = "broken"
    REPLACED = "replaced"


@dataclass(frozen=True)
class Ways:
    """How an account gets in, for its holder's eyes."""

    email: str
    has_password: bool
    passkeys: Sequence[Passkey]
    has_app: bool
    codes_left: int
    is_demanded: bool

    @property
    def has_factor(self) -> bool:
        return self.has_app or (self.is_demanded and bool(self.passkeys))


def ways_of(uow: UnitOfWork, account_id: UUID) -> Ways:
    """Everything that lets this account in."""
    account, demanded, app = uow.db.execute(
        sa.select(Account, role_demands(uow.today), has_authenticator()).where(col(Account.id) == account_id)
    ).one()
    return Ways(
        email=account.email,
        has_password=account.password_hash is not None,
        passkeys=passkeys.passkeys_of(uow, account_id),
        has_app=app,
        codes_left=recovery_codes_left(uow, account_id),
        is_demanded=demanded,
    )


def may_remove_password(ways: Ways) -> bool:
    """Whether a passkey would still let its holder in."""
    return ways.has_password and bool(ways.passkeys)


def may_remove_passkey(ways: Ways) -> bool:
    """Whether another passkey, or a password with the second factor that is demanded, would still let in."""
    if len(ways.passkeys) > 1:
        return True
    return ways.has_password and (ways.has_app or not ways.is_demanded)


def may_remove_app(ways: Ways) -> bool:
    """Whether a role does not ask for it, or a passkey can stand in."""
    return not ways.is_demanded or bool(ways.passkeys)


def remove_passkey(uow: UnitOfWork, actor: Actor, account_id: UUID, passkey_id: UUID) -> None:
    """Take a passkey away. Raises `Refused` with LAST_WAY_IN or, without one of this id, NOT_FOUND."""
    if not may_remove_passkey(_locked(uow, account_id)):
        raise refuse("LAST_WAY_IN")
    if not passkeys.remove_passkey(uow, actor, account_id, passkey_id):
        raise refuse("NOT_FOUND")


def remove_app(uow: UnitOfWork, actor: Actor, account_id: UUID) -> None:
    """Take the authenticator app and its recovery codes away. Raises `Refused` with LAST_WAY_IN."""
    ways = _locked(uow, account_id)
    if not may_remove_app(ways):
        raise refuse("LAST_WAY_IN")
    authenticators.remove_authenticator(uow, actor, account_id)
    if not ways.is_demanded:
        uow.db.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))


def remove_password(uow: UnitOfWork, actor: Actor, account_id: UUID) -> None:
    """Do without a password from now on. Raises `Refused` with LAST_WAY_IN."""
    if not may_remove_password(_locked(uow, account_id)):
        raise refuse("LAST_WAY_IN")
    uow.db.execute(sa.update(Account).where(col(Account.id) == account_id).values(password_hash=None))
    record(uow, actor, action="account:password:remove", subject=("Account", account_id), fields=["password"])


def is_fresh(uow: UnitOfWork, sign_in_id: UUID) -> bool:
    """Whether the holder of this sign-in has proven to be the account's within the last ten minutes."""
    since = uow.now - timedelta(minutes=FRESH_MINUTES)
    fresh = sa.select(SignIn.id).where(col(SignIn.id) == sign_in_id, col(SignIn.proven_at) > since)
    return uow.db.scalars(fresh).first() is not None


def note_proof(uow: UnitOfWork, sign_in_id: UUID) -> None:
    """The holder of this sign-in has just proven to be the account's."""
    uow.db.execute(sa.update(SignIn).where(col(SignIn.id) == sign_in_id).values(proven_at=uow.now))


def note_second_factor(uow: UnitOfWork, sign_in_id: UUID) -> None:
    """The holder of this sign-in has just shown a second factor."""
    uow.db.execute(sa.update(SignIn).where(col(SignIn.id) == sign_in_id).values(with_second_factor=True))


def reset_factors(uow: UnitOfWork, actor: Actor, account_id: UUID, reason: ResetReason) -> None:
    """Take every passkey, authenticator and code of an account away, and end its sign-ins and what apps were
    allowed; the password stays.

    Whoever holds a role that needs a second factor is asked for a new one at the next sign-in.
    """
    forget_factors(uow, account_id)
    end_sign_ins_of(uow, account_id)
    take_back_all(uow, actor, account_id)
    record(uow, actor, action="account:factors:reset", subject=("Account", account_id), reason=reason.value)


def forget_factors(uow: UnitOfWork, account_id: UUID) -> None:
    """Delete all that this room holds of an account."""
    for model in (Passkey, PasskeyChallenge, Authenticator, RecoveryCode, SignInStep):
        uow.db.execute(sa.delete(model).where(col(model.account_id) == account_id))


def _locked(uow: UnitOfWork, account_id: UUID) -> Ways:
    """The ways in as they stand, while nobody else can take another of them away."""
    uow.db.execute(sa.select(Account.id).where(col(Account.id) == account_id).with_for_update())
    return ways_of(uow, account_id)
