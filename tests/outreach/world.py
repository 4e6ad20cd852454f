"""What the tests of this room stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor, Visibility
from coalition.core.errors import Fault, Refused
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import ClientKey
from coalition.core.partial_date import DatePrecision, given_date, parse_partial_date
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.drafts import ActivityChanges, ActivityDraft
from coalition.outreach.enums import ActivityKind
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityReach,
    ActivityTopic,
)
from coalition.outreach.service import amend_activity, log_activity
from tests import factories as make

# The rows of a refused deed, and of the least activity that can be logged.
NOTHING = {
    "Activity": 0,
    "ActivityParticipant": 0,
    "ActivityDistrict": 0,
    "ActivityTopic": 0,
    "ActivityReach": 0,
    "AuditEntry": 0,
    "OutboxEntry": 0,
}
ONE_EACH = {**NOTHING, "Activity": 1, "ActivityParticipant": 1, "AuditEntry": 1, "OutboxEntry": 1}


@dataclass
class World:
    """`reporter` logs for `baptists`, `coordinator` for `bessarabia` and its `diaconia`."""

    units: Units
    baptists: Organisation
    bessarabia: Organisation
    diaconia: Organisation
    hidden: Organisation
    chisinau: Territory
    balti: Territory
    debt: Topic
    method: Topic
    as_written: Topic
    reporter: Actor
    coordinator: Actor

    def log(self, draft: ActivityDraft, actor: Actor | None = None, key: ClientKey | None = None) -> Activity:
        """Log in a unit of work of its own."""
        with self.units.writing() as uow:
            activity, _ = log_activity(uow, actor or self.reporter, draft=draft, key=key)
        return activity

    def amend(
        self, activity: Activity, changes: ActivityChanges, *, revision: int = 1, actor: Actor | None = None
    ) -> Activity:
        """Amend in a unit of work of its own."""
        with self.units.writing() as uow:
            return amend_activity(
                uow,
                actor or self.reporter,
                activity_id=activity.id,
                revision=revision,
                changes=changes,
            )

    def draft(self, **values: Any) -> ActivityDraft:
        """A held activity of awareness, led by the Baptists, on 1 May 2026, unless said otherwise."""
        defaults: dict[str, Any] = {
            "organisation_id": self.baptists.id,
            "kind": ActivityKind.AWARENESS,
            "title": {"ro": "Seară de rugăciune"},
            "starts_on": on("2026-05-01"),
        }
        return ActivityDraft(**{**defaults, **values})

    def refused(self, **values: Any) -> tuple[Fault, ...]:
        """The faults of a draft with these values, after seeing that nothing was kept of it."""
        before = self.stored()
        with pytest.raises(Refused) as refusal:
            self.log(self.draft(**values))
        assert self.stored() == before
        return refusal.value.faults

    def stored(self) -> dict[str, int]:
        """How many rows of each kind there are, to show that a refused deed left nothing."""
        tables: tuple[type[SQLModel], ...] = (
            Activity,
            ActivityParticipant,
            ActivityDistrict,
            ActivityTopic,
            ActivityReach,
            AuditEntry,
            OutboxEntry,
        )
        with self.units.reading() as uow:
            return {
                table.__name__: uow.db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for table in tables
            }


def make_world(units: Units) -> World:
    with units.writing() as uow:
        make.foundations(uow)
        baptists = make.church_body(
            uow, "ubceb", denomination="baptist", name={"ro": "Uniunea Baptistă", "ru": "Союз баптистов"}
        )
        bessarabia = make.church_body(uow, "bes", denomination="orthodox")
        diaconia = make.organisation(uow, "diaconia", parent=bessarabia)
        return World(
            units=units,
            baptists=baptists,
            bessarabia=bessarabia,
            diaconia=diaconia,
            hidden=make.organisation(uow, "hidden", visibility=Visibility.PRIVATE),
            chisinau=make.district(uow, "MD-CU", "Chișinău", "Кишинёв", region="CENTRE"),
            balti=make.district(uow, "MD-BA", "Bălți", "Бельцы"),
            debt=make.topic(uow, "debt_bondage"),
            method=make.topic(uow, "forum_theatre", group="method"),
            as_written=make.topic(uow, "safe-return", group="as_written"),
            reporter=make.actor(uow, ("reporter", baptists)),
            coordinator=make.actor(uow, ("coordinator", bessarabia)),
        )


def on(text: str) -> Any:
    """A date that a member types: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    written = parse_partial_date(text)
    return given_date(written.date, written.precision)


def day(value: date) -> Any:
    return given_date(value, DatePrecision.DAY)


def a_key(content: str = "one") -> ClientKey:
    return ClientKey(client_id=uuid4(), input_hash=content)


def faults(*found: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> tuple[Fault, ...]:
    """Faults written as code, dotted path and parameters."""
    return tuple(
        Fault(each[0], tuple(each[1].split(".")), each[2] if len(each) == 3 else {}) for each in found
    )


def rows_of(uow: UnitOfWork, table: Any, activity_id: UUID) -> list[Any]:
    return list(
        uow.db.scalars(sa.select(table).where(table.activity_id == activity_id).order_by(table.position))
    )
