"""Lists inside objects, and lists that two places show."""

from __future__ import annotations

from typing import Any

from coalition.assistance.models import Service
from coalition.assistance.policies import sees_inside, visible_services
from coalition.graphql.connections import connect
from coalition.graphql.context import Context
from coalition.graphql.loaders.pages import NestedListing
from coalition.graphql.orders import organisations_order
from coalition.graphql.paging import Listing
from coalition.members.enums import MembershipStatus
from coalition.members.models import Organisation
from coalition.members.policies import visible_organisations
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


async def members(context: Context, first: int | None, after: str | None) -> Any:
    """The coalition's member organisations, by name."""
    conditions = (visible_organisations(context.actor), _organisation.status == MembershipStatus.MEMBER)
    listing = Listing(Organisation, conditions, organisations_order(context.language))
    return await connect(context, listing, first, after)
