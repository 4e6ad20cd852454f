"""What each endpoint does, from what was sent to what goes back, in one unit of work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc6749 import (
    InvalidRequestError,
    InvalidScopeError,
    OAuth2Error,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint

from coalition.access.oauth.enums import GrantEnd, GrantType
from coalition.access.oauth.families import end_grant
from coalition.access.oauth.grants import (
    WITH_OR_WITHOUT,
    WITH_SECRET,
    check_resource,
    find_refresh_token,
    is_good,
    register_grants,
)
from coalition.access.oauth.issuer import resource_of
from coalition.access.oauth.models import OAuthDeviceRequest
from coalition.access.oauth.parties import Client, RefreshToken
from coalition.access.oauth.repository import TokenInForce, token_in_force
from coalition.access.oauth.requests import OAuthAnswer, OAuthAsked, OAuthRequest, answered
from coalition.access.oauth.server import Server
from coalition.access.oauth.signing import token_id
from coalition.access.oauth.user_codes import user_code_hash
from coalition.access.rates import Rates
from coalition.access.secrets import Secrets
from coalition.access.tokens import TokenKind, is_kind, new_token, token_hash
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

# Where a person types the code of a device.
DEVICE_PAGE = "/device"
DEVICE_SECONDS = 600
POLL_SECONDS = 5

Endpoint = Callable[[UnitOfWork, Secrets, Rates, OAuthAsked, str], OAuthAnswer]


def give_token(
    uow: UnitOfWork, secrets: Secrets, rates: Rates, asked: OAuthAsked, issuer: str
) -> OAuthAnswer:
    """Issue tokens, or say in the words of RFC 6749 section 5.2 why not. Raises `RateLimited`."""
    server = Server(uow, secrets, issuer=issuer, rates=rates)
    register_grants(server)

    def work() -> OAuthAnswer:
        if not dict(asked.form).get("grant_type"):
            raise InvalidRequestError("The parameter grant_type is missing.")
        made: Any = server.create_token_response(asked)
        answer: OAuthAnswer = made
        return answer

    return _answered(asked, work)


def revoke(uow: UnitOfWork, secrets: Secrets, rates: Rates, asked: OAuthAsked, issuer: str) -> OAuthAnswer:
    """End a token (RFC 7009): an access token alone, a refresh token with its whole family."""
    return _at_endpoint(Server(uow, secrets, issuer=issuer, rates=rates), _Revocation, asked)


def introspect(
    uow: UnitOfWork, secrets: Secrets, rates: Rates, asked: OAuthAsked, issuer: str
) -> OAuthAnswer:
    """Whether a token of the client that asks counts now (RFC 7662)."""
    return _at_endpoint(Server(uow, secrets, issuer=issuer, rates=rates), _Introspection, asked)


def authorize_device(
    uow: UnitOfWork, secrets: Secrets, rates: Rates, asked: OAuthAsked, issuer: str
) -> OAuthAnswer:
    """Give a device its codes (RFC 8628 section 3.2)."""
    return _at_endpoint(Server(uow, secrets, issuer=issuer, rates=rates), _DeviceAuthorization, asked)


def _at_endpoint(server: Server, endpoint: Any, asked: OAuthAsked) -> OAuthAnswer:
    server.register_endpoint(endpoint)

    def work() -> OAuthAnswer:
        made: OAuthAnswer = server.create_endpoint_response(endpoint.ENDPOINT_NAME, asked)  # type: ignore[no-untyped-call]
        return made

    return _answered(asked, work)


def _answered(asked: OAuthAsked, work: Callable[[], OAuthAnswer]) -> OAuthAnswer:
    try:
        _check_methods(asked)
        return work()
    except OAuth2Error as error:
        return answered(*error())


def _check_methods(asked: OAuthAsked) -> None:
    basic = asked.headers.get("authorization", "").lower().startswith("basic ")
    if basic and "client_secret" in dict(asked.form):
        raise InvalidRequestError("Authenticate with one method: the Authorization header or client_secret.")


# ------------------------------------------------------------------ tokens that exist


@dataclass(frozen=True)
class _Found:
    """A token that was sent, and counts: signed or opaque."""

    client_id: str
    signed: TokenInForce | None = None
    opaque: RefreshToken | None = None

    def check_client(self, client: Client) -> bool:
        return self.client_id == client.get_client_id()

    def is_expired(self) -> bool:
        """Never: one that has ended is not found."""
        return False

    is_revoked = is_expired


def _find(server: Server, text: str) -> _Found | None:
    uow = server.uow
    if is_kind(text, TokenKind.REFRESH):
        opaque = find_refresh_token(uow, token_hash(server.secrets, text))
        good = opaque if opaque and is_good(uow, opaque) else None
        return _Found(good.grant.client_id, opaque=good) if good else None
    jti = token_id(uow, text, issuer=server.issuer)
    signed = token_in_force(uow, jti) if jti else None
    return _Found(signed.client.client_id, signed=signed) if signed else None


def _check_token(request: OAuthRequest) -> None:
    """A hint that is not known counts for nothing: only two kinds exist, and each is recognised."""
    if not request.form.get("token"):
        raise InvalidRequestError("The parameter token is missing.")


class _Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = WITH_OR_WITHOUT
    server: Server

    def check_params(self, request: OAuthRequest, client: Client) -> None:  # noqa: ARG002
        _check_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Found | None:  # noqa: ARG002
        return _find(self.server, token_string)

    def revoke_token(self, token: _Found, request: Any) -> None:
        uow, actor = self.server.uow, Actor(subject=f"client:{request.client.get_client_id()}")
        if token.opaque is not None:
            end_grant(uow, actor, token.opaque.grant.id, GrantEnd.BY_CLIENT)
        if token.signed is not None:
            row = token.signed.token
            row.revoked_at = uow.now
            record(uow, actor, action="client:token:revoke", subject=("OAuthToken", row.id))
        uow.db.flush()


class _Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = WITH_SECRET
    server: Server

    def check_params(self, request: OAuthRequest, client: Client) -> None:  # noqa: ARG002
        _check_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Found | None:  # noqa: ARG002
        return _find(self.server, token_string)

    def check_permission(self, token: _Found, client: Client, request: OAuthRequest) -> bool:  # noqa: ARG002
        return token.check_client(client)

    def introspect_token(self, token: _Found) -> Mapping[str, Any]:
        common = {"active": True, "client_id": token.client_id, "iss": self.server.issuer}
        if token.signed is not None:
            row, account = token.signed.token, token.signed.account
            return {
                **common,
                **_times(row.created_at, row.expires_at),
                "token_type": "Bearer",
                "scope": " ".join(row.scopes),
                "sub": str(account.id) if account else token.client_id,
                "aud": resource_of(self.server.issuer),
                "jti": str(row.id),
            }
        if token.opaque is None:
            return {"active": False}
        grant, row_ = token.opaque.grant, token.opaque.row
        return {
            **common,
            **_times(row_.created_at, row_.expires_at),
            "scope": " ".join(grant.scopes),
            "sub": str(grant.account_id),
        }


def _times(created_at: datetime, expires_at: datetime) -> dict[str, int]:
    return {"iat": int(created_at.timestamp()), "exp": int(expires_at.timestamp())}


# ------------------------------------------------------------------ devices


class _DeviceAuthorization(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = WITH_OR_WITHOUT
    EXPIRES_IN = DEVICE_SECONDS
    INTERVAL = POLL_SECONDS
    server: Server

    def authenticate_client(self, request: OAuthRequest) -> Client:
        client: Client = super().authenticate_client(request)  # type: ignore[no-untyped-call]
        if not client.check_grant_type(GrantType.DEVICE_CODE):
            raise UnauthorizedClientError("This client may not use devices.")
        check_resource(self.server, request)
        # Not by way of `request.scope`, which falls back on what was wished when it is set to None.
        allowed = client.get_allowed_scope(request.payload.scope)
        if not allowed:
            raise InvalidScopeError
        self._scopes = allowed.split()
        return client

    def generate_device_code(self) -> str:
        return new_token(TokenKind.DEVICE)

    def get_verification_uri(self) -> str:
        return f"{self.server.issuer}{DEVICE_PAGE}"

    def save_device_credential(self, client_id: str, scope: str | None, data: Mapping[str, str]) -> None:  # noqa: ARG002
        uow, secrets = self.server.uow, self.server.secrets
        uow.db.add(
            OAuthDeviceRequest(
                client_id=client_id,
                device_code_hash=token_hash(secrets, data["device_code"]),
                user_code_hash=user_code_hash(secrets, data["user_code"]),
                scopes=self._scopes,
                interval_seconds=self.INTERVAL,
                created_at=uow.now,
                expires_at=uow.now + timedelta(seconds=self.EXPIRES_IN),
            )
        )
        uow.db.flush()
