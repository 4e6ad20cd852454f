"""The tree of organisations: parents by date, and the closure that grants and filters go through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, OrganisationLine

LinesHandler = Callable[[UnitOfWork, Sequence[UUID]], None]
_told_before: list[LinesHandler] = []


def before_lines_change(handler: LinesHandler) -> LinesHandler:
    """Have `handler` called before lines of organisations change, while what goes by them still holds."""
    _told_before.append(handler)
    return handler


def holds_on(day: date) -> sa.ColumnElement[bool]:
    """Lines that hold on `day`."""
    return sa.and_(
        sa.or_(OrganisationLine.since.is_(None), OrganisationLine.since <= day),
        sa.or_(OrganisationLine.until.is_(None), OrganisationLine.until >= day),
    )


def below(organisation_ids: Any, day: date) -> sa.Select[Any]:
    """Ids of the organisations in the lines of `organisation_ids` on `day`, themselves included."""
    return sa.select(OrganisationLine.descendant_id).where(
        OrganisationLine.ancestor_id.in_(organisation_ids),
        holds_on(day),
    )


def place_under(
    uow: UnitOfWork, organisation: Organisation, parent: Organisation | None, *, since: date | None = None
) -> None:
    """Put an organisation, with all that is below it, under `parent` from `since` on.

    `since` None means as far back as is known. Lines of earlier days stay. Raises `Refused` with
    WRONG_STATE when `parent` stands below the organisation.
    """
    db = uow.db
    own = db.get(Organisation, organisation.id)
    if own is None:
        raise refuse("NOT_FOUND", "organisation")
    for tell in _told_before:
        tell(uow, [organisation.id])
    _ensure_self(uow, organisation.id)
    day = since or uow.today
    subtree = db.execute(
        sa.select(OrganisationLine.descendant_id, OrganisationLine.depth).where(
            OrganisationLine.ancestor_id == organisation.id, holds_on(day)
        )
    ).all()
    if parent is not None and parent.id in {row.descendant_id for row in subtree}:
        raise refuse("WRONG_STATE", "parent")
    _end_lines_above(uow, [row.descendant_id for row in subtree], since)
    organisation.parent_id = parent.id if parent else None
    if parent is None:
        return
    _ensure_self(uow, parent.id)
    above = db.execute(
        sa.select(OrganisationLine.ancestor_id, OrganisationLine.depth).where(
            OrganisationLine.descendant_id == parent.id, holds_on(day)
        )
    ).all()
    db.add_all(
        OrganisationLine(
            ancestor_id=over.ancestor_id,
            descendant_id=under.descendant_id,
            depth=over.depth + 1 + under.depth,
            since=since,
        )
        for over in above
        for under in subtree
    )
    db.flush()


def _ensure_self(uow: UnitOfWork, organisation_id: UUID) -> None:
    found = uow.db.execute(
        sa.select(OrganisationLine.id).where(
            OrganisationLine.ancestor_id == organisation_id, OrganisationLine.descendant_id == organisation_id
        )
    ).first()
    if found is None:
        uow.db.add(OrganisationLine(ancestor_id=organisation_id, descendant_id=organisation_id, depth=0))
        uow.db.flush()


def _end_lines_above(uow: UnitOfWork, subtree: list[UUID], since: date | None) -> None:
    """End the lines from above into a subtree; those that begin no earlier than `since` go altogether."""
    inside = sa.and_(
        OrganisationLine.descendant_id.in_(subtree),
        OrganisationLine.ancestor_id.not_in(subtree),
        OrganisationLine.until.is_(None),
    )
    begins_later = sa.true() if since is None else OrganisationLine.since >= since
    uow.db.execute(sa.delete(OrganisationLine).where(inside, begins_later))
    if since is not None:
        uow.db.execute(sa.update(OrganisationLine).where(inside).values(until=since - timedelta(days=1)))
