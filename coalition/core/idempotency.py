"""A deed sent twice is done once: the client's id, kept with a hash of what it asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel

from coalition.core.data_version import NEVER_SHOWN
from coalition.core.errors import refuse
from coalition.core.tables import moment_field, text_field
from coalition.core.unit_of_work import UnitOfWork


class DeedKey(SQLModel, table=True):
    """One client id of one organisation and mutation, what it asked and which record came of it."""

    __tablename__ = "deed_key"
    __table_args__ = {"info": NEVER_SHOWN}

    organisation_id: UUID = Field(primary_key=True)
    mutation: str = text_field(60, primary_key=True)
    client_id: UUID = Field(primary_key=True)
    input_hash: str = text_field(64)
    subject_id: UUID
    created_at: datetime = moment_field()


@dataclass(frozen=True)
class ClientKey:
    """A client's id with the hash of the coerced input it came with."""

    client_id: UUID
    input_hash: str


def input_hash(content: Mapping[str, Any]) -> str:
    """The hash of a coerced input without its `clientId`; `content` is plain JSON values."""
    # Escaped to ASCII, because a client can send half a surrogate pair, which no encoding holds.
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def claim(
    uow: UnitOfWork, key: ClientKey | None, *, mutation: str, organisation_id: UUID, subject_id: UUID
) -> UUID | None:
    """Claim the client's id for a new record, or say which record it already made.

    Returns None when the deed is to be done, else the id of the record to be replayed. Two at once:
    the second waits for the first. Call it after permission is checked; a refused deed rolls the claim back.

    Raises `Refused` with IDEMPOTENCY_MISMATCH when the id came before with other content.
    """
    if key is None:
        return None
    values = {
        "organisation_id": organisation_id,
        "mutation": mutation,
        "client_id": key.client_id,
        "input_hash": key.input_hash,
        "subject_id": subject_id,
        "created_at": uow.now,
    }
    insert = sqlite.insert(DeedKey) if uow.is_sqlite else postgresql.insert(DeedKey)
    claimed = uow.db.execute(
        insert.values(values).on_conflict_do_nothing().returning(DeedKey.subject_id)
    ).scalar_one_or_none()
    if claimed is not None:
        return None
    found = uow.db.execute(
        sa.select(DeedKey).where(
            sa.and_(
                DeedKey.organisation_id == organisation_id,
                DeedKey.mutation == mutation,
                DeedKey.client_id == key.client_id,
            )
        )
    ).scalar_one()
    if found.input_hash != key.input_hash:
        raise refuse("IDEMPOTENCY_MISMATCH", "clientId")
    subject: UUID = found.subject_id
    return subject
