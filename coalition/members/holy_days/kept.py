"""Which calendar each organisation keeps when: inherited along its dated line unless it has its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import Pascha, Reckoning
from coalition.members.holy_days.calendars import Calendar, Observance, Rule, Span, patronal_feast_of
from coalition.members.models import CalendarRule, Denomination, Organisation, OrganisationLine

# Where nothing says otherwise, the coalition's own country.
DEFAULT_COUNTRY = "MD"
_ORTHODOX = "orthodox"


@dataclass(frozen=True)
class _Above:
    """An organisation at some height above another one, or itself, in a time; what it says itself."""

    organisation_id: UUID
    depth: int
    since: date | None
    until: date | None
    reckoning: Reckoning | None
    pascha: Pascha | None
    country: str | None
    denomination: str | None

    def holds_on(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def observances(
    uow: UnitOfWork, organisations: Iterable[Organisation], *, first: date, last: date
) -> dict[UUID, Observance]:
    """What each organisation keeps from `first` to `last`, by its id, in two statements.

    Reckoning, Easter and country each come from the nearest organisation in the line that states one; an
    organisation without any reckoning above it keeps no church's days.
    """
    rows = {row.id: row for row in organisations}
    above = _lines(uow, list(rows), first, last)
    rules = _rules(uow, {each.organisation_id for line in above.values() for each in line})
    return {
        organisation_id: _observance(row, above[organisation_id], rules, first, last)
        for organisation_id, row in rows.items()
    }


def _lines(uow: UnitOfWork, ids: Sequence[UUID], first: date, last: date) -> dict[UUID, list[_Above]]:
    """Who stands above each organisation at some time of the period, itself included, the nearest first."""
    line: Any = OrganisationLine
    own: Any = Organisation
    above: Any = aliased(Organisation)
    overlaps = sa.and_(
        line.descendant_id == own.id,
        sa.or_(line.since.is_(None), line.since <= last),
        sa.or_(line.until.is_(None), line.until >= first),
    )
    statement = (
        sa.select(
            own.id, above.id, sa.func.coalesce(line.depth, 0), line.since, line.until,
            above.reckoning, above.pascha, above.country, Denomination.code,
        )
        .select_from(own)
        .outerjoin(line, overlaps)
        # An organisation that was never placed anywhere stands in its own line only.
        .join(above, above.id == sa.func.coalesce(line.ancestor_id, own.id))
        .outerjoin(Denomination, sa.and_(Denomination.id == above.denomination_id))
        .where(own.id.in_(ids))
    )  # fmt: skip
    found: dict[UUID, list[_Above]] = {}
    for organisation_id, *values in uow.db.execute(statement):
        found.setdefault(organisation_id, []).append(_Above(*values))
    return {key: sorted(each, key=lambda row: row.depth) for key, each in found.items()}


def _rules(uow: UnitOfWork, ids: set[UUID]) -> dict[UUID, list[Rule]]:
    """The manual rules of each organisation; those for one date before those for every year."""
    rows = uow.db.scalars(
        sa.select(CalendarRule)
        .where(CalendarRule.organisation_id.in_(ids))
        .order_by(CalendarRule.falls_on.is_(None), CalendarRule.position)
    )
    found: dict[UUID, list[Rule]] = {}
    for row in rows:
        rule = Rule(row.code, row.falls_on, row.tag, row.name)
        found.setdefault(row.organisation_id, []).append(rule)
    return found


def _observance(
    organisation: Organisation,
    above: Sequence[_Above],
    rules: Mapping[UUID, list[Rule]],
    first: date,
    last: date,
) -> Observance:
    starts = [first, *_changes(above, first, last)]
    ends = [start - timedelta(days=1) for start in starts[1:]] + [last]
    spans = []
    for start, end in zip(starts, ends, strict=True):
        line = [each for each in above if each.holds_on(start)]
        ruled = tuple(rule for each in line for rule in rules.get(each.organisation_id, ()))
        spans.append(Span(start, end, _calendar(line), ruled))
    written = organisation.patronal_feast
    return Observance(
        spans=tuple(spans),
        country=next((each.country for each in above if each.country), DEFAULT_COUNTRY),
        patronal_feast=patronal_feast_of(written, organisation.patronal_feast_name) if written else None,
    )


def _changes(above: Iterable[_Above], first: date, last: date) -> list[date]:
    """The days after `first` on which the line is another one than the day before."""
    days = {each.since for each in above if each.since is not None}
    days |= {each.until + timedelta(days=1) for each in above if each.until is not None}
    return sorted(day for day in days if first < day <= last)


def _calendar(line: Sequence[_Above]) -> Calendar | None:
    reckoning = next((each.reckoning for each in line if each.reckoning is not None), None)
    if reckoning is None:
        return None
    usual = Pascha.WESTERN if reckoning is Reckoning.WESTERN else Pascha.ORTHODOX
    pascha = next((each.pascha for each in line if each.pascha is not None), usual)
    # One denomination per tree; a parish that came from another church still has its own old one.
    denomination = next((each.denomination for each in reversed(line) if each.denomination), None)
    return Calendar(reckoning, pascha, fasts=denomination == _ORTHODOX)
