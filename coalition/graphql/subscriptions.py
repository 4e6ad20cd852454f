"""Live events: only what the subscriber may see, asked anew at each event."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import strawberry

from coalition.assistance.models import CapacityPool
from coalition.assistance.policies import live_pools
from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.time_limit import begin_time
from coalition.graphql import names
from coalition.graphql.arguments import DistrictName
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.feed import LiveEvent
from coalition.graphql.fields import live
from coalition.graphql.loaders.relations import RowById
from coalition.graphql.types.assistance import CapacityPoolType
from coalition.graphql.types.outreach import ActivityType
from coalition.outreach.enums import ActivityKind
from coalition.outreach.models import Activity
from coalition.outreach.policies import visible_activities


async def _wanted_district(context: Context, district: str | None) -> str | None:
    if district is None:
        return None
    found = await context.read(lambda uow: names.district_named(uow, district))
    return str(found.id)


def _is_there(event: LiveEvent, district_id: str | None) -> bool:
    return district_id is None or district_id in event.payload.get("districts", [])


async def _still_signed_in(context: Context) -> None:
    """Ask anew who is calling: a token may have ended since; raises when it has."""
    if context.reauthenticate is None:
        return
    actor: Actor | None = await context.reauthenticate()
    if actor is None:
        raise BadUserInput("UNAUTHENTICATED")
    context.actor = actor


async def _row(context: Context, rows: RowById, event: LiveEvent) -> Any:
    """The event's record as the subscriber may hear of it now, or None."""
    begin_time(context.runtime.terms.time_limit_seconds)
    context.forget()
    await _still_signed_in(context)
    return await context.load(rows, event.subject_id)


@strawberry.type
class Subscription:
    """Live root fields."""

    @live(description="Activities as they are logged, as far as you may see them; never ASSISTANCE.")
    async def activity_logged(
        self, info: Info, district: DistrictName = None
    ) -> AsyncGenerator[ActivityType, None]:
        """Activities as they are logged."""
        context = context_of(info)
        wanted = await _wanted_district(context, district)
        async for event in context.runtime.feed.listen("activity.logged"):
            if not _is_there(event, wanted):
                continue
            row = await _row(context, RowById(Activity, visible_activities), event)
            if row is not None and row.kind is not ActivityKind.ASSISTANCE:
                yield row

    @live(description="Pools whose capacity changed; outsiders hear of no protected one.")
    async def capacity_changed(
        self, info: Info, district: DistrictName = None
    ) -> AsyncGenerator[CapacityPoolType, None]:
        """Pools whose capacity changed."""
        context = context_of(info)
        wanted = await _wanted_district(context, district)
        async for event in context.runtime.feed.listen("capacity.changed"):
            if not _is_there(event, wanted):
                continue
            row: CapacityPool | None = await _row(context, RowById(CapacityPool, live_pools), event)
            if row is not None:
                pool: Any = row
                yield pool
