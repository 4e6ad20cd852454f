"""Business actions on activities: check, change, audit, emit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.checks import TextChecks
from coalition.core.errors import Faults, refuse
from coalition.core.events import Event
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import new_id
from coalition.core.tables import created_now
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from coalition.members.repository import organisation_by_id
from coalition.outreach.checks import check_change, facts_after, facts_of_draft
from coalition.outreach.drafts import ActivityChanges, ActivityDraft
from coalition.outreach.enums import ActivityStatus
from coalition.outreach.errors import Attempt, StaleRevision
from coalition.outreach.facts import ActivityFacts, activity_row
from coalition.outreach.models import Activity
from coalition.outreach.policies import may_log
from coalition.outreach.repository import (
    activity_by_id,
    facts_of,
    insert_activity,
    next_number,
    quantities_of,
    replace_rows,
    update_activity,
)
from coalition.outreach.rollup import take_out


def log_activity(
    uow: UnitOfWork, actor: Actor, *, draft: ActivityDraft, key: ClientKey | None
) -> tuple[Activity, bool]:
    """Record an activity that is planned or was held; the second value tells a replay.

    The record belongs to the lead. Sending the same `key` again returns the record as it is now.

    Raises `Refused`: NOT_FOUND or NOT_PERMITTED at `organisation`, else all faults of the draft at once.
    """
    lead = _lead(uow, actor, draft.organisation_id)
    activity_id = new_id()
    made = claim(uow, key, mutation="logActivity", organisation_id=lead.id, subject_id=activity_id)
    if made is not None:
        return uow.db.get_one(Activity, made), True
    facts = facts_of_draft(uow, actor, lead, draft)
    year = draft.starts_on.date.year
    activity = activity_row(
        facts,
        id=activity_id,
        code=f"{lead.slug}-{year}-{next_number(uow, lead.id, year)}",
        owner_id=lead.id,
        **created_now(uow.now, actor.subject),
    )
    insert_activity(uow, activity, facts)
    _tell(uow, actor, activity, facts, deed=("log", "logged"), fields=facts.stated())
    return activity, False


def amend_activity(
    uow: UnitOfWork, actor: Actor, *, activity_id: UUID | None, revision: int, changes: ActivityChanges
) -> Activity:
    """Change an activity that was logged; a change that changes nothing leaves the revision.

    Raises `StaleRevision` with both versions when `revision` is not the stored one, else `Refused`:
    NOT_FOUND, NOT_PERMITTED or WRONG_STATE at `id`, or all faults of the changed activity at once.
    """
    current = _own_activity(uow, actor, activity_id)
    before, faults = facts_of(uow, current), Faults()
    after = facts_after(uow, actor, before, changes, faults)
    if current.revision != revision:
        raise _stale(uow, current, after, revision)
    if current.status is ActivityStatus.CANCELLED:
        raise refuse("WRONG_STATE", "id")
    check_change(faults, before, after, uow.today)
    faults.raise_if_any()
    changed = after.differing(before)
    if changed:
        _store(uow, current, after, revision, changed)
        _tell(uow, actor, current, after, deed=("amend", "amended"), fields=changed)
    return current


def cancel_activity(
    uow: UnitOfWork,
    actor: Actor,
    *,
    activity_id: UUID | None,
    revision: int,
    reason: str,
    text_confirmed: bool = False,
) -> Activity:
    """Cancel an activity that was planned or recorded as held, for a reason that stays with the record.

    Raises what `amend_activity` raises, and REQUIRED at `reason` when it is blank.
    """
    current = _own_activity(uow, actor, activity_id)
    facts, faults = facts_of(uow, current), Faults()
    text = TextChecks(faults, confirmed=text_confirmed).required(reason, "reason")
    cancelled = {"status": ActivityStatus.CANCELLED, "cancel_reason": text}
    if current.revision != revision:
        raise _stale(uow, current, facts, revision, cancelled)
    if current.status is ActivityStatus.CANCELLED:
        raise refuse("WRONG_STATE", "id")
    faults.raise_if_any()
    values = {**cancelled, "updated_at": uow.now}
    take_out(uow, [current.id])
    if not update_activity(uow, current, values, revision=revision):
        raise _stale(uow, current, facts, revision, cancelled)
    _tell(uow, actor, current, facts, deed=("cancel", "cancelled"), fields=["status", "cancel_reason"])
    return current


def _lead(uow: UnitOfWork, actor: Actor, organisation_id: UUID | None) -> Organisation:
    lead = organisation_by_id(uow, actor, organisation_id)
    if lead is None:
        raise refuse("NOT_FOUND", "organisation")
    if not may_log(actor, lead.id):
        raise refuse("NOT_PERMITTED", "organisation")
    return lead


def _own_activity(uow: UnitOfWork, actor: Actor, activity_id: UUID | None) -> Activity:
    """The activity to be changed, if the actor may."""
    activity = activity_by_id(uow, actor, activity_id)
    if activity is None:
        raise refuse("NOT_FOUND", "id")
    if not may_log(actor, activity.owner_id):
        raise refuse("NOT_PERMITTED", "id")
    if activity.is_loaded:
        # It follows its source: loading the record again would undo the change.
        raise refuse("WRONG_STATE", "id")
    return activity


def _store(
    uow: UnitOfWork, current: Activity, after: ActivityFacts, revision: int, changed: Sequence[str]
) -> None:
    wanted = activity_row(after, **_others(current))
    derived = {"people_reached": wanted.people_reached, "search": wanted.search, "updated_at": uow.now}
    take_out(uow, [current.id])
    if not update_activity(uow, current, {**after.columns(), **derived}, revision=revision):
        raise _stale(uow, current, after, revision)
    replace_rows(uow, current.id, after, list(changed))


def _others(current: Activity) -> dict[str, Any]:
    return {name: getattr(current, name) for name in Activity.model_fields}


def _stale(
    uow: UnitOfWork,
    current: Activity,
    after: ActivityFacts,
    revision: int,
    others: dict[str, Any] | None = None,
) -> StaleRevision:
    """Both versions: the stored one, and a copy of it as the caller, who saw `revision`, wanted it."""
    copy = activity_row(after, **_others(current))
    copy.revision = revision
    for name, value in (others or {}).items():
        setattr(copy, name, value)
    children: dict[str, list[Any]] = {
        "districts": list(after.districts),
        "participants": list(after.participant_rows(current.id)),
        "topics": list(after.topics),
        "reach": list(after.reach_rows(current.id)),
        "quantities": list(quantities_of(uow, current)),
    }
    return StaleRevision(current, Attempt(copy, children))


def _tell(
    uow: UnitOfWork,
    actor: Actor,
    activity: Activity,
    facts: ActivityFacts,
    *,
    deed: tuple[str, str],
    fields: Sequence[str],
) -> None:
    """Note the deed in the audit log and tell who listens; `deed` is its name and its past tense."""
    action, past = deed
    record(
        uow,
        actor,
        action=f"outreach:activity:{action}",
        subject=("Activity", activity.id),
        organisation_id=activity.owner_id,
        fields=fields,
    )
    uow.emit(
        Event(
            f"activity.{past}",
            activity.id,
            {
                "organisation": str(activity.owner_id),
                "districts": [str(district.id) for district in facts.districts],
                "visibility": activity.visibility.value,
                "kind": activity.kind.value,
            },
        )
    )
