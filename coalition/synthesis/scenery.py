"""What the invented records stand in: reference data that is there, and the invented organisations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import OrganisationKind, TerritoryLevel
from coalition.members.models import Denomination, Territory, Topic
from coalition.synthesis.words import Texts

# Told how far a long work is: what is written, how many of it are there, how many there will be.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Place:
    """A district or topic with what is searched of it."""

    id: UUID
    code: str
    texts: tuple[str, ...]
    country: str = ""


@dataclass(frozen=True)
class Invented:
    """An invented organisation, as far as what it does needs it."""

    id: UUID
    number: int
    slug: str
    kind: OrganisationKind
    name: Texts
    visibility: Visibility
    denomination: UUID | None = None
    church_body: UUID | None = None
    above: tuple[UUID, ...] = ()

    @property
    def searched(self) -> tuple[str, ...]:
        """The texts under which its records may be found by everybody who sees them."""
        return tuple(self.name.values()) if self.visibility is Visibility.PUBLIC else ()


@dataclass(frozen=True)
class Scenery:
    """Reference data in a stable order, the day that stands for today, and who was invented so far."""

    as_of: date
    denominations: Sequence[Place]
    districts: Sequence[Place]
    causes: Sequence[Place]
    topics: Sequence[Place]
    organisations: list[Invented] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The moment at which everything was recorded."""
        return datetime.combine(self.as_of, time(9), UTC)

    def made(self) -> tuple[Any, ...]:
        """The values of `created_at`, `created_by`, `updated_at` and `revision`."""
        return (self.now, "system:synthesize", self.now, 1)


MADE = ("created_at", "created_by", "updated_at", "revision")


def scenery_of(uow: UnitOfWork, as_of: date) -> Scenery:
    """The reference data of this database, by code: ids differ from database to database."""
    territory: Any = Territory
    districts = uow.db.scalars(
        sa.select(Territory).where(territory.level == TerritoryLevel.DISTRICT).order_by(territory.code)
    )
    topics = list(uow.db.scalars(sa.select(Topic).order_by(Topic.code)))
    denominations = uow.db.scalars(sa.select(Denomination).order_by(Denomination.code))
    return Scenery(
        as_of,
        [Place(row.id, row.code, tuple(row.name.values())) for row in denominations],
        [Place(row.id, row.code, tuple(row.name.values()), row.country) for row in districts],
        [_topic(row) for row in topics if row.topic_group == "cause"],
        [_topic(row) for row in topics],
    )


def _topic(row: Topic) -> Place:
    return Place(row.id, row.code, tuple(row.label.values()))


def shared_as(random: Random, *, public: float) -> Visibility:
    """A visibility: mostly for everybody, now and then narrower."""
    drawn = random.random()
    if drawn < public:
        return Visibility.PUBLIC
    rest = (drawn - public) / (1 - public)
    return Visibility.COALITION if rest < 0.6 else Visibility.PARTNERS if rest < 0.85 else Visibility.PRIVATE
