"""What members send when they plan a training session, before it is checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from coalition.core.actor import Visibility


@dataclass(frozen=True)
class AcceptedHolyDayDraft:
    """A holy day on which a training is held all the same, agreed with that church for this reason."""

    date: date
    organisation_id: UUID | None
    reason: str


@dataclass(frozen=True)
class TrainingSessionDraft:
    """A training session as somebody plans it; the first organiser will own the record.

    `title` maps languages to texts. `district` is a code or any spelling, `languages` are BCP 47 tags,
    `topics` codes. An id that cannot be read is None and not found. `text_confirmed` answers
    PERSONAL_DATA_SUSPECTED: the texts name nobody.
    """

    title: Mapping[str, str]
    organiser_ids: Sequence[UUID | None]
    starts_on: date
    district: str
    invited_ids: Sequence[UUID | None] = ()
    ends_on: date | None = None
    place: str | None = None
    capacity: int | None = None
    languages: Sequence[str] = ()
    audience: Sequence[str] = ()
    topics: Sequence[str] = ()
    visibility: Visibility = Visibility.COALITION
    accepted_holy_days: Sequence[AcceptedHolyDayDraft] = ()
    text_confirmed: bool = False
