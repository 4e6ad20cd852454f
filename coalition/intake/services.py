"""services.csv: assistance offered, as published, with the capacity that six of them published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from coalition.assistance.derived import place_words, refresh_service
from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus
from coalition.assistance.models import CapacityPool, Service, ServiceKind, ServiceTargetGroup
from coalition.core.actor import Visibility
from coalition.core.checks import TITLE_LIMIT
from coalition.core.unit_of_work import UnitOfWork
from coalition.intake.cells import Cells
from coalition.intake.references import district_of, organisations_and_names
from coalition.intake.storing import Children, Loading, Outcome, Part, store
from coalition.intake.target_groups import only_target_group, target_groups_of
from coalition.members.models import Organisation, Territory

COLUMNS = (
    "service_id", "name", "provider", "district", "place", "country", "temporary_residence",
    "psychological_counselling", "social_support", "medical_assistance", "legal_support",
    "recreational_activities", "target_group", "capacity", "capacity_unit", "stay", "status", "active_from",
    "source", "as_written",
)  # fmt: skip
_KINDS = (
    AssistanceKind.TEMPORARY_RESIDENCE,
    AssistanceKind.PSYCHOLOGICAL_COUNSELLING,
    AssistanceKind.SOCIAL_SUPPORT,
    AssistanceKind.MEDICAL_ASSISTANCE,
    AssistanceKind.LEGAL_SUPPORT,
    AssistanceKind.RECREATIONAL_ACTIVITIES,
)
_STATUSES = {
    "active": ServiceStatus.ACTIVE,
    "planned": ServiceStatus.PLANNED,
    "announced": ServiceStatus.PLANNED,
}
# What the provider says of a service is the provider's, and no amendment of what was published.
_OF_THE_PROVIDER = frozenset({"assured_on", "contact_desk", "languages"})
_DERIVED = (
    "outside_name", "search", "search_outside", "sort_ro", "sort_ru", "sort_en", "outside_sort_ro",
    "outside_sort_ru", "outside_sort_en",
)  # fmt: skip


def load_service(loading: Loading, cells: Cells) -> Outcome:
    """Store one service; a residential one is protected and shown to partners (DOMAIN.md section 12)."""
    code = cells.identifier("service_id")
    provider, provider_name = _provider(loading.uow, cells)
    district = district_of(loading.uow, cells, "district")
    kinds = [kind for kind in _KINDS if cells.yes(kind.value.lower())]
    values = _values(cells, kinds) | {
        "owner_id": loading.owner,
        "provider_id": provider.id if provider else None,
        "provider_name": provider_name,
        "district_id": district.id if district else None,
        "region_id": district.parent_id if district else None,
    }
    capacity = _capacity(cells, values["target_groups"])
    cells.check()
    values |= _derived(loading, Service(code=code, outside_name={}, **values), provider, district)
    groups = [{"target_group": group} for group in values["target_groups"]]
    parts: list[Part] = [
        Children("kinds", ServiceKind, parent="service_id", rows=[{"kind": kind} for kind in kinds]),
        Children("target_groups", ServiceTargetGroup, parent="service_id", rows=groups),
        _Pool(capacity),
    ]
    return store(loading, Service, key={"code": code}, values=values, parts=parts, kept=_OF_THE_PROVIDER)[1]


def _values(cells: Cells, kinds: Sequence[AssistanceKind]) -> dict[str, Any]:
    residential = AssistanceKind.TEMPORARY_RESIDENCE in kinds
    active_from = cells.date("active_from")
    return {
        "visibility": Visibility.PARTNERS if residential else Visibility.PUBLIC,
        "name": {"en": cells.required("name", limit=TITLE_LIMIT)},
        "protected": residential,
        "status": cells.code("status", _STATUSES),
        "place": cells.text("place"),
        "country": cells.country("country"),
        "target_groups": target_groups_of(cells.text("target_group")),
        "target_group_text": cells.text("target_group"),
        "stay": cells.text("stay"),
        "active_from": active_from.date if active_from else None,
        "active_from_text": active_from.text if active_from else None,
        "source": cells.text("source"),
        "as_written": cells.text("as_written"),
    }


def _provider(uow: UnitOfWork, cells: Cells) -> tuple[Organisation | None, str | None]:
    """The listed organisation, or the plain name, or neither where the source names nobody."""
    given = cells.many("provider")
    if len(given) > 1:
        cells.fault("provider", "a service has one provider")
    listed, names = organisations_and_names(uow, given[:1])
    return next(iter(listed), None), next(iter(names), None)


def _derived(
    loading: Loading, draft: Service, provider: Organisation | None, district: Territory | None
) -> dict[str, Any]:
    region = loading.uow.db.get(Territory, draft.region_id) if draft.region_id else None
    hidden = loading.hidden_words | place_words([draft.place or ""]) if draft.protected else frozenset()
    refresh_service(draft, provider=provider, region=region, district=district, hidden=hidden)
    return {name: getattr(draft, name) for name in _DERIVED}


def _capacity(cells: Cells, target_groups: list[str]) -> dict[str, Any] | None:
    """The pool for a published capacity; nobody has confirmed it."""
    maximum = cells.whole_number("capacity")
    unit_text = cells.text("capacity_unit")
    if maximum is None:
        if unit_text and not cells.text("capacity"):
            cells.fault("capacity", "there is a unit but no number")
        return None
    couples = "mother-child couple" in (unit_text or "")
    return {
        "unit": CapacityUnit.MOTHER_CHILD_COUPLE if couples else CapacityUnit.PLACE,
        "unit_text": unit_text,
        "target_group": only_target_group(target_groups),
        "target_group_text": cells.text("target_group"),
        "maximum": maximum,
    }


@dataclass(frozen=True)
class _Pool:
    """The one pool of a loaded service. Once it is confirmed it is the provider's and stays as it is."""

    wanted: dict[str, Any] | None
    name: str = "pools"

    def differs(self, loading: Loading, row: Service) -> bool:
        """Whether a pool that nobody has confirmed is not what was published."""
        pool = self._stored(loading, row)
        if pool is None or self.wanted is None:
            return (pool is None) != (self.wanted is None) and not (pool and pool.confirmed_at)
        return pool.confirmed_at is None and any(
            getattr(pool, name) != value for name, value in self.wanted.items()
        )

    def write(self, loading: Loading, row: Service) -> None:
        """Make the pool what was published."""
        db = loading.uow.db
        pool = self._stored(loading, row)
        if pool is None and self.wanted is not None:
            db.add(CapacityPool(service_id=row.id, **self.wanted))
        elif pool is not None and self.wanted is None:
            db.delete(pool)
        elif pool is not None and self.wanted is not None:
            for name, value in self.wanted.items():
                setattr(pool, name, value)

    def _stored(self, loading: Loading, row: Service) -> CapacityPool | None:
        pools = sa.select(CapacityPool).where(col(CapacityPool.service_id) == row.id)
        return loading.uow.db.scalars(pools.order_by(col(CapacityPool.position)).limit(1)).one_or_none()
