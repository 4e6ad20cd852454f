"""What coverage is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from coalition.outreach.enums import ActivityKind


class CoverageDimension(StrEnum):
    """What cells are told apart by."""

    DISTRICT = "DISTRICT"
    DENOMINATION = "DENOMINATION"
    CHURCH_BODY = "CHURCH_BODY"
    MONTH = "MONTH"
    KIND = "KIND"
    TOPIC = "TOPIC"


@dataclass(frozen=True)
class CoverageFilters:
    """What is counted; `from_day` and `to_day` are widened to whole months."""

    from_day: date | None = None
    to_day: date | None = None
    kind: ActivityKind | None = None
    denomination_id: UUID | None = None
    church_body_id: UUID | None = None
    district_id: UUID | None = None


class CoverageFigures(NamedTuple):
    """What a cell or the total holds; `people_reached` is None when no activity states it.

    `organisations` are the distinct participants, None where nobody asked for them. `suppressed` is for
    figures about people assisted, which never enter here.
    """

    activities: int
    organisations: int | None
    people_reached: int | None
    activities_with_reach: int
    suppressed: bool = False


class CoverageCell(NamedTuple):
    """The figures of one combination; a dimension not asked for, or unknown, is None.

    `month` reads "2007-03", and is None where no more than the year is known.
    """

    figures: CoverageFigures
    district_id: UUID | None = None
    denomination_id: UUID | None = None
    church_body_id: UUID | None = None
    month: str | None = None
    kind: ActivityKind | None = None
    topic_id: UUID | None = None


@dataclass(frozen=True)
class Coverage:
    """Cells in a stable order, and the total in which each activity counts once."""

    cells: list[CoverageCell]
    total: CoverageFigures
