"""Access tokens of systems and apps, as the token endpoint would give them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from coalition.access.oauth.families import begin_grant
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.access.oauth.signing import TOKEN_SECONDS, Contents, sign_token
from coalition.access.secrets import Secrets
from coalition.core.unit_of_work import UnitOfWork

# Where the application of tests/support/application.py is.
ISSUER = "http://127.0.0.1"


def access_token(
    uow: UnitOfWork,
    secrets: Secrets,
    client_id: str,
    scopes: Iterable[str] = (),
    *,
    account_id: UUID | None = None,
    issuer: str = ISSUER,
) -> str:
    """A token of this client, in the name of an account if one is given; good for ten minutes."""
    client, scopes = uow.db.get_one(OAuthClient, client_id), tuple(scopes)
    grant = None
    if account_id is not None:
        grant = begin_grant(uow, client=client, account_id=account_id, scopes=scopes)
    row = OAuthToken(
        client_id=client_id,
        grant_id=grant.id if grant else None,
        scopes=list(scopes),
        created_at=uow.now,
        expires_at=uow.now + timedelta(seconds=TOKEN_SECONDS),
    )
    uow.db.add(row)
    uow.db.flush()
    subject = str(account_id) if account_id else client_id
    return sign_token(uow, secrets, Contents(row.id, issuer, subject, client_id, scopes, row.expires_at))
