"""PINs of operators: which are too simple, and how many wrong ones may be typed."""

from __future__ import annotations

import hmac
import secrets as randomness
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.models import DeskOperator
from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

SHORTEST_PIN = 6
LONGEST_PIN = 12
# Fewer different digits than these are a pattern: 112211, 190190.
FEWEST_DIGITS = 4
# `slowdown` makes wait after five wrong tries; after so many in a row nothing is looked at any more. Whoever
# takes a whole desk away, browser and all, has twenty tries among a million for each operator.
MOST_TRIES = 20
# Without letters and digits that are taken for each other.
_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_CODE_LENGTH = 10


@dataclass(frozen=True)
class Try:
    """One try at a PIN or a code, counted before it is looked at."""

    operator_id: UUID
    pin_hash: str | None
    code_hash: str | None
    code_expires_at: datetime | None


def check_pin(pin: str, path: str) -> None:
    """Raises `Refused` with PIN_MALFORMED or PIN_TOO_SIMPLE at `path`."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST_PIN <= len(pin) <= LONGEST_PIN):
        raise refuse("PIN_MALFORMED", path, minimum=SHORTEST_PIN, limit=LONGEST_PIN)
    if _is_simple(pin):
        raise refuse("PIN_TOO_SIMPLE", path)


def _is_simple(pin: str) -> bool:
    """Few different digits, a run such as 456789 or 901234, or a shorter one said again: 12341234."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    again = pin in (pin + pin)[1:-1]
    return len(set(pin)) < FEWEST_DIGITS or len(steps) == 1 or again


def new_code() -> str:
    """A one-time code such as `K7RM2-9XTQA`, about 49 random bits: easy to read out and to type."""
    letters = "".join(randomness.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{letters[:5]}-{letters[5:]}"


def code_hash(secrets: Secrets, operator_id: UUID, code: str) -> str:
    """What is kept of a code; blanks, hyphens and small letters make no difference."""
    typed = "".join(each for each in code.upper() if each.isalnum())
    return token_hash(secrets, f"operator:{operator_id}:{typed}")


def is_code(secrets: Secrets, tried: Try, code: str, now: datetime) -> bool:
    """Whether this is the operator's code, and it still counts."""
    if tried.code_hash is None or tried.code_expires_at is None or tried.code_expires_at <= now:
        return False
    return hmac.compare_digest(tried.code_hash, code_hash(secrets, tried.operator_id, code))


def begin_try(uow: UnitOfWork, desk_id: UUID, number: int) -> Try:
    """Count a try before it is looked at, so that many at once are no more than one after another.

    Raises `Refused` with PIN_REFUSED when there is no such operator, and with PIN_ENDED.
    """
    mine = sa.and_(
        col(DeskOperator.desk_id) == desk_id,
        col(DeskOperator.number) == number,
        col(DeskOperator.ended_at).is_(None),
    )
    row = uow.db.execute(
        sa.update(DeskOperator)
        .where(mine, col(DeskOperator.wrong_count) < MOST_TRIES)
        .values(wrong_count=col(DeskOperator.wrong_count) + 1)
        .returning(
            col(DeskOperator.id),
            col(DeskOperator.pin_hash),
            col(DeskOperator.code_hash),
            col(DeskOperator.code_expires_at),
        )
    ).one_or_none()
    if row is not None:
        return Try(*row)
    is_known = uow.db.scalars(sa.select(DeskOperator.id).where(mine)).first() is not None
    raise refuse("PIN_ENDED" if is_known else "PIN_REFUSED", "pin")
