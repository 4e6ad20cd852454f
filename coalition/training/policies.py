"""Who may plan for whom, and who may see which rows of this room."""

from uuid import UUID

from coalition.core.actor import Actor
from coalition.core.clauses import Clause, policy
from coalition.members.policies import row_clauses
from coalition.training.models import TrainingSession


@policy
def visible_training_sessions(actor: Actor) -> list[Clause]:
    """The condition on `training_session` rows: what owners share, and the own line."""
    return row_clauses(actor, TrainingSession.owner_id, TrainingSession.visibility)


def may_plan(actor: Actor, organiser_id: UUID | None = None) -> bool:
    """Whether the actor may plan sessions that this organisation gives, or any at all.

    A coordinator plans where its line is the only organiser: every organiser must pass.
    """
    return actor.may("training:plan", organiser_id)
