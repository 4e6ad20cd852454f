"""Every query of this room; readers take an `Actor`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Topic
from coalition.training.models import TrainingInvitation, TrainingOrganiser, TrainingSession, TrainingTopic
from coalition.training.policies import visible_training_sessions


def training_session_by_id(
    uow: UnitOfWork, actor: Actor, training_session_id: UUID | None
) -> TrainingSession | None:
    """The training session, or None when it is absent or not visible."""
    return uow.db.scalars(
        sa.select(TrainingSession).where(
            TrainingSession.id == training_session_id, visible_training_sessions(actor)
        )
    ).one_or_none()


def insert_training_session(
    uow: UnitOfWork,
    training_session: TrainingSession,
    *,
    organisers: Sequence[Organisation],
    invited: Sequence[Organisation],
    topics: Sequence[Topic],
) -> None:
    """Write a new training session with all its rows."""
    key = {"training_session_id": training_session.id}
    uow.db.add(training_session)
    uow.db.flush()
    uow.db.add_all(
        TrainingOrganiser(**key, organisation_id=row.id, position=position)
        for position, row in enumerate(organisers)
    )
    uow.db.add_all(
        TrainingInvitation(**key, organisation_id=row.id, position=position)
        for position, row in enumerate(invited)
    )
    uow.db.add_all(
        TrainingTopic(**key, topic_id=row.id, position=position) for position, row in enumerate(topics)
    )
    uow.db.flush()
