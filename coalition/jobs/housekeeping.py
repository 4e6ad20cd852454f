"""Forgetting what has ended: sign-ins, tokens, told events, old runs of jobs."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.retention import forget_ended
from coalition.core.events import OutboxEntry
from coalition.core.job_runs import JobRun
from coalition.core.unit_of_work import UnitOfWork

# Long enough for a process that was away to see what it missed, short enough to stay small.
OUTBOX_KEPT = timedelta(days=7)
RUNS_KEPT = timedelta(days=30)


def keep_house(uow: UnitOfWork) -> dict[str, int]:
    """Delete what nobody can use any more; says how many rows of each went."""
    told = uow.db.execute(sa.delete(OutboxEntry).where(col(OutboxEntry.happened_at) < uow.now - OUTBOX_KEPT))
    runs = uow.db.execute(sa.delete(JobRun).where(col(JobRun.period) < uow.now - RUNS_KEPT))
    return {**forget_ended(uow), "outbox": _count(told), "job_runs": _count(runs)}


def _count(result: sa.Result[tuple[()]]) -> int:
    return int(getattr(result, "rowcount", 0))
