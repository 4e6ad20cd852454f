"""Tables of accounts, sign-ins, tokens and clients. Secrets are kept as hashes only."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from coalition.access.enums import LinkPurpose, SignInMethod
from coalition.core.ids import new_id, random_id
from coalition.core.tables import code_field, enum_field, moment_field, text_field


class Account(SQLModel, table=True):
    """How a person signs in. `email` is folded to lower case; `password_hash` is argon2id.

    `joined_at` is when its holder first came in; until then only an invitation leads into it.
    """

    __tablename__ = "account"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", unique=True)
    email: str = code_field(unique=True)
    password_hash: str | None = text_field(default=None)
    language: str | None = text_field(35, default=None)
    is_active: bool = True
    created_at: datetime = moment_field()
    joined_at: datetime | None = moment_field(default=None)


class SignIn(SQLModel, table=True):
    """A browser signed in; the cookie holds the token, this row its hash.

    `proven_at` is when its holder last proved to be the account's: at first by signing in. Without
    `with_second_factor` it is worth nothing to whoever holds a role that needs one. `browser` is a coarse
    word such as "Firefox on Android"; `last_seen_at` is the hour of the last visit, no more.
    """

    __tablename__ = "sign_in"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: str = code_field(unique=True)
    method: SignInMethod = enum_field(SignInMethod, "sign_in_method")
    with_second_factor: bool
    created_at: datetime = moment_field()
    proven_at: datetime = moment_field()
    expires_at: datetime = moment_field()
    browser: str = text_field(60, default="")
    last_seen_at: datetime = moment_field()


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


class OneTimeLink(SQLModel, table=True):
    """A way into an account for whoever holds its code: usable once, until `expires_at`."""

    __tablename__ = "one_time_link"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: str = code_field(unique=True)
    purpose: LinkPurpose = enum_field(LinkPurpose, "one_time_link_purpose")
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field()
    used_at: datetime | None = moment_field(default=None)
