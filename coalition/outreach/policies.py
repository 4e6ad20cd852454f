"""Who may see which rows of this room: what owners share, and their own line whatever they share."""

from uuid import UUID

from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.members.policies import visible_rows
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic


def visible_activities(actor: Actor) -> ColumnElement[bool]:
    """The condition on `activity` rows; taking part gives no sight of them, the owner's line does."""
    return visible_rows(actor, Activity.owner_id, Activity.visibility)


def visible_advocacy_targets(actor: Actor) -> ColumnElement[bool]:
    """The condition on `advocacy_target` rows."""
    return visible_rows(actor, AdvocacyTarget.owner_id, AdvocacyTarget.visibility)


def visible_statistics(actor: Actor) -> ColumnElement[bool]:
    """The condition on `statistic` rows."""
    return visible_rows(actor, Statistic.owner_id, Statistic.visibility)


def visible_programmes(actor: Actor) -> ColumnElement[bool]:
    """The condition on `programme` rows."""
    return visible_rows(actor, Programme.owner_id, Programme.visibility)


def may_log(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may log, amend and cancel activities of this organisation."""
    return actor.may("activity:log", owner_id)
