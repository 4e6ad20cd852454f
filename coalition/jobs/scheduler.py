"""The clock that starts jobs. Every process has one; a job's row says who did which period."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler

from coalition.access.retention import RetentionPeriods, enforce_retention
from coalition.core.clock import DEFAULT_ZONE
from coalition.core.errors import DatabaseFault
from coalition.core.job_runs import claim_run
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.outreach.rollup import roll_up_all

log = logging.getLogger("coalition.jobs")

ROLL_UP_SECONDS = 20
# Whoever stops the server waits for a round to end.
ROLL_UP_MOST = 10_000


class Every(Enum):
    """How often a job does its work. Each is tried every hour, so that nights off lose no day."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True)
class Job:
    """Work done once in each period by whichever process comes first; `description` is for docs/jobs.md."""

    name: str
    description: str
    minute: int
    every: Every
    work: Callable[[UnitOfWork], Mapping[str, int]]


def jobs(retention: RetentionPeriods) -> tuple[Job, ...]:
    """Every job, with the settings that it goes by."""
    return (
        Job(
            "retention",
            "Forgets what is past its time; one audit entry for each kind says how many.",
            17,
            Every.DAY,
            partial(enforce_retention, periods=retention),
        ),
    )


def run_job(units: Units, job: Job, moment: datetime) -> Mapping[str, int] | None:
    """Do a job's work for the period of `moment` in one transaction; None when it was done already."""
    with units.writing() as uow:
        if not claim_run(uow, name=job.name, period=_period(job.every, moment)):
            return None
        return job.work(uow)


def _period(every: Every, moment: datetime) -> datetime:
    """The start of the hour, or of the day as it is in Moldova."""
    if every is Every.HOUR:
        return moment.replace(minute=0, second=0, microsecond=0)
    local = moment.astimezone(DEFAULT_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def make_scheduler(units: Units, retention: RetentionPeriods) -> BackgroundScheduler:
    """A scheduler with every job; the caller starts it and shuts it down."""
    scheduler = BackgroundScheduler(timezone=DEFAULT_ZONE)
    for job in jobs(retention):
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
    # Nothing is lost when two processes do it at once, or none for a while: it has no period to claim.
    scheduler.add_job(
        _roll_up,
        "interval",
        args=(units,),
        id="roll-up",
        seconds=ROLL_UP_SECONDS,
        coalesce=True,
        max_instances=1,
    )
    return scheduler


def _roll_up(units: Units) -> None:
    try:
        roll_up_all(units, most=ROLL_UP_MOST)
    except DatabaseFault as fault:
        log.warning("activities were not rolled up: %s; it is tried again soon", fault.code)


def _run_and_log(units: Units, job: Job) -> None:
    try:
        done = run_job(units, job, units.clock())
    except DatabaseFault as fault:
        log.warning("job %s did not run: %s; it is tried again next hour", job.name, fault.code)
        return
    if done is not None:
        log.info("job %s done: %s", job.name, ", ".join(f"{count} {what}" for what, count in done.items()))
