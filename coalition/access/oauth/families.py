"""Grants as the families of their tokens: begun once, ended as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.oauth.enums import GrantEnd
from coalition.access.oauth.models import OAuthClient, OAuthGrant
from coalition.access.oauth.repository import grant_in_force
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

# After so long a person is asked again, however often the app came.
GRANT_DAYS = 90


@dataclass(frozen=True)
class AllowedApp:
    """A grant of a person that has not ended, with its client."""

    grant: OAuthGrant
    client: OAuthClient


def begin_grant(
    uow: UnitOfWork, *, client: OAuthClient, account_id: UUID, scopes: Iterable[str]
) -> OAuthGrant:
    """A new family, for what a person has just allowed."""
    made = OAuthGrant(
        client_id=client.client_id,
        account_id=account_id,
        scopes=list(scopes),
        created_at=uow.now,
        expires_at=uow.now + timedelta(days=GRANT_DAYS),
    )
    uow.db.add(made)
    uow.db.flush()
    record(
        uow,
        Actor(subject=f"client:{client.client_id}"),
        action="client:grant:begin",
        subject=("OAuthGrant", made.id),
        organisation_id=client.organisation_id,
        fields=["scopes"],
    )
    return made


def end_grant(uow: UnitOfWork, actor: Actor, grant_id: UUID, why: GrantEnd) -> None:
    """End a family with every token in it; one that has ended stays as it is."""
    standing = sa.and_(col(OAuthGrant.id) == grant_id, col(OAuthGrant.ended_at).is_(None))
    ended = uow.db.execute(
        sa.update(OAuthGrant).where(standing).values(ended_at=uow.now, why=why).returning(OAuthGrant.id)
    ).scalar_one_or_none()
    if ended is not None:
        record(uow, actor, action="client:grant:end", subject=("OAuthGrant", ended), reason=why.value)


def allowed_apps(uow: UnitOfWork, account_id: UUID) -> list[AllowedApp]:
    """What the holder of an account has allowed and may take back, the newest first."""
    rows = uow.db.execute(
        sa.select(OAuthGrant, OAuthClient)
        .join(OAuthClient, col(OAuthClient.client_id) == col(OAuthGrant.client_id))
        .where(col(OAuthGrant.account_id) == account_id, grant_in_force(uow))
        .order_by(col(OAuthGrant.created_at).desc(), OAuthGrant.id)
    ).all()
    return [AllowedApp(*row) for row in rows]


def take_back(uow: UnitOfWork, actor: Actor, grant_id: UUID) -> None:
    """End what the caller has allowed an app. Raises `Refused` with NOT_FOUND when it is not theirs."""
    own = sa.and_(col(OAuthGrant.id) == grant_id, col(OAuthGrant.account_id) == actor.account_id)
    if actor.account_id is None or uow.db.scalars(sa.select(OAuthGrant.id).where(own)).first() is None:
        raise refuse("NOT_FOUND")
    end_grant(uow, actor, grant_id, GrantEnd.BY_PERSON)


def take_back_all(uow: UnitOfWork, actor: Actor, account_id: UUID) -> None:
    """End every app's access to an account, as when its password was stolen."""
    standing = sa.select(OAuthGrant.id).where(col(OAuthGrant.account_id) == account_id, grant_in_force(uow))
    ids: Sequence[UUID] = uow.db.scalars(standing).all()
    for grant_id in ids:
        end_grant(uow, actor, grant_id, GrantEnd.BY_PERSON)
