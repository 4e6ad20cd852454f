"""Saying which calendar an organisation keeps, its patronal feast, and what holds whatever is reckoned."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.changes import UNCHANGED, Unchanged
from coalition.core.checks import LIST_LIMIT, TextChecks, check_list_size, is_plausible
from coalition.core.errors import Faults, Refused, refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import HolyDayTag, Pascha, Reckoning
from coalition.members.holy_days.calendars import Calendar, PatronalFeast
from coalition.members.holy_days.feasts import FixedFeast
from coalition.members.holy_days.kept import observances
from coalition.members.holy_days.names import NAMES
from coalition.members.models import CalendarRule, Organisation
from coalition.members.repository import organisation_by_id

# No figures: a code is no place for a number of anybody.
_CODE = re.compile(r"[a-z][a-z_]{0,59}")
# From the Sunday of the Publican and the Pharisee to well after All Saints.
FURTHEST_DAYS = 70


@dataclass(frozen=True)
class PatronalFeastDraft:
    """A day of the church's own year by month and day, or so many days after Easter: one of the two."""

    month: int | None = None
    day: int | None = None
    days_after_easter: int | None = None
    name: Mapping[str, str] | None = None


@dataclass(frozen=True)
class RuleDraft:
    """A manual rule: about a feast or fast in every year, or about one date; without `tag` it is not kept."""

    code: str
    falls_on: date | None = None
    tag: HolyDayTag | None = None
    name: Mapping[str, str] | None = None


@dataclass(frozen=True)
class CalendarDraft:
    """What is to be said of an organisation's calendar; None is what stands above it, or nothing."""

    organisation_id: UUID | None
    revision: int
    reckoning: Reckoning | Unchanged | None = UNCHANGED
    pascha: Pascha | Unchanged | None = UNCHANGED
    patronal_feast: PatronalFeastDraft | Unchanged | None = UNCHANGED
    rules: Sequence[RuleDraft] | Unchanged | None = UNCHANGED
    text_confirmed: bool = False


def may_keep_calendar(actor: Actor, organisation_id: UUID) -> bool:
    """Whoever plans trainings for an organisation says when it holds none."""
    return actor.may("training:plan", organisation_id)


def set_calendar(uow: UnitOfWork, actor: Actor, *, draft: CalendarDraft) -> Organisation:
    """Change what an organisation says of its calendar; `rules` replace those there are.

    Raises `Refused`: NOT_FOUND or NOT_PERMITTED at `organisation`, STALE_REVISION, else all faults at once.
    """
    organisation = organisation_by_id(uow, actor, draft.organisation_id)
    if organisation is None:
        raise refuse("NOT_FOUND", "organisation")
    if not may_keep_calendar(actor, organisation.id):
        raise refuse("NOT_PERMITTED", "organisation")
    faults = Faults()
    columns, rules = _columns(faults, draft), _rules(faults, draft)
    faults.raise_if_any()
    _store(uow, actor, organisation, draft.revision, columns, rules)
    return organisation


def _columns(faults: Faults, draft: CalendarDraft) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if draft.reckoning is not UNCHANGED:
        columns["reckoning"] = draft.reckoning
    if draft.pascha is not UNCHANGED:
        columns["pascha"] = draft.pascha
    feast = draft.patronal_feast
    if not isinstance(feast, Unchanged):
        texts = TextChecks(faults, confirmed=draft.text_confirmed)
        name = feast.name if feast else None
        columns["patronal_feast"] = _written(faults, feast) if feast else None
        columns["patronal_feast_name"] = texts.title(name, "patronalFeast", "name") if name else {}
    return columns


def _written(faults: Faults, feast: PatronalFeastDraft) -> str | None:
    """The feast as its column has it."""
    path, offset = "patronalFeast", feast.days_after_easter
    if offset is not None:
        if abs(offset) > FURTHEST_DAYS:
            faults.add("OUT_OF_RANGE", path, "daysAfterEaster", minimum=-FURTHEST_DAYS, maximum=FURTHEST_DAYS)
        if feast.month is not None or feast.day is not None:
            faults.add("DUPLICATE", path)
        return f"{offset:+d}"
    if feast.month is None or feast.day is None:
        faults.add("REQUIRED", path)
        return None
    try:
        return f"{date(2000, feast.month, feast.day):%m-%d}"
    except ValueError:
        faults.add("OUT_OF_RANGE", path)
        return None


def _rules(faults: Faults, draft: CalendarDraft) -> list[dict[str, Any]] | None:
    """The rules as their columns have them, or None where they stay."""
    if isinstance(draft.rules, Unchanged):
        return None
    given = draft.rules or ()
    check_list_size(faults, given, "rules")
    texts = TextChecks(faults, confirmed=draft.text_confirmed)
    seen: set[tuple[str, date | None]] = set()
    for index, rule in enumerate(given[:LIST_LIMIT]):
        if (rule.code, rule.falls_on) in seen:
            faults.add("DUPLICATE", "rules", str(index))
        seen.add((rule.code, rule.falls_on))
        _check_rule(faults, rule, str(index))
    return [
        {
            "code": rule.code,
            "falls_on": rule.falls_on,
            "tag": rule.tag,
            "name": texts.title(rule.name, "rules", str(index), "name") if rule.name else {},
        }
        for index, rule in enumerate(given[:LIST_LIMIT])
    ]


def _check_rule(faults: Faults, rule: RuleDraft, index: str) -> None:
    """A rule for every year speaks of what is reckoned; a day of the organisation's own needs a name."""
    is_reckoned = rule.code in NAMES
    if not _CODE.fullmatch(rule.code) or (rule.falls_on is None and not is_reckoned):
        faults.add("UNKNOWN_HOLY_DAY", "rules", index, "code", value=rule.code)
    if rule.falls_on is not None and not is_plausible(rule.falls_on):
        faults.add("OUT_OF_RANGE", "rules", index, "date")
    if not is_reckoned and rule.tag is not None and not rule.name:
        faults.add("REQUIRED", "rules", index, "name")
    # Days off are a country's, not a church's.
    if rule.tag is HolyDayTag.CIVIL_HOLIDAY:
        faults.add("OUT_OF_RANGE", "rules", index, "tag")


def _store(
    uow: UnitOfWork,
    actor: Actor,
    organisation: Organisation,
    revision: int,
    columns: dict[str, Any],
    rules: list[dict[str, Any]] | None,
) -> None:
    """Write what differs, if nobody was faster."""
    changed = [name for name, value in columns.items() if getattr(organisation, name) != value]
    if rules is not None and rules != own_rules(uow, organisation.id):
        changed.append("rules")
    values = {name: columns[name] for name in changed if name in columns}
    if not changed and organisation.revision == revision:
        return
    table: Any = Organisation
    stored = uow.db.execute(
        sa.update(Organisation)
        .where(table.id == organisation.id, table.revision == revision)
        .values(**values, revision=revision + 1, updated_at=uow.now)
        .returning(table.id)
    ).one_or_none()
    if stored is None:
        raise StaleCalendar(organisation.id)
    if "rules" in changed:
        _replace_rules(uow, actor, organisation.id, rules or [])
    record(
        uow,
        actor,
        action="members:calendar:set",
        subject=("Organisation", organisation.id),
        organisation_id=organisation.id,
        fields=changed,
    )


def _replace_rules(uow: UnitOfWork, actor: Actor, organisation_id: UUID, rules: Sequence[Any]) -> None:
    rule: Any = CalendarRule
    uow.db.execute(sa.delete(CalendarRule).where(rule.organisation_id == organisation_id))
    uow.db.add_all(
        CalendarRule(
            organisation_id=organisation_id,
            position=position,
            created_at=uow.now,
            created_by=actor.subject,
            **values,
        )
        for position, values in enumerate(rules)
    )
    uow.db.flush()


@dataclass(frozen=True)
class ChurchCalendar:
    """What an organisation keeps today, with what it says of that itself."""

    organisation: Organisation
    calendar: Calendar | None
    patronal_feast: PatronalFeastDraft | None
    rules: Sequence[RuleDraft]


def calendar_of(uow: UnitOfWork, organisation: Organisation) -> ChurchCalendar:
    """The calendar of one organisation."""
    kept = observances(uow, [organisation], first=uow.today, last=uow.today)[organisation.id]
    return ChurchCalendar(
        organisation=organisation,
        calendar=kept.spans[0].calendar,
        patronal_feast=_feast_draft(kept.patronal_feast, organisation) if kept.patronal_feast else None,
        rules=[RuleDraft(**values) for values in own_rules(uow, organisation.id)],
    )


def _feast_draft(kept: PatronalFeast, organisation: Organisation) -> PatronalFeastDraft:
    feast, name = kept.feast, organisation.patronal_feast_name
    if isinstance(feast, FixedFeast):
        return PatronalFeastDraft(month=feast.month, day=feast.day, name=name)
    return PatronalFeastDraft(days_after_easter=feast.offset_days, name=name)


def own_rules(uow: UnitOfWork, organisation_id: UUID) -> list[dict[str, Any]]:
    """The manual rules that an organisation has made itself, by their columns, in their order."""
    rule: Any = CalendarRule
    rows = uow.db.scalars(
        sa.select(CalendarRule).where(rule.organisation_id == organisation_id).order_by(rule.position)
    )
    return [{"code": row.code, "falls_on": row.falls_on, "tag": row.tag, "name": row.name} for row in rows]


class StaleCalendar(Refused):
    """Somebody else changed the organisation since it was looked at."""

    def __init__(self, organisation_id: UUID) -> None:
        self.organisation_id = organisation_id
        super().__init__(refuse("STALE_REVISION", "revision").faults)
