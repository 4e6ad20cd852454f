"""Tables of activities and of what others published about the field."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.ids import new_id
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import UNDATED, code_field, enum_field, json_field, moment_field, text_field
from coalition.outreach.enums import (
    ActivityKind,
    ActivityStatus,
    AdvocacyKind,
    AdvocacyStage,
    AgeBand,
    ParticipantRole,
    ReachMethod,
    Sex,
)


class Activity(SQLModel, table=True):
    """A prevention, awareness, advocacy or coordination activity; help to persons is not logged here.

    `owner_id` is the organisation whose record it is: the lead, or `coalition` for loaded ones.
    `first_day` and `last_day` are the days that its dates can mean, both None when it is undated;
    `sort_on` is its start, or the year 1 so that undated ones come last.
    `people_reached` is derived from `reach`: None when not stated.
    `is_rolled_up`: its figures stand in `activity_rollup`; else coverage counts it by itself.
    """

    __tablename__ = "activity"
    __table_args__ = (
        sa.Index("ix_activity_order", "sort_on", "id"),
        sa.Index("ix_activity_days", "first_day", "last_day"),
        sa.Index("ix_activity_owner", "owner_id", "visibility"),
        sa.Index(
            "ix_activity_not_rolled_up",
            "id",
            sqlite_where=sa.text("is_rolled_up = 0"),
            postgresql_where=sa.text("NOT is_rolled_up"),
        ),
        sa.CheckConstraint("kind <> 'ASSISTANCE' OR is_loaded", name="assistance_only_loaded"),
        sa.CheckConstraint("people_reached >= 0", name="people_reached_not_negative"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id")
    visibility: Visibility = enum_field(Visibility, "activity_visibility")
    is_loaded: bool = False
    kind: ActivityKind = enum_field(ActivityKind, "activity_kind", index=True)
    form: str | None = text_field(default=None)
    title: dict[str, str] = json_field()
    status: ActivityStatus = enum_field(ActivityStatus, "activity_status")
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
    country: str | None = text_field(2, default=None)
    place: str | None = text_field(default=None)
    audience: list[str] = json_field(default_factory=list)
    materials: list[str] = json_field(default_factory=list)
    organiser_names: list[str] = json_field(default_factory=list)
    campaign: str | None = text_field(default=None)
    people_reached: int | None = Field(default=None, sa_type=sa.BigInteger)
    cancel_reason: str | None = text_field(default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)
    search: str = text_field(default="")
    created_at: datetime = moment_field()
    created_by: str = text_field(80, index=True)
    updated_at: datetime = moment_field()
    revision: int = Field(default=1)
    is_rolled_up: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})


class ActivityDistrict(SQLModel, table=True):
    """A district in which an activity takes place."""

    __tablename__ = "activity_district"

    activity_id: UUID = Field(primary_key=True, foreign_key="activity.id", ondelete="CASCADE")
    district_id: UUID = Field(primary_key=True, foreign_key="territory.id", index=True)
    position: int = 0


class ActivityTopic(SQLModel, table=True):
    """A topic of an activity."""

    __tablename__ = "activity_topic"

    activity_id: UUID = Field(primary_key=True, foreign_key="activity.id", ondelete="CASCADE")
    topic_id: UUID = Field(primary_key=True, foreign_key="topic.id", index=True)
    position: int = 0


class ActivityParticipant(SQLModel, table=True):
    """An organisation that takes part; a logged activity has exactly one LEAD, a loaded one at most one."""

    __tablename__ = "activity_participant"
    __table_args__ = (
        sa.Index(
            "uq_activity_participant_lead",
            "activity_id",
            unique=True,
            sqlite_where=sa.text("role = 'LEAD'"),
            postgresql_where=sa.text("role = 'LEAD'"),
        ),
    )

    activity_id: UUID = Field(primary_key=True, foreign_key="activity.id", ondelete="CASCADE")
    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id", index=True)
    role: ParticipantRole = enum_field(ParticipantRole, "participant_role")
    position: int = 0


class ActivityReach(SQLModel, table=True):
    """How many people an activity reached: a count of one sex and age band."""

    __tablename__ = "activity_reach"
    __table_args__ = (sa.CheckConstraint("count BETWEEN 0 AND 1000000", name="count_in_range"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    activity_id: UUID = Field(foreign_key="activity.id", ondelete="CASCADE", index=True)
    position: int = 0
    sex: Sex = enum_field(Sex, "reach_sex")
    age_band: AgeBand = enum_field(AgeBand, "reach_age_band")
    count: int
    method: ReachMethod = enum_field(ReachMethod, "reach_method")
    qualifier: Qualifier = enum_field(Qualifier, "reach_qualifier")
    qualifier_text: str | None = text_field(default=None)


class ActivityQuantity(SQLModel, table=True):
    """A count that is not people: seminars, photos, minutes of airtime."""

    __tablename__ = "activity_quantity"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    activity_id: UUID = Field(foreign_key="activity.id", ondelete="CASCADE", index=True)
    position: int = 0
    value: float
    unit: str = text_field(200)
    qualifier: Qualifier | None = enum_field(Qualifier, "quantity_qualifier", default=None)
    qualifier_text: str | None = text_field(default=None)


class ActivityCounter(SQLModel, table=True):
    """The last number given in an organisation's codes of one year (`<slug>-<year>-<n>`)."""

    __tablename__ = "activity_counter"

    organisation_id: UUID = Field(primary_key=True, foreign_key="organisation.id")
    year: int = Field(primary_key=True)
    last_number: int


class ActivityRollup(SQLModel, table=True):
    """What the activities that are rolled up come to in one cell (outreach/rollup.py writes it).

    `sides` says which of the dimensions tell cells apart. Unknown, or no dimension of this cell, is 0, the
    UUID 0 or "", since keys hold no NULL. Months are numbers such as 200703. The figures stand once for each
    level of visibility: for who reads what is public, for partners, for the coalition, for who reads all.
    """

    __tablename__ = "activity_rollup"
    # Rows are read by the start of their key.
    __table_args__ = ({"sqlite_with_rowid": False},)

    sides: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    month: int = Field(primary_key=True)
    district_id: UUID = Field(primary_key=True)
    church_body_id: UUID = Field(primary_key=True)
    denomination_id: UUID = Field(primary_key=True)
    topic_id: UUID = Field(primary_key=True)
    kind: str = code_field(primary_key=True)
    first_month: int = Field(primary_key=True)
    last_month: int = Field(primary_key=True)
    activities_1: int
    activities_2: int
    activities_3: int
    activities_4: int
    with_reach_1: int
    with_reach_2: int
    with_reach_3: int
    with_reach_4: int
    people_reached_1: int = Field(sa_type=sa.BigInteger)
    people_reached_2: int = Field(sa_type=sa.BigInteger)
    people_reached_3: int = Field(sa_type=sa.BigInteger)
    people_reached_4: int = Field(sa_type=sa.BigInteger)


class AdvocacyTarget(SQLModel, table=True):
    """A law, decision, plan, budget, report or other step that advocacy follows."""

    __tablename__ = "advocacy_target"
    __table_args__ = (sa.Index("ix_advocacy_target_order", "sort_on", "id"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id")
    visibility: Visibility = enum_field(Visibility, "advocacy_visibility")
    kind: AdvocacyKind = enum_field(AdvocacyKind, "advocacy_kind")
    name: dict[str, str] = json_field()
    number: str | None = text_field(default=None)
    issuer: str | None = text_field(default=None)
    stage: AdvocacyStage = enum_field(AdvocacyStage, "advocacy_stage")
    dated_on: date | None = None
    dated_on_precision: DatePrecision | None = enum_field(DatePrecision, "dated_on_precision", default=None)
    dated_on_certainty: DateCertainty | None = enum_field(DateCertainty, "dated_on_certainty", default=None)
    dated_on_text: str | None = text_field(default=None)
    date_note: str | None = text_field(default=None)
    period_from: date | None = None
    period_from_precision: DatePrecision | None = enum_field(
        DatePrecision, "period_from_precision", default=None
    )
    period_from_certainty: DateCertainty | None = enum_field(
        DateCertainty, "period_from_certainty", default=None
    )
    period_from_text: str | None = text_field(default=None)
    period_to: date | None = None
    period_to_precision: DatePrecision | None = enum_field(DatePrecision, "period_to_precision", default=None)
    period_to_certainty: DateCertainty | None = enum_field(DateCertainty, "period_to_certainty", default=None)
    period_to_text: str | None = text_field(default=None)
    sort_on: date = Field(default=UNDATED)
    amount: float | None = None
    currency: str | None = text_field(3, default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)


class Statistic(SQLModel, table=True):
    """A figure that somebody published; never mixed with what members log. `position` is its line."""

    __tablename__ = "statistic"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id")
    visibility: Visibility = enum_field(Visibility, "statistic_visibility")
    position: int = Field(index=True)
    indicator: str = text_field(index=True)
    population: str | None = text_field(default=None)
    sex: str | None = text_field(default=None)
    age_group: str | None = text_field(default=None)
    form: str | None = text_field(default=None)
    destination: str | None = text_field(default=None)
    value: float
    unit: str = text_field()
    qualifier: str | None = text_field(default=None)
    period_from: date | None = None
    period_from_precision: DatePrecision | None = enum_field(
        DatePrecision, "period_from_precision", default=None
    )
    period_from_certainty: DateCertainty | None = enum_field(
        DateCertainty, "period_from_certainty", default=None
    )
    period_from_text: str | None = text_field(default=None)
    period_to: date | None = None
    period_to_precision: DatePrecision | None = enum_field(DatePrecision, "period_to_precision", default=None)
    period_to_certainty: DateCertainty | None = enum_field(DateCertainty, "period_to_certainty", default=None)
    period_to_text: str | None = text_field(default=None)
    publisher: str | None = text_field(default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)


class Programme(SQLModel, table=True):
    """A donor programme or project; `position` is its line."""

    __tablename__ = "programme"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    code: str = code_field(unique=True)
    owner_id: UUID = Field(foreign_key="organisation.id")
    visibility: Visibility = enum_field(Visibility, "programme_visibility")
    position: int = Field(index=True)
    name: str = text_field()
    donors: list[str] = json_field(default_factory=list)
    implementers: list[str] = json_field(default_factory=list)
    partners: list[str] = json_field(default_factory=list)
    countries: list[str] = json_field(default_factory=list)
    period_from: date | None = None
    period_from_precision: DatePrecision | None = enum_field(
        DatePrecision, "period_from_precision", default=None
    )
    period_from_certainty: DateCertainty | None = enum_field(
        DateCertainty, "period_from_certainty", default=None
    )
    period_from_text: str | None = text_field(default=None)
    period_to: date | None = None
    period_to_precision: DatePrecision | None = enum_field(DatePrecision, "period_to_precision", default=None)
    period_to_certainty: DateCertainty | None = enum_field(DateCertainty, "period_to_certainty", default=None)
    period_to_text: str | None = text_field(default=None)
    amount: float | None = None
    currency: str | None = text_field(3, default=None)
    amount_note: str | None = text_field(default=None)
    source: str | None = text_field(default=None)
    as_written: str | None = text_field(default=None)


class PartnershipAssessment(SQLModel, table=True):
    """What the 2008 presentation said of one group of partners."""

    __tablename__ = "partnership_assessment"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    actor: str = code_field(unique=True)
    aims: list[str] = json_field(default_factory=list)
    challenges: list[str] = json_field(default_factory=list)
    assessment_as_written: str = text_field()
    assessment: str = text_field()
    year: int
    source: str | None = text_field(default=None)
