"""Queries about services and holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.assistance import models as m
from coalition.assistance.enums import AssistanceKind
from coalition.assistance.policies import own_holds, sees_inside, visible_services
from coalition.assistance.words import can_take_rank
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.connections import After, Connection, First, connect_root
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import RootPages
from coalition.graphql.fields import resolved
from coalition.graphql.orders import holds_order, services_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.assistance import HoldType, ServiceType
from coalition.members.filters import found_by

_service: Any = m.Service


@strawberry.input(
    name="ServiceFilter",
    description="All conditions given must hold. For outsiders a protected service matches `district` and"
    " `search` by its region only, never by its place.",
)
class ServiceFilter:
    """What services are chosen by."""

    district: str | None = strawberry.field(default=None, description="Code or any spelling of a district.")
    region: str | None = strawberry.field(default=None, description="NORTH, CENTRE, SOUTH or LEFT_BANK.")
    kinds: list[AssistanceKind] | None = strawberry.field(
        default=None, description="It offers at least one of these."
    )
    languages: list[str] | None = strawberry.field(
        default=None, description="At least one of these is spoken there."
    )
    target_group: str | None = strawberry.field(
        default=None, description="Code of a target group; services for any, or that do not say, match too."
    )
    can_take: int | None = strawberry.field(
        default=None,
        description="It may be able to take this many: YES first, then ASK_BY_PHONE; NO is left out.",
    )
    search: str | None = strawberry.field(default=None, description="Words that must all occur.")


def _place_conditions(uow: UnitOfWork, context: Context, given: ServiceFilter) -> list[Any]:
    conditions: list[Any] = []
    inside = sees_inside(context.actor)
    if given.district is not None:
        district = names.district_named(uow, given.district)
        conditions.append(
            sa.or_(
                sa.and_(inside, _service.district_id == district.id),
                sa.and_(sa.not_(inside), _service.region_id == district.parent_id),
            )
        )
    if given.region is not None:
        conditions.append(_service.region_id == names.region_named(uow, given.region).id)
    if given.search:
        own = sa.and_(inside, *found_by(_service.search, given.search))
        conditions.append(
            sa.or_(own, sa.and_(sa.not_(inside), *found_by(_service.search_outside, given.search)))
        )
    return conditions


def _of(model: Any, column: Any, values: Sequence[Any]) -> Any:
    return _service.id.in_(sa.select(model.service_id).where(column.in_(values)))


def _conditions(uow: UnitOfWork, context: Context, given: ServiceFilter) -> list[Any]:
    conditions = _place_conditions(uow, context, given)
    if given.kinds:
        conditions.append(_of(m.ServiceKind, m.ServiceKind.kind, given.kinds))
    if given.languages:
        languages = names.languages_named(given.languages)
        conditions.append(_of(m.ServiceLanguage, m.ServiceLanguage.language, languages))
    if names.target_group_named(given.target_group) is not None:
        group: Any = m.ServiceTargetGroup
        unsaid = _service.id.not_in(sa.select(group.service_id))
        conditions.append(sa.or_(unsaid, _of(group, group.target_group, [given.target_group, "any"])))
    return conditions


def _services(uow: UnitOfWork, context: Context, filter: ServiceFilter | None) -> Listing:
    conditions: list[Any] = [visible_services(context.actor)]
    rank = None
    given = filter
    if given is not None:
        conditions += _conditions(uow, context, given)
        if given.can_take is not None:
            if not 1 <= given.can_take <= 50:
                raise BadUserInput("OUT_OF_RANGE", what="canTake", minimum=1, maximum=50)
            rank = can_take_rank(context.actor, uow.now, given.can_take, given.target_group)
            conditions.append(rank < 2)
    return Listing(m.Service, tuple(conditions), services_order(context.actor, context.language, rank))


def _holds(_uow: UnitOfWork, context: Context) -> Listing:
    return Listing(m.Hold, (own_holds(context.actor),), holds_order())


@strawberry.type
class AssistanceQueries:
    """Root fields of this room."""

    @resolved(
        description="Services by name in the language asked; with canTake YES first, then ASK_BY_PHONE.",
        source=RootPages(_services),
    )
    async def services(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[ServiceFilter | None, CHOSEN_BY] = None,
    ) -> Connection[ServiceType]:
        """Services."""
        page: Connection[ServiceType] = await connect_root(
            context_of(info), _services, first, after, filter=filter
        )
        return page

    @resolved(
        description="Holds of the caller's organisations, newest first; needs capacity:hold.",
        source=RootPages(_holds),
    )
    async def holds(self, info: Info, first: First = None, after: After = None) -> Connection[HoldType]:
        """The caller's organisations' holds."""
        page: Connection[HoldType] = await connect_root(context_of(info), _holds, first, after)
        return page
