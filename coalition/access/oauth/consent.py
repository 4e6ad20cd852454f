"""What the consent page and the device page do: show what an app asks for, and allow or deny it.

Only a person who is signed in may allow anything: never an app in a person's name, nor a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coalition.access.secrets import Secrets
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

Parameters = Sequence[tuple[str, str]]


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
    uow: UnitOfWork, secrets: Secrets, actor: Actor, parameters: Parameters, *, issuer: str
) -> Asked | Refusal:
    """Check an authorization request: what the consent page shows, or why there is nothing to show.

    `issuer` is `issuer_of(request)`. Changes nothing; a reading unit is enough.
    """
    raise NotImplementedError


def grant(uow: UnitOfWork, secrets: Secrets, actor: Actor, asked: Asked) -> str:
    """Allow what was asked; the address to send the browser to, with `code`, `state` and `iss`.

    Raises `Refused` with UNAUTHENTICATED unless a signed-in person is calling.
    """
    raise NotImplementedError


def deny(asked: Asked) -> str:
    """The address to send the browser to with `access_denied`, `state` and `iss`."""
    raise NotImplementedError


def device_by_user_code(uow: UnitOfWork, secrets: Secrets, user_code: str) -> DeviceAsked | None:
    """The device that waits with this code, however it was typed; None when there is none (any more)."""
    raise NotImplementedError


def allow_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> None:
    """Let the device in, in the name of the person who is calling.

    Raises `Refused` with UNAUTHENTICATED unless a signed-in person is calling, and with DEVICE_ENDED
    when the device does not wait any more.
    """
    raise NotImplementedError


def deny_device(uow: UnitOfWork, actor: Actor, device_id: UUID) -> None:
    """Tell the device no. Raises as `allow_device` does."""
    raise NotImplementedError
