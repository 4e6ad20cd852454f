"""Forgetting sign-ins, tokens and links that nobody can use any more."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.models import OAuthToken, OneTimeLink, SignIn
from coalition.core.unit_of_work import UnitOfWork


def forget_ended(uow: UnitOfWork) -> dict[str, int]:
    """Delete what has expired by now; says how many rows of each went."""
    return {table.__tablename__: _deleted(uow, table) for table in (SignIn, OAuthToken, OneTimeLink)}


def _deleted(uow: UnitOfWork, table: type[SignIn] | type[OAuthToken] | type[OneTimeLink]) -> int:
    result = uow.db.execute(sa.delete(table).where(col(table.expires_at) < uow.now))
    return int(getattr(result, "rowcount", 0))
