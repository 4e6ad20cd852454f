"""Every query of this room; readers take an `Actor`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.text import fold
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import TerritoryLevel
from coalition.members.models import Denomination, Organisation, Territory, TerritorySpelling, Topic
from coalition.members.policies import visible_organisations


def organisations_by_id(uow: UnitOfWork, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Organisation]:
    """The visible ones among `ids`."""
    rows = uow.db.scalars(
        sa.select(Organisation).where(Organisation.id.in_(set(ids)), visible_organisations(actor))
    )
    return {row.id: row for row in rows}


def organisation_by_id(uow: UnitOfWork, actor: Actor, organisation_id: UUID | None) -> Organisation | None:
    """The organisation, or None when it is absent or not visible."""
    return (
        organisations_by_id(uow, actor, [organisation_id]).get(organisation_id) if organisation_id else None
    )


def organisation_by_slug(uow: UnitOfWork, actor: Actor, slug: str) -> Organisation | None:
    """The organisation, or None when it is absent or not visible."""
    return uow.db.scalars(
        sa.select(Organisation).where(Organisation.slug == slug, visible_organisations(actor))
    ).one_or_none()


def district_key(text: str) -> str:
    """The form in which codes and spellings of districts are kept and looked up: folded, blanks single."""
    return " ".join(fold(text).split())


def districts_named(uow: UnitOfWork, names: Sequence[str]) -> dict[str, Territory]:
    """The district for each code or spelling in `names` that is known, by the name as given."""
    keys = {name: district_key(name) for name in names}
    found = uow.db.execute(
        sa.select(TerritorySpelling.spelling, Territory)
        .join(Territory, Territory.id == TerritorySpelling.territory_id)
        .where(TerritorySpelling.spelling.in_(set(keys.values())))
    )
    by_key: dict[str, Territory] = dict(found.all())
    return {name: by_key[key] for name, key in keys.items() if key in by_key}


def regions_by_code(uow: UnitOfWork) -> dict[str, Territory]:
    """The coalition's regions by code, such as `CENTRE`."""
    rows = uow.db.scalars(sa.select(Territory).where(Territory.level == TerritoryLevel.REGION))
    return {row.code: row for row in rows}


def topics_by_code(uow: UnitOfWork, codes: Sequence[str]) -> dict[str, Topic]:
    """The topics among `codes` that are known."""
    rows = uow.db.scalars(sa.select(Topic).where(Topic.code.in_(set(codes))))
    return {row.code: row for row in rows}


def denomination_by_code(uow: UnitOfWork, code: str) -> Denomination | None:
    """The denomination with this code."""
    return uow.db.scalars(sa.select(Denomination).where(Denomination.code == code)).one_or_none()
