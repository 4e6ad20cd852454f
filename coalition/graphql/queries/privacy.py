"""The question for one's own data."""

from __future__ import annotations

from typing import Any

import strawberry

from coalition.access.models import Account
from coalition.access.own_data import own_holder
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.context import Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.types.privacy import OwnDataType
from coalition.members.consents import NOTICE_VERSION
from coalition.members.models import Person


def own_data(uow: UnitOfWork, actor: Actor) -> OwnDataType | None:
    """What is held about the caller; None when no person is calling, or one who has just been erased.

    An app in a person's name is not the person.
    """
    if actor.person_id is None or actor.client_id is not None:
        return None
    holder = own_holder(uow, actor)
    person = uow.db.get_one(Person, holder.person_id)
    account = uow.db.get(Account, holder.account_id) if holder.account_id else None
    if person.anonymised_at is not None:
        return None
    return OwnDataType(
        holder=holder,
        name=person.name,
        languages=person.languages,
        since=person.created_at,
        email=account.email if account else None,
        account_language=account.language if account else None,
        notice_version=NOTICE_VERSION,
    )


@strawberry.type
class PrivacyQueries:
    """Root fields of this room."""

    @resolved(description="All that is held about you; null when no person is signed in.")
    async def own_data(self, info: Info) -> OwnDataType | None:
        """All that is held about the caller."""
        context = context_of(info)
        found: Any = await context.read(lambda uow: own_data(uow, context.actor))
        return found  # type: ignore[no-any-return]
