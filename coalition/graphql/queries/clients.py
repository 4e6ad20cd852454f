"""Queries about systems that may come in."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.access.client_kinds import ClientKind
from coalition.access.client_policies import visible_clients
from coalition.access.clients import scopes_of
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.permission_words import PermissionInWords
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.connections import After, Connection, First, connect
from coalition.graphql.context import Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.orders import clients_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.clients import ClientScopeType, OAuthClientType

_client: Any = OAuthClient


@strawberry.input(name="OAuthClientFilter", description="All conditions given must hold.")
class OAuthClientFilter:
    """What systems are chosen by."""

    organisation: strawberry.ID | None = strawberry.field(
        default=None, description="Systems that this organisation answers for."
    )
    waiting: bool | None = strawberry.field(
        default=None, description="true: that wait to be decided about; false: all others."
    )


def _conditions(uow: UnitOfWork, actor: Actor, given: OAuthClientFilter | None) -> tuple[Any, ...]:
    conditions: list[Any] = [visible_clients(actor)]
    if given is not None and given.organisation is not None:
        named = names.organisation_named(uow, actor, given.organisation, "organisation")
        conditions.append(_client.organisation_id == named.id)
    if given is not None and given.waiting is not None:
        waits = sa.and_(_client.state == ClientState.REQUESTED, _client.expires_at > uow.now)
        conditions.append(waits if given.waiting else sa.not_(waits))
    return tuple(conditions)


@strawberry.type
class ClientQueries:
    """Root fields about systems."""

    @resolved(
        description="Systems and apps that may come in or ask to, as far as you may see them, last asked for"
        " first."
    )
    async def clients(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[OAuthClientFilter | None, CHOSEN_BY] = None,
    ) -> Connection[OAuthClientType]:
        """Systems."""
        context = context_of(info)
        conditions = await context.read(lambda uow: _conditions(uow, context.actor, filter))
        listing = Listing(OAuthClient, conditions, clients_order())
        page: Connection[OAuthClientType] = await connect(context, listing, first, after)
        return page

    @resolved(
        description="The permissions that a system of this kind can ask for, by name; a SERVER those of its"
        " role type."
    )
    async def client_scopes(
        self,
        info: Info,
        kind: Annotated[ClientKind, strawberry.argument(description="What the system is.")],
        role_type: Annotated[
            str | None, strawberry.argument(description="Code of `roleTypes`; for a SERVER only.")
        ] = None,
    ) -> list[ClientScopeType]:
        """Permissions that can be asked for."""
        found = await context_of(info).read(lambda uow: scopes_of(uow, kind, role_type))
        scopes: Any = [PermissionInWords(name) for name in sorted(found)]
        given: list[ClientScopeType] = scopes
        return given
