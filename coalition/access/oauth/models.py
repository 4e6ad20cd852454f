"""Tables of OAuth 2.0. Secrets, codes and refresh tokens are kept as keyed hashes only."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlmodel import Field, SQLModel

from coalition.access.oauth.enums import ActsFor, ClientRefusal, ClientState, DeviceState, GrantEnd, GrantType
from coalition.core.data_version import NEVER_SHOWN
from coalition.core.ids import random_id
from coalition.core.tables import code_field, enum_field, json_field, moment_field, text_field


class OAuthClient(SQLModel, table=True):
    """A partner's system or app.

    One that acts as a system has the permissions of one role type in one organisation; one that acts for
    persons has theirs, as far as they allowed it, and its organisation answers for it. `scopes` are the
    permissions it may ask for. A public client can keep no secret. Without an organisation it is our own.
    After a rotation the secret before goes on working until `previous_secret_ends_at`.
    `requested_by` and `approved_by` are subjects of the audit log, such as `account:<id>`. What the
    council's office paused (`paused_by_office`) only the office resumes.
    """

    __tablename__ = "oauth_client"
    __table_args__ = (
        sa.CheckConstraint(
            "acts_for <> 'SYSTEM' OR (organisation_id IS NOT NULL AND role_type IS NOT NULL)",
            name="system_has_role",
        ),
    )

    client_id: str = code_field(primary_key=True)
    name: str = text_field(200)
    purpose: str = text_field(1000, default="")
    acts_for: ActsFor = enum_field(ActsFor, "acts_for", default=ActsFor.SYSTEM)
    is_public: bool = False
    state: ClientState = enum_field(ClientState, "state", default=ClientState.ACTIVE, index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="organisation.id", index=True)
    role_type: str | None = code_field(default=None, foreign_key="role_type.code")
    scopes: list[str] = json_field(default_factory=list)
    grant_types: list[str] = json_field(default_factory=lambda: [GrantType.CLIENT_CREDENTIALS.value])
    redirect_uris: list[str] = json_field(default_factory=list)
    secret_hash: str | None = code_field(default=None)
    previous_secret_hash: str | None = code_field(default=None)
    previous_secret_ends_at: datetime | None = moment_field(default=None)
    expires_at: datetime | None = moment_field(default=None)
    last_used_on: date | None = None
    requested_by: str | None = text_field(80, default=None)
    approved_by: str | None = text_field(80, default=None)
    approved_at: datetime | None = moment_field(default=None)
    refusal: ClientRefusal | None = enum_field(ClientRefusal, "refusal", default=None)
    paused_by_office: bool = False
    created_at: datetime = moment_field()
    updated_at: datetime = moment_field()
    revision: int = 1

    model_config = {"ignored_types": (hybrid_property,)}

    @hybrid_property
    def id(self) -> UUID:
        """The client id as the id of a record."""
        return UUID(self.client_id)

    @id.inplace.expression  # noqa: A003
    @classmethod
    def _id(cls) -> Any:
        # Without dashes, which is how both databases read a UUID.
        return sa.cast(sa.func.replace(cls.client_id, "-", ""), sa.Uuid)


class OAuthGrant(SQLModel, table=True):
    """What a person has allowed a client: the family of every token that came from it, until it ends."""

    __tablename__ = "oauth_grant"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    client_id: str = code_field(foreign_key="oauth_client.client_id", index=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    scopes: list[str] = json_field(default_factory=list)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)
    ended_at: datetime | None = moment_field(default=None)
    why: GrantEnd | None = enum_field(GrantEnd, "why", default=None)


def _family_field(**options: Any) -> Any:
    """The grant of a row, which goes with it."""
    return Field(foreign_key="oauth_grant.id", ondelete="CASCADE", index=True, **options)


class OAuthToken(SQLModel, table=True):
    """An access token, at most ten minutes old; its `id` is the token's `jti`.

    The token itself is signed, not kept; this row lets it end early. Without a grant a system calls on
    its own.
    """

    __tablename__ = "oauth_token"
    __table_args__ = {"info": NEVER_SHOWN}

    id: UUID = Field(default_factory=random_id, primary_key=True)
    client_id: str = code_field(foreign_key="oauth_client.client_id", index=True)
    grant_id: UUID | None = _family_field(default=None)
    scopes: list[str] = json_field(default_factory=list)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)
    revoked_at: datetime | None = moment_field(default=None)


class OAuthRefreshToken(SQLModel, table=True):
    """A refresh token, good once: sent a second time it ends the whole family."""

    __tablename__ = "oauth_refresh_token"
    __table_args__ = {"info": NEVER_SHOWN}

    id: UUID = Field(default_factory=random_id, primary_key=True)
    grant_id: UUID = _family_field()
    token_hash: str = code_field(unique=True)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)
    used_at: datetime | None = moment_field(default=None)


class OAuthCode(SQLModel, table=True):
    """An authorization code, good once within a minute; `code_challenge` is always S256 (RFC 7636)."""

    __tablename__ = "oauth_code"
    __table_args__ = {"info": NEVER_SHOWN}

    id: UUID = Field(default_factory=random_id, primary_key=True)
    client_id: str = code_field(foreign_key="oauth_client.client_id", index=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    grant_id: UUID | None = _family_field(default=None)
    code_hash: str = code_field(unique=True)
    redirect_uri: str = text_field()
    scopes: list[str] = json_field(default_factory=list)
    code_challenge: str = code_field()
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)
    used_at: datetime | None = moment_field(default=None)


class OAuthDeviceRequest(SQLModel, table=True):
    """A device without a browser that waits until a person types its short code somewhere else."""

    __tablename__ = "oauth_device_request"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    client_id: str = code_field(foreign_key="oauth_client.client_id", index=True)
    account_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    grant_id: UUID | None = _family_field(default=None)
    device_code_hash: str = code_field(unique=True)
    user_code_hash: str = code_field(unique=True)
    scopes: list[str] = json_field(default_factory=list)
    state: DeviceState = enum_field(DeviceState, "state", default=DeviceState.PENDING)
    interval_seconds: int
    polled_at: datetime | None = moment_field(default=None)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)


class SigningKey(SQLModel, table=True):
    """A key that signs access tokens; its private half is kept encrypted.

    From `retired_at` on it signs no more; from `ends_at` on what it signed counts no more.
    """

    __tablename__ = "signing_key"

    kid: str = code_field(primary_key=True)
    public_key: dict[str, str] = json_field()
    private_key: str = text_field()
    created_at: datetime = moment_field()
    retired_at: datetime | None = moment_field(default=None)
    ends_at: datetime | None = moment_field(default=None)
