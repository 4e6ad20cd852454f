"""Batches for systems: who asked for them, and as what they act."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.models import Account
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.members import models as m
from coalition.members.policies import visible_persons

_ACCOUNT = "account:"


def requested_by(uow: UnitOfWork, actor: Actor, keys: Sequence[str | None]) -> list[m.Person | None]:
    """The person behind each subject such as `account:<id>`, as far as the actor may see them."""
    ids = {key: UUID(key.removeprefix(_ACCOUNT)) for key in keys if key and key.startswith(_ACCOUNT)}
    rows = uow.db.execute(
        sa.select(Account.id, m.Person)
        .join(m.Person, col(m.Person.id) == col(Account.person_id))
        .where(col(Account.id).in_(set(ids.values())), visible_persons(actor))
    )
    found: dict[UUID, m.Person] = {row[0]: row[1] for row in rows}
    return [found.get(ids[key]) if key in ids else None for key in keys]


def role_types(uow: UnitOfWork, _actor: Actor, keys: Sequence[str | None]) -> list[m.RoleType | None]:
    """The role type with each code; None for an app, which has none."""
    wanted = {key for key in keys if key}
    rows = uow.db.scalars(sa.select(m.RoleType).where(col(m.RoleType.code).in_(wanted)))
    found = {row.code: row for row in rows}
    return [found.get(key) if key else None for key in keys]
