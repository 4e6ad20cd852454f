"""The audit log: entries, and the seals that chain them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.tables import code_field, json_field, moment_field, text_field


class AuditEntry(SQLModel, table=True):
    """One deed. `action` reads `source:subject:action`; `fields` names what changed, never its values.

    `tag` authenticates all of it but `id`, which is not known before it is stored; `nonce` is random and
    tells entries with the same contents apart. Entries of releases before 0003 have neither.
    Triggers of the database refuse to change or delete an entry.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_subject", "subject_type", "subject_id"),
        sa.Index("ix_audit_entry_actor", "actor", "happened_at"),
        sa.Index("ix_audit_entry_nonce", "nonce", unique=True),
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
    nonce: UUID | None = None
    tag: str | None = text_field(64, default=None)


class AuditSeal(SQLModel, table=True):
    """The place of one entry in the chain, from 1 on without gaps.

    `hash` covers the hash before it, the seal and the whole entry. `accepted`: the entry was not
    authenticated when the log was begun or restored, and was taken as it stood.
    """

    __tablename__ = "audit_seal"
    __table_args__ = (sa.Index("ix_audit_seal_entry_id", "entry_id", unique=True),)

    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry_id: int = Field(foreign_key="audit_entry.id")
    accepted: bool
    sealed_at: datetime = moment_field()
    hash: str = text_field(64)
