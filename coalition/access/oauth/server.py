"""OAuth 2.0 for partners' systems: the client credentials grant (RFC 6749 section 4.4) on Authlib.

All of Authlib is synchronous: a server is made for each request, on the unit of work of that request,
and runs in a thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientMixin,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator

from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.access.rates import Party, PartyKind, Rates
from coalition.access.secrets import Secrets
from coalition.access.service import NOBODY
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.unit_of_work import UnitOfWork

TOKEN_SECONDS = 600


@dataclass(frozen=True)
class TokenRequest:
    """What a client sent to the token endpoint, each parameter once."""

    uri: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True)
class TokenAnswer:
    """What it gets back: JSON, whatever happened."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]


def answer(uow: UnitOfWork, secrets: Secrets, rates: Rates, request: TokenRequest) -> TokenAnswer:
    """Issue an access token, or say in the words of RFC 6749 section 5.2 why not. Raises `RateLimited`."""
    server = _Server(uow, secrets, rates)
    try:
        _check_form(request)
        made: Any = server.create_token_response(request)
    except OAuth2Error as error:
        made = server.handle_response(*error())
    found: TokenAnswer = made
    return found


def malformed(description: str) -> TokenAnswer:
    """The answer to what is no token request at all."""
    status, body, headers = InvalidRequestError(description)()
    return TokenAnswer(status, body, dict(headers))


def _check_form(request: TokenRequest) -> None:
    if not request.form.get("grant_type"):
        raise InvalidRequestError("The parameter grant_type is missing.")
    basic = request.headers.get("authorization", "").lower().startswith("basic ")
    if basic and "client_secret" in request.form:
        raise InvalidRequestError("Authenticate with one method: the Authorization header or client_secret.")


class ClientRefused(InvalidClientError):
    """One answer for an unknown client and a wrong secret, so that it tells nothing about either."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__("The client is unknown or its secret is wrong.")

    def get_headers(self) -> list[tuple[str, str]]:
        return [*default_json_headers, ("WWW-Authenticate", 'Basic realm="coalition", charset="UTF-8"')]


class _Client(ClientMixin):
    """A row of `oauth_client` as Authlib asks about it."""

    def __init__(self, row: OAuthClient, secrets: Secrets) -> None:
        self.row = row
        self._secrets = secrets

    def get_client_id(self) -> str:
        return self.row.client_id

    def check_client_secret(self, client_secret: str) -> bool:
        # Both sides are keyed hashes, so comparing them tells nothing through time.
        return token_hash(self._secrets, client_secret) == self.row.secret_hash

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        return method in _Grant.TOKEN_ENDPOINT_AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == _Grant.GRANT_TYPE

    def get_allowed_scope(self, scope: Collection[str] | str) -> Any:
        """All of the client's without a wish; None, which Authlib answers with invalid_scope, beyond them."""
        wished = scope.split() if isinstance(scope, str) else list(scope or ())
        if set(wished) <= set(self.row.scopes):
            return " ".join(dict.fromkeys(wished or self.row.scopes))
        return None


class _Request(OAuth2Request):
    """A token request; refuses plain http except on loopback."""

    def __init__(self, request: TokenRequest) -> None:
        super().__init__("POST", request.uri, headers=_Headers(request.headers))
        self._form = dict(request.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Headers(dict[str, str]):
    """Authlib asks for `Authorization`, ASGI says `authorization`."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class _Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012


class _Server(AuthorizationServer):
    def __init__(self, uow: UnitOfWork, secrets: Secrets, rates: Rates) -> None:
        super().__init__()
        self._uow = uow
        self._secrets = secrets
        self._rates = rates
        self.register_grant(_Grant)
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                lambda **_: new_token(TokenKind.OAUTH), expires_generator=lambda *_: TOKEN_SECONDS
            ),
        )

    def query_client(self, client_id: str) -> Any:
        row = self._uow.db.get(OAuthClient, client_id) if _client_uuid(client_id) else None
        return _Client(row, self._secrets) if row and row.state is ClientState.ACTIVE else None

    def authenticate_client(
        self, request: OAuth2Request, methods: Collection[str], endpoint: str = "token"
    ) -> ClientMixin:
        try:
            client: ClientMixin = super().authenticate_client(request, methods, endpoint)
        except (InvalidClientError, ValueError) as error:
            # ValueError: an Authorization header that is not base64 of UTF-8.
            self._note_refusal(request)
            raise ClientRefused from error
        # Only now: else anybody could use up what a client may send by naming it.
        self._rates.charge_here(Party(PartyKind.CLIENT, client.get_client_id()))
        return client

    def _note_refusal(self, request: OAuth2Request) -> None:
        named = request.payload.client_id if request.payload else None
        record(
            self._uow,
            ANONYMOUS,
            action="client:authentication:refuse",
            subject=("OAuthClient", _client_uuid(named) or NOBODY),
        )

    def save_token(self, token: dict[str, str | int], request: OAuth2Request) -> None:
        client = request.client
        if not isinstance(client, _Client):
            raise TypeError("a token without a client")
        uow, client_id = self._uow, client.get_client_id()
        past = sa.and_(OAuthToken.client_id == client_id, OAuthToken.expires_at <= uow.now)
        uow.db.execute(sa.delete(OAuthToken).where(past))
        row = OAuthToken(
            client_id=client_id,
            token_hash=token_hash(self._secrets, str(token["access_token"])),
            scopes=str(token.get("scope", "")).split(),
            created_at=uow.now,
            expires_at=uow.now + timedelta(seconds=int(token["expires_in"])),
        )
        uow.db.add(row)
        uow.db.flush()
        record(
            uow,
            Actor(subject=f"client:{client_id}"),
            action="client:token:issue",
            subject=("OAuthToken", row.id),
            organisation_id=client.row.organisation_id,
        )

    def create_oauth2_request(self, request: TokenRequest) -> OAuth2Request:
        return _Request(request)

    def handle_response(self, status: int, body: Mapping[str, object], headers: Any) -> TokenAnswer:
        return TokenAnswer(status, body, dict(headers))

    def send_signal(self, name: Any, *args: object, **kwargs: object) -> None:
        """Nobody listens to Authlib's signals."""


def _client_uuid(client_id: str | None) -> UUID | None:
    try:
        return UUID(client_id) if client_id else None
    except ValueError:
        return None
