"""Finding clients, grants and tokens that count now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.models import Account
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient, OAuthGrant, OAuthToken
from coalition.core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class TokenInForce:
    """An access token that counts, its client, and the account of whoever allowed it, if a person did."""

    token: OAuthToken
    client: OAuthClient
    account: Account | None


def client_in_force(uow: UnitOfWork, client_id: str) -> OAuthClient | None:
    """The client of this id if it may get tokens now."""
    row = uow.db.get(OAuthClient, client_id)
    if row is None or row.state is not ClientState.ACTIVE:
        return None
    return row if row.expires_at is None or row.expires_at > uow.now else None


def token_in_force(uow: UnitOfWork, token_id: UUID) -> TokenInForce | None:
    """The access token of this id, unless it, its client, grant or account has ended; one statement."""
    is_open: Any = Account.is_active
    by_person = sa.and_(grant_in_force(uow), is_open)
    found = uow.db.execute(
        sa.select(OAuthToken, OAuthClient, Account)
        .join(OAuthClient, col(OAuthClient.client_id) == col(OAuthToken.client_id))
        .outerjoin(OAuthGrant, col(OAuthGrant.id) == col(OAuthToken.grant_id))
        .outerjoin(Account, col(Account.id) == col(OAuthGrant.account_id))
        .where(
            col(OAuthToken.id) == token_id,
            col(OAuthToken.revoked_at).is_(None),
            col(OAuthToken.expires_at) > uow.now,
            col(OAuthClient.state) == ClientState.ACTIVE,
            sa.or_(col(OAuthClient.expires_at).is_(None), col(OAuthClient.expires_at) > uow.now),
            sa.or_(col(OAuthToken.grant_id).is_(None), by_person),
        )
    ).one_or_none()
    return TokenInForce(*found) if found else None


def grant_in_force(uow: UnitOfWork) -> sa.ColumnElement[bool]:
    """The condition on `oauth_grant` that it has not ended."""
    return sa.and_(col(OAuthGrant.ended_at).is_(None), col(OAuthGrant.expires_at) > uow.now)
