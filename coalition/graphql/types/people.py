"""People who serve, their roles, and the role types."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from coalition.core.clock import civil_date
from coalition.graphql.context import Context
from coalition.graphql.declare import Node, batched, column, computed, record, texts, to_one, view
from coalition.graphql.loaders import people
from coalition.members import models as m
from coalition.members.enums import OrganisationKind, RoleState, Scope
from coalition.members.policies import everybody, visible_persons, visible_roles

if TYPE_CHECKING:
    from coalition.graphql.types.members import OrganisationType

strawberry.enum(Scope, description="How far a permission reaches from the organisation its role is held in.")
strawberry.enum(RoleState, description="Whether a role is held today.")

Organisations = Annotated["OrganisationType", strawberry.lazy("coalition.graphql.types.members")]


@record(m.RoleTypePermission, "RoleTypePermission", "One permission of a role type with its reach.")
class RoleTypePermissionType:
    """A permission of a role type."""

    permission: str = column("Such as activity:log.")
    reach: Scope = column("How far it reaches.", "scope")


def _kinds(row: Any, _context: Context) -> list[OrganisationKind]:
    return [OrganisationKind(kind) for kind in row.kinds]


@record(m.RoleType, "RoleType", "A named set of permissions.", everybody)
class RoleTypeType:
    """A role type."""

    code: str = column("Code, such as coordinator.")
    name: str = texts("Name in the language asked.", "name")
    permissions: list[RoleTypePermissionType] = batched(
        "What its holder may do.", people.permissions, key="code"
    )
    kinds: list[OrganisationKind] = computed(
        "The kinds of organisations in which it can be held.", ["kinds"], _kinds
    )
    for_systems: bool = column("Whether it is a partner's system that holds it, never a person.")


def _state(row: Any, context: Context) -> RoleState:
    today = civil_date(context.now)
    if row.ends_on is not None and (row.ends_on < today or row.ends_on < row.starts_on):
        return RoleState.ENDED
    return RoleState.FUTURE if row.starts_on > today else RoleState.ACTIVE


@view(
    m.Role,
    "Role",
    "A person's role in an organisation between two days; it never changes, but is ended.",
    visible_roles,
)
class RoleType(Node):
    """A role."""

    role_type: RoleTypeType = batched("What its holder may do.", people.role_types, key="role_type")
    organisation: Organisations | None = to_one(
        "Where it is held; null when that is not open to you.", "Organisation", "organisation_id"
    )
    person: Annotated[PersonType, strawberry.lazy("coalition.graphql.types.people")] | None = to_one(
        "Who holds it; null when they are not for you to see.", "Person", "person_id"
    )
    starts_on: datetime.date = column("Its first day.")
    ends_on: datetime.date | None = column("Its last day; before its first when it never held.")
    state: RoleState = computed("Whether it is held today.", ["starts_on", "ends_on"], _state)


def _is_anonymised(row: Any, _context: Context) -> bool:
    return row.anonymised_at is not None


@view(
    m.Person,
    "Person",
    "Someone who serves: seen by themselves, by whoever leads their line, where they agreed to be named or"
    " hold office in the coalition; by auditors and administrators without a name.",
    visible_persons,
)
class PersonType(Node):
    """A person who serves."""

    name: str | None = batched("Their name; null when it is not for you to know.", people.names)
    languages: list[str] | None = batched(
        "Languages they speak, as BCP 47; null when their name is not for you to know.", people.languages
    )
    email: str | None = batched(
        "Their address; for themselves and for people:manage in their line.", people.emails
    )
    roles: list[RoleType] = batched(
        "Their roles as far as you may see them, newest first.", people.roles_of_persons
    )
    anonymised: bool = computed("Whether their name was removed for good.", ["anonymised_at"], _is_anonymised)


@record(people.RoleCount, "RoleCount", "How many people hold a role type in an organisation today.")
class RoleCountType:
    """A count of roles."""

    role_type: RoleTypeType = batched("The role type.", people.role_types, key="role_type")
    count: int | None = column(
        "How many; null without coverage:compare outside your own line, where only the role is shown."
    )
