"""Asking for systems, deciding about them, and keeping them."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

import strawberry

from coalition.access import clients
from coalition.access.client_kinds import ClientKind
from coalition.access.clients import ClientDraft, SecretMade
from coalition.access.oauth.enums import ClientRefusal
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import WHAT
from coalition.graphql.context import Info, context_of
from coalition.graphql.deeds import client_key, organisation_id, perform, user_errors
from coalition.graphql.fields import deed
from coalition.graphql.identifiers import record_id
from coalition.graphql.types.clients import OAuthClientType
from coalition.graphql.types.common import UserError

_CLIENT_ID = "Any UUID made by the client, so that sending again stores nothing twice."
_ERRORS = "All that is wrong; empty when it was done."
_WHICH = "Which system."
_AS_IT_STANDS = "The system as it stands now."


@strawberry.input(name="RequestClientInput", description="A system or app that is to come in.")
class RequestClientInput:
    """A request."""

    organisation: strawberry.ID = strawberry.field(
        description="Who answers for it; needs client:request there."
    )
    kind: ClientKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="What it is called: 1 to 200 characters.")
    purpose: str = strawberry.field(description="What it is for: 1 to 1,000 characters; names nobody.")
    scopes: list[str] = strawberry.field(description="Permissions, of those that `clientScopes` lists.")
    expires_on: datetime.date = strawberry.field(
        description="The last day on which it comes in, at most 366 days from today."
    )
    role_type: str | None = strawberry.field(
        default=strawberry.UNSET, description="As what a SERVER acts: code of `roleTypes`, one for systems."
    )
    redirect_uris: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Where an app is come back to, letter by letter: https, or http on 127.0.0.1 or [::1] for"
        " an INSTALLED_APP; at most 10.",
    )
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)
    text_confirmed: bool = strawberry.field(
        default=False, description="The answer to PERSONAL_DATA_SUSPECTED: the texts name nobody."
    )


@strawberry.input(name="ApproveClientInput", description="A system that is to be let in.")
class ApproveClientInput:
    """An approval."""

    client: strawberry.ID = strawberry.field(description=_WHICH)


@strawberry.input(name="RefuseClientInput", description="A system that is not to be let in.")
class RefuseClientInput:
    """A refusal."""

    client: strawberry.ID = strawberry.field(description=_WHICH)
    reason: ClientRefusal = strawberry.field(description="Why.")


@strawberry.input(name="PauseClientInput", description="A system that is not to come in for a while.")
class PauseClientInput:
    """A pause."""

    client: strawberry.ID = strawberry.field(description=_WHICH)


@strawberry.input(name="ResumeClientInput", description="A paused system that is to come in again.")
class ResumeClientInput:
    """The end of a pause."""

    client: strawberry.ID = strawberry.field(description=_WHICH)


@strawberry.input(name="EndClientInput", description="A system that is never to come in again.")
class EndClientInput:
    """The end of a system."""

    client: strawberry.ID = strawberry.field(description=_WHICH)


@strawberry.input(
    name="RotateClientSecretInput", description="A system that needs its first or a new secret."
)
class RotateClientSecretInput:
    """A new secret."""

    client: strawberry.ID = strawberry.field(description=_WHICH)
    end_old_now: bool = strawberry.field(
        default=False,
        description="Whether the old secret, and every token of the system, is worthless at once.",
    )
    client_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT_ID)


@strawberry.type(name="RequestClientPayload", description="What came of a request.")
class RequestClientPayload:
    """The system asked for."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)
    replayed: bool | None = strawberry.field(
        default=None, description="Whether it had been asked for before."
    )


@strawberry.type(name="ApproveClientPayload", description="What came of letting a system in.")
class ApproveClientPayload:
    """The system let in."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)


@strawberry.type(name="RefuseClientPayload", description="What came of refusing a system.")
class RefuseClientPayload:
    """The system refused."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)


@strawberry.type(name="PauseClientPayload", description="What came of pausing a system.")
class PauseClientPayload:
    """The system paused."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)


@strawberry.type(name="ResumeClientPayload", description="What came of resuming a system.")
class ResumeClientPayload:
    """The system resumed."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)


@strawberry.type(name="EndClientPayload", description="What came of ending a system.")
class EndClientPayload:
    """The system ended."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)


@strawberry.type(name="RotateClientSecretPayload", description="What came of asking for a secret.")
class RotateClientSecretPayload:
    """The new secret."""

    user_errors: list[UserError] = strawberry.field(description=_ERRORS)
    client: OAuthClientType | None = strawberry.field(default=None, description=_AS_IT_STANDS)
    secret: str | None = strawberry.field(
        default=None,
        description="The secret, shown to you alone and this once: null when replayed. The one before works"
        " for 24 hours more.",
    )
    replayed: bool | None = strawberry.field(
        default=None, description="Whether it had been done before; then no secret is shown again."
    )


def _draft(given: RequestClientInput) -> ClientDraft:
    return ClientDraft(
        organisation_id=organisation_id(given.organisation),
        kind=given.kind,
        name=given.name,
        purpose=given.purpose,
        scopes=given.scopes,
        expires_on=given.expires_on,
        role_type=given.role_type or None,
        redirect_uris=given.redirect_uris or (),
        text_confirmed=given.text_confirmed,
    )


def _which(opaque: str) -> UUID | None:
    return record_id(opaque, "OAuthClient")


async def _kept(info: Info, work: Callable[[UnitOfWork], Any], payload: Callable[..., Any]) -> Any:
    """Do what changes nothing but where a system stands."""
    context = context_of(info)
    done = await perform(context, work)
    if isinstance(done, Refused):
        return payload(user_errors=user_errors(done.faults, context.language))
    return payload(user_errors=[], client=done)


@strawberry.type
class ClientMutations:
    """Deeds about systems."""

    @deed(
        description="Ask for a system of an organisation; needs client:request there. It comes in once the"
        " council's office has approved it."
    )
    async def request_client(
        self, info: Info, input: Annotated[RequestClientInput, WHAT]
    ) -> RequestClientPayload:
        """Ask for a system."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> tuple[Any, bool]:
            key = client_key(input, input.client_id or None)
            return clients.request_client(uow, context.actor, draft=_draft(input), key=key)

        done = await perform(context, work)
        if isinstance(done, Refused):
            return RequestClientPayload(user_errors=user_errors(done.faults, context.language))
        return RequestClientPayload(user_errors=[], client=done[0], replayed=done[1])

    @deed(description="Let a system in as it was asked for; needs client:approve. Never one's own request.")
    async def approve_client(
        self, info: Info, input: Annotated[ApproveClientInput, WHAT]
    ) -> ApproveClientPayload:
        """Let a system in."""
        actor, client_id = context_of(info).actor, _which(input.client)
        made: ApproveClientPayload = await _kept(
            info, lambda uow: clients.approve_client(uow, actor, client_id=client_id), ApproveClientPayload
        )
        return made

    @deed(description="Do not let a system in; needs client:approve. Never one's own request.")
    async def refuse_client(
        self, info: Info, input: Annotated[RefuseClientInput, WHAT]
    ) -> RefuseClientPayload:
        """Refuse a system."""
        actor, client_id, reason = context_of(info).actor, _which(input.client), input.reason
        made: RefuseClientPayload = await _kept(
            info,
            lambda uow: clients.refuse_client(uow, actor, client_id=client_id, reason=reason),
            RefuseClientPayload,
        )
        return made

    @deed(
        description="Stop a system from coming in, at once; needs client:request in its organisation, or"
        " client:approve."
    )
    async def pause_client(self, info: Info, input: Annotated[PauseClientInput, WHAT]) -> PauseClientPayload:
        """Pause a system."""
        actor, client_id = context_of(info).actor, _which(input.client)
        made: PauseClientPayload = await _kept(
            info, lambda uow: clients.pause_client(uow, actor, client_id=client_id), PauseClientPayload
        )
        return made

    @deed(
        description="Let a paused system come in again; needs client:request in its organisation, or"
        " client:approve, which alone resumes what it paused."
    )
    async def resume_client(
        self, info: Info, input: Annotated[ResumeClientInput, WHAT]
    ) -> ResumeClientPayload:
        """Resume a system."""
        actor, client_id = context_of(info).actor, _which(input.client)
        made: ResumeClientPayload = await _kept(
            info, lambda uow: clients.resume_client(uow, actor, client_id=client_id), ResumeClientPayload
        )
        return made

    @deed(
        description="End a system for good, or take its request back; needs client:request in its"
        " organisation, or client:approve."
    )
    async def end_client(self, info: Info, input: Annotated[EndClientInput, WHAT]) -> EndClientPayload:
        """End a system."""
        actor, client_id = context_of(info).actor, _which(input.client)
        made: EndClientPayload = await _kept(
            info, lambda uow: clients.end_client(uow, actor, client_id=client_id), EndClientPayload
        )
        return made

    @deed(
        description="Collect the first secret of a system that was let in, or a new one; needs client:request"
        " in its organisation."
    )
    async def rotate_client_secret(
        self, info: Info, input: Annotated[RotateClientSecretInput, WHAT]
    ) -> RotateClientSecretPayload:
        """Collect a secret."""
        context = context_of(info)

        def work(uow: UnitOfWork) -> SecretMade:
            return clients.rotate_client_secret(
                uow,
                context.runtime.secrets,
                context.actor,
                client_id=_which(input.client),
                ends_old_now=input.end_old_now,
                key=client_key(input, input.client_id or None),
            )

        done = await perform(context, work)
        if isinstance(done, Refused):
            return RotateClientSecretPayload(user_errors=user_errors(done.faults, context.language))
        client: Any = done.client
        return RotateClientSecretPayload(
            user_errors=[], client=client, secret=done.secret, replayed=done.replayed
        )
