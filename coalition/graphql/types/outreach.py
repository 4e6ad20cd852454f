"""Activities, and what others published about the field."""

from __future__ import annotations

import datetime

import strawberry

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.graphql.declare import (
    Node,
    children,
    column,
    date_columns,
    linked,
    linked_one,
    record,
    texts,
    to_one,
    view,
)
from coalition.graphql.scalars import LocalizedText
from coalition.graphql.types.common import PartialDateType
from coalition.graphql.types.members import DistrictType, OrganisationType, TopicType
from coalition.outreach import models as m
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
from coalition.outreach.policies import (
    visible_activities,
    visible_advocacy_targets,
    visible_programmes,
    visible_statistics,
)

for _enum in (
    ActivityKind, ActivityStatus, AdvocacyKind, AdvocacyStage, AgeBand, ParticipantRole, ReachMethod, Sex,
):  # fmt: skip
    strawberry.enum(_enum, description=_enum.__doc__)


@record(m.ActivityParticipant, "ActivityParticipant", "An organisation that takes part, and what it does.")
class ActivityParticipantType:
    """A participant."""

    organisation: OrganisationType = to_one("The organisation.", "Organisation", "organisation_id")
    role: ParticipantRole = column("What it does; loaded records do not say.")


@record(m.ActivityQuantity, "Quantity", "A count that is not people, such as seminars or minutes of airtime.")
class QuantityType:
    """A quantity."""

    value: float = column("The number.")
    unit: str = column("What is counted.")
    qualifier: Qualifier | None = column("How exactly it is meant.")
    qualifier_text: str | None = column("As written in the source.")


@record(m.ActivityReach, "Reach", "People reached, of one sex and age band.")
class ReachType:
    """Reach."""

    sex: Sex = column("Sex, as counted.")
    age_band: AgeBand = column("Age band.")
    count: int = column("How many.")
    method: ReachMethod = column("How they were counted; digital impressions never add into people.")
    qualifier: Qualifier = column("How exactly it is meant.")
    qualifier_text: str | None = column("As written in the source.")


@view(
    m.Activity, "Activity", "A prevention, awareness, advocacy or coordination activity.", visible_activities
)
class ActivityType(Node):
    """An activity."""

    code: str = column("Shareable code, part of its address.")
    kind: ActivityKind = column("What it is for; ASSISTANCE in loaded records only.")
    form: str | None = column("What it was, in a word or two.")
    title: str = texts("Title in the language asked.", "title")
    titles: LocalizedText = column("Title in every language it has, for whoever amends it.", "title")
    status: ActivityStatus = column("How far it has come.")
    starts_on: PartialDateType | None = date_columns("When it begins; null when unknown.", "starts_on")
    ends_on: PartialDateType | None = date_columns(
        "When it ends; null when it is one day or unknown.", "ends_on"
    )
    date_note: str | None = column("What the source says of the date beyond the date itself.")
    districts: list[DistrictType] = linked(
        "Districts in which it takes place; empty when nationwide, abroad or unknown.",
        "District", m.ActivityDistrict, parent="activity_id", child="district_id",
    )  # fmt: skip
    country: str | None = column("ISO 3166-1 alpha-2.")
    place: str | None = column("The place, as written.")
    lead: OrganisationType | None = linked_one(
        "The organisation whose activity it is; loaded records name none.",
        "Organisation", m.ActivityParticipant, parent="activity_id", child="organisation_id",
        only=m.ActivityParticipant.role == ParticipantRole.LEAD,
    )  # fmt: skip
    participants: list[ActivityParticipantType] = children(
        "Organisations that take part, the lead first.",
        "ActivityParticipant", m.ActivityParticipant,
        parent="activity_id", refers_to=("organisation_id", "Organisation"),
    )  # fmt: skip
    organiser_names: list[str] = column("Organisers that are no organisation of the list, as written.")
    audience: list[str] = column("Whom it is meant for, as written.")
    topics: list[TopicType] = linked(
        "What it is about.", "Topic", m.ActivityTopic, parent="activity_id", child="topic_id"
    )
    materials: list[str] = column("Materials used or given out.")
    quantities: list[QuantityType] = children(
        "Counts that are not people.", "Quantity", m.ActivityQuantity, parent="activity_id"
    )
    reach: list[ReachType] = children("People reached.", "Reach", m.ActivityReach, parent="activity_id")
    people_reached: int | None = column("People reached in all; null when not stated.")
    campaign: str | None = column("The campaign it belongs to.")
    cancel_reason: str | None = column("Why it was cancelled.")
    source: str | None = column("Where a loaded record comes from.")
    visibility: Visibility = column("Who may see it besides the owner's own line.")
    revision: int = column("Goes up with each change; name it when you amend.")
    logged_at: datetime.datetime = column("When it was first stored.", "created_at")


@view(
    m.AdvocacyTarget,
    "AdvocacyTarget",
    "A law, decision, plan, budget, report or other step.",
    visible_advocacy_targets,
)
class AdvocacyTargetType(Node):
    """A legal or policy step."""

    code: str = column("Its code in the public record.")
    kind: AdvocacyKind = column("What it is.")
    name: str = texts("Name in the language asked.", "name")
    number: str | None = column("Official number.")
    issuer: str | None = column("Who issued it.")
    stage: AdvocacyStage = column("How far it has come.")
    date: PartialDateType | None = date_columns("When it reached that stage.", "dated_on")
    date_note: str | None = column("What the source says of the date beyond the date itself.")
    period_from: PartialDateType | None = date_columns("Since when it is meant to run.", "period_from")
    period_to: PartialDateType | None = date_columns("Until when it is meant to run.", "period_to")
    amount: float | None = column("Money, in whole units of `currency`.")
    currency: str | None = column("ISO 4217.")
    source: str | None = column("Where it is published.")


@view(
    m.Statistic,
    "Statistic",
    "A figure as somebody published it; never mixed with what members log.",
    visible_statistics,
)
class StatisticType(Node):
    """A published figure."""

    code: str = column("Its code in the public record.")
    indicator: str = column("What is counted.")
    population: str | None = column("Among whom.")
    sex: str | None = column("Sex, as published.")
    age_group: str | None = column("Age group, as published.")
    form: str | None = column("Form of exploitation, as published.")
    destination: str | None = column("Country of destination, ISO 3166-1 alpha-2.")
    value: float = column("The figure.")
    unit: str = column("What it counts.")
    qualifier: str | None = column("How exactly it is meant, as published.")
    period_from: PartialDateType | None = date_columns("Since when.", "period_from")
    period_to: PartialDateType | None = date_columns("Until when.", "period_to")
    publisher: str | None = column("Who published it.")
    source: str | None = column("Where it is published.")


@view(m.Programme, "Programme", "A donor programme or project.", visible_programmes)
class ProgrammeType(Node):
    """A programme."""

    code: str = column("Its code in the public record.")
    name: str = column("Its name.")
    donors: list[str] = column("Who pays.")
    implementers: list[str] = column("Who carries it out.")
    partners: list[str] = column("Who helps.")
    countries: list[str] = column("Where, as ISO 3166-1 alpha-2 or as written.")
    period_from: PartialDateType | None = date_columns("Since when.", "period_from")
    period_to: PartialDateType | None = date_columns("Until when.", "period_to")
    amount: float | None = column("Money, in whole units of `currency`.")
    currency: str | None = column("ISO 4217.")
    amount_note: str | None = column("What the source says of the amount.")
    source: str | None = column("Where it is published.")
