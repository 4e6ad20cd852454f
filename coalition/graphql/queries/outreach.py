"""Queries about activities, and about what others published."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY, Code, Indicator
from coalition.graphql.connections import After, Connection, First, connect_root
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import RootOne, RootPages
from coalition.graphql.fields import resolved
from coalition.graphql.orders import activities_order, advocacy_order, logged_order, published_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.outreach import ActivityType, AdvocacyTargetType, ProgrammeType, StatisticType
from coalition.members.filters import found_by, in_church_body, in_denomination, overlaps
from coalition.members.models import Organisation
from coalition.members.policies import visible_organisations
from coalition.outreach import models as m
from coalition.outreach import repository
from coalition.outreach.enums import ActivityKind, ActivityStatus
from coalition.outreach.policies import (
    visible_activities,
    visible_advocacy_targets,
    visible_programmes,
    visible_statistics,
)

_activity: Any = m.Activity
_participant: Any = m.ActivityParticipant


@strawberry.input(name="ActivityFilter", description="All conditions given must hold.")
class ActivityFilter:
    """What activities are chosen by."""

    organisation: strawberry.ID | None = strawberry.field(
        default=None, description="An organisation that takes part."
    )
    denomination: str | None = strawberry.field(
        default=None, description="Code of a participant's denomination, with its line."
    )
    church_body: strawberry.ID | None = strawberry.field(
        default=None, description="A participant's church body, with its line."
    )
    district: str | None = strawberry.field(default=None, description="Code or any spelling of a district.")
    kind: ActivityKind | None = strawberry.field(default=None, description="What it is for.")
    status: ActivityStatus | None = strawberry.field(default=None, description="How far it has come.")
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


def _takes_part(actor: Actor, organisations: Any) -> Any:
    """Activities in which one of them takes part, as far as the actor sees that it does."""
    seen = sa.select(Organisation.id).where(visible_organisations(actor))
    return _activity.id.in_(
        sa.select(_participant.activity_id).where(
            _participant.organisation_id.in_(organisations), _participant.organisation_id.in_(seen)
        )
    )


def _conditions(uow: UnitOfWork, actor: Actor, given: ActivityFilter | None) -> tuple[Any, ...]:
    conditions: list[Any] = [visible_activities(actor)]
    if given is None:
        return tuple(conditions)
    if given.organisation is not None:
        conditions.append(
            _takes_part(actor, [names.organisation_named(uow, actor, given.organisation, "organisation").id])
        )
    if given.denomination is not None:
        denomination = names.denomination_named(uow, given.denomination)
        conditions.append(_takes_part(actor, in_denomination(denomination.id, uow.today)))
    if given.church_body is not None:
        church_body = names.organisation_named(uow, actor, given.church_body, "churchBody")
        conditions.append(_takes_part(actor, in_church_body(church_body.id, uow.today)))
    conditions += _own_conditions(uow, given)
    return tuple(conditions)


def _activities(uow: UnitOfWork, context: Context, filter: ActivityFilter | None) -> Listing:
    return Listing(m.Activity, _conditions(uow, context.actor, filter), activities_order())


def _logged_by_caller(_uow: UnitOfWork, context: Context) -> Listing:
    own = _activity.created_by.in_(context.actor.subjects)
    signed_in = sa.true() if context.actor.account_id or context.actor.client_id else sa.false()
    return Listing(m.Activity, (visible_activities(context.actor), own, signed_in), logged_order())


def _advocacy_targets(_uow: UnitOfWork, context: Context) -> Listing:
    return Listing(m.AdvocacyTarget, (visible_advocacy_targets(context.actor),), advocacy_order())


def _statistics(_uow: UnitOfWork, context: Context, indicator: str | None) -> Listing:
    conditions: tuple[Any, ...] = (visible_statistics(context.actor),)
    if indicator is not None:
        conditions += (m.Statistic.indicator == indicator,)
    return Listing(m.Statistic, conditions, published_order(m.Statistic))


def _programmes(_uow: UnitOfWork, context: Context) -> Listing:
    return Listing(m.Programme, (visible_programmes(context.actor),), published_order(m.Programme))


def _own_conditions(uow: UnitOfWork, given: ActivityFilter) -> list[Any]:
    conditions: list[Any] = []
    if given.district is not None:
        link: Any = m.ActivityDistrict
        district = names.district_named(uow, given.district)
        conditions.append(
            _activity.id.in_(sa.select(link.activity_id).where(link.district_id == district.id))
        )
    if given.topic is not None:
        about: Any = m.ActivityTopic
        topic = names.topic_named(uow, given.topic)
        conditions.append(_activity.id.in_(sa.select(about.activity_id).where(about.topic_id == topic.id)))
    if given.kind is not None:
        conditions.append(_activity.kind == given.kind)
    if given.status is not None:
        conditions.append(_activity.status == given.status)
    conditions += overlaps(_activity.first_day, _activity.last_day, given.from_, given.to)
    return conditions + found_by(_activity.search, given.search or "")


@strawberry.type
class OutreachQueries:
    """Root fields of this room."""

    @resolved(description="Activities by start, newest first, undated last.", source=RootPages(_activities))
    async def activities(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[ActivityFilter | None, CHOSEN_BY] = None,
    ) -> Connection[ActivityType]:
        """Activities."""
        page: Connection[ActivityType] = await connect_root(
            context_of(info), _activities, first, after, filter=filter
        )
        return page

    @resolved(
        description="The activity with this code; null when there is none for you to see.",
        source=RootOne("code", "code"),
    )
    async def activity(self, info: Info, code: Code) -> ActivityType | None:
        """The activity with this code."""
        context = context_of(info)
        row: Any = await context.read(lambda uow: repository.activity_by_code(uow, context.actor, code))
        return row  # type: ignore[no-any-return]

    @resolved(
        description="Activities that the caller logged, newest first; empty without sign-in.",
        source=RootPages(_logged_by_caller),
    )
    async def my_activities(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[ActivityType]:
        """What the caller logged."""
        page: Connection[ActivityType] = await connect_root(context_of(info), _logged_by_caller, first, after)
        return page

    @resolved(
        description="Legal and policy steps by date, newest first, undated last.",
        source=RootPages(_advocacy_targets),
    )
    async def advocacy_targets(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[AdvocacyTargetType]:
        """Legal and policy steps."""
        page: Connection[AdvocacyTargetType] = await connect_root(
            context_of(info), _advocacy_targets, first, after
        )
        return page

    @resolved(
        description="Published figures in the order of the record; `indicator` as published.",
        source=RootPages(_statistics),
    )
    async def statistics(
        self, info: Info, first: First = None, after: After = None, indicator: Indicator = None
    ) -> Connection[StatisticType]:
        """Published figures."""
        page: Connection[StatisticType] = await connect_root(
            context_of(info), _statistics, first, after, indicator=indicator
        )
        return page

    @resolved(description="Donor programmes in the order of the record.", source=RootPages(_programmes))
    async def programmes(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[ProgrammeType]:
        """Donor programmes."""
        page: Connection[ProgrammeType] = await connect_root(context_of(info), _programmes, first, after)
        return page
