"""The audit log."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.tables import code_field, json_field, moment_field, text_field


class AuditEntry(SQLModel, table=True):
    """One deed. `action` reads `source:subject:action`; `fields` names what changed, never its values."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_subject", "subject_type", "subject_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    happened_at: datetime = moment_field(index=True)
    actor: str = text_field(80)
    organisation_id: UUID | None = None
    action: str = code_field()
    subject_type: str = text_field(40)
    subject_id: UUID
    fields: list[str] = json_field(default_factory=list)
    reason: str | None = text_field(default=None)
