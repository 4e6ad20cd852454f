"""Tables of training sessions."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.ids import new_id
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import UNDATED, code_field, enum_field, json_field, moment_field, text_field
from coalition.training.enums import TrainingRecord, TrainingSessionStatus


class TrainingSession(SQLModel, table=True):
    """A seminar or course, a series of them, or a published running total.

    `owner_id` is the organisation whose record it is: the first organiser, or `coalition` for loaded ones.
    `first_day`, `last_day` and `sort_on` as in `outreach.models.Activity`.
    """

    __tablename__ = "training_session"
    __table_args__ = (
        sa.Index("ix_training_session_order", "sort_on", "id"),
        sa.CheckConstraint("capacity BETWEEN 0 AND 1000000", name="capacity_in_range"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str | None = code_field(default=None, unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id", index=True)
    visibility: Visibility = enum_field(Visibility, "training_session_visibility")
    title: dict[str, str] = json_field()
    status: TrainingSessionStatus = enum_field(TrainingSessionStatus, "training_session_status")
    record: TrainingRecord = enum_field(TrainingRecord, "training_session_record")
    starts_on: date | None = None
    starts_on_precision: DatePrecision | None = enum_field(DatePrecision, "starts_on_precision", default=None)
    starts_on_certainty: DateCertainty | None = enum_field(DateCertainty, "starts_on_certainty", default=None)
    starts_on_text: str | None = text_field(default=None)
    ends_on: date | None = None
    ends_on_precision: DatePrecision | None = enum_field(DatePrecision, "ends_on_precision", default=None)
    ends_on_certainty: DateCertainty | None = enum_field(DateCertainty, "ends_on_certainty", default=None)
    ends_on_text: str | None = text_field(default=None)
    date_note: str | None = text_field(default=None)
    first_day: date | None = None
    last_day: date | None = None
    sort_on: date = Field(default=UNDATED)
    district_id: UUID | None = Field(default=None, foreign_key="territory.id", index=True)
    country: str | None = text_field(2, default=None)
    place: str | None = text_field(default=None)
    organiser_names: list[str] = json_field(default_factory=list)
    funders: list[str] = json_field(default_factory=list)
    audience: list[str] = json_field(default_factory=list)
    languages: list[str] = json_field(default_factory=list)
    sessions_count: int | None = None
    capacity: int | None = None
    participants_count: int | None = None
    participants_qualifier: Qualifier | None = enum_field(Qualifier, "participants_qualifier", default=None)
    participants_qualifier_text: str | None = text_field(default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)
    search: str = text_field(default="")
    created_at: datetime = moment_field()
    created_by: str = text_field(80)
    updated_at: datetime = moment_field()
    revision: int = Field(default=1)


class TrainingOrganiser(SQLModel, table=True):
    """An organisation that gives a training session; `position` keeps the order of the source."""

    __tablename__ = "training_organiser"

    training_session_id: UUID = Field(primary_key=True, foreign_key="training_session.id", ondelete="CASCADE")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    position: int = 0


class TrainingInvitation(SQLModel, table=True):
    """An organisation whose people are invited."""

    __tablename__ = "training_invitation"

    training_session_id: UUID = Field(primary_key=True, foreign_key="training_session.id", ondelete="CASCADE")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    position: int = 0


class TrainingTopic(SQLModel, table=True):
    """A topic of a training session."""

    __tablename__ = "training_topic"

    training_session_id: UUID = Field(primary_key=True, foreign_key="training_session.id", ondelete="CASCADE")
    topic_id: UUID = Field(primary_key=True, foreign_key="topic.id", index=True)
    position: int = 0


class AcceptedHolyDay(SQLModel, table=True):
    """A holy day of a church that gives a training session or is invited to it, accepted for a reason."""

    __tablename__ = "accepted_holy_day"

    training_session_id: UUID = Field(primary_key=True, foreign_key="training_session.id", ondelete="CASCADE")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    falls_on: date = Field(primary_key=True)
    code: str = code_field(primary_key=True)
    reason: str = text_field()
    position: int = 0
