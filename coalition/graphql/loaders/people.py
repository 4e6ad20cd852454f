"""Batches for people and roles; who may learn what goes through `members.policies`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.models import Account
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.loaders.relations import grouped
from coalition.members import models as m
from coalition.members.policies import (
    active,
    hears_counts,
    hears_roles,
    named_persons,
    reachable_persons,
    visible_roles,
)


@dataclass(frozen=True)
class RoleCount:
    """How many people hold a role type; `count` is None where only the role may be known."""

    role_type: str
    count: int | None


def names(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[str | None]:
    """The name of each person whom the actor may name; an anonymised person has none."""
    named = sa.and_(named_persons(actor), col(m.Person.anonymised_at).is_(None))
    return _of_persons(uow, m.Person.name, keys, named)


def languages(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[str] | None]:
    """The languages of each person whom the actor may name."""
    return _of_persons(uow, m.Person.languages, keys, named_persons(actor))


def _of_persons(uow: UnitOfWork, value: Any, keys: Sequence[UUID], condition: Any) -> list[Any]:
    rows = uow.db.execute(sa.select(m.Person.id, value).where(col(m.Person.id).in_(set(keys)), condition))
    found: dict[UUID, Any] = {row[0]: row[1] for row in rows}
    return [found.get(key) for key in keys]


def emails(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[str | None]:
    """The address of each person, for themselves and whoever leads their line."""
    reachable = sa.and_(reachable_persons(actor), col(m.Person.anonymised_at).is_(None))
    rows = uow.db.execute(
        sa.select(Account.person_id, Account.email)
        .join(m.Person, col(m.Person.id) == col(Account.person_id))
        .where(col(Account.person_id).in_(set(keys)), reachable)
    )
    found: dict[UUID, str] = {row.person_id: row.email for row in rows}
    return [found.get(key) for key in keys]


def roles_of_persons(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[m.Role]]:
    """The roles of each person that the actor may see, newest first."""
    rows = uow.db.execute(
        sa.select(m.Role.person_id, m.Role)
        .where(col(m.Role.person_id).in_(set(keys)), visible_roles(actor))
        .order_by(m.Role.person_id, col(m.Role.starts_on).desc(), col(m.Role.id).desc())
    )
    return grouped(rows.all(), keys)


def role_counts(uow: UnitOfWork, actor: Actor, keys: Sequence[UUID]) -> list[list[RoleCount] | None]:
    """The roles held today in each organisation, by code; None where nothing of it may be known."""
    heard = [key for key in set(keys) if hears_roles(actor, key)]
    if not heard:
        return [None] * len(keys)
    rows = uow.db.execute(
        sa.select(m.Role.organisation_id, m.Role.role_type, sa.func.count(sa.distinct(m.Role.person_id)))
        .where(col(m.Role.organisation_id).in_(heard), active(actor))
        .group_by(m.Role.organisation_id, m.Role.role_type)
        .order_by(m.Role.organisation_id, m.Role.role_type)
    )
    found: dict[UUID, list[RoleCount]] = {key: [] for key in heard}
    for organisation_id, role_type, count in rows:
        counted = count if hears_counts(actor, organisation_id) else None
        found[organisation_id].append(RoleCount(role_type, counted))
    return [found.get(key) for key in keys]


def role_types(uow: UnitOfWork, _actor: Actor, keys: Sequence[str]) -> list[m.RoleType]:
    """The role type with each code."""
    rows = uow.db.scalars(sa.select(m.RoleType).where(col(m.RoleType.code).in_(set(keys))))
    found = {row.code: row for row in rows}
    return [found[key] for key in keys]


def permissions(uow: UnitOfWork, _actor: Actor, keys: Sequence[str]) -> list[list[m.RoleTypePermission]]:
    """The permissions of each role type, by name."""
    rows = uow.db.execute(
        sa.select(m.RoleTypePermission.role_type, m.RoleTypePermission)
        .where(col(m.RoleTypePermission.role_type).in_(set(keys)))
        .order_by(m.RoleTypePermission.role_type, m.RoleTypePermission.permission)
    )
    return grouped(rows.all(), keys)
