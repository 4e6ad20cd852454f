"""Coverage: what is done where, by whom, and what is missing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from coalition.core.actor import Actor
from coalition.core.text import in_language, sort_key
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import RootValue, column, record, to_one
from coalition.graphql.fields import resolved
from coalition.graphql.types.members import DenominationType, DistrictType, OrganisationType, TopicType
from coalition.members.models import Denomination, Organisation, Territory, Topic
from coalition.outreach.enums import ActivityKind
from coalition.reports import coverage as reports

DIMENSIONS = strawberry.argument(description="What cells are told apart by; none gives the total only.")
strawberry.enum(reports.CoverageDimension, description="What cells are told apart by.")


@strawberry.input(name="CoverageFilter", description="All conditions given must hold.")
class CoverageFilter:
    """What is counted."""

    from_: datetime.date | None = strawberry.field(
        name="from", default=None, description="Days from this one on, widened to whole months."
    )
    to: datetime.date | None = strawberry.field(
        default=None, description="Days until this one, widened to whole months."
    )
    kind: ActivityKind | None = strawberry.field(default=None, description="What activities are for.")
    denomination: str | None = strawberry.field(
        default=None, description="Code; the caller's own, or any with a council role."
    )
    church_body: strawberry.ID | None = strawberry.field(
        default=None, description="A church body; the caller's own, or any with a council role."
    )
    district: str | None = strawberry.field(default=None, description="Code or any spelling of a district.")


@record(
    reports.CoverageFigures,
    "CoverageFigures",
    "Figures of a cell or of the total; assistance to persons never enters them.",
)
class CoverageFiguresType:
    """Figures."""

    activities: int | None = column("How many activities, each once.")
    organisations: int | None = column("How many organisations take part.")
    people_reached: int | None = column("People reached; null when none states it.")
    activities_with_reach: int | None = column("How many activities state the people reached.")
    suppressed: bool = column("Whether the figures are withheld.")


@record(reports.CoverageCell, "CoverageCell", "One combination of the dimensions asked for.")
class CoverageCellType:
    """A cell."""

    district: DistrictType | None = to_one("The district; null for none.", "District", "district_id")
    denomination: DenominationType | None = to_one(
        "The denomination; null for none.", "Denomination", "denomination_id"
    )
    church_body: OrganisationType | None = to_one(
        "The church body; null for none.", "Organisation", "church_body_id"
    )
    month: str | None = column('Such as "2007-03"; null for year-only or undated records.')
    kind: ActivityKind | None = column("What the activities are for.")
    topic: TopicType | None = to_one("The topic; null for none.", "Topic", "topic_id")
    figures: CoverageFiguresType = column("Its figures.")


@record(
    reports.Coverage,
    "Coverage",
    "Cells with their figures, and the total in which each activity counts once.",
)
class CoverageType:
    """Coverage."""

    cells: list[CoverageCellType] = column("Cells by name in the language asked, never by size.")
    total: CoverageFiguresType = column("The total.")


@dataclass(frozen=True)
class _Names:
    """The places, by name, of the territories, denominations, church bodies and topics of cells."""

    places: dict[Any, int]

    def key(self, cell: reports.CoverageCell) -> tuple[Any, ...]:
        """Cells by name, those without one last."""
        places, last = self.places, len(self.places)
        return (
            places.get(cell.district_id, last),
            places.get(cell.denomination_id, last),
            places.get(cell.church_body_id, last),
            places.get(cell.topic_id, last),
            cell.month or _LAST,
            cell.kind or _LAST,
        )


# After every month and every kind.
_LAST = "~"


def _names(uow: UnitOfWork, cells: list[reports.CoverageCell], language: str) -> _Names:
    texts: dict[Any, str] = {}
    for model, attribute, key in (
        (Territory, "name", "district_id"),
        (Denomination, "name", "denomination_id"),
        (Organisation, "name", "church_body_id"),
        (Topic, "label", "topic_id"),
    ):
        ids = {getattr(cell, key) for cell in cells} - {None}
        if ids:
            rows = names.rows_by_id(uow, model, ids)
            texts |= {
                row.id: sort_key(in_language(getattr(row, attribute), language), language) for row in rows
            }
    named = sorted((text, key) for key, text in texts.items() if text)
    return _Names({key: place for place, (_, key) in enumerate(named)})


def _named(selections: Iterable[Selection]) -> frozenset[str]:
    """The names of all fields in the selections, also of those that are then skipped."""
    found: frozenset[str] = frozenset()
    for each in selections:
        own = {each.name} if isinstance(each, SelectedField) else set()
        found |= own | _named(each.selections)
    return found


def _coverage(
    uow: UnitOfWork,
    context: Context,
    fields: frozenset[str],
    *,
    by: Sequence[reports.CoverageDimension],
    filter: CoverageFilter | None,
) -> reports.Coverage:
    filters = _filters(uow, context.actor, filter)
    found = reports.coverage(
        uow, context.actor, by=by, filters=filters, with_organisations="organisations" in fields
    )
    key = _names(uow, found.cells, context.language).key
    return reports.Coverage(sorted(found.cells, key=key), found.total)


def _filters(uow: UnitOfWork, actor: Actor, given: CoverageFilter | None) -> reports.CoverageFilters:
    if given is None:
        return reports.CoverageFilters()
    return reports.CoverageFilters(
        from_day=given.from_,
        to_day=given.to,
        kind=given.kind,
        denomination_id=(
            names.denomination_named(uow, given.denomination).id if given.denomination is not None else None
        ),
        church_body_id=(
            names.organisation_named(uow, actor, given.church_body, "churchBody").id
            if given.church_body is not None
            else None
        ),
        district_id=names.district_named(uow, given.district).id if given.district is not None else None,
    )


@strawberry.type
class ReportQueries:
    """Root fields over read models."""

    @resolved(
        description="Activities of prevention, awareness, advocacy and coordination, counted by dimensions."
        " CHURCH_BODY and DENOMINATION need a council role, or show the own line and the total.",
        source=RootValue(_coverage),
    )
    async def coverage(
        self,
        info: Info,
        by: Annotated[list[reports.CoverageDimension], DIMENSIONS],
        filter: Annotated[CoverageFilter | None, CHOSEN_BY] = None,
    ) -> CoverageType:
        """Coverage by dimensions."""
        context, fields = context_of(info), _named(info.selected_fields)
        result: Any = await context.read(lambda uow: _coverage(uow, context, fields, by=by, filter=filter))
        found: CoverageType = result
        return found
