"""Filling an empty database with an invented coalition, as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import sqlalchemy as sa

from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.assistance.models import Service
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.intake.record import load_reference_data
from coalition.members.models import Organisation, Person
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic
from coalition.outreach.rollup import rebuild
from coalition.synthesis.activities import write_activities
from coalition.synthesis.callers import make_callers
from coalition.synthesis.offers import write_services, write_trainings
from coalition.synthesis.organisations import write_organisations
from coalition.synthesis.scenery import Progress, scenery_of
from coalition.training.models import TrainingSession

# The day that stands for today unless another is named, so that the same arguments make the same rows.
AS_OF = date(2026, 11, 1)
# The coalition, a church body for each confession, and some below each.
FEWEST_ORGANISATIONS = 30
# Whatever is in one of these is somebody's.
_RECORDS = (
    Organisation,
    Activity,
    Service,
    TrainingSession,
    AdvocacyTarget,
    Statistic,
    Programme,
    Person,
    Account,
)


class NotEmpty(Exception):
    """The database holds records, and invented ones are never put beside them."""

    def __init__(self, tables: list[str]) -> None:
        super().__init__(
            f"The database holds records already ({', '.join(tables)}). A load set is put into an empty one"
            " only: name another with COALITION_DATABASE_URL and run `coalition init` there."
        )


def _count(uow: UnitOfWork) -> None:
    """Count the activities for coverage all at once, instead of a thousand at a time by the job."""
    rebuild(uow)


def _analyse(uow: UnitOfWork) -> None:
    """Let the database learn how many rows there are now, so that it plans for them."""
    uow.db.execute(sa.text("ANALYZE"))


# What is to be done once all rows are there, in this order: what is kept beside the rows is rebuilt here.
AFTER_LOADING: tuple[Callable[[UnitOfWork], None], ...] = (_count, _analyse)


def synthesize(
    units: Units,
    secrets: Secrets,
    *,
    organisations: int,
    activities: int,
    as_of: date = AS_OF,
    progress: Progress,
) -> dict[str, Any]:
    """Invent a coalition of this size and give back what its callers are told, their tokens among it.

    The same arguments make the same rows, but for accounts and tokens. Raises `NotEmpty`.
    """
    with units.reading() as uow:
        if found := _holding(uow):
            raise NotEmpty(found)
    load_reference_data(units)
    with units.writing() as uow:
        scenery = scenery_of(uow, as_of)
        write_organisations(uow, scenery, organisations, progress)
        write_services(uow, scenery, progress)
        write_trainings(uow, scenery, progress)
        write_activities(uow, scenery, activities, progress)
        told = make_callers(uow, secrets, scenery)
        for finish in AFTER_LOADING:
            finish(uow)
    return told


def _holding(uow: UnitOfWork) -> list[str]:
    """The names of the tables that hold any record."""
    return [
        str(model.__tablename__)
        for model in _RECORDS
        if uow.db.execute(sa.select(sa.literal(1)).select_from(model).limit(1)).first() is not None
    ]
