"""Authenticator apps: time-based codes (RFC 6238), each counted once."""

from __future__ import annotations

import hmac
from datetime import timedelta
from uuid import UUID

import pyotp
import sqlalchemy as sa
from sqlmodel import col

from coalition.access.factors.models import Authenticator
from coalition.access.factors.sealing import seal, unseal
from coalition.access.secrets import Secrets
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

ISSUER = "Coalition"
# A clock that is half a minute off is heard too.
STEPS_AROUND = (0, -1, 1)
# How long a secret that was shown can still be confirmed.
CONFIRM_MINUTES = 30


def begin_authenticator(uow: UnitOfWork, secrets: Secrets, account_id: UUID, *, begun_in: UUID) -> None:
    """Make a secret that this sign-in or step can see and confirm; one begun before is forgotten."""
    uow.db.execute(sa.delete(Authenticator).where(_pending(account_id)))
    uow.db.add(
        Authenticator(
            account_id=account_id,
            sealed_secret=seal(secrets, pyotp.random_base32(), account_id=account_id),
            begun_in=begun_in,
            created_at=uow.now,
        )
    )
    uow.db.flush()


def pending_secret(uow: UnitOfWork, secrets: Secrets, account_id: UUID, *, begun_in: UUID) -> str | None:
    """The secret, in base32, that waits to be confirmed here; None when nothing does."""
    row = _waiting(uow, account_id, begun_in)
    return unseal(secrets, row.sealed_secret, account_id=account_id) if row else None


def app_address(secret: str, email: str) -> str:
    """What the QR picture says to an app: secret, account and issuer."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm_authenticator(
    uow: UnitOfWork, secrets: Secrets, actor: Actor, account_id: UUID, *, begun_in: UUID, code: str
) -> bool:
    """Let the app count from now on, in the place of one before, if its code is right."""
    row = _waiting(uow, account_id, begun_in)
    secret = unseal(secrets, row.sealed_secret, account_id=account_id) if row else None
    step = _step_of_code(uow, secret, code) if secret else None
    if row is None or step is None:
        return False
    others = sa.and_(col(Authenticator.account_id) == account_id, col(Authenticator.id) != row.id)
    uow.db.execute(sa.delete(Authenticator).where(others))
    row.confirmed_at, row.begun_in, row.last_step = uow.now, None, step
    uow.db.flush()
    record(uow, actor, action="account:authenticator:add", subject=("Account", account_id))
    return True


def take_app_code(uow: UnitOfWork, secrets: Secrets, account_id: UUID, code: str) -> bool:
    """Whether this is a code of the account's app that was not used yet; now it is used."""
    counts = sa.and_(
        col(Authenticator.account_id) == account_id, col(Authenticator.confirmed_at).is_not(None)
    )
    row = uow.db.scalars(sa.select(Authenticator).where(counts)).one_or_none()
    secret = unseal(secrets, row.sealed_secret, account_id=account_id) if row else None
    step = _step_of_code(uow, secret, code) if secret else None
    if row is None or step is None:
        return False
    # Of two requests with the same code one finds the step taken.
    fresh = sa.or_(col(Authenticator.last_step).is_(None), col(Authenticator.last_step) < step)
    taken = sa.update(Authenticator).where(col(Authenticator.id) == row.id, fresh).values(last_step=step)
    return uow.db.execute(taken.returning(col(Authenticator.id))).scalar_one_or_none() is not None


def remove_authenticator(uow: UnitOfWork, actor: Actor, account_id: UUID) -> None:
    """Take the app away; without one nothing happens."""
    gone = sa.delete(Authenticator).where(col(Authenticator.account_id) == account_id)
    if uow.db.execute(gone.returning(col(Authenticator.id))).first() is not None:
        record(uow, actor, action="account:authenticator:remove", subject=("Account", account_id))


def set_authenticator(uow: UnitOfWork, secrets: Secrets, actor: Actor, account_id: UUID, secret: str) -> None:
    """See to it that the account's app has this secret, as demo accounts do; if it has, nothing changes."""
    rows = uow.db.scalars(sa.select(Authenticator).where(col(Authenticator.account_id) == account_id)).all()
    if any(
        row.confirmed_at and unseal(secrets, row.sealed_secret, account_id=account_id) == secret
        for row in rows
    ):
        return
    uow.db.execute(sa.delete(Authenticator).where(col(Authenticator.account_id) == account_id))
    sealed = seal(secrets, secret, account_id=account_id)
    uow.db.add(
        Authenticator(account_id=account_id, sealed_secret=sealed, created_at=uow.now, confirmed_at=uow.now)
    )
    uow.db.flush()
    record(uow, actor, action="account:authenticator:add", subject=("Account", account_id))


def _step_of_code(uow: UnitOfWork, secret: str, code: str) -> int | None:
    """The time step whose code this is, of the present one and its neighbours."""
    app, typed = pyotp.TOTP(secret), "".join(code.split())
    now = app.timecode(uow.now)
    found = None
    for around in STEPS_AROUND:
        # Every one is compared, so that the time it takes tells nothing.
        if hmac.compare_digest(app.generate_otp(now + around).encode(), typed.encode("utf-8", "replace")):
            found = now + around
    return found


def _pending(account_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(col(Authenticator.account_id) == account_id, col(Authenticator.confirmed_at).is_(None))


def _waiting(uow: UnitOfWork, account_id: UUID, begun_in: UUID) -> Authenticator | None:
    here = sa.and_(
        _pending(account_id),
        col(Authenticator.begun_in) == begun_in,
        col(Authenticator.created_at) > uow.now - timedelta(minutes=CONFIRM_MINUTES),
    )
    return uow.db.scalars(sa.select(Authenticator).where(here)).one_or_none()
