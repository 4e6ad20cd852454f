"""Who can see what, and why."""

from __future__ import annotations

from typing import Any

import strawberry

from coalition.access.explain import Reason, explain
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.arguments import AnyID
from coalition.graphql.context import Info, context_of
from coalition.graphql.declare import VIEWS
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import decode_id
from coalition.graphql.types.access import AccessReasonType


def reasons_to_see(uow: UnitOfWork, actor: Actor, opaque: str) -> list[Reason]:
    """Why the actor sees the record with this `ID`; empty when they do not, as when there is none."""
    decoded = decode_id(opaque)
    shown = VIEWS.get(decoded[0]) if decoded else None
    if decoded is None or shown is None or not shown.is_node:
        return []
    return explain(uow, actor, model=shown.model, visible=shown.visible, record_id=decoded[1])


@strawberry.type
class AccessQueries:
    """Root fields about access."""

    @resolved(
        description="Why you can see this record, in words and with the grants; empty when there is no"
        " such record for you."
    )
    async def why_can_see(self, info: Info, subject: AnyID) -> list[AccessReasonType]:
        """Why the caller can see a record."""
        context = context_of(info)
        found: Any = await context.read(lambda uow: reasons_to_see(uow, context.actor, subject))
        reasons: list[AccessReasonType] = found
        return reasons
