"""Who may read the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor

PERMISSION = "audit:read"


def may_audit(actor: Actor) -> bool:
    """Whether there is an audit log for the actor at all."""
    return actor.may(PERMISSION)


def visible_entries(actor: Actor) -> ColumnElement[bool]:
    """Entries about the organisations that the actor audits; one about none needs the whole coalition."""
    held = actor.reach(PERMISSION)
    if held.everything:
        return sa.true()
    return col(AuditEntry.organisation_id).in_(sorted(held.organisations))
