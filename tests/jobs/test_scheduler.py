"""Jobs run once for an hour, whoever comes first, and are documented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from coalition.core.events import OutboxEntry
from coalition.core.ids import new_id
from coalition.core.job_runs import JobRun
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.jobs.housekeeping import OUTBOX_KEPT, keep_house
from coalition.jobs.scheduler import JOBS, Job, make_scheduler, run_job
from tests.factories import NOW

HOUR = datetime(2026, 5, 14, 22, 0, tzinfo=UTC)


def test_run_job_at_once_in_eight_processes_does_its_work_once(units: Units) -> None:
    ran: list[int] = []

    def work(_uow: UnitOfWork) -> dict[str, int]:
        ran.append(1)
        return {"rows": 3}

    job = Job("test", "A test.", 0, work)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: run_job(units, job, NOW), range(8)))

    assert len(ran) == 1
    assert sorted(results, key=str) == [None] * 7 + [{"rows": 3}]
    with units.reading() as uow:
        assert [(run.name, run.period) for run in uow.db.scalars(sa.select(JobRun))] == [("test", HOUR)]


def test_run_job_that_fails_leaves_its_hour_to_the_next(units: Units) -> None:
    def fail(_uow: UnitOfWork) -> dict[str, int]:
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        run_job(units, Job("test", "A test.", 0, fail), NOW)

    assert run_job(units, Job("test", "A test.", 0, lambda _uow: {"rows": 1}), NOW) == {"rows": 1}


def test_keep_house_deletes_told_events_and_keeps_recent_ones(units: Units) -> None:
    with units.writing() as uow:
        for age in (OUTBOX_KEPT + timedelta(seconds=1), OUTBOX_KEPT - timedelta(seconds=1)):
            uow.db.add(OutboxEntry(name="a.b", subject_id=new_id(), payload={}, happened_at=uow.now - age))

    with units.writing() as uow:
        counts = keep_house(uow)

    assert counts == {"sign_in": 0, "oauth_token": 0, "one_time_link": 0, "outbox": 1, "job_runs": 0}
    with units.reading() as uow:
        assert uow.db.scalars(sa.select(OutboxEntry.happened_at)).all() == [
            NOW - OUTBOX_KEPT + timedelta(seconds=1)
        ]


def test_every_job_is_documented_and_scheduled(units: Units) -> None:
    text = Path("docs/jobs.md").read_text("utf-8")

    assert [job.name for job in JOBS if f"| `{job.name}` |" not in text or job.description not in text] == []
    assert [entry.id for entry in make_scheduler(units).get_jobs()] == [job.name for job in JOBS]
