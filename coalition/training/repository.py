"""Every query of this room; readers take an `Actor`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Topic
from coalition.members.policies import visible_organisations
from coalition.training.models import (
    AcceptedHolyDay,
    TrainingInvitation,
    TrainingOrganiser,
    TrainingSession,
    TrainingTopic,
)
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


def training_sessions_by_id(uow: UnitOfWork, actor: Actor, ids: Sequence[UUID]) -> Sequence[TrainingSession]:
    """The visible ones among `ids`."""
    return uow.db.scalars(
        sa.select(TrainingSession).where(TrainingSession.id.in_(set(ids)), visible_training_sessions(actor))
    ).all()


def churches_of_sessions(
    uow: UnitOfWork, actor: Actor, ids: Sequence[UUID]
) -> dict[UUID, list[Organisation]]:
    """The visible organisations that give each training session or are invited to it, each once."""
    linked = sa.union(
        *(
            sa.select(link.training_session_id, link.organisation_id).where(link.training_session_id.in_(ids))
            for link in (TrainingOrganiser, TrainingInvitation)
        )
    ).subquery()
    rows = uow.db.execute(
        sa.select(linked.c.training_session_id, Organisation)
        .join(Organisation, Organisation.id == linked.c.organisation_id)
        .where(visible_organisations(actor))
    )
    found: dict[UUID, list[Organisation]] = {}
    for session_id, row in rows:
        found.setdefault(session_id, []).append(row)
    return found


def insert_training_session(
    uow: UnitOfWork,
    training_session: TrainingSession,
    *,
    organisers: Sequence[Organisation],
    invited: Sequence[Organisation],
    topics: Sequence[Topic],
    accepted_holy_days: Sequence[AcceptedHolyDay] = (),
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
    uow.db.add_all(accepted_holy_days)
    uow.db.flush()
