"""Lists inside objects, and lists that two places show."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import col

from coalition.assistance.models import Service
from coalition.assistance.policies import sees_inside, visible_services
from coalition.core.actor import Actor
from coalition.core.clauses import any_of
from coalition.graphql.connections import connect
from coalition.graphql.context import Context
from coalition.graphql.loaders.pages import NestedListing
from coalition.graphql.orders import organisations_order
from coalition.graphql.paging import Listing
from coalition.members.enums import MembershipStatus
from coalition.members.models import Organisation, Person, Role
from coalition.members.policies import not_ended, role_clauses, visible_organisations, visible_persons
from coalition.outreach.models import Activity, ActivityParticipant
from coalition.outreach.policies import visible_activities
from coalition.training.models import TrainingOrganiser, TrainingSession
from coalition.training.policies import visible_training_sessions

_organisation: Any = Organisation
_service: Any = Service
_participant: Any = ActivityParticipant
_organiser: Any = TrainingOrganiser
_activity: Any = Activity
_training: Any = TrainingSession
_role: Any = Role

CHILDREN = NestedListing(
    "children", Organisation, _organisation.parent_id, lambda actor: (visible_organisations(actor),)
)
ACTIVITIES = NestedListing(
    "activities",
    Activity,
    _participant.organisation_id,
    lambda actor: (visible_activities(actor),),
    (ActivityParticipant, _participant.activity_id == _activity.id),
)
# For outsiders a protected service is not listed under its provider: that alone would place it.
SERVICES = NestedListing(
    "services", Service, _service.provider_id, lambda actor: (visible_services(actor), sees_inside(actor))
)
TRAINING_SESSIONS = NestedListing(
    "training-sessions",
    TrainingSession,
    _organiser.organisation_id,
    lambda actor: (visible_training_sessions(actor),),
    (TrainingOrganiser, _organiser.training_session_id == _training.id),
)


def _first_role_there(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Visible people, each once: by the first of the visible roles that they hold or are to hold there."""
    earlier: Any = aliased(Role)
    before = sa.exists().where(
        earlier.person_id == _role.person_id,
        earlier.organisation_id == _role.organisation_id,
        earlier.id < _role.id,
        _counts(actor, earlier),
    )
    return (visible_persons(actor), _counts(actor, Role), sa.not_(before))


def _counts(actor: Actor, role: Any) -> ColumnElement[bool]:
    return sa.and_(any_of(role_clauses(actor, role)), not_ended(actor, role))


PEOPLE = NestedListing(
    "people",
    Person,
    _role.organisation_id,
    _first_role_there,
    (Role, _role.person_id == col(Person.id)),
)


async def members(context: Context, first: int | None, after: str | None) -> Any:
    """The coalition's member organisations, by name."""
    conditions = (visible_organisations(context.actor), _organisation.status == MembershipStatus.MEMBER)
    listing = Listing(Organisation, conditions, organisations_order(context.language))
    return await connect(context, listing, first, after)
