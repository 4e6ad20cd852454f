"""Queries about people and role types."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import strawberry
from sqlmodel import col

from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.connections import After, Before, Connection, First, Last, connect
from coalition.graphql.context import Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.orders import persons_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.people import PersonType, RoleTypeType
from coalition.members import models as m
from coalition.members.lines import below
from coalition.members.policies import visible_persons, visible_roles


@strawberry.input(
    name="PersonFilter", description="All conditions given must hold, of one and the same role."
)
class PersonFilter:
    """What people are chosen by."""

    within: strawberry.ID | None = strawberry.field(
        default=None, description="With a role in an organisation or below it."
    )
    role_type: str | None = strawberry.field(default=None, description="With a role of this type, by code.")


def _conditions(uow: UnitOfWork, actor: Actor, given: PersonFilter | None) -> tuple[Any, ...]:
    seen = visible_persons(actor)
    if given is None or (given.within is None and given.role_type is None):
        return (seen,)
    # Only roles that the reader may see choose among people; else a filter would tell of the others.
    roles = sa.select(m.Role.person_id).where(visible_roles(actor))
    if given.within is not None:
        organisation = names.organisation_named(uow, actor, given.within, "within")
        roles = roles.where(col(m.Role.organisation_id).in_(below([organisation.id], uow.today)))
    if given.role_type is not None:
        if uow.db.get(m.RoleType, given.role_type) is None:
            raise BadUserInput("UNKNOWN_ROLE_TYPE", value=given.role_type)
        roles = roles.where(col(m.Role.role_type) == given.role_type)
    return (seen, col(m.Person.id).in_(roles))


@strawberry.type
class PeopleQueries:
    """Root fields about people."""

    @resolved(description="People who serve, as far as you may see them, first come first.")
    async def people(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[PersonFilter | None, CHOSEN_BY] = None,
    ) -> Connection[PersonType]:
        """People who serve."""
        context = context_of(info)
        conditions = await context.read(lambda uow: _conditions(uow, context.actor, filter))
        listing = Listing(m.Person, conditions, persons_order())
        page: Connection[PersonType] = await connect(context, listing, first, after, last, before)
        return page

    @resolved(description="Role types with what they may do, by code.")
    async def role_types(self, info: Info) -> list[RoleTypeType]:
        """Role types."""
        statement = sa.select(m.RoleType).order_by(m.RoleType.code)
        rows: Any = await context_of(info).read(lambda uow: list(uow.db.scalars(statement)))
        found: list[RoleTypeType] = rows
        return found
