"""The audit log, for the auditor; reading it is audited too."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.access.desks.acting import subjects_named
from coalition.audit.models import AuditEntry
from coalition.audit.policies import may_audit, visible_entries
from coalition.audit.service import LOG
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.connections import After, Connection, First, connect
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import decode_id
from coalition.graphql.paging import Key, Listing, Order
from coalition.graphql.types.audit import AuditEntryType

_entry: Any = AuditEntry
_NEWEST_FIRST = Order(
    "audit",
    (Key(_entry.happened_at, "moment", descending=True), Key(_entry.id, "number", descending=True)),
)


@strawberry.input(name="AuditEntryFilter", description="All conditions given must hold.")
class AuditEntryFilter:
    """What entries are chosen by."""

    subject: strawberry.ID | None = strawberry.field(default=None, description="The record it concerns.")
    actor: str | None = strawberry.field(
        default=None,
        description="Who did it, as entries name them: account:<id>; of a shared desk its operators too.",
    )
    action: str | None = strawberry.field(
        default=None, description="How what was done begins, such as assistance: or secret:record:read."
    )
    organisation: strawberry.ID | None = strawberry.field(
        default=None, description="Whose record it concerns."
    )
    from_: datetime.datetime | None = strawberry.field(
        name="from", default=None, description="It happened at this moment or later."
    )
    to: datetime.datetime | None = strawberry.field(
        default=None, description="It happened before this moment."
    )


def _conditions(uow: UnitOfWork, context: Context, given: AuditEntryFilter) -> list[Any]:
    conditions: list[Any] = []
    if given.subject is not None:
        conditions.append(_about(given.subject))
    if given.actor is not None:
        conditions.append(_entry.actor.in_(subjects_named(uow, given.actor)))
    if given.action is not None:
        # Not LIKE, which takes capitals for small letters on one of the databases.
        conditions.append(sa.func.substr(_entry.action, 1, len(given.action)) == given.action)
    if given.organisation is not None:
        named = names.organisation_named(uow, context.actor, given.organisation, "organisation")
        conditions.append(_entry.organisation_id == named.id)
    if given.from_ is not None:
        conditions.append(_entry.happened_at >= _moment(given.from_, "from"))
    if given.to is not None:
        conditions.append(_entry.happened_at < _moment(given.to, "to"))
    return conditions


def _about(opaque: str) -> Any:
    decoded = decode_id(opaque)
    if decoded is None:
        raise BadUserInput("BAD_USER_INPUT", what="subject")
    return sa.and_(_entry.subject_type == decoded[0], _entry.subject_id == decoded[1])


def _moment(given: datetime.datetime, what: str) -> datetime.datetime:
    if given.tzinfo is None:
        raise BadUserInput("BAD_USER_INPUT", what=what)
    return given


@strawberry.type
class AuditQueries:
    """Root fields of the audit log."""

    @resolved(
        description="The audit log, newest first; needs audit:read, else null. Reading it is audited too."
    )
    async def audit_entries(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        filter: Annotated[AuditEntryFilter | None, CHOSEN_BY] = None,
    ) -> Connection[AuditEntryType] | None:
        """Entries."""
        context = context_of(info)
        if not may_audit(context.actor):
            return None
        conditions: list[Any] = [visible_entries(context.actor)]
        if filter is not None:
            conditions += await context.read(lambda uow: _conditions(uow, context, filter))
        listing = Listing(AuditEntry, tuple(conditions), _NEWEST_FIRST)
        page: Connection[AuditEntryType] = await connect(context, listing, first, after)
        context.secret_reads.note(LOG, action="audit:entries:read")
        return page
