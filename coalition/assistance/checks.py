"""Checks of what callers wish: every fault of a draft at once, at its path below `input`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coalition.assistance.drafts import HoldDraft, ServiceDraft
from coalition.assistance.enums import ServiceStatus, TargetGroup
from coalition.core.changes import Unchanged
from coalition.core.checks import COUNT_LIMIT, LIST_LIMIT, TextChecks, check_languages, check_list_size
from coalition.core.errors import Faults
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.checks import check_district
from coalition.members.models import Territory

MOST_POOLS = 20
QUANTITIES = (1, 50)
HOLD_MINUTES = (5, 1_440)
VALID_HOURS = (1, 720)
# How long a confirmation holds where the provider does not say.
USUAL_VALID_HOURS = 72
_OFFERED = frozenset({ServiceStatus.DRAFT, ServiceStatus.PLANNED, ServiceStatus.ACTIVE})


@dataclass(frozen=True)
class CheckedService:
    """The texts and references of a service draft, cleaned."""

    name: dict[str, str]
    contact_desk: str | None
    languages: list[str]
    target_groups: list[str]
    district: Territory | None


def checked_service(uow: UnitOfWork, draft: ServiceDraft) -> CheckedService:
    """The draft's texts and references as they will be stored. Raises `Refused` with all faults."""
    faults = Faults()
    if not draft.kinds:
        faults.add("REQUIRED", "kinds")
    if draft.status not in _OFFERED:
        faults.add("WRONG_STATE", "status")
    checked = CheckedService(
        name=TextChecks(faults, confirmed=draft.text_confirmed).title(draft.name, "name"),
        contact_desk=check_desk(faults, draft.contact_desk),
        languages=check_languages(faults, draft.languages, "languages"),
        target_groups=_check_target_groups(faults, draft.target_groups),
        district=None if draft.district is None else check_district(uow, faults, draft.district, "district"),
    )
    _check_pools(faults, draft)
    faults.raise_if_any()
    return checked


def check_desk(faults: Faults, text: str | None) -> str | None:
    """The contact desk, which is a telephone number; personal numbers are refused there too."""
    return TextChecks(faults, confirmed=True).line(text, "contactDesk")


def check_hold(faults: Faults, draft: HoldDraft) -> None:
    """Note what is wrong with a wish to hold places, apart from where."""
    if draft.pool_given == draft.service_given:
        faults.add("REQUIRED", "pool")
    _check_range(faults, draft.quantity, QUANTITIES, "quantity")
    _check_range(faults, draft.minutes, HOLD_MINUTES, "minutes")
    _check_target_group(faults, draft.target_group, "targetGroup")


def check_confirmation(
    faults: Faults, *, maximum: int, occupied: int, valid_hours: int, contact_desk: str | Unchanged | None
) -> str | Unchanged | None:
    """Note what is wrong with a confirmation by itself; gives back the contact desk, cleaned."""
    _check_range(faults, maximum, (0, COUNT_LIMIT), "maximum")
    most = maximum if 0 <= maximum <= COUNT_LIMIT else COUNT_LIMIT
    _check_range(faults, occupied, (0, most), "occupied")
    _check_range(faults, valid_hours, VALID_HOURS, "validHours")
    return contact_desk if isinstance(contact_desk, Unchanged) else check_desk(faults, contact_desk)


def _check_range(faults: Faults, number: int, span: tuple[int, int], *path: str) -> None:
    minimum, maximum = span
    if not minimum <= number <= maximum:
        faults.add("OUT_OF_RANGE", *path, minimum=minimum, maximum=maximum)


def _check_target_groups(faults: Faults, codes: Sequence[str]) -> list[str]:
    check_list_size(faults, codes, "targetGroups")
    for index, code in enumerate(codes[:LIST_LIMIT]):
        _check_target_group(faults, code, "targetGroups", str(index))
    return list(dict.fromkeys(codes[:LIST_LIMIT]))


def _check_target_group(faults: Faults, code: str | None, *path: str) -> None:
    if code is not None and code not in set(TargetGroup):
        faults.add("UNKNOWN_TARGET_GROUP", *path, value=code)


def _check_pools(faults: Faults, draft: ServiceDraft) -> None:
    if len(draft.pools) > MOST_POOLS:
        faults.add("OUT_OF_RANGE", "pools", minimum=0, maximum=MOST_POOLS)
    for index, pool in enumerate(draft.pools[:MOST_POOLS]):
        _check_range(faults, pool.maximum, (0, COUNT_LIMIT), "pools", str(index), "maximum")
        _check_target_group(faults, pool.target_group, "pools", str(index), "targetGroup")
