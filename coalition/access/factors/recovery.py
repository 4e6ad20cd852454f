"""Recovery codes: ten on paper, told once, each good once in the place of a second factor."""

from __future__ import annotations

import secrets as randomness
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.factors.models import RecoveryCode
from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

COUNT = 10
# No 0/O, 1/I/L, U: they are copied by hand. Twelve of these letters are 58 random bits.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 12
_GROUP = 4


def make_recovery_codes(uow: UnitOfWork, secrets: Secrets, actor: Actor, account_id: UUID) -> list[str]:
    """Ten new codes such as `K7QM-3XWP-9TRA`; whatever was left of earlier ones is worth nothing."""
    uow.db.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = [_new_code() for _ in range(COUNT)]
    uow.db.add_all(
        RecoveryCode(account_id=account_id, code_hash=_hash(secrets, account_id, code), created_at=uow.now)
        for code in codes
    )
    uow.db.flush()
    record(uow, actor, action="account:recovery_codes:issue", subject=("Account", account_id))
    return codes


def take_recovery_code(uow: UnitOfWork, secrets: Secrets, actor: Actor, account_id: UUID, typed: str) -> bool:
    """Whether this is a code of the account that was not used yet; now it is used."""
    unused = sa.and_(
        col(RecoveryCode.account_id) == account_id,
        col(RecoveryCode.code_hash) == _hash(secrets, account_id, typed),
        col(RecoveryCode.used_at).is_(None),
    )
    taken = sa.update(RecoveryCode).where(unused).values(used_at=uow.now).returning(col(RecoveryCode.id))
    if uow.db.execute(taken).scalar_one_or_none() is None:
        return False
    record(uow, actor, action="account:recovery_code:use", subject=("Account", account_id))
    return True


def recovery_codes_left(uow: UnitOfWork, account_id: UUID) -> int:
    """How many codes are still good."""
    unused = sa.and_(col(RecoveryCode.account_id) == account_id, col(RecoveryCode.used_at).is_(None))
    return uow.db.scalars(sa.select(sa.func.count(col(RecoveryCode.id))).where(unused)).one()


def _new_code() -> str:
    letters = [randomness.choice(_ALPHABET) for _ in range(_LETTERS)]
    return "-".join("".join(letters[start : start + _GROUP]) for start in range(0, _LETTERS, _GROUP))


def _hash(secrets: Secrets, account_id: UUID, typed: str) -> str:
    """Keyed, and bound to the account; dashes, blanks and small letters do not matter."""
    letters = "".join(letter for letter in typed.upper() if letter in _ALPHABET)
    return token_hash(secrets, f"recovery:{account_id}:{letters}")
