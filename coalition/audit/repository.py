"""Queries on the audit log."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import col

from coalition.audit.models import AuditSeal
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork


def sealed(uow: UnitOfWork, _actor: Actor, entry_ids: Sequence[int]) -> list[bool]:
    """Whether each entry, which the actor has been shown, stands in the chain."""
    found = set(
        uow.db.scalars(sa.select(AuditSeal.entry_id).where(col(AuditSeal.entry_id).in_(set(entry_ids))))
    )
    return [entry_id in found for entry_id in entry_ids]
