"""Entries of the audit log, for the auditor."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

import strawberry

from coalition.audit.models import AuditEntry
from coalition.audit.repository import sealed
from coalition.graphql.context import Context
from coalition.graphql.declare import batched, column, computed, record, to_one
from coalition.graphql.identifiers import encode_id
from coalition.graphql.types.members import OrganisationType


def _id(entry: Any, _context: Context) -> strawberry.ID:
    return strawberry.ID(encode_id("AuditEntry", UUID(int=entry.id)))


def _subject(entry: Any, _context: Context) -> strawberry.ID:
    return strawberry.ID(encode_id(entry.subject_type, entry.subject_id))


@record(AuditEntry, "AuditEntry", "One deed, or one reading of secrets; never values.")
class AuditEntryType:
    """An entry."""

    id: strawberry.ID = computed("Opaque id of the entry.", ("id",), _id)
    happened_at: datetime.datetime = column("When it happened.")
    actor: str = column("Who did it: account:<id>, client:<id>, system:<task> or anonymous; never a name.")
    organisation: OrganisationType | None = to_one(
        "Whose record it concerns.", "Organisation", "organisation_id"
    )
    action: str = column("What was done, as source:subject:action.")
    subject_type: str = column("The kind of record it was done to.")
    subject: strawberry.ID = computed(
        "The record; `node` gives it if you may see it.", ("subject_type", "subject_id"), _subject
    )
    fields: list[str] = column("Which fields were set, changed or read; never their values.")
    reason: str | None = column("Why, as a code or in words of the product.")
    sealed: bool = batched("Whether it stands in the chain by now; entries are sealed every second.", sealed)
