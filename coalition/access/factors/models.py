"""Tables of second factors and passkeys, and of the step between the first factor and being signed in."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.access.enums import SignInMethod
from coalition.access.factors.enums import ChallengePurpose
from coalition.core.ids import random_id
from coalition.core.tables import code_field, enum_field, json_field, moment_field, text_field


class SignInStep(SQLModel, table=True):
    """A browser whose first factor was right and whose second is awaited; the cookie holds the token.

    `failed_count` counts codes that were wrong.
    """

    __tablename__ = "sign_in_step"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    token_hash: str = code_field(unique=True)
    method: SignInMethod = enum_field(SignInMethod, "sign_in_step_method")
    failed_count: int = 0
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)


class Passkey(SQLModel, table=True):
    """A public key whose private half never leaves the person's device.

    `credential_id` and `public_key` are base64url; `host` is the address for which browsers offer it.
    `sign_count` is what the device counted last, 0 from devices that do not count.
    """

    __tablename__ = "passkey"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    credential_id: str = code_field(unique=True)
    public_key: str = code_field()
    host: str = code_field()
    name: str = text_field(80)
    sign_count: int = Field(default=0, sa_type=sa.BigInteger)
    transports: list[str] = json_field(default_factory=list)
    created_at: datetime = moment_field()
    last_used_on: date | None = None


class PasskeyChallenge(SQLModel, table=True):
    """Random bytes that a passkey is to sign, used once; `browser_hash` says which browser asked.

    `account_id` is None as long as nobody has said who they are.
    """

    __tablename__ = "passkey_challenge"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    challenge: str = code_field(unique=True)
    purpose: ChallengePurpose = enum_field(ChallengePurpose, "passkey_challenge_purpose")
    account_id: UUID | None = Field(default=None, foreign_key="account.id", index=True)
    browser_hash: str = code_field()
    created_at: datetime = moment_field()
    expires_at: datetime = moment_field(index=True)


class Authenticator(SQLModel, table=True):
    """The secret that an authenticator app makes codes from, sealed; it counts once `confirmed_at` is set.

    `begun_in` is the sign-in or step that may confirm it. `last_step` is the time step of the last code
    that was taken, in units of 30 s since 1970.
    """

    __tablename__ = "authenticator"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    sealed_secret: str = code_field()
    begun_in: UUID | None = None
    last_step: int | None = Field(default=None, sa_type=sa.BigInteger)
    created_at: datetime = moment_field()
    confirmed_at: datetime | None = moment_field(default=None)


class RecoveryCode(SQLModel, table=True):
    """A code on paper that stands in for a second factor, once."""

    __tablename__ = "recovery_code"

    id: UUID = Field(default_factory=random_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    code_hash: str = code_field(unique=True)
    created_at: datetime = moment_field()
    used_at: datetime | None = moment_field(default=None)
