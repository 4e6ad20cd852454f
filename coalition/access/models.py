"""Tables of accounts, sign-ins, tokens and clients. Secrets are kept as hashes only."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from coalition.core.ids import new_id, random_id
from coalition.core.tables import code_field, json_field, moment_field, text_field


class Account(SQLModel, table=True):
    """How a person signs in. `email` is folded to lower case; `password_hash` is argon2id."""

    __tablename__ = "account"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", unique=True)
    email: str = code_field(unique=True)
    password_hash: str | None = text_field(default=None)
    language: str | None = text_field(35, default=None)
    is_active: bool = True
    created_at: datetime = moment_field()


class SignIn(SQLModel, table=True):
    """A browser signed in; the cookie holds the token, this row its hash."""

    __tablename__ = "sign_in"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: str = code_field(unique=True)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field()


class PersonalAccessToken(SQLModel, table=True):
    """A bearer token of one account; `expires_at` None never expires."""

    __tablename__ = "personal_access_token"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    name: str = text_field(200)
    token_hash: str = code_field(unique=True)
    created_at: datetime = moment_field()
    expires_at: datetime | None = moment_field(default=None)
    revoked_at: datetime | None = moment_field(default=None)


class OAuthClient(SQLModel, table=True):
    """A partner's system: acts for one organisation with the permissions of one role type.

    `scopes` are the permissions it may ask for.
    """

    __tablename__ = "oauth_client"

    client_id: str = code_field(primary_key=True)
    name: str = text_field(200)
    secret_hash: str = code_field()
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    role_type: str = code_field(foreign_key="role_type.code")
    scopes: list[str] = json_field(default_factory=list)
    is_active: bool = True
    created_at: datetime = moment_field()


class OAuthToken(SQLModel, table=True):
    """An access token of a client, at most ten minutes old."""

    __tablename__ = "oauth_token"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    client_id: str = code_field(foreign_key="oauth_client.client_id", index=True)
    token_hash: str = code_field(unique=True)
    scopes: list[str] = json_field(default_factory=list)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)


class OneTimeLink(SQLModel, table=True):
    """An invitation to set a password: usable once, until `expires_at`."""

    __tablename__ = "one_time_link"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: str = code_field(unique=True)
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field()
    used_at: datetime | None = moment_field(default=None)
