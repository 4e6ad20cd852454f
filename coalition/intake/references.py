"""What lines refer to: organisations by their id or as a plain name, districts by their code."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from coalition.core.text import in_language
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import Cells
from coalition.members.enums import TerritoryLevel
from coalition.members.models import Organisation, Territory

COALITION = "coalition"


def organisations_listed(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Organisation]:
    """The organisations among `ids`, which may hold plain names too, in the order given."""
    if not ids:
        return {}
    rows = uow.db.scalars(sa.select(Organisation).where(Organisation.slug.in_(set(ids))))
    by_slug = {row.slug: row for row in rows}
    return {name: by_slug[name] for name in ids if name in by_slug}


def organisations_and_names(uow: UnitOfWork, given: Sequence[str]) -> tuple[list[Organisation], list[str]]:
    """Who is listed, each once, and the plain names of the others, both in the order of the source."""
    listed = organisations_listed(uow, given)
    return list(listed.values()), [name for name in given if name not in listed]


def names_of(uow: UnitOfWork, given: Sequence[str]) -> list[str]:
    """The names as given, where an organisation's id gives way to its English name."""
    listed = organisations_listed(uow, given)
    return [in_language(listed[name].name, "en") if name in listed else name for name in given]


def name_of(uow: UnitOfWork, given: str | None) -> str | None:
    """The same for a single name that may be missing."""
    return names_of(uow, [given])[0] if given else None


def district_of(uow: UnitOfWork, cells: Cells, column: str) -> Territory | None:
    """The district whose code stands in the cell, or None when it is empty."""
    code = cells.text(column)
    if code is None:
        return None
    found = uow.db.scalars(
        sa.select(Territory).where(
            sa.and_(Territory.level == TerritoryLevel.DISTRICT, Territory.code == code)
        )
    ).one_or_none()
    if found is None:
        cells.fault(column, f"there is no district {code!r}")
    return found


def districts_of(district: Territory | None) -> list[Territory]:
    """The district as a list of one or none."""
    return [] if district is None else [district]
