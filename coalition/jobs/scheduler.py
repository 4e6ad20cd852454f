"""The clock that starts jobs. Every process has one; a job's row says who did which period."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from apscheduler.schedulers.background import BackgroundScheduler

from coalition.core.clock import DEFAULT_ZONE
from coalition.core.errors import DatabaseFault
from coalition.core.job_runs import claim_run
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.jobs.housekeeping import keep_house

log = logging.getLogger("coalition.jobs")


@dataclass(frozen=True)
class Job:
    """Work done once in each hour by whichever process comes first; `description` is for docs/jobs.md."""

    name: str
    description: str
    minute: int
    work: Callable[[UnitOfWork], Mapping[str, int]]


JOBS = (
    Job("housekeeping", "Deletes ended sign-ins and tokens, told events and old job runs.", 17, keep_house),
)


def run_job(units: Units, job: Job, moment: datetime) -> Mapping[str, int] | None:
    """Do a job's work for the hour of `moment` in one transaction; None when it was done already."""
    period = moment.replace(minute=0, second=0, microsecond=0)
    with units.writing() as uow:
        if not claim_run(uow, name=job.name, period=period):
            return None
        return job.work(uow)


def make_scheduler(units: Units) -> BackgroundScheduler:
    """A scheduler with every job; the caller starts it and shuts it down."""
    scheduler = BackgroundScheduler(timezone=DEFAULT_ZONE)
    for job in JOBS:
        scheduler.add_job(
            _run_and_log,
            "cron",
            args=(units, job),
            id=job.name,
            minute=job.minute,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=3600,
        )
    return scheduler


def _run_and_log(units: Units, job: Job) -> None:
    try:
        done = run_job(units, job, units.clock())
    except DatabaseFault as fault:
        log.warning("job %s did not run: %s; it is tried again next hour", job.name, fault.code)
        return
    if done is not None:
        log.info("job %s done: %s", job.name, ", ".join(f"{count} {what}" for what, count in done.items()))
