"""Who may see which rows of this room: what owners share, and their own line whatever they share."""

from uuid import UUID

from coalition.core.actor import Actor
from coalition.core.clauses import Clause, policy
from coalition.members.policies import row_clauses
from coalition.outreach.models import Activity, AdvocacyTarget, Programme, Statistic


@policy
def visible_activities(actor: Actor) -> list[Clause]:
    """The condition on `activity` rows; taking part gives no sight of them, the owner's line does."""
    return row_clauses(actor, Activity.owner_id, Activity.visibility)


@policy
def visible_advocacy_targets(actor: Actor) -> list[Clause]:
    """The condition on `advocacy_target` rows."""
    return row_clauses(actor, AdvocacyTarget.owner_id, AdvocacyTarget.visibility)


@policy
def visible_statistics(actor: Actor) -> list[Clause]:
    """The condition on `statistic` rows."""
    return row_clauses(actor, Statistic.owner_id, Statistic.visibility)


@policy
def visible_programmes(actor: Actor) -> list[Clause]:
    """The condition on `programme` rows."""
    return row_clauses(actor, Programme.owner_id, Programme.visibility)


def may_log(actor: Actor, owner_id: UUID) -> bool:
    """Whether the actor may log, amend and cancel activities of this organisation."""
    return actor.may("activity:log", owner_id)
