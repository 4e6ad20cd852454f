"""What members send when they log or amend an activity, before it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from coalition.core.actor import Visibility
from coalition.core.changes import UNCHANGED, Unchanged
from coalition.core.enums import Qualifier
from coalition.core.partial_date import PartialDate
from coalition.outreach.enums import (
    ActivityKind,
    ActivityStatus,
    AgeBand,
    ParticipantRole,
    ReachMethod,
    Sex,
)


@dataclass(frozen=True)
class PartnerDraft:
    """Another organisation that takes part; an id that cannot be read is None and not found."""

    organisation_id: UUID | None
    role: ParticipantRole


@dataclass(frozen=True)
class ReachDraft:
    """How many people of one sex and age band were reached."""

    count: int
    sex: Sex = Sex.UNSPECIFIED
    age_band: AgeBand = AgeBand.UNKNOWN
    method: ReachMethod = ReachMethod.HEADCOUNT
    qualifier: Qualifier = Qualifier.EXACT


@dataclass(frozen=True)
class ActivityDraft:
    """An activity as a member logs it; `organisation_id` is the lead and will own the record.

    `title` maps languages to texts. `districts` are codes or any spelling, `topics` codes.
    `text_confirmed` answers PERSONAL_DATA_SUSPECTED: the texts name nobody.
    """

    organisation_id: UUID | None
    kind: ActivityKind
    title: Mapping[str, str]
    starts_on: PartialDate
    districts: Sequence[str] = ()
    form: str | None = None
    ends_on: PartialDate | None = None
    place: str | None = None
    status: ActivityStatus = ActivityStatus.HELD
    visibility: Visibility = Visibility.COALITION
    audience: Sequence[str] = ()
    topics: Sequence[str] = ()
    materials: Sequence[str] = ()
    partners: Sequence[PartnerDraft] = ()
    reach: Sequence[ReachDraft] = ()
    text_confirmed: bool = False


@dataclass(frozen=True)
class ActivityChanges:
    """What a member changes in an activity: UNCHANGED is left as it is, None is cleared."""

    kind: ActivityKind | Unchanged | None = UNCHANGED
    form: str | Unchanged | None = UNCHANGED
    title: Mapping[str, str] | Unchanged | None = UNCHANGED
    starts_on: PartialDate | Unchanged | None = UNCHANGED
    ends_on: PartialDate | Unchanged | None = UNCHANGED
    districts: Sequence[str] | Unchanged | None = UNCHANGED
    place: str | Unchanged | None = UNCHANGED
    status: ActivityStatus | Unchanged | None = UNCHANGED
    visibility: Visibility | Unchanged | None = UNCHANGED
    audience: Sequence[str] | Unchanged | None = UNCHANGED
    topics: Sequence[str] | Unchanged | None = UNCHANGED
    materials: Sequence[str] | Unchanged | None = UNCHANGED
    partners: Sequence[PartnerDraft] | Unchanged | None = UNCHANGED
    reach: Sequence[ReachDraft] | Unchanged | None = UNCHANGED
    text_confirmed: bool = False
