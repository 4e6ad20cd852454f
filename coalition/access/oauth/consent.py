"""What the consent page and the device page do: show what an app asks for, and allow or deny it.

Only a person who is signed in may allow anything: never an app in a person's name, nor a system.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from sqlmodel import col

from coalition.access.models import Account
from coalition.access.oauth.enums import DeviceState
from coalition.access.oauth.grants import active_account, register_grants
from coalition.access.oauth.issuer import resource_of
from coalition.access.oauth.metadata import AUTHORIZE
from coalition.access.oauth.models import OAuthClient, OAuthDeviceRequest
from coalition.access.oauth.repository import client_in_force
from coalition.access.oauth.requests import OAuthAsked
from coalition.access.oauth.server import Server
from coalition.access.oauth.user_codes import user_code_hash
from coalition.access.secrets import Secrets
from coalition.audit.service import record
from coalition.core.actor import Actor, ActorKind
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

Parameters = Sequence[tuple[str, str]]
# What an authorization request may hold; anything else is not sent on, and counts for nothing.
PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
)


@dataclass(frozen=True)
class Asked:
    """An authorization request that may be shown to the person; `parameters` are it, to be sent again.

    `organisation_id` answers for the client; None is our own. `scopes` are permissions, sorted.
    `resource` is the address of the API that the token will be good for.
    """

    client_id: str
    client_name: str
    organisation_id: UUID | None
    redirect_uri: str
    scopes: tuple[str, ...]
    resource: str
    issuer: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Refusal:
    """A request that is not shown. Without a `redirect` the client or its address cannot be trusted.

    `error` is a code of RFC 6749 section 4.1.2.1. `redirect` carries it, `state` and `iss` to the client.
    """

    error: str
    redirect: str | None


@dataclass(frozen=True)
class DeviceAsked:
    """A device that waits for the person who typed its code."""

    id: UUID
    client_id: str
    client_name: str
    organisation_id: UUID | None
    scopes: tuple[str, ...]
    expires_at: datetime


def ask(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,  # noqa: ARG001  Whoever is asked, the request is good or not.
    parameters: Parameters,
    *,
    issuer: str,
) -> Asked | Refusal:
    """Check an authorization request: what the consent page shows, or why there is nothing to show.

    `issuer` is `issuer_of(request)`. Changes nothing; a reading unit is enough, and nobody need be signed in.
    """
    try:
        _, checked = _checked(uow, secrets, parameters, issuer=issuer)
    except OAuth2Error as error:
        return _refusal(error, issuer)
    row: OAuthClient = checked.request.client.row
    return Asked(
        client_id=row.client_id,
        client_name=row.name,
        organisation_id=row.organisation_id,
        redirect_uri=checked.redirect_uri,
        scopes=tuple(sorted(checked.request.scope.split())),
        resource=resource_of(issuer),
        issuer=issuer,
        parameters=tuple(_known(parameters)),
    )


def grant(uow: UnitOfWork, secrets: Secrets, actor: Actor, asked: Asked) -> str:
    """Allow what was asked; the address to send the browser to, with `code`, `state` and `iss`.

    Everything is checked again: what stands in a form may have been changed, and a client may have ended.
    Raises `Refused` with UNAUTHENTICATED unless a signed-in person is calling, with NOT_FOUND when the
    request is good no more.
    """
    account = _own_account(uow, actor)
    try:
        server, checked = _checked(uow, secrets, asked.parameters, issuer=asked.issuer)
    except OAuth2Error as error:
        refused = _refusal(error, asked.issuer)
        if refused.redirect is None:
            raise refuse("NOT_FOUND") from error
        return refused.redirect
    made: Any = server.create_authorization_response(checked.request, grant_user=account, grant=checked)
    client: OAuthClient = checked.request.client.row
    record(
        uow,
        actor,
        action="account:app:allow",
        subject=("OAuthClient", UUID(client.client_id)),
        fields=["scopes"],
    )
    return _with_issuer(str(made.location), asked.issuer)


def deny(asked: Asked) -> str:
    """The address to send the browser to with `access_denied`, `state` and `iss`."""
    state = dict(asked.parameters).get("state")
    _, _, headers = AccessDeniedError(state=state, redirect_uri=asked.redirect_uri)()
    return _with_issuer(dict(headers)["Location"], asked.issuer)


def _checked(uow: UnitOfWork, secrets: Secrets, parameters: Parameters, *, issuer: str) -> tuple[Server, Any]:
    """Authlib's view of a good request. Raises `OAuth2Error`."""
    known = _known(parameters)
    if len({name for name, _ in known}) < len(known):
        # Which of two is meant is nobody's guess, so it is not said to either address.
        raise InvalidRequestError("Send each parameter once.")
    server = Server(uow, secrets, issuer=issuer)
    register_grants(server)
    asked = OAuthAsked(f"{issuer}{AUTHORIZE}", known, method="GET")
    return server, server.get_consent_grant(asked)  # type: ignore[no-untyped-call]


def _known(parameters: Parameters) -> list[tuple[str, str]]:
    return [(name, _readable(name, value)) for name, value in parameters if name in PARAMETERS]


def _readable(name: str, value: str) -> str:
    """Authlib repeats an unknown response type in its error, and fails when it holds other than ASCII."""
    return "other" if name == "response_type" and value != "code" else value


def _refusal(error: OAuth2Error, issuer: str) -> Refusal:
    status, _, headers = error()
    sent = dict(headers).get("Location") if status == 302 else None
    return Refusal(str(error.error), _with_issuer(sent, issuer) if sent else None)


def _with_issuer(address: str, issuer: str) -> str:
    """Who answers (RFC 9207), so that a client which asked somebody else notices."""
    return str(add_params_to_uri(address, [("iss", issuer)]))


def _own_account(uow: UnitOfWork, actor: Actor) -> Account:
    if actor.kind is not ActorKind.PERSON or actor.account_id is None or actor.client_id is not None:
        raise refuse("UNAUTHENTICATED")
    account = active_account(uow, actor.account_id)
    if account is None:
        raise refuse("UNAUTHENTICATED")
    return account


# ------------------------------------------------------------------ devices


def device_by_user_code(uow: UnitOfWork, secrets: Secrets, user_code: str) -> DeviceAsked | None:
    """The device that waits with this code, however it was typed; None when there is none (any more)."""
    hashed = user_code_hash(secrets, user_code)
    waiting = sa.select(OAuthDeviceRequest).where(
        col(OAuthDeviceRequest.user_code_hash) == hashed,
        col(OAuthDeviceRequest.state) == DeviceState.PENDING,
        col(OAuthDeviceRequest.expires_at) > uow.now,
    )
    row = uow.db.scalars(waiting).one_or_none()
    client = client_in_force(uow, row.client_id) if row else None
    if row is None or client is None:
        return None
    return DeviceAsked(
        id=row.id,
        client_id=client.client_id,
        client_name=client.name,
        organisation_id=client.organisation_id,
        scopes=tuple(sorted(row.scopes)),
        expires_at=row.expires_at,
    )


def allow_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> None:
    """Let the device in, in the name of the person who is calling.

    Raises `Refused` with UNAUTHENTICATED unless a signed-in person is calling, and with DEVICE_ENDED
    when the device does not wait any more.
    """
    _answer_device(uow, actor, device_id, DeviceState.ALLOWED)


def deny_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> None:
    """Tell the device no. Raises as `allow_device` does."""
    _answer_device(uow, actor, device_id, DeviceState.DENIED)


def _answer_device(uow: UnitOfWork, actor: Actor, device_id: UUID, state: DeviceState) -> None:
    """Of two who answer at once, one is refused."""
    account = _own_account(uow, actor)
    waiting = sa.and_(
        col(OAuthDeviceRequest.id) == device_id,
        col(OAuthDeviceRequest.state) == DeviceState.PENDING,
        col(OAuthDeviceRequest.expires_at) > uow.now,
    )
    answered = uow.db.execute(
        sa.update(OAuthDeviceRequest)
        .where(waiting)
        .values(state=state, account_id=account.id)
        .returning(OAuthDeviceRequest.client_id)
    ).scalar_one_or_none()
    if answered is None:
        raise refuse("DEVICE_ENDED")
    verb = "allow" if state is DeviceState.ALLOWED else "deny"
    record(uow, actor, action=f"account:device:{verb}", subject=("OAuthClient", UUID(answered)))
