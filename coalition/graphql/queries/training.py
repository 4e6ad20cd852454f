"""Queries about training sessions."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.connections import After, Connection, First, connect_root
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import RootPages
from coalition.graphql.fields import resolved
from coalition.graphql.orders import training_sessions_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.training import TrainingSessionType
from coalition.members.filters import found_by, in_church_body, in_denomination, overlaps
from coalition.members.models import Organisation
from coalition.members.policies import visible_organisations
from coalition.training import models as m
from coalition.training.enums import TrainingSessionStatus
from coalition.training.policies import visible_training_sessions

_training: Any = m.TrainingSession
_organiser: Any = m.TrainingOrganiser


@strawberry.input(name="TrainingSessionFilter", description="All conditions given must hold.")
class TrainingSessionFilter:
    """What training sessions are chosen by."""

    organiser: strawberry.ID | None = strawberry.field(
        default=None, description="An organisation that gives it."
    )
    denomination: str | None = strawberry.field(
        default=None, description="Code of an organiser's denomination, with its line."
    )
    church_body: strawberry.ID | None = strawberry.field(
        default=None, description="An organiser's church body, with its line."
    )
    district: str | None = strawberry.field(default=None, description="Code or any spelling of a district.")
    status: TrainingSessionStatus | None = strawberry.field(default=None, description="How far it has come.")
    from_: datetime.date | None = strawberry.field(
        name="from",
        default=None,
        description="Its days overlap the time from this day on; undated ones match none.",
    )
    to: datetime.date | None = strawberry.field(
        default=None, description="Its days overlap the time until this day."
    )
    topic: str | None = strawberry.field(default=None, description="Code of a topic.")
    search: str | None = strawberry.field(default=None, description="Words that must all occur.")


def _given_by(actor: Actor, organisations: Any) -> Any:
    """Training sessions that one of them gives, as far as the actor sees that it does."""
    seen = sa.select(Organisation.id).where(visible_organisations(actor))
    return _training.id.in_(
        sa.select(_organiser.training_session_id).where(
            _organiser.organisation_id.in_(organisations), _organiser.organisation_id.in_(seen)
        )
    )


def _conditions(uow: UnitOfWork, actor: Actor, given: TrainingSessionFilter | None) -> tuple[Any, ...]:
    conditions: list[Any] = [visible_training_sessions(actor)]
    if given is None:
        return tuple(conditions)
    if given.organiser is not None:
        organiser = names.organisation_named(uow, actor, given.organiser, "organiser")
        conditions.append(_given_by(actor, [organiser.id]))
    if given.denomination is not None:
        denomination = names.denomination_named(uow, given.denomination)
        conditions.append(_given_by(actor, in_denomination(denomination.id, uow.today)))
    if given.church_body is not None:
        church_body = names.organisation_named(uow, actor, given.church_body, "churchBody")
        conditions.append(_given_by(actor, in_church_body(church_body.id, uow.today)))
    if given.district is not None:
        conditions.append(_training.district_id == names.district_named(uow, given.district).id)
    if given.status is not None:
        conditions.append(_training.status == given.status)
    if given.topic is not None:
        about: Any = m.TrainingTopic
        topic = names.topic_named(uow, given.topic)
        conditions.append(
            _training.id.in_(sa.select(about.training_session_id).where(about.topic_id == topic.id))
        )
    conditions += overlaps(_training.first_day, _training.last_day, given.from_, given.to)
    return tuple(conditions + found_by(_training.search, given.search or ""))


def _training_sessions(uow: UnitOfWork, context: Context, filter: TrainingSessionFilter | None) -> Listing:
    return Listing(m.TrainingSession, _conditions(uow, context.actor, filter), training_sessions_order())


@strawberry.type
class TrainingQueries:
    """Root fields of this room."""

    @resolved(
        description="Training sessions by start, newest first, undated last.",
        source=RootPages(_training_sessions),
    )
    async def training_sessions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[TrainingSessionFilter | None, CHOSEN_BY] = None,
    ) -> Connection[TrainingSessionType]:
        """Training sessions."""
        page: Connection[TrainingSessionType] = await connect_root(
            context_of(info), _training_sessions, first, after, filter=filter
        )
        return page
