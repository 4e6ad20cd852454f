"""All that members state of an activity, found right, and the rows that hold it."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID

from coalition.core.actor import Visibility
from coalition.core.partial_date import PartialDate
from coalition.core.tables import UNDATED, date_columns, span
from coalition.members.models import Organisation, Territory, Topic
from coalition.outreach.derived import activity_search, people_reached
from coalition.outreach.drafts import ReachDraft
from coalition.outreach.enums import ActivityKind, ActivityStatus, ParticipantRole
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityReach,
    ActivityTopic,
)

Children = list[ActivityDistrict] | list[ActivityTopic] | list[ActivityParticipant] | list[ActivityReach]


@dataclass(frozen=True)
class Participation:
    """An organisation with what it does in an activity."""

    organisation: Organisation
    role: ParticipantRole


@dataclass(frozen=True)
class ActivityFacts:
    """What members state of an activity, with the rows it refers to; the lead is the first participant."""

    kind: ActivityKind
    title: dict[str, str]
    starts_on: PartialDate | None
    status: ActivityStatus
    visibility: Visibility
    participants: list[Participation]
    form: str | None = None
    ends_on: PartialDate | None = None
    place: str | None = None
    audience: list[str] = field(default_factory=list)
    materials: list[str] = field(default_factory=list)
    districts: list[Territory] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    reach: list[ReachDraft] = field(default_factory=list)

    @property
    def texts(self) -> set[str]:
        """The free texts that already stand in the record."""
        single = [text for text in (self.form, self.place) if text]
        return {*self.title.values(), *single, *self.audience, *self.materials}

    def stated(self) -> list[str]:
        """The names of the fields that say something."""
        return [name for name, value in self._comparable().items() if value not in (None, [], {})]

    def differing(self, other: ActivityFacts) -> list[str]:
        """The names of the fields in which two states of an activity differ."""
        theirs = other._comparable()
        return [name for name, value in self._comparable().items() if value != theirs[name]]

    def _comparable(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["districts"] = [district.id for district in self.districts]
        values["topics"] = [topic.id for topic in self.topics]
        values["participants"] = [(each.organisation.id, each.role) for each in self.participants]
        return values

    def columns(self) -> dict[str, Any]:
        """The values of the activity's own row, but for what is derived."""
        first_day, last_day = span(self.starts_on, self.ends_on)
        return {
            "kind": self.kind,
            "form": self.form,
            "title": self.title,
            "status": self.status,
            "visibility": self.visibility,
            **date_columns("starts_on", self.starts_on),
            **date_columns("ends_on", self.ends_on),
            "first_day": first_day,
            "last_day": last_day,
            "sort_on": self.starts_on.date if self.starts_on else UNDATED,
            "country": self.districts[0].country if self.districts else None,
            "place": self.place,
            "audience": self.audience,
            "materials": self.materials,
        }

    def district_rows(self, activity_id: UUID) -> list[ActivityDistrict]:
        """The rows that say where it takes place."""
        return [
            ActivityDistrict(activity_id=activity_id, district_id=district.id, position=position)
            for position, district in enumerate(self.districts)
        ]

    def topic_rows(self, activity_id: UUID) -> list[ActivityTopic]:
        """The rows that say what it is about."""
        return [
            ActivityTopic(activity_id=activity_id, topic_id=topic.id, position=position)
            for position, topic in enumerate(self.topics)
        ]

    def participant_rows(self, activity_id: UUID) -> list[ActivityParticipant]:
        """The rows that say who takes part."""
        return [
            ActivityParticipant(
                activity_id=activity_id,
                organisation_id=each.organisation.id,
                role=each.role,
                position=position,
            )
            for position, each in enumerate(self.participants)
        ]

    def reach_rows(self, activity_id: UUID) -> list[ActivityReach]:
        """The rows that say whom it reached."""
        return [
            ActivityReach(
                activity_id=activity_id,
                position=position,
                sex=each.sex,
                age_band=each.age_band,
                count=each.count,
                method=each.method,
                qualifier=each.qualifier,
            )
            for position, each in enumerate(self.reach)
        ]


def activity_row(facts: ActivityFacts, **others: Any) -> Activity:
    """A row with these facts, what derives from them, and the `others`; it is in no session."""
    activity = Activity(**{**others, **facts.columns()})
    activity.people_reached = people_reached(facts.reach_rows(activity.id))
    activity.search = activity_search(
        activity,
        organisations=[each.organisation for each in facts.participants],
        districts=facts.districts,
        topics=facts.topics,
    )
    return activity
