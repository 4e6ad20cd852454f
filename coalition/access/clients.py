"""Partners' systems and apps from the first request to the end: who may do what to them, and when.

A system is asked for by the organisation that it will act for, and let in by the council's secretary,
never by the same person. Its secret is made when the organisation collects it, so that whoever approved
it has not seen it (docs/decisions/0020-clients.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.client_kinds import NEVER_FOR_APPS, SHAPES, ClientKind
from coalition.access.client_policies import APPROVES, REQUESTS, visible_clients
from coalition.access.oauth.enums import ClientRefusal, ClientState
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.access.redirects import is_redirect_address
from coalition.access.secrets import Secrets
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import Actor, ActorKind
from coalition.core.checks import LIST_LIMIT, TextChecks, check_list_size
from coalition.core.clock import DEFAULT_ZONE
from coalition.core.errors import Faults, refuse
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import random_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation, RoleType, RoleTypePermission
from coalition.members.repository import organisation_by_id
from coalition.members.role_types import BARRED_FROM_LAW_ENFORCEMENT

LONGEST_DAYS = 366
OLD_SECRET_HOURS = 24
MOST_ADDRESSES = 10
PURPOSE_LIMIT = 1_000


@dataclass(frozen=True)
class ClientDraft:
    """A system as it is asked for; `expires_on` is the last day on which it may come in."""

    organisation_id: UUID | None
    kind: ClientKind
    name: str
    purpose: str
    scopes: Sequence[str]
    expires_on: date
    role_type: str | None = None
    redirect_uris: Sequence[str] = ()
    text_confirmed: bool = False


@dataclass(frozen=True)
class SecretMade:
    """A client with its new secret, which is told this once; without one when it was told before."""

    client: OAuthClient
    secret: str | None
    replayed: bool = False


# ------------------------------------------------------------------ asking


def request_client(
    uow: UnitOfWork, actor: Actor, *, draft: ClientDraft, key: ClientKey | None = None
) -> tuple[OAuthClient, bool]:
    """Ask for a system of an organisation; returns it, and whether it had been asked for before.

    Raises `Refused` with all that is wrong; NOT_FOUND or NOT_PERMITTED at `organisation` comes alone.
    """
    organisation = _organisation_to_ask_for(uow, actor, draft.organisation_id)
    client_id = random_id()
    known = claim(uow, key, mutation="requestClient", organisation_id=organisation.id, subject_id=client_id)
    if known is not None:
        return _by_id(uow, known), True
    name, purpose, addresses = _check(uow, organisation, draft)
    client = OAuthClient(
        client_id=str(client_id),
        name=name,
        purpose=purpose,
        organisation_id=organisation.id,
        role_type=draft.role_type if draft.kind is ClientKind.SERVER else None,
        scopes=sorted(set(draft.scopes)),
        redirect_uris=addresses,
        **SHAPES[draft.kind].columns(),
        state=ClientState.REQUESTED,
        requested_by=actor.subject,
        created_at=uow.now,
        updated_at=uow.now,
        expires_at=end_of(draft.expires_on),
    )
    uow.db.add(client)
    uow.db.flush()
    fields = ["expires_at", "grant_types", "name", "purpose", "redirect_uris", "role_type", "scopes"]
    _note(uow, actor, client, "request", fields)
    return client, False


def end_of(day: date) -> datetime:
    """The moment at which a day is over where the coalition is."""
    return datetime.combine(day + timedelta(days=1), time(), DEFAULT_ZONE).astimezone(UTC)


def _organisation_to_ask_for(uow: UnitOfWork, actor: Actor, organisation_id: UUID | None) -> Organisation:
    organisation = organisation_by_id(uow, actor, organisation_id)
    if organisation is None:
        raise refuse("NOT_FOUND", "organisation")
    if not _is_oneself(actor) or not actor.may(REQUESTS, organisation.id):
        raise refuse("NOT_PERMITTED", "organisation")
    return organisation


def _check(uow: UnitOfWork, organisation: Organisation, draft: ClientDraft) -> tuple[str, str, list[str]]:
    faults = Faults()
    if organisation.status is MembershipStatus.LEFT:
        faults.add("ORGANISATION_LEFT", "organisation")
    texts = TextChecks(faults, confirmed=draft.text_confirmed)
    name, purpose = texts.name(draft.name, "name"), texts.required(draft.purpose, "purpose")
    if len(purpose) > PURPOSE_LIMIT:
        faults.add("TOO_LONG", "purpose", limit=PURPOSE_LIMIT)
    _check_end(uow, draft.expires_on, faults)
    _check_role_type(uow, organisation, draft, faults)
    _check_scopes(uow, organisation, draft, faults)
    addresses = _check_addresses(draft, faults)
    faults.raise_if_any()
    return name, purpose, addresses


def _check_end(uow: UnitOfWork, day: date, faults: Faults) -> None:
    if day < uow.today:
        faults.add("DAY_PASSED", "expiresOn")
    elif day > uow.today + timedelta(days=LONGEST_DAYS):
        faults.add("TOO_FAR", "expiresOn", days=LONGEST_DAYS)


def _check_role_type(uow: UnitOfWork, organisation: Organisation, draft: ClientDraft, faults: Faults) -> None:
    is_server = draft.kind is ClientKind.SERVER
    role_type = uow.db.get(RoleType, draft.role_type) if draft.role_type else None
    if role_type is None:
        if draft.role_type:
            faults.add("UNKNOWN_ROLE_TYPE", "roleType", value=draft.role_type)
        elif is_server:
            faults.add("REQUIRED", "roleType")
    elif not is_server or not role_type.for_systems or organisation.kind not in role_type.kinds:
        # An app acts as whoever allows it.
        faults.add("ROLE_NOT_ALLOWED_HERE", "roleType")


def _check_scopes(uow: UnitOfWork, organisation: Organisation, draft: ClientDraft, faults: Faults) -> None:
    check_list_size(faults, draft.scopes, "scopes")
    if not draft.scopes:
        faults.add("REQUIRED", "scopes")
    possible = scopes_of(uow, draft.kind, draft.role_type)
    for number, scope in enumerate(draft.scopes[:LIST_LIMIT]):
        if scope not in possible:
            faults.add("SCOPE_NOT_ALLOWED", "scopes", str(number), value=scope)
    if barred := barred_scopes(organisation, draft.scopes):
        faults.add("BARRED_FROM_LAW_ENFORCEMENT", "scopes", scopes=barred)


def scopes_of(uow: UnitOfWork, kind: ClientKind, role_type: str | None) -> set[str]:
    """The permissions that a client of this kind may ask for; an app for people never those of office."""
    held: Any = sa.select(col(RoleTypePermission.permission))
    if kind is ClientKind.SERVER:
        return set(uow.db.scalars(held.where(col(RoleTypePermission.role_type) == role_type)))
    return set(uow.db.scalars(held)) - NEVER_FOR_APPS


def barred_scopes(organisation: Organisation, scopes: Sequence[str]) -> list[str]:
    """Those of the scopes that a law enforcement body can hold none of (DOMAIN.md section 4)."""
    if organisation.kind is not OrganisationKind.LAW_ENFORCEMENT:
        return []
    return sorted({scope for scope in scopes if scope.startswith(BARRED_FROM_LAW_ENFORCEMENT)})


def _check_addresses(draft: ClientDraft, faults: Faults) -> list[str]:
    shape = SHAPES[draft.kind]
    if not shape.comes_back:
        if draft.redirect_uris:
            faults.add("NO_REDIRECT_NEEDED", "redirectUris")
        return []
    if len(draft.redirect_uris) > MOST_ADDRESSES:
        faults.add("OUT_OF_RANGE", "redirectUris", maximum=MOST_ADDRESSES)
    if not draft.redirect_uris:
        faults.add("REQUIRED", "redirectUris")
    for number, address in enumerate(draft.redirect_uris[:MOST_ADDRESSES]):
        if not is_redirect_address(address, installed=shape.is_public):
            faults.add("BAD_REDIRECT", "redirectUris", str(number))
    return list(dict.fromkeys(draft.redirect_uris))


# ------------------------------------------------------------------ deciding


def approve_client(uow: UnitOfWork, actor: Actor, *, client_id: UUID | None) -> OAuthClient:
    """Let a system in as it was asked for; its secret is made when its organisation collects it.

    Raises `Refused` with NOT_FOUND, NOT_PERMITTED, OWN_REQUEST or WRONG_STATE at `client`, and with what no
    longer holds: DAY_PASSED, ORGANISATION_LEFT or BARRED_FROM_LAW_ENFORCEMENT there.
    """
    client = _to_decide(uow, actor, client_id)
    organisation = uow.db.get_one(Organisation, client.organisation_id)
    if client.expires_at is not None and client.expires_at <= uow.now:
        raise refuse("DAY_PASSED", "client")
    if organisation.status is MembershipStatus.LEFT:
        raise refuse("ORGANISATION_LEFT", "client")
    if barred := barred_scopes(organisation, client.scopes):
        raise refuse("BARRED_FROM_LAW_ENFORCEMENT", "client", scopes=barred)
    client.approved_by, client.approved_at = actor.subject, uow.now
    return _enter(uow, actor, client, ClientState.ACTIVE, "approve")


def refuse_client(
    uow: UnitOfWork, actor: Actor, *, client_id: UUID | None, reason: ClientRefusal
) -> OAuthClient:
    """Refuse a request, for one of a few reasons; it can be asked for again.

    Raises `Refused` with NOT_FOUND, NOT_PERMITTED, OWN_REQUEST or WRONG_STATE at `client`.
    """
    client = _to_decide(uow, actor, client_id)
    client.refusal = reason
    return _enter(uow, actor, client, ClientState.REFUSED, "refuse")


def _to_decide(uow: UnitOfWork, actor: Actor, client_id: UUID | None) -> OAuthClient:
    client = _visible(uow, actor, client_id)
    if not _is_oneself(actor) or not actor.may(APPROVES):
        raise refuse("NOT_PERMITTED", "client")
    if client.requested_by == actor.subject:
        raise refuse("OWN_REQUEST", "client")
    _require(client, ClientState.REQUESTED)
    return client


# ------------------------------------------------------------------ secrets


def rotate_client_secret(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    *,
    client_id: UUID | None,
    ends_old_now: bool = False,
    key: ClientKey | None = None,
) -> SecretMade:
    """Collect the first secret of a system, or a new one; the old one stays good for 24 hours more.

    With `ends_old_now` it is worthless at once, as when it was lost to somebody. Raises `Refused` with
    NOT_FOUND, NOT_PERMITTED, NO_SECRET or WRONG_STATE at `client`.
    """
    client, owner = _own(uow, actor, client_id)
    done = claim(uow, key, mutation="rotateClientSecret", organisation_id=owner, subject_id=client.id)
    if done is not None:
        return SecretMade(_by_id(uow, done), None, replayed=True)
    if client.is_public:
        raise refuse("NO_SECRET", "client")
    _require(client, ClientState.ACTIVE, ClientState.PAUSED)
    secret = new_token(TokenKind.CLIENT_SECRET)
    keeps_old = client.secret_hash is not None and not ends_old_now
    client.previous_secret_hash = client.secret_hash if keeps_old else None
    client.previous_secret_ends_at = uow.now + timedelta(hours=OLD_SECRET_HOURS) if keeps_old else None
    client.secret_hash = token_hash(secrets, secret)
    if ends_old_now:
        _end_tokens(uow, client)
    _changed(uow, actor, client, "rotate", ["secret_hash"])
    return SecretMade(client, secret)


def _end_tokens(uow: UnitOfWork, client: OAuthClient) -> None:
    """Whoever found a secret may hold a token that it opened."""
    live = sa.and_(col(OAuthToken.client_id) == client.client_id, col(OAuthToken.revoked_at).is_(None))
    uow.db.execute(sa.update(OAuthToken).where(live).values(revoked_at=uow.now))


# ------------------------------------------------------------------ pausing and ending


def pause_client(uow: UnitOfWork, actor: Actor, *, client_id: UUID | None) -> OAuthClient:
    """Stop a system from coming in until it is resumed; tokens that it holds count for nothing meanwhile.

    Raises `Refused` with NOT_FOUND, NOT_PERMITTED or WRONG_STATE at `client`.
    """
    client = _to_keep(uow, actor, client_id)
    _require(client, ClientState.ACTIVE)
    client.paused_by_office = actor.may(APPROVES)
    return _enter(uow, actor, client, ClientState.PAUSED, "pause")


def resume_client(uow: UnitOfWork, actor: Actor, *, client_id: UUID | None) -> OAuthClient:
    """Let a paused system in again; what the office paused, only the office resumes.

    Raises `Refused` with NOT_FOUND, NOT_PERMITTED or WRONG_STATE at `client`.
    """
    client = _to_keep(uow, actor, client_id)
    _require(client, ClientState.PAUSED)
    if client.paused_by_office and not actor.may(APPROVES):
        raise refuse("NOT_PERMITTED", "client")
    client.paused_by_office = False
    return _enter(uow, actor, client, ClientState.ACTIVE, "resume")


def end_client(uow: UnitOfWork, actor: Actor, *, client_id: UUID | None) -> OAuthClient:
    """End a system, or take its request back, for good.

    Raises `Refused` with NOT_FOUND, NOT_PERMITTED or WRONG_STATE at `client`.
    """
    client = _to_keep(uow, actor, client_id)
    _require(client, ClientState.REQUESTED, ClientState.ACTIVE, ClientState.PAUSED)
    client.previous_secret_hash = client.previous_secret_ends_at = None
    return _enter(uow, actor, client, ClientState.ENDED, "end")


# ------------------------------------------------------------------ common


def _is_oneself(actor: Actor) -> bool:
    """Whether a person calls, by no app and at no shared desk: what lets in outlives whoever let it in."""
    return actor.kind is ActorKind.PERSON and actor.client_id is None and not actor.desk_subjects


def _visible(uow: UnitOfWork, actor: Actor, client_id: UUID | None) -> OAuthClient:
    """The client, locked: two who decide at once come one after the other."""
    named = col(OAuthClient.client_id) == str(client_id)
    statement = sa.select(OAuthClient).where(named, visible_clients(actor))
    found = uow.db.scalars(
        statement.with_for_update(), execution_options={"populate_existing": True}
    ).one_or_none()
    if found is None:
        raise refuse("NOT_FOUND", "client")
    return found


def _own(uow: UnitOfWork, actor: Actor, client_id: UUID | None) -> tuple[OAuthClient, UUID]:
    """A client whose organisation the actor may ask for systems of, with that organisation."""
    client = _visible(uow, actor, client_id)
    owner = client.organisation_id
    if owner is None or not _is_oneself(actor) or not actor.may(REQUESTS, owner):
        raise refuse("NOT_PERMITTED", "client")
    return client, owner


def _to_keep(uow: UnitOfWork, actor: Actor, client_id: UUID | None) -> OAuthClient:
    client = _visible(uow, actor, client_id)
    owner = client.organisation_id
    may = actor.may(APPROVES) or (owner is not None and actor.may(REQUESTS, owner))
    if not _is_oneself(actor) or not may:
        raise refuse("NOT_PERMITTED", "client")
    return client


def _by_id(uow: UnitOfWork, client_id: UUID) -> OAuthClient:
    return uow.db.get_one(OAuthClient, str(client_id))


def _require(client: OAuthClient, *states: ClientState) -> None:
    if client.state not in states:
        raise refuse("WRONG_STATE", "client")


def _enter(uow: UnitOfWork, actor: Actor, client: OAuthClient, state: ClientState, deed: str) -> OAuthClient:
    client.state = state
    _changed(uow, actor, client, deed, ["state"])
    return client


def _changed(uow: UnitOfWork, actor: Actor, client: OAuthClient, deed: str, fields: list[str]) -> None:
    client.updated_at = uow.now
    client.revision += 1
    uow.db.flush()
    _note(uow, actor, client, deed, fields)


def _note(uow: UnitOfWork, actor: Actor, client: OAuthClient, deed: str, fields: list[str]) -> None:
    record(
        uow,
        actor,
        action=f"client:client:{deed}",
        subject=("OAuthClient", client.id),
        organisation_id=client.organisation_id,
        fields=fields,
    )
