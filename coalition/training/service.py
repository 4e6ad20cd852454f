"""Business actions on training sessions: check, change, audit, emit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.checks import LIST_LIMIT, TextChecks, check_count, check_languages, check_period
from coalition.core.errors import Faults, refuse
from coalition.core.events import Event
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import new_id
from coalition.core.partial_date import DatePrecision, given_date
from coalition.core.tables import created_now, date_columns, span
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.checks import check_district, check_organisations, check_topics
from coalition.members.models import Organisation
from coalition.members.repository import organisations_by_id
from coalition.training.derived import training_search
from coalition.training.drafts import TrainingSessionDraft
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.holy_days import check_holy_days
from coalition.training.models import TrainingSession
from coalition.training.policies import may_plan
from coalition.training.repository import insert_training_session


def plan_training_session(
    uow: UnitOfWork, actor: Actor, *, draft: TrainingSessionDraft, key: ClientKey | None
) -> tuple[TrainingSession, bool]:
    """Put a training session on the calendar as SCHEDULED; the second value tells a replay.

    The record belongs to the first organiser. Sending the same `key` again returns the record as it is.

    Raises `Refused`: NOT_FOUND, NOT_PERMITTED or REQUIRED at `organisers`, else all faults at once, among
    them HOLY_DAY for a day on which a church that gives it or is invited holds no training.
    """
    organisers = _organisers(uow, actor, draft.organiser_ids)
    owner = organisers[0]
    session_id = new_id()
    made = claim(uow, key, mutation="planTrainingSession", organisation_id=owner.id, subject_id=session_id)
    if made is not None:
        return uow.db.get_one(TrainingSession, made), True
    training_session = _planned(uow, actor, session_id, organisers, draft)
    _tell(uow, actor, training_session, draft)
    return training_session, False


def _organisers(uow: UnitOfWork, actor: Actor, ids: Sequence[UUID | None]) -> list[Organisation]:
    """The organisers, each once; every one must be visible and within the actor's reach."""
    if not ids:
        raise refuse("REQUIRED" if may_plan(actor) else "NOT_PERMITTED", "organisers")
    if len(ids) > LIST_LIMIT:
        raise refuse("OUT_OF_RANGE", "organisers", maximum=LIST_LIMIT)
    faults = Faults()
    known = organisations_by_id(uow, actor, [each for each in ids if each is not None])
    for index, organisation_id in enumerate(ids):
        if organisation_id not in known:
            faults.add("NOT_FOUND", "organisers", str(index))
        elif not may_plan(actor, organisation_id):
            faults.add("NOT_PERMITTED", "organisers", str(index))
    faults.raise_if_any()
    return [known[each] for each in dict.fromkeys(ids) if each is not None]


def _planned(
    uow: UnitOfWork,
    actor: Actor,
    session_id: UUID,
    organisers: list[Organisation],
    draft: TrainingSessionDraft,
) -> TrainingSession:
    """Check the draft and write the session with all its rows."""
    faults = Faults()
    columns = _columns(faults, draft)
    district = check_district(uow, faults, draft.district, "district")
    topics = check_topics(uow, faults, draft.topics, "topics")
    invited = check_organisations(uow, actor, faults, draft.invited_ids, "invited")
    accepted = check_holy_days(uow, faults, draft, [*organisers, *invited], session_id=session_id)
    faults.raise_if_any()
    training_session = TrainingSession(
        id=session_id,
        owner_id=organisers[0].id,
        visibility=draft.visibility,
        status=TrainingSessionStatus.SCHEDULED,
        record=TrainingRecord.SINGLE,
        district_id=district.id if district else None,
        country=district.country if district else None,
        **columns,
        **created_now(uow.now, actor.subject),
    )
    training_session.search = training_search(
        training_session, organisations=organisers, district=district, topics=topics
    )
    insert_training_session(
        uow,
        training_session,
        organisers=organisers,
        invited=invited,
        topics=topics,
        accepted_holy_days=accepted,
    )
    return training_session


def _columns(faults: Faults, draft: TrainingSessionDraft) -> dict[str, Any]:
    """The values that the draft states itself, with what is wrong with them noted in `faults`."""
    texts = TextChecks(faults, confirmed=draft.text_confirmed)
    starts_on = given_date(draft.starts_on, DatePrecision.DAY)
    ends_on = given_date(draft.ends_on, DatePrecision.DAY) if draft.ends_on else None
    check_period(faults, starts_on, ends_on)
    check_count(faults, draft.capacity, "capacity")
    first_day, last_day = span(starts_on, ends_on)
    return {
        **date_columns("starts_on", starts_on),
        **date_columns("ends_on", ends_on),
        "first_day": first_day,
        "last_day": last_day,
        "sort_on": draft.starts_on,
        "title": texts.title(draft.title, "title"),
        "place": texts.line(draft.place, "place"),
        "audience": texts.lines(draft.audience, "audience"),
        "languages": check_languages(faults, draft.languages, "languages"),
        "capacity": draft.capacity,
    }


def _tell(
    uow: UnitOfWork, actor: Actor, training_session: TrainingSession, draft: TrainingSessionDraft
) -> None:
    names = [name for name, value in vars(draft).items() if name != "text_confirmed" and value]
    record(
        uow,
        actor,
        action="training:training_session:plan",
        subject=("TrainingSession", training_session.id),
        organisation_id=training_session.owner_id,
        fields=names,
    )
    payload = {
        "organisation": str(training_session.owner_id),
        "district": str(training_session.district_id),
        "visibility": training_session.visibility.value,
    }
    uow.emit(Event("training_session.planned", training_session.id, payload))
