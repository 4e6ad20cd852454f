"""Systems and apps that may come in, or ask to."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

import strawberry

from coalition.access.client_kinds import ClientKind, kind_of
from coalition.access.client_policies import visible_clients
from coalition.access.oauth.enums import ClientRefusal, ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.permission_words import PermissionInWords
from coalition.core.clock import civil_date
from coalition.graphql.context import Context
from coalition.graphql.declare import Node, batched, column, computed, record, to_one, view
from coalition.graphql.loaders import clients
from coalition.graphql.types.members import OrganisationType
from coalition.graphql.types.people import PersonType, RoleTypeType

strawberry.enum(ClientKind, description="What a system is, and so how it comes to tokens.")
strawberry.enum(ClientRefusal, description="Why a system was not let in.")


@strawberry.enum(name="ClientState", description="Where a system stands.")
class ShownState(StrEnum):
    """The stored states, and EXPIRED for one whose last day is over."""

    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    EXPIRED = "EXPIRED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


def _state(row: Any, context: Context) -> ShownState:
    is_over = row.expires_at is not None and row.expires_at <= context.now
    open_ones = (ClientState.REQUESTED, ClientState.ACTIVE, ClientState.PAUSED)
    return ShownState.EXPIRED if is_over and row.state in open_ones else ShownState(row.state.value)


def _expires_on(row: Any, _context: Context) -> datetime.date | None:
    moment = row.expires_at
    return None if moment is None else civil_date(moment - datetime.timedelta(microseconds=1))


def _previous_until(row: Any, context: Context) -> datetime.datetime | None:
    ends: datetime.datetime | None = row.previous_secret_ends_at
    return ends if ends is not None and ends > context.now else None


def _to_collect(row: Any, _context: Context) -> bool:
    return row.state is ClientState.ACTIVE and not row.is_public and row.secret_hash is None


@record(PermissionInWords, "ClientScope", "A permission that a system may ask for.")
class ClientScopeType:
    """A permission in words."""

    permission: str = column("Such as activity:log.")
    words: str = computed(
        "What it allows, in the request's language.", ["permission"], lambda r, c: r.in_language(c.language)
    )


def _scopes(row: Any, _context: Context) -> list[PermissionInWords]:
    return [PermissionInWords(scope) for scope in row.scopes]


@view(
    OAuthClient,
    "OAuthClient",
    "A system or app that may come in, or asks to: seen by client:request in its organisation's line, by"
    " client:approve, and by the auditor. Nobody sees its secret again.",
    visible_clients,
)
class OAuthClientType(Node):
    """A client."""

    name: str = column("What it is called; people who are asked to allow it read this.")
    identifier: str = column("The client_id that it sends.", "client_id")
    kind: ClientKind = computed(
        "What it is.", ["acts_for", "grant_types", "is_public"], lambda row, _: kind_of(row)
    )
    organisation: OrganisationType | None = to_one(
        "Who answers for it; null for the coalition's own program.", "Organisation", "organisation_id"
    )
    role_type: RoleTypeType | None = batched(
        "As what a server acts; null for an app, which acts as the person who allows it.",
        clients.role_types,
        key="role_type",
    )
    purpose: str = column("What it is for.")
    scopes: list[ClientScopeType] = computed("The permissions that it may ask for.", ["scopes"], _scopes)
    redirect_uris: list[str] = column("Where it is come back to.")
    state: ShownState = computed("Where it stands.", ["state", "expires_at"], _state)
    refusal: ClientRefusal | None = column("Why it was not let in.")
    paused_by_office: bool = column("Whether the council's office paused it, so that only it resumes it.")
    requested_at: datetime.datetime = column("When it was asked for.", "created_at")
    requested_by: PersonType | None = batched(
        "Who asked; null when they are not for you to see.", clients.requested_by, key="requested_by"
    )
    approved_at: datetime.datetime | None = column("When it was let in.")
    expires_on: datetime.date | None = computed(
        "The last day on which it comes in.", ["expires_at"], _expires_on
    )
    last_used_on: datetime.date | None = column("The day on which it came last; null when never.")
    secret_to_collect: bool = computed(
        "Whether it was let in and its secret waits to be collected.",
        ["state", "is_public", "secret_hash"],
        _to_collect,
    )
    previous_secret_until: datetime.datetime | None = computed(
        "Until when the secret before the last one still works.",
        ["previous_secret_ends_at"],
        _previous_until,
    )
