"""The grants: ways from an authorization to a token, each refused as early and as plainly as may be."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCodeGrant,
    ExpiredTokenError,
    SlowDownError,
)
from sqlmodel import col

from coalition.access.models import Account
from coalition.access.oauth.enums import DeviceState, GrantEnd
from coalition.access.oauth.families import end_grant
from coalition.access.oauth.issuer import resource_of
from coalition.access.oauth.models import OAuthCode, OAuthDeviceRequest, OAuthGrant, OAuthRefreshToken
from coalition.access.oauth.parties import Client, Code, RefreshToken
from coalition.access.oauth.requests import OAuthRequest
from coalition.access.oauth.server import Server
from coalition.access.tokens import TokenKind, new_token, token_hash
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

WITH_SECRET = ["client_secret_basic", "client_secret_post"]
WITH_OR_WITHOUT = [*WITH_SECRET, "none"]
CODE_SECONDS = 60
SLOWER_SECONDS = 5
# SHA-256 in base64url: nothing else can be a challenge of S256.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class InvalidTargetError(InvalidRequestError):
    """A token for another API than ours was asked for (RFC 8707 section 2)."""

    error = "invalid_target"


class S256Challenge(CodeChallenge):
    """PKCE with S256 or nothing: `plain`, which is the default of RFC 7636, is a downgrade."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        sent = grant.request.payload.data
        if sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Send code_challenge_method=S256.")
        if not _CHALLENGE.fullmatch(sent.get("code_challenge", "")):
            raise InvalidRequestError("The parameter code_challenge must be a SHA-256 in base64url.")
        super().validate_code_challenge(grant, redirect_uri)


class ClientCredentials(ClientCredentialsGrant):
    """A system calls on its own (RFC 6749 section 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET
    server: Server
    request: OAuthRequest

    def validate_token_request(self) -> None:
        super().validate_token_request()
        check_resource(self.server, self.request)


class AuthorizationCode(AuthorizationCodeGrant):
    """An app acts for the person who allowed it in the browser (RFC 6749 section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_OR_WITHOUT
    server: Server
    request: OAuthRequest

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: Any) -> str:
        """The address, said back to nobody: Authlib fails on one with letters that no error may hold."""
        address: str = request.payload.redirect_uri or ""
        if not client.check_redirect_uri(address):
            raise InvalidRequestError("The parameter redirect_uri is no address of this client.")
        return address

    def validate_authorization_request(self) -> str:
        redirect_uri: str = super().validate_authorization_request()
        try:
            check_resource(self.server, self.request)
        except InvalidTargetError as error:
            error.redirect_uri = redirect_uri
            raise
        return redirect_uri

    def generate_authorization_code(self) -> str:
        return new_token(TokenKind.CODE)

    def save_authorization_code(self, code: str, request: Any) -> None:
        uow = self.server.uow
        uow.db.add(
            OAuthCode(
                client_id=request.client.get_client_id(),
                account_id=request.user.id,
                code_hash=token_hash(self.server.secrets, code),
                redirect_uri=request.payload.redirect_uri,
                scopes=request.scope.split(),
                code_challenge=request.payload.data["code_challenge"],
                created_at=uow.now,
                expires_at=uow.now + timedelta(seconds=CODE_SECONDS),
            )
        )
        uow.db.flush()

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        """Use a code up, whatever becomes of this request; one that was used before ends its family.

        Whoever sends it a second time, or as another client, shows that it has leaked.
        """
        uow = self.server.uow
        hashed = token_hash(self.server.secrets, code)
        row = uow.db.scalars(
            sa.select(OAuthCode).where(col(OAuthCode.code_hash) == hashed).with_for_update()
        ).one_or_none()
        if row is None:
            return None
        if row.used_at is not None:
            if row.grant_id is not None:
                end_grant(uow, _caller(client), row.grant_id, GrantEnd.CODE_REPLAYED)
            return None
        row.used_at = uow.now
        uow.db.flush()
        is_good = row.client_id == client.get_client_id() and row.expires_at > uow.now
        return Code(row) if is_good else None

    def authenticate_user(self, authorization_code: Any) -> Account | None:
        return active_account(self.server.uow, authorization_code.row.account_id)

    def delete_authorization_code(self, authorization_code: Any) -> None:
        """It is used up; the row stays for a while, so that a replay is noticed."""


class Refresh(RefreshTokenGrant):
    """A new access token, and a new refresh token for the one sent (RFC 9700 section 4.14)."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_OR_WITHOUT
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Server
    request: OAuthRequest

    def _validate_request_client(self) -> Client:
        client: Client = super()._validate_request_client()  # type: ignore[misc]  # The stubs leave it out.
        check_resource(self.server, self.request)
        self.request.client = client
        return client

    def authenticate_refresh_token(self, refresh_token: str) -> Any:
        uow = self.server.uow
        found = find_refresh_token(uow, token_hash(self.server.secrets, refresh_token))
        if found is None:
            return None
        if found.row.used_at is not None:
            end_grant(uow, _caller(self.request.client), found.grant.id, GrantEnd.REFRESH_REUSED)
            return None
        return found if is_good(uow, found) else None

    def authenticate_user(self, refresh_token: Any) -> Account | None:
        return active_account(self.server.uow, refresh_token.grant.account_id)

    def revoke_old_credential(self, refresh_token: Any) -> None:
        refresh_token.row.used_at = self.server.uow.now
        self.server.uow.db.flush()


class DeviceCredential:
    """A row of `oauth_device_request` as Authlib asks about it."""

    def __init__(self, row: OAuthDeviceRequest) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.client_id


class DeviceCode(DeviceCodeGrant):
    """A program without a browser acts for the person who typed its code elsewhere (RFC 8628)."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_OR_WITHOUT
    server: Server
    request: OAuthRequest

    def query_device_credential(self, device_code: str) -> DeviceCredential:
        uow = self.server.uow
        check_resource(self.server, self.request)
        hashed = token_hash(self.server.secrets, device_code)
        row = uow.db.scalars(
            sa.select(OAuthDeviceRequest)
            .where(col(OAuthDeviceRequest.device_code_hash) == hashed)
            .with_for_update()
        ).one_or_none()
        if row is None:
            raise InvalidGrantError("The device code is unknown.")
        return DeviceCredential(row)

    def validate_token_request(self) -> None:
        super().validate_token_request()
        self.request.credential = self.request.credential.row

    def create_token_response(self) -> Any:
        credential = self.request.credential
        token = self.generate_token(
            user=self.request.user,
            scope=" ".join(credential.scopes),
            include_refresh_token=self.request.client.check_grant_type("refresh_token"),
        )
        self.server.save_token(token, self.request)
        return 200, token, self.TOKEN_RESPONSE_HEADER

    def validate_device_credential(self, credential: DeviceCredential) -> Account:
        row, now = credential.row, self.server.uow.now
        if row.state is DeviceState.USED:
            raise InvalidGrantError("The device code was used.")
        if row.expires_at <= now:
            raise ExpiredTokenError
        if row.state is DeviceState.DENIED:
            raise AccessDeniedError
        if row.state is DeviceState.ALLOWED and row.account_id is not None:
            account = active_account(self.server.uow, row.account_id)
            if account is None:
                raise AccessDeniedError
            return account
        raise self._not_yet(row)

    def _not_yet(self, row: OAuthDeviceRequest) -> AuthorizationPendingError | SlowDownError:
        now = self.server.uow.now
        last, row.polled_at = row.polled_at or row.created_at, now
        too_soon = now - last < timedelta(seconds=row.interval_seconds)
        if too_soon:
            row.interval_seconds += SLOWER_SECONDS
        self.server.uow.db.flush()
        return SlowDownError() if too_soon else AuthorizationPendingError()


def register_grants(server: Server) -> None:
    """Let a server give tokens in every way that we know."""
    server.register_grant(ClientCredentials)
    server.register_grant(AuthorizationCode, [S256Challenge(required=True)])
    server.register_grant(Refresh)
    server.register_grant(DeviceCode)


def check_resource(server: Server, request: OAuthRequest) -> None:
    """Refuse a wish for a token of another API; ours is the only one, named or not."""
    if any(each != resource_of(server.issuer) for each in request.payload.datalist.get("resource", ())):
        raise InvalidTargetError("Tokens are good for this API only.")


def find_refresh_token(uow: UnitOfWork, hashed: str) -> RefreshToken | None:
    """The refresh token with this hash and its family, kept from others until this unit ends."""
    found = uow.db.execute(
        sa.select(OAuthRefreshToken, OAuthGrant)
        .join(OAuthGrant, col(OAuthGrant.id) == col(OAuthRefreshToken.grant_id))
        .where(col(OAuthRefreshToken.token_hash) == hashed)
        .with_for_update()
    ).one_or_none()
    return RefreshToken(*found) if found else None


def is_good(uow: UnitOfWork, found: RefreshToken) -> bool:
    """Whether a refresh token was not used and has not ended, nor its family, nor the account."""
    row, grant = found.row, found.grant
    has_ended = row.used_at or grant.ended_at or min(row.expires_at, grant.expires_at) <= uow.now
    return not has_ended and active_account(uow, grant.account_id) is not None


def active_account(uow: UnitOfWork, account_id: UUID) -> Account | None:
    """The account, unless it was closed."""
    account = uow.db.get(Account, account_id)
    return account if account and account.is_active else None


def _caller(client: Client) -> Actor:
    return Actor(subject=f"client:{client.get_client_id()}")
