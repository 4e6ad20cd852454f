"""Clients, codes, refresh tokens and devices as Authlib asks about them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin

from coalition.access.oauth.enums import ActsFor, GrantType
from coalition.access.oauth.models import OAuthClient, OAuthCode, OAuthGrant, OAuthRefreshToken
from coalition.access.oauth.redirects import is_registered
from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash

_SECRET_METHODS = ("client_secret_basic", "client_secret_post")
# What only a system does, and what only an app does that acts for persons.
_FOR = {GrantType.CLIENT_CREDENTIALS.value: ActsFor.SYSTEM}


class Client(ClientMixin):
    """A row of `oauth_client`."""

    def __init__(self, row: OAuthClient, secrets: Secrets, now: datetime) -> None:
        self.row = row
        self._secrets = secrets
        self._now = now

    def get_client_id(self) -> str:
        return self.row.client_id

    def get_default_redirect_uri(self) -> Any:
        """None: an app always says where it wants its answer."""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return is_registered(redirect_uri, self.row.redirect_uris, any_port=self.row.is_public)

    def check_client_secret(self, client_secret: str) -> bool:
        # Both sides are keyed hashes, so comparing them tells nothing through time.
        return token_hash(self._secrets, client_secret) in self._secret_hashes()

    def _secret_hashes(self) -> list[str | None]:
        row = self.row
        is_standing = row.previous_secret_ends_at is not None and row.previous_secret_ends_at > self._now
        return [row.secret_hash, row.previous_secret_hash if is_standing else None]

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002
        return method == "none" if self.row.is_public else method in _SECRET_METHODS

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and self.check_grant_type(GrantType.AUTHORIZATION_CODE)

    def check_grant_type(self, grant_type: str) -> bool:
        acts_for = _FOR.get(grant_type, ActsFor.PERSON)
        return self.row.acts_for is acts_for and grant_type in self.row.grant_types

    def get_allowed_scope(self, scope: Collection[str] | str | None) -> Any:
        """All of the client's without a wish; None, which Authlib answers with invalid_scope, beyond them."""
        wished = scope.split() if isinstance(scope, str) else list(scope or ())
        if set(wished) <= set(self.row.scopes):
            return " ".join(dict.fromkeys(wished or self.row.scopes))
        return None


class Code(AuthorizationCodeMixin):
    """A row of `oauth_code` just used up; the names of its challenge are Authlib's."""

    code_challenge_method = "S256"

    def __init__(self, row: OAuthCode) -> None:
        self.row = row
        self.code_challenge = row.code_challenge

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)


class RefreshToken:
    """A row of `oauth_refresh_token` with its family."""

    def __init__(self, row: OAuthRefreshToken, grant: OAuthGrant) -> None:
        self.row = row
        self.grant = grant

    def check_client(self, client: Client) -> bool:
        return self.grant.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)


def client_uuid(client_id: str | None) -> UUID | None:
    """A client's id as the audit log can hold it; None for what is no id of ours."""
    try:
        return UUID(client_id) if client_id else None
    except ValueError:
        return None
