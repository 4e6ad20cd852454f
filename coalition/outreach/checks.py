"""What an activity must be to be kept; every fault of a draft is found at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import TypeVar

from coalition.core.actor import Actor
from coalition.core.changes import Unchanged
from coalition.core.checks import LIST_LIMIT, TextChecks, check_count, check_list_size, check_period
from coalition.core.errors import Faults
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.checks import CAUSE, check_districts, check_topics
from coalition.members.models import Organisation
from coalition.members.repository import organisations_by_id
from coalition.outreach.drafts import ActivityChanges, ActivityDraft, PartnerDraft, ReachDraft
from coalition.outreach.enums import ActivityKind, ActivityStatus, ParticipantRole
from coalition.outreach.facts import ActivityFacts, Participation

Given = TypeVar("Given")
Kept = TypeVar("Kept")


def facts_of_draft(uow: UnitOfWork, actor: Actor, lead: Organisation, draft: ActivityDraft) -> ActivityFacts:
    """What a draft states; raises `Refused` with everything that is wrong with it."""
    faults = Faults()
    blank = ActivityFacts(
        kind=draft.kind,
        title={},
        starts_on=draft.starts_on,
        status=draft.status,
        visibility=draft.visibility,
        participants=[Participation(lead, ParticipantRole.LEAD)],
    )
    everything = ActivityChanges(**{each.name: getattr(draft, each.name) for each in fields(ActivityChanges)})
    facts = facts_after(uow, actor, blank, everything, faults)
    check_facts(faults, facts, uow.today)
    faults.raise_if_any()
    return facts


def facts_after(
    uow: UnitOfWork, actor: Actor, before: ActivityFacts, changes: ActivityChanges, faults: Faults
) -> ActivityFacts:
    """What an activity states once it is changed, as far as the changes can be read.

    Notes in `faults` what is wrong with single values; `check_facts` looks at the whole.
    """
    stated = replace(
        before,
        kind=_stated(faults, changes.kind, before.kind, "kind"),
        starts_on=_stated(faults, changes.starts_on, before.starts_on, "startsOn"),
        ends_on=_changed(changes.ends_on, before.ends_on, lambda day: day),
        status=_stated(faults, changes.status, before.status, "status"),
        visibility=_stated(faults, changes.visibility, before.visibility, "visibility"),
    )
    texts = TextChecks(faults, confirmed=changes.text_confirmed, known=before.texts)
    return _with_rows(uow, actor, _with_texts(stated, changes, texts, faults), changes, faults)


def _with_texts(
    before: ActivityFacts, changes: ActivityChanges, texts: TextChecks, faults: Faults
) -> ActivityFacts:
    title = _stated(faults, changes.title, before.title, "title")
    return replace(
        before,
        title=before.title if title is before.title else texts.title(title, "title"),
        form=_changed(changes.form, before.form, lambda text: texts.line(text, "form")),
        place=_changed(changes.place, before.place, lambda text: texts.line(text, "place")),
        audience=_changed(
            changes.audience, before.audience, lambda items: texts.lines(items or (), "audience")
        ),
        materials=_changed(
            changes.materials, before.materials, lambda items: texts.lines(items or (), "materials")
        ),
    )


def _with_rows(
    uow: UnitOfWork, actor: Actor, before: ActivityFacts, changes: ActivityChanges, faults: Faults
) -> ActivityFacts:
    lead = before.participants[0]
    return replace(
        before,
        districts=_changed(
            changes.districts,
            before.districts,
            lambda names: check_districts(uow, faults, names or (), "districts"),
        ),
        topics=_changed(
            changes.topics, before.topics, lambda codes: check_topics(uow, faults, codes or (), "topics")
        ),
        participants=_changed(
            changes.partners,
            before.participants,
            lambda partners: _participants(uow, actor, faults, lead, partners or ()),
        ),
        reach=_changed(changes.reach, before.reach, lambda counts: _reach(faults, counts or ())),
    )


def check_facts(faults: Faults, facts: ActivityFacts, today: date) -> None:
    """Note what is wrong with an activity as a whole, whether it is new or changed."""
    if facts.kind is ActivityKind.ASSISTANCE:
        faults.add("NOT_LOGGED_HERE", "kind")
    if facts.kind is ActivityKind.PREVENTION and all(topic.topic_group != CAUSE for topic in facts.topics):
        faults.add("REQUIRED", "topics")
    if facts.status is ActivityStatus.CANCELLED:
        faults.add("WRONG_STATE", "status")
    check_period(faults, facts.starts_on, facts.ends_on)
    if facts.status is ActivityStatus.HELD:
        for given, name in ((facts.starts_on, "startsOn"), (facts.ends_on, "endsOn")):
            if given is not None and given.date > today:
                faults.add("HELD_IN_FUTURE", name)


def check_change(faults: Faults, before: ActivityFacts, after: ActivityFacts, today: date) -> None:
    """Note what is wrong with a changed activity as a whole: what was held stays held."""
    if before.status is ActivityStatus.HELD and after.status is ActivityStatus.PLANNED:
        faults.add("WRONG_STATE", "status")
    check_facts(faults, after, today)


def _stated(faults: Faults, value: Kept | Unchanged | None, before: Kept, path: str) -> Kept:
    """The new value of what cannot be empty; None is REQUIRED and leaves it as it was."""
    if isinstance(value, Unchanged):
        return before
    if value is None:
        faults.add("REQUIRED", path)
        return before
    return value


def _changed(value: Given | Unchanged, before: Kept, read: Callable[[Given], Kept]) -> Kept:
    return before if isinstance(value, Unchanged) else read(value)


def _participants(
    uow: UnitOfWork, actor: Actor, faults: Faults, lead: Participation, partners: Sequence[PartnerDraft]
) -> list[Participation]:
    check_list_size(faults, partners, "partners")
    partners = partners[:LIST_LIMIT]
    ids = [each.organisation_id for each in partners if each.organisation_id]
    known = organisations_by_id(uow, actor, ids)
    found = {lead.organisation.id: lead}
    for index, partner in enumerate(partners):
        path = ("partners", str(index))
        if partner.role is ParticipantRole.LEAD:
            faults.add("SECOND_LEAD", *path, "role")
        organisation = known.get(partner.organisation_id) if partner.organisation_id else None
        if organisation is None:
            faults.add("NOT_FOUND", *path, "organisation")
        elif organisation.id in found:
            faults.add("DUPLICATE", *path, "organisation")
        else:
            found[organisation.id] = Participation(organisation, partner.role)
    return list(found.values())


def _reach(faults: Faults, counts: Sequence[ReachDraft]) -> list[ReachDraft]:
    check_list_size(faults, counts, "reach")
    for index, each in enumerate(counts[:LIST_LIMIT]):
        check_count(faults, each.count, "reach", str(index), "count")
    return list(counts[:LIST_LIMIT])
