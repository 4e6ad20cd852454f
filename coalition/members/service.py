"""Business actions on organisations, people and roles, and permissions resolved for a caller."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import VISITORS_COST_BUDGET, Reach, Visibility
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus, OrganisationKind, Scope
from coalition.members.lines import below, holds_on
from coalition.members.models import Organisation, OrganisationLine, Role, RoleType, RoleTypePermission
from coalition.members.role_types import BARRED_FROM_LAW_ENFORCEMENT


@dataclass(frozen=True)
class HeldRole:
    """A role that somebody holds today: its type and the organisation it is held in."""

    role_type: str
    organisation_id: UUID


@dataclass(frozen=True)
class Grants:
    """What a set of roles comes to: permissions with their reach, and whose shared records may be read.

    `cost_budget` is how many points one request may come to; of several roles the largest counts.
    """

    permissions: dict[str, Reach]
    shared: frozenset[Visibility]
    cost_budget: int = VISITORS_COST_BUDGET


def roles_of_person(uow: UnitOfWork, person_id: UUID) -> list[HeldRole]:
    """The roles that a person holds today; an organisation that left took its own with it."""
    rows = uow.db.scalars(
        sa.select(Role)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(
            Organisation.status != MembershipStatus.LEFT,
            Role.person_id == person_id,
            Role.starts_on <= uow.today,
            sa.or_(Role.ends_on.is_(None), Role.ends_on >= uow.today),
        )
    )
    return [HeldRole(row.role_type, row.organisation_id) for row in rows]


def resolve_grants(uow: UnitOfWork, roles: Iterable[HeldRole]) -> Grants:
    """Resolve roles through the closure of today, once per request."""
    roles = list(roles)
    if not roles:
        return Grants({}, frozenset({Visibility.PUBLIC}))
    organisations = _role_organisations(uow, roles)
    lines = _lines_below(uow, set(organisations))
    role_types = _role_types(uow, {role.role_type for role in roles})
    permissions: dict[str, Reach] = {}
    given_by: dict[str, list[Organisation]] = {}
    cost_budget = VISITORS_COST_BUDGET
    for role in roles:
        organisation = organisations.get(role.organisation_id)
        if organisation is None or organisation.status is MembershipStatus.LEFT:
            continue
        for permission, scope, budget in role_types.get(role.role_type, ()):
            cost_budget = max(cost_budget, budget)
            if _is_barred(organisation, permission):
                continue
            given_by.setdefault(permission, []).append(organisation)
            reach = _reach(scope, organisation.id, lines)
            held = permissions.get(permission)
            permissions[permission] = held | reach if held else reach
    return Grants(permissions, _shared(uow, given_by), cost_budget)


def _role_organisations(uow: UnitOfWork, roles: list[HeldRole]) -> dict[UUID, Organisation]:
    ids = {role.organisation_id for role in roles}
    rows = uow.db.scalars(sa.select(Organisation).where(Organisation.id.in_(ids)))
    return {row.id: row for row in rows}


def _lines_below(uow: UnitOfWork, ids: set[UUID]) -> dict[UUID, frozenset[UUID]]:
    """Each organisation with all that stand below it today: one set, whatever many permissions reach it."""
    rows = uow.db.execute(
        sa.select(OrganisationLine.ancestor_id, OrganisationLine.descendant_id).where(
            OrganisationLine.ancestor_id.in_(ids),
            holds_on(uow.today),
        )
    )
    lines = {each: {each} for each in ids}
    for ancestor, descendant in rows:
        lines[ancestor].add(descendant)
    return {ancestor: frozenset(line) for ancestor, line in lines.items()}


def _role_types(uow: UnitOfWork, codes: set[str]) -> dict[str, list[tuple[str, Scope, int]]]:
    """The permissions of role types, each with its scope and the type's budget."""
    rows = uow.db.execute(
        sa.select(RoleTypePermission, RoleType.cost_budget)
        .join(RoleType, RoleType.code == RoleTypePermission.role_type)
        .where(RoleTypePermission.role_type.in_(codes))
    )
    found: dict[str, list[tuple[str, Scope, int]]] = {}
    for row, budget in rows:
        found.setdefault(row.role_type, []).append((row.permission, row.scope, budget))
    return found


def _is_barred(organisation: Organisation, permission: str) -> bool:
    return organisation.kind is OrganisationKind.LAW_ENFORCEMENT and permission.startswith(
        BARRED_FROM_LAW_ENFORCEMENT
    )


def _reach(scope: Scope, organisation_id: UUID, lines: dict[UUID, frozenset[UUID]]) -> Reach:
    if scope is Scope.COALITION:
        return Reach(everything=True)
    if scope is Scope.ORGANISATION:
        return Reach(organisations=frozenset({organisation_id}))
    return Reach(organisations=lines[organisation_id])


def _shared(uow: UnitOfWork, given_by: dict[str, list[Organisation]]) -> frozenset[Visibility]:
    """Whose shared records may be read: a role must say so, and the organisation it is held in must belong.

    A role held in an observer and another one in the coalition do not come to both.
    """
    coalition, partners = given_by.get("coalition:read", []), given_by.get("partners:read", [])
    if coalition and _belongs(uow, coalition):
        return frozenset({Visibility.PUBLIC, Visibility.PARTNERS, Visibility.COALITION})
    if any(o.status is MembershipStatus.PARTNER for o in (*coalition, *partners)):
        return frozenset({Visibility.PUBLIC, Visibility.PARTNERS})
    return frozenset({Visibility.PUBLIC})


def _belongs(uow: UnitOfWork, organisations: list[Organisation]) -> bool:
    """Whether one of them is the coalition, a member, or stands in a member's line."""
    if any(o.kind is OrganisationKind.COALITION for o in organisations):
        return True
    members = sa.select(Organisation.id).where(Organisation.status == MembershipStatus.MEMBER)
    ids = [o.id for o in organisations if o.kind is not OrganisationKind.LAW_ENFORCEMENT]
    inside = below(members, uow.today).where(OrganisationLine.descendant_id.in_(ids))
    return uow.db.execute(inside.limit(1)).first() is not None
