"""Facts in the past tense: told to handlers in the unit of work, and to the outside through the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.database import JSONType, UTCDateTime


@dataclass(frozen=True)
class Event:
    """A fact about one record.

    `name` is `subject.verb`, for example `activity.logged`. `payload` holds ids and codes only:
    whoever hears of it reads the record with their own rights.
    """

    name: str
    subject_id: UUID
    payload: dict[str, Any]


class OutboxEntry(SQLModel, table=True):
    """An event that leaves the process, written in the same transaction as the change.

    `id` is monotonic; on PostgreSQL ids can become visible out of order, so readers look back a little.
    """

    __tablename__ = "outbox"
    __table_args__ = (sa.Index("ix_outbox_happened_at", "happened_at"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=sa.String(80))
    subject_id: UUID
    payload: dict[str, Any] = Field(sa_type=JSONType)
    happened_at: datetime = Field(sa_type=UTCDateTime)
