"""Holy days of the churches that give a training session or are invited to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from coalition.core.actor import Actor
from coalition.core.checks import LIST_LIMIT, TextChecks, check_list_size, is_plausible
from coalition.core.errors import Faults
from coalition.core.partial_date import DatePrecision
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import HolyDayTag
from coalition.members.holy_days.between import (
    LONGEST_PERIOD_YEARS,
    HolyDay,
    church_days,
    civil_days,
    in_order,
    is_too_long,
)
from coalition.members.holy_days.kept import DEFAULT_COUNTRY, observances
from coalition.members.models import Organisation
from coalition.training.drafts import TrainingSessionDraft
from coalition.training.enums import TrainingRecord
from coalition.training.models import AcceptedHolyDay, TrainingSession
from coalition.training.repository import churches_of_sessions, training_sessions_by_id

# A series or a running total does not say on which of its days somebody met.
_ON_ITS_DAYS = (TrainingRecord.SINGLE, TrainingRecord.PLANNED)
Accepted = Mapping[tuple[date, UUID], str]


def check_holy_days(
    uow: UnitOfWork,
    faults: Faults,
    draft: TrainingSessionDraft,
    churches: Sequence[Organisation],
    *,
    session_id: UUID,
) -> list[AcceptedHolyDay]:
    """Note HOLY_DAY for each day of the session on which one of `churches` holds no training.

    Gives back the days that were accepted by name and reason; what was accepted without need is not kept.
    """
    accepted = _accepted(faults, draft, churches)
    first, last = draft.starts_on, draft.ends_on or draft.starts_on
    if last < first or not (is_plausible(first) and is_plausible(last)):
        return []
    if is_too_long(first, last):
        faults.add("OUT_OF_RANGE", "endsOn", years=LONGEST_PERIOD_YEARS)
        return []
    closed = list(_closed_days(uow, churches, first, last))
    refused = [(day, church) for day, church in closed if (day.date, church.id) not in accepted]
    for day, church in refused[:LIST_LIMIT]:
        path = "endsOn" if day.date == last != first else "startsOn"
        faults.add("HOLY_DAY", path, date=day.date, organisation=church.name, name=day.name)
    return [
        AcceptedHolyDay(
            training_session_id=session_id,
            organisation_id=church.id,
            falls_on=day.date,
            code=day.code,
            reason=accepted[day.date, church.id],
            position=position,
        )
        for position, (day, church) in enumerate(closed)
        if (day.date, church.id) in accepted
    ]


def _accepted(faults: Faults, draft: TrainingSessionDraft, churches: Sequence[Organisation]) -> Accepted:
    """The reasons by day and church, with what is wrong with them noted at their paths."""
    path = "acceptHolyDays"
    check_list_size(faults, draft.accepted_holy_days, path)
    texts = TextChecks(faults, confirmed=draft.text_confirmed)
    ids = {church.id for church in churches}
    found: dict[tuple[date, UUID], str] = {}
    for index, given in enumerate(draft.accepted_holy_days[:LIST_LIMIT]):
        reason = texts.required(given.reason, path, str(index), "reason")
        if given.organisation_id is None or given.organisation_id not in ids:
            faults.add("NOT_FOUND", path, str(index), "organisation")
        elif (given.date, given.organisation_id) in found:
            faults.add("DUPLICATE", path, str(index))
        else:
            found[given.date, given.organisation_id] = reason
    return found


def _closed_days(
    uow: UnitOfWork, churches: Sequence[Organisation], first: date, last: date
) -> Iterator[tuple[HolyDay, Organisation]]:
    kept = observances(uow, churches, first=first, last=last)
    for day in in_order(church_days(churches, kept, first=first, last=last)):
        if day.tag is HolyDayTag.NO_TRAINING:
            yield from ((day, church) for church in day.organisations)


def holy_days_of_sessions(uow: UnitOfWork, actor: Actor, ids: Sequence[UUID]) -> list[list[HolyDay]]:
    """For each training session the holy days that fall on its days, in a constant number of statements.

    Of the churches that give it or are invited to it and that the actor sees, and the civil holidays of
    the country in which it is held. None for a session whose days are not known.
    """
    sessions = [row for row in training_sessions_by_id(uow, actor, ids) if _is_dated(row)]
    churches = churches_of_sessions(uow, actor, [row.id for row in sessions])
    every_church = {church.id: church for rows in churches.values() for church in rows}
    days = [day for row in sessions for day in _period(row)]
    kept = observances(uow, every_church.values(), first=min(days), last=max(days)) if every_church else {}
    found: dict[UUID, list[HolyDay]] = {}
    for row in sessions:
        first, last = _period(row)
        of_churches = church_days(churches.get(row.id, []), kept, first=first, last=last)
        of_country = civil_days(row.country or DEFAULT_COUNTRY, (), first=first, last=last)
        found[row.id] = in_order([*of_churches, *of_country])
    return [found.get(key, []) for key in ids]


def _is_dated(row: TrainingSession) -> bool:
    precisions = {row.starts_on_precision, row.ends_on_precision or DatePrecision.DAY}
    return row.record in _ON_ITS_DAYS and precisions == {DatePrecision.DAY} and not is_too_long(*_period(row))


def _period(row: TrainingSession) -> tuple[date, date]:
    first = row.first_day or row.sort_on
    return first, row.last_day or first
