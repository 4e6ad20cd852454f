"""The mark by which a database with an invented load set is told from one with a real record."""

from __future__ import annotations

import sqlalchemy as sa

from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation

# Stands as the source of every organisation, service, session and activity of a load set.
SYNTHETIC_SOURCE = "Synthetic load set, made by `coalition synthesize`; nothing in it is real."


def holds_load_set(uow: UnitOfWork) -> bool:
    """Whether this database was filled with an invented load set."""
    marked = sa.select(Organisation.id).where(Organisation.source == SYNTHETIC_SOURCE)
    return uow.db.scalars(marked.limit(1)).first() is not None
