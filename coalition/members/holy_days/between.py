"""The holy days of a period: what organisations keep, put together day by day, with civil holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.checks import is_plausible
from coalition.core.errors import BadUserInput
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import HolyDayTag, MembershipStatus
from coalition.members.holy_days.calendars import Observance
from coalition.members.holy_days.civil import COUNTRIES, civil_holidays
from coalition.members.holy_days.kept import observances
from coalition.members.models import Organisation
from coalition.members.policies import visible_organisations

LONGEST_PERIOD_YEARS = 5
# Five years with two leap days.
LONGEST_PERIOD_DAYS = 1827
_ORDER = (HolyDayTag.NO_TRAINING, HolyDayTag.AVOID, HolyDayTag.CIVIL_HOLIDAY, HolyDayTag.FASTING)


@dataclass(frozen=True)
class HolyDay:
    """A day that `organisations` keep, or a day off in `country`."""

    date: date
    code: str
    name: Mapping[str, str] = field(hash=False)
    tag: HolyDayTag
    country: str | None = None
    organisations: Sequence[Organisation] = field(default=(), compare=False)


def is_too_long(first: date, last: date) -> bool:
    """Whether a period has more days than anybody plans for at once."""
    return (last - first).days >= LONGEST_PERIOD_DAYS


def check_period(first: date, last: date) -> None:
    """Raises `BadUserInput` with END_BEFORE_START or OUT_OF_RANGE for a period that cannot be asked for."""
    if last < first:
        raise BadUserInput("END_BEFORE_START")
    if is_too_long(first, last):
        raise BadUserInput("OUT_OF_RANGE", years=LONGEST_PERIOD_YEARS)
    if not (is_plausible(first) and is_plausible(last)):
        raise BadUserInput("OUT_OF_RANGE")


def holy_days_of_members(uow: UnitOfWork, actor: Actor, *, first: date, last: date) -> list[HolyDay]:
    """What visible members keep between them, with the civil holidays of all countries around.

    A member is named beside its church body only where that one does not keep the same day.
    """
    member: Any = Organisation
    rows = uow.db.scalars(
        sa.select(Organisation).where(member.status == MembershipStatus.MEMBER, visible_organisations(actor))
    ).all()
    kept = observances(uow, rows, first=first, last=last)
    found = list(church_days(rows, kept, first=first, last=last, only_leading=True))
    for country in COUNTRIES:
        found += civil_days(country, (), first=first, last=last)
    return in_order(found)


def holy_days_of(
    uow: UnitOfWork, organisations: Iterable[Organisation], *, first: date, last: date
) -> list[HolyDay]:
    """What these organisations keep, each day with those of them that keep it, and their civil holidays."""
    rows = list({row.id: row for row in organisations}.values())
    kept = observances(uow, rows, first=first, last=last)
    found = list(church_days(rows, kept, first=first, last=last))
    by_country: dict[str, list[Organisation]] = {}
    for row in rows:
        by_country.setdefault(kept[row.id].country, []).append(row)
    for country, its_own in by_country.items():
        found += civil_days(country, its_own, first=first, last=last)
    return in_order(found)


def in_order(days: Iterable[HolyDay]) -> list[HolyDay]:
    """By date; on one day what refuses a training comes first."""
    return sorted(
        days,
        key=lambda day: (day.date, _ORDER.index(day.tag), day.code, sorted(day.name.items())),
    )


def church_days(
    organisations: Iterable[Organisation],
    kept: Mapping[UUID, Observance],
    *,
    first: date,
    last: date,
    only_leading: bool = False,
) -> Iterator[HolyDay]:
    """The days that these organisations keep, by what each is known to keep; every day once.

    With `only_leading` those in the line of a church body are left out where it keeps the day too.
    """
    alike: dict[Observance, list[Organisation]] = {}
    for row in organisations:
        alike.setdefault(kept[row.id], []).append(row)
    keepers: dict[HolyDay, dict[UUID, Organisation]] = {}
    for observance, rows in alike.items():
        named = {row.id: row for row in (_leading(rows) if only_leading else rows)}
        for kept_day in observance.between(first, last):
            day = HolyDay(kept_day.falls_on, kept_day.code, kept_day.name, kept_day.tag)
            keepers.setdefault(day, {}).update(named)
    for day, by_id in keepers.items():
        named_on_day = _leading(by_id.values()) if only_leading else list(by_id.values())
        yield HolyDay(day.date, day.code, day.name, day.tag, organisations=named_on_day)


def _leading(organisations: Collection[Organisation]) -> list[Organisation]:
    """Those that do not stand in the line of a church body that is among them."""
    ids = {row.id for row in organisations}
    return [row for row in organisations if row.church_body_id == row.id or row.church_body_id not in ids]


def civil_days(
    country: str, organisations: Sequence[Organisation], *, first: date, last: date
) -> Iterator[HolyDay]:
    """The days off known in a country, for these organisations in it."""
    for holiday in civil_holidays(country, first, last):
        tag = HolyDayTag.CIVIL_HOLIDAY
        yield HolyDay(holiday.falls_on, holiday.code, holiday.name, tag, country, organisations)
