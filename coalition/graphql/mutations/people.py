"""Inviting people, giving roles and ending them."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry

from coalition.access.invitations import Invitation, invite_person
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Info, context_of
from coalition.graphql.deeds import client_key, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.identifiers import record_id
from coalition.graphql.types.common import UserError
from coalition.graphql.types.people import RoleType
from coalition.members import roles
from coalition.members.drafts import PersonDraft, RoleDraft

_CLIENT_ID = "Any UUID made by the client, so that sending again stores nothing twice."
_STARTS = "Its first day, today or later; today when left out."
_ENDS = "Its last day; without end when left out."
_ERRORS = "All that is wrong; empty when it was done."


@strawberry.input(name="InvitePersonInput", description="Somebody to serve, and the role to begin with.")
class InvitePersonInput:
    """An invitation."""

    name: str = strawberry.field(description="Their name: 1 to 200 characters. Not read for a known address.")
    email: str = strawberry.field(description="Their address, with which they sign in.")
    organisation: strawberry.ID = strawberry.field(description="Where they are to serve.")
    role_type: str = strawberry.field(description="Code of `roleTypes`.")
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)
    languages: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Languages they speak, as BCP 47."
    )
    starts_on: datetime.date | None = strawberry.field(default=strawberry.UNSET, description=_STARTS)
    ends_on: datetime.date | None = strawberry.field(default=strawberry.UNSET, description=_ENDS)


@strawberry.input(name="GiveRoleInput", description="A further role for somebody who serves already.")
class GiveRoleInput:
    """A role."""

    person: strawberry.ID = strawberry.field(description="Who.")
    organisation: strawberry.ID = strawberry.field(description="Where they are to serve.")
    role_type: str = strawberry.field(description="Code of `roleTypes`.")
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)
    starts_on: datetime.date | None = strawberry.field(default=strawberry.UNSET, description=_STARTS)
    ends_on: datetime.date | None = strawberry.field(default=strawberry.UNSET, description=_ENDS)


@strawberry.input(name="EndRoleInput", description="A role that is to end.")
class EndRoleInput:
    """The end of a role."""

    role: strawberry.ID = strawberry.field(description="Which one.")
    from_day: datetime.date | None = strawberry.field(
        default=strawberry.UNSET,
        name="from",
        description="The first day without it, today or later; today when left out, and then at once.",
    )


@strawberry.type(name="InvitePersonPayload", description="What came of an invitation.")
class InvitePersonPayload:
    """The role given, and the link."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    role: RoleType | None = strawberry.field(default=None, description="The role given.")
    link: str | None = strawberry.field(
        default=None,
        description="Path of the link with which they set a password, once, within 48 hours. Shown to you"
        " alone and this once: null when replayed, and for whoever has come in already.",
    )
    replayed: bool | None = strawberry.field(
        default=None, description="Whether it had been done before; then no link is shown again."
    )


@strawberry.type(name="GiveRolePayload", description="What came of giving a role.")
class GiveRolePayload:
    """The role given."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    role: RoleType | None = strawberry.field(default=None, description="The role given.")
    replayed: bool | None = strawberry.field(default=None, description="Whether it had been given before.")


@strawberry.type(name="EndRolePayload", description="What came of ending a role.")
class EndRolePayload:
    """The role ended."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    role: RoleType | None = strawberry.field(default=None, description="The role with its last day.")


def _role(given: InvitePersonInput | GiveRoleInput) -> RoleDraft:
    return RoleDraft(
        organisation_id=organisation_id(given.organisation),
        role_type=given.role_type,
        starts_on=given.starts_on or None,
        ends_on=given.ends_on or None,
    )


def _person(given: InvitePersonInput) -> PersonDraft:
    return PersonDraft(given.name, given.email, given.languages or ())


@strawberry.type
class PeopleMutations:
    """Deeds about people and roles."""

    @deed(
        description="Invite somebody and give them a role; needs people:manage there and all that the role"
        " may do, or access:administer."
    )
    async def invite_person(
        self, info: Info, input: Annotated[InvitePersonInput, WHAT]
    ) -> InvitePersonPayload:
        """Invite somebody."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Invitation | Refused:
            key = client_key(input, input.client_id or None)
            return invite_person(
                uow, context.runtime.secrets, context.actor, person=_person(input), role=_role(input), key=key
            )

        done = await perform(context, work)
        if isinstance(done, Refused):
            return InvitePersonPayload(user_errors=user_errors(done.faults, context.language))
        role: Any = done.role
        return InvitePersonPayload(user_errors=[], role=role, link=done.link, replayed=done.replayed)

    @deed(
        description="Give a further role to somebody; needs people:manage there, towards them, and all that"
        " the role may do, or access:administer."
    )
    async def give_role(self, info: Info, input: Annotated[GiveRoleInput, WHAT]) -> GiveRolePayload:
        """Give a role."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> tuple[Any, bool]:
            key = client_key(input, input.client_id or None)
            person_id = record_id(input.person, "Person")
            return roles.give_role(uow, context.actor, person_id=person_id, draft=_role(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return GiveRolePayload(user_errors=user_errors(done.faults, context.language))
        return GiveRolePayload(user_errors=[], role=done[0], replayed=done[1])

    @deed(
        description="End a role; needs people:manage there and all that the role may do, or"
        " access:administer. Never the role that lets you, and never the last administrator's."
    )
    async def end_role(self, info: Info, input: Annotated[EndRoleInput, WHAT]) -> EndRolePayload:
        """End a role."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> Any:
            role_id = record_id(input.role, "Role")
            return roles.end_role(uow, context.actor, role_id=role_id, from_day=input.from_day or None)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return EndRolePayload(user_errors=user_errors(done.faults, context.language))
        return EndRolePayload(user_errors=[], role=done)
