"""The authorization server of one request, on Authlib: which clients there are, and what a token is.

All of Authlib is synchronous: a server is made for each request, on the unit of work of that request,
and runs in a thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidScopeError,
)
from sqlmodel import col

from coalition.access.models import Account
from coalition.access.oauth.enums import DeviceState, GrantType
from coalition.access.oauth.families import begin_grant
from coalition.access.oauth.models import (
    OAuthClient,
    OAuthDeviceRequest,
    OAuthGrant,
    OAuthRefreshToken,
    OAuthToken,
)
from coalition.access.oauth.parties import Client, Code, RefreshToken, client_uuid
from coalition.access.oauth.repository import client_in_force
from coalition.access.oauth.requests import OAuthAnswer, OAuthAsked, OAuthRequest, answered
from coalition.access.oauth.signing import TOKEN_SECONDS, Contents, sign_token
from coalition.access.rates import Party, PartyKind, Rates
from coalition.access.secrets import Secrets
from coalition.access.service import NOBODY
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.ids import random_id
from coalition.core.unit_of_work import UnitOfWork

# After so long without a visit a person is asked again; never later than the grant's own end.
REFRESH_DAYS = 30


class ClientRefused(InvalidClientError):
    """One answer for an unknown client and a wrong secret, so that it tells nothing about either."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__("The client is unknown or its secret is wrong.")

    def get_headers(self) -> list[tuple[str, str]]:
        return [*default_json_headers, ("WWW-Authenticate", 'Basic realm="coalition", charset="UTF-8"')]


@dataclass(frozen=True)
class _Issued:
    """A token that is signed, and has no row yet."""

    id: UUID
    scopes: Sequence[str]
    expires_at: datetime


class Server(AuthorizationServer):
    """Authlib's server on one unit of work; `issuer` is our address as this caller knows it.

    `rates` counts requests of clients that have proven who they are.
    """

    def __init__(self, uow: UnitOfWork, secrets: Secrets, *, issuer: str, rates: Rates | None = None) -> None:
        super().__init__()
        self.uow = uow
        self.secrets = secrets
        self.issuer = issuer
        self._rates = rates
        self._issued: _Issued | None = None
        maker: Any = self._make_token
        self.register_token_generator("default", maker)

    # ------------------------------------------------------------------ clients

    def query_client(self, client_id: str) -> Any:
        row = client_in_force(self.uow, client_id) if client_uuid(client_id) else None
        return Client(row, self.secrets, self.uow.now) if row else None

    def authenticate_client(self, request: Any, methods: Collection[str], endpoint: str = "token") -> Any:
        try:
            client: Any = super().authenticate_client(request, methods, endpoint)
        except (InvalidClientError, ValueError) as error:
            # ValueError: an Authorization header that is not base64 of UTF-8.
            self._note_refusal(request)
            raise ClientRefused from error
        if self._rates and not client.row.is_public:
            # Only now, and never by its name alone: else anybody could use up what a client may send.
            self._rates.charge_here(Party(PartyKind.CLIENT, client.get_client_id()))
        return client

    def _note_refusal(self, request: OAuthRequest) -> None:
        named = request.payload.client_id
        record(
            self.uow,
            ANONYMOUS,
            action="client:authentication:refuse",
            subject=("OAuthClient", client_uuid(named) or NOBODY),
        )

    # ------------------------------------------------------------------ tokens

    def _make_token(
        self,
        *,
        grant_type: str,
        client: Client,
        user: Account | None = None,
        scope: str | None = None,
        include_refresh_token: bool = True,
        **_: Any,
    ) -> dict[str, Any]:
        expires_at = self.uow.now + timedelta(seconds=TOKEN_SECONDS)
        self._issued = _Issued(random_id(), _scopes(client, grant_type, scope), expires_at)
        contents = Contents(
            id=self._issued.id,
            issuer=self.issuer,
            subject=str(user.id) if user else client.get_client_id(),
            client_id=client.get_client_id(),
            scopes=tuple(self._issued.scopes),
            expires_at=expires_at,
        )
        token = {
            "access_token": sign_token(self.uow, self.secrets, contents),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(contents.scopes),
        }
        if include_refresh_token:
            token["refresh_token"] = new_token(TokenKind.REFRESH)
        return token

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        """Keep a row for what was signed, the hash of what is opaque, and an entry that says so."""
        client, issued = request.client, self._issued
        if not isinstance(client, Client) or issued is None:
            raise TypeError("a token that was not made here")
        self._forget_ended(client.row)
        family = self._family(request, client.row)
        client.row.last_used_on = self.uow.today
        self.uow.db.add(
            OAuthToken(
                id=issued.id,
                client_id=client.row.client_id,
                grant_id=family.id if family else None,
                scopes=list(issued.scopes),
                created_at=self.uow.now,
                expires_at=issued.expires_at,
            )
        )
        if family is not None and "refresh_token" in token:
            self.uow.db.add(self._refresh_row(family, str(token["refresh_token"])))
        self.uow.db.flush()
        record(
            self.uow,
            Actor(subject=f"client:{client.row.client_id}"),
            action="client:token:issue",
            subject=("OAuthToken", issued.id),
            organisation_id=client.row.organisation_id,
        )

    def _forget_ended(self, client: OAuthClient) -> None:
        ended = sa.and_(
            col(OAuthToken.client_id) == client.client_id, col(OAuthToken.expires_at) <= self.uow.now
        )
        self.uow.db.execute(sa.delete(OAuthToken).where(ended))

    def _family(self, request: OAuthRequest, client: OAuthClient) -> OAuthGrant | None:
        """The family that a token belongs to: a new one for a code or a device, none for a system."""
        if isinstance(request.refresh_token, RefreshToken):
            return request.refresh_token.grant
        origin = request.credential
        if isinstance(request.authorization_code, Code):
            origin = request.authorization_code.row
        if origin is None:
            return None
        family = begin_grant(self.uow, client=client, account_id=origin.account_id, scopes=origin.scopes)
        origin.grant_id = family.id
        if isinstance(origin, OAuthDeviceRequest):
            origin.state = DeviceState.USED
        return family

    def _refresh_row(self, family: OAuthGrant, token: str) -> OAuthRefreshToken:
        return OAuthRefreshToken(
            grant_id=family.id,
            token_hash=token_hash(self.secrets, token),
            created_at=self.uow.now,
            expires_at=min(self.uow.now + timedelta(days=REFRESH_DAYS), family.expires_at),
        )

    # ------------------------------------------------------------------ what Authlib wants of a framework

    def create_oauth2_request(self, request: OAuthAsked | OAuthRequest) -> OAuthRequest:
        return request if isinstance(request, OAuthRequest) else OAuthRequest(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> OAuthAnswer:
        return answered(status, body, headers)

    def send_signal(self, name: Any, *args: object, **kwargs: object) -> None:
        """Nobody listens to Authlib's signals."""


def _scopes(client: Client, grant_type: str, scope: str | None) -> list[str]:
    """A system's by its wish; a person's as they were allowed, without what the client has lost since."""
    if grant_type == GrantType.CLIENT_CREDENTIALS:
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            raise InvalidScopeError
        return list(allowed.split())
    found = [each for each in (scope or "").split() if each in client.row.scopes]
    if not found:
        raise InvalidScopeError
    return found
