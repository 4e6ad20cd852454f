"""Jobs run once for a period, whoever comes first, and are documented."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from coalition.access.retention import RetentionPeriods
from coalition.core.job_runs import JobRun
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.jobs.scheduler import Every, Job, jobs, make_scheduler, run_job
from tests.factories import NOW

HOUR = datetime(2026, 5, 14, 22, 0, tzinfo=UTC)
# 15 May in Chișinău, three hours ahead of UTC.
DAY = datetime(2026, 5, 14, 21, 0, tzinfo=UTC)


def _nothing(_uow: UnitOfWork) -> dict[str, int]:
    return {"rows": 1}


def test_run_job_at_once_in_eight_processes_does_its_work_once(units: Units) -> None:
    ran: list[int] = []

    def work(_uow: UnitOfWork) -> dict[str, int]:
        ran.append(1)
        return {"rows": 3}

    job = Job("test", "A test.", 0, Every.HOUR, work)

    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: run_job(units, job, NOW), range(8)))

    assert len(ran) == 1
    assert sorted(results, key=str) == [None] * 7 + [{"rows": 3}]
    with units.reading() as uow:
        assert [(run.name, run.period) for run in uow.db.scalars(sa.select(JobRun))] == [("test", HOUR)]


def test_run_job_that_fails_leaves_its_period_to_the_next(units: Units) -> None:
    def fail(_uow: UnitOfWork) -> dict[str, int]:
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        run_job(units, Job("test", "A test.", 0, Every.HOUR, fail), NOW)

    assert run_job(units, Job("test", "A test.", 0, Every.HOUR, _nothing), NOW) == {"rows": 1}


def test_daily_job_runs_at_the_first_hour_of_the_day_in_moldova_that_finds_a_process(units: Units) -> None:
    job = Job("test", "A test.", 0, Every.DAY, _nothing)

    ran = [run_job(units, job, NOW + timedelta(hours=hours)) is not None for hours in (-2, 0, 5, 22, 23)]

    assert ran == [True, True, False, False, True]
    with units.reading() as uow:
        periods = uow.db.scalars(sa.select(JobRun.period).order_by(JobRun.period)).all()
        assert list(periods) == [DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)]


def test_every_job_is_documented_and_scheduled(units: Units) -> None:
    text = Path("docs/jobs.md").read_text("utf-8")
    all_jobs = jobs(RetentionPeriods())

    assert [job.name for job in all_jobs if f"| `{job.name}` |" not in text] == []
    assert [job.name for job in all_jobs if job.description not in text] == []
    scheduled = make_scheduler(units, RetentionPeriods()).get_jobs()
    assert [entry.id for entry in scheduled] == [*(job.name for job in all_jobs), "roll-up"]
