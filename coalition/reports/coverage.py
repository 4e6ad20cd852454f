"""Coverage: how many activities, by whom, reaching how many people, in each cell of up to six dimensions.

Assistance to persons never enters it, and nothing that was cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from coalition.members.policies import reads_line_of
from coalition.outreach.belonging import church_lines
from coalition.outreach.enums import ActivityKind
from coalition.reports.figures import (
    Coverage,
    CoverageCell,
    CoverageDimension,
    CoverageFigures,
    CoverageFilters,
)
from coalition.reports.rolled_up import not_rolled_up, rolled_up, rolled_up_total, sides_of
from coalition.reports.scan import Counted, Key, Question, compares, scanned, scanned_organisations

__all__ = [
    "Coverage",
    "CoverageCell",
    "CoverageDimension",
    "CoverageFigures",
    "CoverageFilters",
    "coverage",
]

# What cells go by first, and what last.
_ORDER = (
    CoverageDimension.MONTH,
    CoverageDimension.KIND,
    CoverageDimension.DISTRICT,
    CoverageDimension.TOPIC,
    CoverageDimension.DENOMINATION,
    CoverageDimension.CHURCH_BODY,
)


_FIELDS = {
    CoverageDimension.DISTRICT: "district_id",
    CoverageDimension.DENOMINATION: "denomination_id",
    CoverageDimension.CHURCH_BODY: "church_body_id",
    CoverageDimension.MONTH: "month",
    CoverageDimension.KIND: "kind",
    CoverageDimension.TOPIC: "topic_id",
}


def coverage(
    uow: UnitOfWork,
    actor: Actor,
    *,
    by: Sequence[CoverageDimension],
    filters: CoverageFilters,
    with_organisations: bool = True,
) -> Coverage:
    """Count the activities that the actor may see.

    An activity counts once in a cell and once in the total. Church bodies and denominations side by
    side need `coverage:compare`; without it there are only the cells of the caller's own line, counting
    what it takes part in, beside the whole total. Organisations are counted by looking at every activity.

    Raises `BadUserInput` with NOT_PERMITTED for a filter by somebody else's church body or denomination.
    """
    _refuse_others(uow, actor, filters)
    of_total = Question(actor, filters)
    of_cells = replace(of_total, by=tuple(dict.fromkeys(by)))
    total, cells = _counts(uow, of_total, of_cells)
    takes_part: dict[Key, int] | None = None
    all_of_them = None
    if with_organisations:
        all_of_them = scanned_organisations(uow, of_total).get((), 0)
        takes_part = scanned_organisations(uow, of_cells) if of_cells.by else {}
    made = [
        _cell(of_cells, key, _read(counted, None if takes_part is None else takes_part.get(key, 0)))
        for key, counted in sorted(cells.items(), key=_order(of_cells))
    ]
    return Coverage(made, _read(total, all_of_them))


def _counts(uow: UnitOfWork, of_total: Question, of_cells: Question) -> tuple[Counted, dict[Key, Counted]]:
    """The total and the cells, from the rollup where it holds them."""
    sides = sides_of(uow, of_total)
    if sides is None:
        return scanned(uow, of_total)[()], scanned(uow, of_cells) if of_cells.by else {}
    total, has_others = rolled_up_total(uow, of_total, sides)
    others = not_rolled_up(of_total.actor) if has_others else None
    if others is not None:
        total = total.plus(scanned(uow, of_total, only=others)[()])
    return total, _cells(uow, of_cells, others) if of_cells.by else {}


def _cells(uow: UnitOfWork, question: Question, others: Any) -> dict[Key, Counted]:
    sides = sides_of(uow, question)
    if sides is None:
        return scanned(uow, question)
    cells = rolled_up(uow, question, sides)
    if others is not None:
        for key, counted in scanned(uow, question, only=others).items():
            cells[key] = cells.get(key, Counted()).plus(counted)
    return cells


def _refuse_others(uow: UnitOfWork, actor: Actor, filters: CoverageFilters) -> None:
    """Refuse a filter that would show somebody else's church body or denomination by itself."""
    if compares(actor):
        return
    own: list[sa.Select[Any]] = []
    if filters.denomination_id is not None:
        own.append(sa.select(Organisation.id).where(Organisation.denomination_id == filters.denomination_id))
    if filters.church_body_id is not None:
        lines = church_lines()
        own.append(sa.select(lines.c.organisation_id).where(lines.c.church_body_id == filters.church_body_id))
    for belonging in own:
        in_line = sa.select(Organisation.id).where(
            reads_line_of(actor, Organisation.id), Organisation.id.in_(belonging)
        )
        if uow.db.execute(in_line.limit(1)).first() is None:
            raise BadUserInput("NOT_PERMITTED")


def _cell(question: Question, key: Key, figures: CoverageFigures) -> CoverageCell:
    values: dict[str, Any] = {
        _FIELDS[each]: value for each, value in zip(question.by, key, strict=True) if value is not None
    }
    month, kind = values.get("month"), values.get("kind")
    if month is not None:
        values["month"] = f"{month // 100:04}-{month % 100:02}"
    if kind is not None:
        values["kind"] = ActivityKind(kind)
    return CoverageCell(figures, **values)


def _read(counted: Counted, organisations: int | None) -> CoverageFigures:
    return CoverageFigures(
        activities=counted.activities,
        organisations=organisations,
        people_reached=counted.people_reached if counted.activities_with_reach else None,
        activities_with_reach=counted.activities_with_reach,
    )


def _order(question: Question) -> Callable[[tuple[Key, Counted]], Any]:
    """An order that is the same on every database; what is unknown comes last."""
    places = [question.by.index(each) for each in _ORDER if each in question.by]
    # A few values come in very many cells.
    text = cache(lambda value: "~" if value is None else str(value))
    return lambda cell: [text(cell[0][place]) for place in places]
