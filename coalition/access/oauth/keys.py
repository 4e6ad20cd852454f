"""The keys that sign access tokens: made when needed, shared by all processes through the database."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc.jwk import ECKey
from sqlmodel import col

from coalition.access.oauth.models import SigningKey
from coalition.access.secrets import Secrets
from coalition.audit.service import record
from coalition.core.actor import Actor, system_actor
from coalition.core.unit_of_work import UnitOfWork

ALGORITHM = "ES256"
# A key signs for so long; the next one is made with the first token after that.
SIGNS_DAYS = 90
# What it has signed goes on counting, and it stays published: longer than any token lives.
OVERLAP_SECONDS = 3600
KEEPER = system_actor("signing-keys")


@dataclass(frozen=True)
class Signer:
    """The key that signs now."""

    kid: str
    key: ECKey


def signer(uow: UnitOfWork, secrets: Secrets) -> Signer:
    """The key that signs now; a new one when there is none, it is too old, or it cannot be opened.

    It cannot when `token_key` was changed: then whatever was issued before is worthless too.
    """
    found = _current(uow, secrets)
    if found is None:
        _wait_for_others(uow)
        found = _current(uow, secrets)
    return found or rotate_keys(uow, secrets, KEEPER)


def rotate_keys(uow: UnitOfWork, secrets: Secrets, actor: Actor, *, end_earlier: bool = False) -> Signer:
    """Sign with a new key from now on.

    Tokens of earlier keys run out by themselves; `end_earlier` makes them worthless now, as after a theft.
    """
    _wait_for_others(uow)
    key = ECKey.generate_key("P-256")
    kid = key.thumbprint()
    earlier = col(SigningKey.ends_at).is_(None)
    ends_at = uow.now if end_earlier else uow.now + timedelta(seconds=OVERLAP_SECONDS)
    uow.db.execute(sa.update(SigningKey).where(earlier).values(retired_at=uow.now, ends_at=ends_at))
    if end_earlier:
        still = col(SigningKey.ends_at) > uow.now
        uow.db.execute(sa.update(SigningKey).where(still).values(ends_at=uow.now))
    private = json.dumps(key.as_dict(private=True)).encode()
    uow.db.add(
        SigningKey(
            kid=kid,
            public_key={name: str(value) for name, value in key.as_dict(private=False).items()},
            private_key=_box(secrets.token_key).encrypt(private).decode(),
            created_at=uow.now,
        )
    )
    uow.db.flush()
    reason = "earlier keys ended" if end_earlier else None
    record(
        uow, actor, action="access:signing_key:rotate", subject=("SigningKey", _subject(kid)), reason=reason
    )
    return Signer(kid, key)


def published_keys(uow: UnitOfWork) -> list[dict[str, str]]:
    """The public keys as RFC 7517 writes them, the one that signs first."""
    counting = sa.or_(col(SigningKey.ends_at).is_(None), col(SigningKey.ends_at) > uow.now)
    signs_first = (col(SigningKey.retired_at).is_not(None), col(SigningKey.created_at).desc(), SigningKey.kid)
    rows: Sequence[SigningKey] = uow.db.scalars(
        sa.select(SigningKey).where(counting).order_by(*signs_first)
    ).all()
    return [{**row.public_key, "kid": row.kid, "alg": ALGORITHM, "use": "sig"} for row in rows]


def counting_key(uow: UnitOfWork, kid: str) -> dict[str, str] | None:
    """The public key of this name; None when there is none or what it signed counts no more."""
    row = uow.db.get(SigningKey, kid)
    if row is None or (row.ends_at is not None and row.ends_at <= uow.now):
        return None
    return row.public_key


def read_key(public: dict[str, str]) -> ECKey:
    """A public key from what is kept of it."""
    return _public(json.dumps(public))


def _current(uow: UnitOfWork, secrets: Secrets) -> Signer | None:
    young = col(SigningKey.created_at) > uow.now - timedelta(days=SIGNS_DAYS)
    row = uow.db.scalars(
        sa.select(SigningKey)
        .where(col(SigningKey.retired_at).is_(None), young)
        .order_by(col(SigningKey.created_at).desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    key = _opened(secrets.token_key, row.private_key)
    return Signer(row.kid, key) if key else None


def _wait_for_others(uow: UnitOfWork) -> None:
    """One process at a time makes a key; SQLite has one writer anyway."""
    if not uow.is_sqlite:
        lock = sa.func.hashtextextended("signing_key", 0)
        uow.db.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


@lru_cache(maxsize=8)
def _opened(token_key: bytes, text: str) -> ECKey | None:
    try:
        found: Any = json.loads(_box(token_key).decrypt(text.encode()))
    except InvalidToken:
        return None
    return ECKey.import_key(found)


@lru_cache(maxsize=32)
def _public(text: str) -> ECKey:
    return ECKey.import_key(json.loads(text))


def _subject(kid: str) -> UUID:
    """A key's name as the audit log can hold it."""
    return uuid5(NAMESPACE_OID, kid)


def _box(token_key: bytes) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"coalition signing keys").derive(token_key)
    return Fernet(base64.urlsafe_b64encode(derived))
