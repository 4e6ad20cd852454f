"""Training sessions."""

from __future__ import annotations

import datetime

import strawberry

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.graphql.declare import (
    Node,
    batched,
    children,
    column,
    computed,
    date_columns,
    linked,
    record,
    texts,
    to_one,
    view,
)
from coalition.graphql.types.common import PartialDateType
from coalition.graphql.types.holy_days import HolyDayType
from coalition.graphql.types.members import DistrictType, OrganisationType, TopicType
from coalition.training import models as m
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.holy_days import holy_days_of_sessions
from coalition.training.policies import visible_training_sessions

strawberry.enum(TrainingRecord, description="What one record stands for; a running total adds to nothing.")
strawberry.enum(TrainingSessionStatus, description="How far a training session has come.")


@record(m.AcceptedHolyDay, "AcceptedHolyDay", "A holy day on which a training is held all the same.")
class AcceptedHolyDayType:
    """A holy day that was accepted."""

    date: datetime.date = column("The day.", "falls_on")
    code: str = column("Code of the holy day.")
    organisation: OrganisationType = to_one("The church that keeps it.", "Organisation", "organisation_id")
    reason: str = column("Why, as whoever planned the session put it.")


@view(
    m.TrainingSession,
    "TrainingSession",
    "A seminar or course, a series of them, or a published running total.",
    visible_training_sessions,
)
class TrainingSessionType(Node):
    """A training session."""

    code: str | None = column("Its code in the public record, for loaded ones.")
    title: str = texts("Title in the language asked.", "title")
    status: TrainingSessionStatus = column("How far it has come.")
    starts_on: PartialDateType | None = date_columns("When it begins; null when unknown.", "starts_on")
    ends_on: PartialDateType | None = date_columns(
        "When it ends; null when it is one day or unknown.", "ends_on"
    )
    date_note: str | None = column("What the source says of the date beyond the date itself.")
    district: DistrictType | None = to_one("The district of its venue.", "District", "district_id")
    country: str | None = column("ISO 3166-1 alpha-2.")
    place: str | None = column("The venue, as written.")
    organisers: list[OrganisationType] = linked(
        "Who gives it, in the order of the source.",
        "Organisation", m.TrainingOrganiser, parent="training_session_id", child="organisation_id",
    )  # fmt: skip
    invited: list[OrganisationType] = linked(
        "Whose people are invited.",
        "Organisation", m.TrainingInvitation, parent="training_session_id", child="organisation_id",
    )  # fmt: skip
    holy_days: list[HolyDayType] = batched(
        "Holy days on its days: of those who give it or are invited, and civil ones; none where the days are"
        " not known.",
        holy_days_of_sessions,
    )
    accepted_holy_days: list[AcceptedHolyDayType] = children(
        "Days on which one of these churches holds no training, accepted when it was planned.",
        "AcceptedHolyDay", m.AcceptedHolyDay,
        parent="training_session_id", refers_to=("organisation_id", "Organisation"),
    )  # fmt: skip
    organiser_names: list[str] = column("Organisers that are no organisation of the list, as written.")
    funders: list[str] = column("Who pays for it.")
    audience: list[str] = column("Whom it is meant for, as written.")
    topics: list[TopicType] = linked(
        "What it is about.", "Topic", m.TrainingTopic, parent="training_session_id", child="topic_id"
    )
    languages: list[str] = column("Languages it is given in, as BCP 47.")
    record: TrainingRecord = column("What this record stands for; CUMULATIVE adds to nothing.")
    sessions_count: int | None = column("How many sessions the record stands for; null when not stated.")
    capacity: int | None = column("How many can take part; null when not stated.")
    places_free: int | None = computed(
        "Places not taken; null when the capacity is not stated.",
        ("capacity",),
        lambda row, _context: row.capacity,
    )
    participants_count: int | None = column("How many took part; null when not stated.")
    participants_qualifier: Qualifier | None = column("How exactly that is meant.")
    participants_qualifier_text: str | None = column("As written in the source.")
    source: str | None = column("Where a loaded record comes from.")
    visibility: Visibility = column("Who may see it besides the owner's own line.")
    revision: int = column("Goes up with each change.")
