"""Who may see which rows, as SQL conditions; every reader of every room goes through here."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.members.models import Organisation


def visible_rows(actor: Actor, owner: Any, visibility: Any) -> ColumnElement[bool]:
    """Rows that the actor may see: shared with them, or in the line they may read (DOMAIN.md principle 7)."""
    own = actor.reach("records:read")
    if own.everything:
        return sa.true()
    shared: ColumnElement[bool] = visibility.in_(sorted(actor.shared))
    if not own:
        return shared
    return sa.or_(shared, owner.in_(sorted(own.organisations)))


def visible_organisations(actor: Actor) -> ColumnElement[bool]:
    """The condition on `organisation` rows; an organisation is its own owner."""
    return visible_rows(actor, Organisation.id, Organisation.visibility)


def reads_line_of(actor: Actor, column: Any) -> ColumnElement[bool]:
    """Rows whose organisation in `column` lies in the line that the actor may read."""
    own = actor.reach("records:read")
    return sa.true() if own.everything else column.in_(sorted(own.organisations))
