"""Every query of this room; readers take an `Actor`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from coalition.core.actor import Actor
from coalition.core.tables import partial_date
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.drafts import ReachDraft
from coalition.outreach.facts import ActivityFacts, Participation
from coalition.outreach.models import (
    Activity,
    ActivityCounter,
    ActivityDistrict,
    ActivityParticipant,
    ActivityQuantity,
    ActivityReach,
    ActivityTopic,
)
from coalition.outreach.policies import visible_activities


def activity_by_id(uow: UnitOfWork, actor: Actor, activity_id: UUID | None) -> Activity | None:
    """The activity, or None when it is absent or not visible."""
    return uow.db.scalars(
        sa.select(Activity).where(Activity.id == activity_id, visible_activities(actor))
    ).one_or_none()


def activity_by_code(uow: UnitOfWork, actor: Actor, code: str) -> Activity | None:
    """The activity, or None when it is absent or not visible."""
    return uow.db.scalars(
        sa.select(Activity).where(Activity.code == code, visible_activities(actor))
    ).one_or_none()


def facts_of(uow: UnitOfWork, activity: Activity) -> ActivityFacts:
    """What is stated of an activity that was found visible, with the rows it refers to."""
    return ActivityFacts(
        kind=activity.kind,
        title=activity.title,
        starts_on=partial_date(
            activity.starts_on,
            activity.starts_on_precision,
            activity.starts_on_certainty,
            activity.starts_on_text,
        ),
        ends_on=partial_date(
            activity.ends_on, activity.ends_on_precision, activity.ends_on_certainty, activity.ends_on_text
        ),
        status=activity.status,
        visibility=activity.visibility,
        form=activity.form,
        place=activity.place,
        audience=activity.audience,
        materials=activity.materials,
        participants=_participants_of(uow, activity.id),
        districts=_districts_of(uow, activity.id),
        topics=_topics_of(uow, activity.id),
        reach=_reach_of(uow, activity.id),
    )


def quantities_of(uow: UnitOfWork, activity: Activity) -> list[ActivityQuantity]:
    """The counts of an activity that are not people."""
    return list(
        uow.db.scalars(
            sa.select(ActivityQuantity)
            .where(ActivityQuantity.activity_id == activity.id)
            .order_by(ActivityQuantity.position)
        )
    )


def _participants_of(uow: UnitOfWork, activity_id: UUID) -> list[Participation]:
    rows = uow.db.execute(
        sa.select(Organisation, ActivityParticipant.role)
        .join(ActivityParticipant, ActivityParticipant.organisation_id == Organisation.id)
        .where(ActivityParticipant.activity_id == activity_id)
        .order_by(ActivityParticipant.position)
    )
    return [Participation(organisation, role) for organisation, role in rows]


def _districts_of(uow: UnitOfWork, activity_id: UUID) -> list[Territory]:
    return list(
        uow.db.scalars(
            sa.select(Territory)
            .join(ActivityDistrict, ActivityDistrict.district_id == Territory.id)
            .where(ActivityDistrict.activity_id == activity_id)
            .order_by(ActivityDistrict.position)
        )
    )


def _topics_of(uow: UnitOfWork, activity_id: UUID) -> list[Topic]:
    return list(
        uow.db.scalars(
            sa.select(Topic)
            .join(ActivityTopic, ActivityTopic.topic_id == Topic.id)
            .where(ActivityTopic.activity_id == activity_id)
            .order_by(ActivityTopic.position)
        )
    )


def _reach_of(uow: UnitOfWork, activity_id: UUID) -> list[ReachDraft]:
    rows = uow.db.scalars(
        sa.select(ActivityReach)
        .where(ActivityReach.activity_id == activity_id)
        .order_by(ActivityReach.position)
    )
    return [
        ReachDraft(
            count=row.count, sex=row.sex, age_band=row.age_band, method=row.method, qualifier=row.qualifier
        )
        for row in rows
    ]


def next_number(uow: UnitOfWork, organisation_id: UUID, year: int) -> int:
    """The next number of an organisation's activity codes of one year; two at once never get the same."""
    insert = sqlite.insert(ActivityCounter) if uow.is_sqlite else postgresql.insert(ActivityCounter)
    counted = (
        insert.values(organisation_id=organisation_id, year=year, last_number=1)
        .on_conflict_do_update(
            index_elements=["organisation_id", "year"],
            set_={"last_number": ActivityCounter.last_number + 1},
        )
        .returning(ActivityCounter.last_number)
    )
    number: int = uow.db.execute(counted).scalar_one()
    return number


def insert_activity(uow: UnitOfWork, activity: Activity, facts: ActivityFacts) -> None:
    """Write a new activity with all its rows."""
    uow.db.add(activity)
    uow.db.flush()
    uow.db.add_all(
        [
            *facts.participant_rows(activity.id),
            *facts.district_rows(activity.id),
            *facts.topic_rows(activity.id),
            *facts.reach_rows(activity.id),
        ]
    )
    uow.db.flush()


def update_activity(uow: UnitOfWork, activity: Activity, values: dict[str, Any], *, revision: int) -> bool:
    """Write new values if the stored revision still is `revision`; False when somebody was faster.

    In both cases `activity` holds afterwards what is stored.
    """
    written = uow.db.execute(
        sa.update(Activity)
        .where(Activity.id == activity.id, Activity.revision == revision)
        .values(**values, revision=revision + 1)
        .returning(Activity.revision)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    uow.db.refresh(activity)
    return written is not None


def replace_rows(uow: UnitOfWork, activity_id: UUID, facts: ActivityFacts, names: list[str]) -> None:
    """Write anew those of the activity's rows whose fields are among `names`."""
    rows: dict[str, tuple[Any, list[Any]]] = {
        "participants": (ActivityParticipant, facts.participant_rows(activity_id)),
        "districts": (ActivityDistrict, facts.district_rows(activity_id)),
        "topics": (ActivityTopic, facts.topic_rows(activity_id)),
        "reach": (ActivityReach, facts.reach_rows(activity_id)),
    }
    for name in rows.keys() & set(names):
        table, wanted = rows[name]
        uow.db.execute(sa.delete(table).where(table.activity_id == activity_id))
        uow.db.add_all(wanted)
    uow.db.flush()
