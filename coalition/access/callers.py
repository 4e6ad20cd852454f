"""Whose token came with a request, in one statement; what they may do is asked elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.models import Desk
from coalition.access.models import Account, PersonalAccessToken
from coalition.access.oauth.enums import ActsFor, ClientState
from coalition.access.oauth.models import OAuthClient, OAuthGrant, OAuthToken, SigningKey
from coalition.access.oauth.signing import Verified, id_of, verified_claims
from coalition.access.secrets import Secrets
from coalition.access.tokens import TokenKind, is_kind, token_hash
from coalition.core.data_version import ACCESS_NUMBER, DATA_NUMBER
from coalition.core.database import Database, UTCDateTime
from coalition.core.kept import Kept
from coalition.core.lookups import Lookup
from coalition.core.unit_of_work import UnitOfWork


class AccountFound(NamedTuple):
    """Whose account it is."""

    id: UUID
    person_id: UUID
    language: str | None


class ClientFound(NamedTuple):
    """Which client calls, and what it may be."""

    client_id: str
    acts_for: ActsFor
    role_type: str | None
    organisation_id: UUID | None


@dataclass(frozen=True)
class Found:
    """What the rows of a token in force say. A client without account is a system, one with it an app.

    `scopes` are those that the token and the client both have. `access_number` and `data_number` are the
    version of the data (`coalition.core.data_version`) that was read with the rows.
    """

    account: AccountFound | None
    client: ClientFound | None
    scopes: frozenset[str]
    desk_id: UUID | None
    access_number: int
    data_number: int

    @property
    def rows(self) -> tuple[Any, ...]:
        """Everything that an actor is made of, but for roles, organisations and the day."""
        return (self.account, self.client, self.scopes, self.desk_id)


class Ask(Protocol):
    """Asks for one row, in a snapshot or without one."""

    def __call__(self, lookup: Lookup, **values: Any) -> Any: ...


# Reads the rows as they are at a moment; None when no token in force is there.
Look = Callable[[Ask, datetime], Found | None]


def at_a_glance(database: Database) -> Ask:
    """Asks for what is committed now."""
    return lambda lookup, **values: lookup.glance(database, **values)


def in_snapshot(uow: UnitOfWork) -> Ask:
    """Asks for what a unit of work sees."""
    return lambda lookup, **values: uow.db.execute(lookup.statement, values).one_or_none()


def bearer_look(secrets: Secrets, token: str, *, issuer: str) -> Look:
    """How to look for a personal access token or OAuth access token; `issuer` is our own address."""
    if is_kind(token, TokenKind.PERSONAL):
        return partial(_look_for_personal_token, token_hash(secrets, token))
    return partial(_look_for_signed_token, token, issuer)


_NOW = sa.bindparam("now", type_=UTCDateTime())
_is_open: Any = Account.is_active
_ACCOUNT: Any = (
    col(Account.id).label("account_id"),
    col(Account.person_id),
    col(Account.language),
    col(Desk.account_id).label("desk_id"),
)
_PERSONAL = Lookup(
    sa.select(*_ACCOUNT, ACCESS_NUMBER, DATA_NUMBER)
    .join_from(PersonalAccessToken, Account, col(Account.id) == col(PersonalAccessToken.account_id))
    .outerjoin(Desk, col(Desk.account_id) == col(Account.id))
    .where(
        col(PersonalAccessToken.token_hash) == sa.bindparam("hashed"),
        col(PersonalAccessToken.revoked_at).is_(None),
        sa.or_(col(PersonalAccessToken.expires_at).is_(None), col(PersonalAccessToken.expires_at) > _NOW),
        _is_open,
    )
)
_key_counts = (
    sa.select(col(SigningKey.kid))
    .where(
        col(SigningKey.kid) == sa.bindparam("kid"),
        sa.or_(col(SigningKey.ends_at).is_(None), col(SigningKey.ends_at) > _NOW),
    )
    .exists()
)
_by_person: Any = sa.and_(col(OAuthGrant.ended_at).is_(None), col(OAuthGrant.expires_at) > _NOW, _is_open)
_SIGNED = Lookup(
    sa.select(
        *_ACCOUNT,
        col(OAuthToken.scopes).label("token_scopes"),
        col(OAuthClient.scopes).label("client_scopes"),
        col(OAuthClient.client_id),
        col(OAuthClient.acts_for),
        col(OAuthClient.role_type),
        col(OAuthClient.organisation_id),
        ACCESS_NUMBER,
        DATA_NUMBER,
    )
    .join_from(OAuthToken, OAuthClient, col(OAuthClient.client_id) == col(OAuthToken.client_id))
    .outerjoin(OAuthGrant, col(OAuthGrant.id) == col(OAuthToken.grant_id))
    .outerjoin(Account, col(Account.id) == col(OAuthGrant.account_id))
    .outerjoin(Desk, col(Desk.account_id) == col(Account.id))
    .where(
        col(OAuthToken.id) == sa.bindparam("token_id"),
        col(OAuthToken.revoked_at).is_(None),
        col(OAuthToken.expires_at) > _NOW,
        col(OAuthClient.state) == ClientState.ACTIVE,
        sa.or_(col(OAuthClient.expires_at).is_(None), col(OAuthClient.expires_at) > _NOW),
        sa.or_(col(OAuthToken.grant_id).is_(None), _by_person),
        _key_counts,
    )
)
_PUBLIC_KEY = Lookup(
    sa.select(col(SigningKey.public_key)).where(
        col(SigningKey.kid) == sa.bindparam("kid"),
        sa.or_(col(SigningKey.ends_at).is_(None), col(SigningKey.ends_at) > _NOW),
    )
)

# A signature that was right stays so; whether its key, token and client still count is asked each time.
_verified: Kept[Verified] = Kept(most=2_000, heaviest=2_000)


def _look_for_personal_token(hashed: str, ask: Ask, now: datetime) -> Found | None:
    row = ask(_PERSONAL, hashed=hashed, now=now)
    return _found(row, None, frozenset()) if row else None


def _look_for_signed_token(token: str, issuer: str, ask: Ask, now: datetime) -> Found | None:
    verified = _verify(token, ask, now)
    named = id_of(verified.claims, now, issuer) if verified else None
    if verified is None or named is None:
        return None
    row = ask(_SIGNED, token_id=named, kid=verified.kid, now=now)
    if row is None:
        return None
    client = ClientFound(row.client_id, row.acts_for, row.role_type, row.organisation_id)
    # A client may have lost scopes since.
    return _found(row, client, frozenset(row.token_scopes) & frozenset(row.client_scopes))


def _verify(token: str, ask: Ask, now: datetime) -> Verified | None:
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    verified = _verified.get(digest)
    if verified is not None:
        return verified

    def public_key(kid: str) -> dict[str, str] | None:
        row = ask(_PUBLIC_KEY, kid=kid, now=now)
        return row.public_key if row else None

    verified = verified_claims(token, public_key)
    if verified is not None:
        _verified.put(digest, verified, 1)
    return verified


def _found(row: Any, client: ClientFound | None, scopes: frozenset[str]) -> Found:
    account = AccountFound(row.account_id, row.person_id, row.language) if row.account_id else None
    return Found(account, client, scopes, row.desk_id, row.access_number, row.data_number)
