"""Which scheduled work was done for which period, claimed by inserting a row: no leader is needed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from coalition.core.data_version import NEVER_SHOWN
from coalition.core.tables import code_field, moment_field
from coalition.core.unit_of_work import UnitOfWork


class JobRun(SQLModel, table=True):
    """One run of a job for one period, such as an hour; the row goes in with what the run changes."""

    __tablename__ = "job_run"
    __table_args__ = {"info": NEVER_SHOWN}

    name: str = code_field(primary_key=True)
    period: datetime = moment_field(primary_key=True)
    started_at: datetime = moment_field()


def claim_run(uow: UnitOfWork, *, name: str, period: datetime) -> bool:
    """Claim a job's run for a period in the transaction that does its work; False when it was done already.

    Two processes at once: the second waits for the first, and works only if the first gave up.
    """
    insert = sqlite.insert(JobRun) if uow.is_sqlite else postgresql.insert(JobRun)
    values = {"name": name, "period": period, "started_at": uow.now}
    statement = insert.values(values).on_conflict_do_nothing().returning(JobRun.name)
    return uow.db.execute(statement).scalar_one_or_none() is not None
