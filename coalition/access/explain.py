"""Why somebody can see a record: the clauses that hold for it, with the grant behind each.

The clauses are those that lists, counts and `node` read (`core.clauses`); nothing is decided here anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel, col

from coalition.access.actors import role_of_client
from coalition.access.models import Account
from coalition.access.oauth.models import OAuthClient
from coalition.assistance import policies as assistance
from coalition.assistance.models import CapacityPool, Service
from coalition.core.actor import Actor, ActorKind, Visibility
from coalition.core.clauses import Clause, Policy, Why
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import Scope
from coalition.members.models import Organisation, Person, Role, RoleType, RoleTypePermission
from coalition.members.policies import named_persons, reachable_persons
from coalition.members.service import Grants, HeldRole, resolve_grants

# Which permission opens what owners share with the coalition, or with partners.
_OPENS = ("coalition:read", "partners:read")


@dataclass(frozen=True)
class Grant:
    """A role through which a permission is held; `since` is its first day, or the day a client was made."""

    role_type: RoleType
    organisation: Organisation
    since: date
    permission: str
    scope: Scope


@dataclass(frozen=True)
class Reason:
    """Why a record is visible, or why a group of its fields is open or closed.

    `about` None is the record itself; else NAME, EMAIL, PLACE, NUMBERS or DESK. Without a `grant` nothing
    is needed, or the permission comes from no role.
    """

    why: Why | None
    about: str | None = None
    given: bool = True
    visibility: Visibility | None = None
    grant: Grant | None = None


@dataclass(frozen=True)
class _Held:
    """A role of the caller with what it alone comes to."""

    role: HeldRole
    since: date
    grants: Grants


def explain(
    uow: UnitOfWork, actor: Actor, *, model: type[SQLModel], visible: Policy, record_id: UUID
) -> list[Reason]:
    """Each reason for which the actor sees this record, then what of its fields they see.

    Empty when they do not see it, as when there is none.
    """
    held = _held(uow, actor)
    reasons = [
        _reason(uow, actor, clause, at, visibility, held)
        for clause, at, visibility in _holding(uow, visible.clauses(actor), model, record_id)
    ]
    if not reasons:
        return []
    return [*reasons, *_field_reasons(uow, actor, model, record_id)]


def _holding(
    uow: UnitOfWork, clauses: list[Clause] | Any, model: Any, record_id: UUID
) -> list[tuple[Clause, UUID | None, Visibility | None]]:
    """The clauses that hold for a record, with the organisation and the visibility that they name."""
    if not clauses:
        return []
    columns = []
    for number, clause in enumerate(clauses):
        columns.append(clause.condition.label(f"holds_{number}"))
        columns.append(_or_null(clause.at).label(f"at_{number}"))
        columns.append(_or_null(clause.visibility).label(f"visibility_{number}"))
    row = uow.db.execute(sa.select(*columns).select_from(model).where(model.id == record_id)).one_or_none()
    if row is None:
        return []
    return [
        (clause, row[3 * number + 1], row[3 * number + 2])
        for number, clause in enumerate(clauses)
        if row[3 * number]
    ]


def _or_null(column: Any) -> Any:
    return sa.null() if column is None else column


# ------------------------------------------------------------------ the grant behind a clause


def _held(uow: UnitOfWork, actor: Actor) -> list[_Held]:
    """The roles of the actor today, or the one of a client, each resolved alone."""
    if actor.kind is ActorKind.CLIENT:
        client = uow.db.get_one(OAuthClient, actor.client_id)
        found = [(role, client.created_at.date()) for role in role_of_client(client)]
    elif (person_id := _person_of(uow, actor)) is not None:
        found = _roles_today(uow, person_id)
    else:
        found = []
    return [_Held(role, since, resolve_grants(uow, [role])) for role, since in found]


def _person_of(uow: UnitOfWork, actor: Actor) -> UUID | None:
    """Whose roles count; a desk has a person of its own, who is nobody."""
    if actor.kind is ActorKind.DESK and actor.account_id is not None:
        return uow.db.get_one(Account, actor.account_id).person_id
    return actor.person_id


def _roles_today(uow: UnitOfWork, person_id: UUID) -> list[tuple[HeldRole, date]]:
    today = sa.and_(
        col(Role.starts_on) <= uow.today,
        sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= uow.today),
    )
    rows = uow.db.scalars(
        sa.select(Role).where(col(Role.person_id) == person_id, today).order_by(Role.starts_on, Role.id)
    )
    return [(HeldRole(row.role_type, row.organisation_id), row.starts_on) for row in rows]


def _reason(
    uow: UnitOfWork,
    actor: Actor,
    clause: Clause,
    at: UUID | None,
    visibility: Visibility | None,
    held: list[_Held],
) -> Reason:
    reason = Reason(clause.why, visibility=visibility)
    if clause.permission is not None:
        return replace(reason, grant=_grant(uow, held, clause.permission, _reaches(clause, at)))
    if visibility is None or visibility is Visibility.PUBLIC:
        return reason
    for permission in _OPENS:
        grant = (
            _grant(uow, held, permission, _shares(permission, visibility)) if actor.may(permission) else None
        )
        if grant is not None:
            return replace(reason, grant=grant)
    return reason


def _reaches(clause: Clause, at: UUID | None) -> Callable[[Grants], bool]:
    def reaches(grants: Grants) -> bool:
        reach = grants.permissions.get(clause.permission or "")
        return bool(reach) and (clause.at is None or reach.covers(at))  # type: ignore[union-attr]

    return reaches


def _shares(permission: str, visibility: Visibility) -> Callable[[Grants], bool]:
    return lambda grants: permission in grants.permissions and visibility in grants.shared


def _grant(
    uow: UnitOfWork, held: list[_Held], permission: str, holds: Callable[[Grants], bool]
) -> Grant | None:
    """The role held longest through which the permission holds here."""
    for each in held:
        if not holds(each.grants):
            continue
        key = (each.role.role_type, permission)
        return Grant(
            role_type=uow.db.get_one(RoleType, each.role.role_type),
            organisation=uow.db.get_one(Organisation, each.role.organisation_id),
            since=each.since,
            permission=permission,
            scope=uow.db.get_one(RoleTypePermission, key).scope,
        )
    return None


# ------------------------------------------------------------------ groups of fields


def _field_reasons(uow: UnitOfWork, actor: Actor, model: Any, record_id: UUID) -> list[Reason]:
    """Which groups of withheld fields are open to somebody who sees the record."""
    groups: dict[str, bool] = {}
    if model is Person:
        groups = {
            "NAME": _fulfils(uow, Person, named_persons(actor), record_id),
            "EMAIL": _fulfils(uow, Person, reachable_persons(actor), record_id),
        }
    elif model is Service:
        groups = _groups_of_service(actor, uow.db.get_one(Service, record_id))
    elif model is CapacityPool:
        pool = uow.db.get_one(CapacityPool, record_id)
        service = uow.db.get_one(Service, pool.service_id)
        groups = {"NUMBERS": assistance.sees_numbers(actor, service)}
    return [Reason(None, about=about, given=given) for about, given in groups.items()]


def _groups_of_service(actor: Actor, service: Service) -> dict[str, bool]:
    return {
        "PLACE": assistance.is_insider(actor, service),
        "NUMBERS": assistance.sees_numbers(actor, service),
        "DESK": assistance.sees_desk(actor, service),
    }


def _fulfils(uow: UnitOfWork, model: Any, condition: Any, record_id: UUID) -> bool:
    found = sa.select(model.id).where(model.id == record_id, condition)
    return uow.db.scalars(found).first() is not None
