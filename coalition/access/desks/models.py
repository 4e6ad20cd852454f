"""Desks, their operators, and who is at which browser now. PINs and codes are kept as hashes only."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.data_version import NEVER_SHOWN
from coalition.core.ids import random_id
from coalition.core.tables import code_field, moment_field, text_field

LONGEST_LABEL = 20


class Desk(SQLModel, table=True):
    """An account that is shared at the desk of one organisation; its person's name is the desk's.

    `operators_made` gives the next operator a number that no other ever had.
    """

    __tablename__ = "desk"

    account_id: UUID = Field(primary_key=True, foreign_key="account.id")
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    operators_made: int = 0
    created_at: datetime = moment_field()
    closed_at: datetime | None = moment_field(default=None)


class DeskOperator(SQLModel, table=True):
    """Somebody who serves at a desk, as `number` in the audit log; `label` is not a name, but initials.

    Without `pin_hash` (argon2id) the one-time code of `code_hash` sets a PIN. `wrong_count` counts what was
    typed wrong in a row, the try under way included.
    """

    __tablename__ = "desk_operator"
    __table_args__ = (sa.UniqueConstraint("desk_id", "number"),)

    id: UUID = Field(default_factory=random_id, primary_key=True)
    desk_id: UUID = Field(foreign_key="desk.account_id", index=True)
    number: int
    label: str = text_field(LONGEST_LABEL)
    pin_hash: str | None = text_field(default=None)
    code_hash: str | None = code_field(default=None)
    code_expires_at: datetime | None = moment_field(default=None)
    wrong_count: int = 0
    created_at: datetime = moment_field()
    ended_at: datetime | None = moment_field(default=None)


class DeskTurn(SQLModel, table=True):
    """Who is at a browser in which a desk is signed in; over at `ends_at` unless something is done before."""

    __tablename__ = "desk_turn"
    __table_args__ = {"info": NEVER_SHOWN}

    sign_in_id: UUID = Field(primary_key=True, foreign_key="sign_in.id", ondelete="CASCADE")
    operator_id: UUID = Field(foreign_key="desk_operator.id", index=True)
    began_at: datetime = moment_field()
    ends_at: datetime = moment_field()
