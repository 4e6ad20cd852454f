"""Checks of what a draft refers to: districts, topics and organisations, by what people call them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from coalition.core.actor import Actor
from coalition.core.checks import LIST_LIMIT, check_list_size, clean
from coalition.core.errors import Faults
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Territory, Topic
from coalition.members.repository import districts_named, organisations_by_id, topics_by_code

# Written by loaders for texts that are no topic of the list; members choose from the list.
AS_WRITTEN = "as_written"
# Prevention names at least one of these (DOMAIN.md section 6).
CAUSE = "cause"


def check_districts(uow: UnitOfWork, faults: Faults, names: Sequence[str], *path: str) -> list[Territory]:
    """The districts for codes or spellings, each once, in order; UNKNOWN_DISTRICT at those that are none."""
    check_list_size(faults, names, *path)
    cleaned = [clean(name) for name in names[:LIST_LIMIT]]
    known = districts_named(uow, [name for name in cleaned if name])
    for index, name in enumerate(cleaned):
        if name and name not in known:
            faults.add("UNKNOWN_DISTRICT", *path, str(index), value=name)
    found = {known[name].id: known[name] for name in cleaned if name in known}
    return list(found.values())


def check_district(uow: UnitOfWork, faults: Faults, name: str, *path: str) -> Territory | None:
    """The district for one code or spelling; UNKNOWN_DISTRICT at `path` itself, REQUIRED when blank."""
    cleaned = clean(name)
    if not cleaned:
        faults.add("REQUIRED", *path)
        return None
    known = districts_named(uow, [cleaned])
    if cleaned not in known:
        faults.add("UNKNOWN_DISTRICT", *path, value=cleaned)
    return known.get(cleaned)


def check_topics(uow: UnitOfWork, faults: Faults, codes: Sequence[str], *path: str) -> list[Topic]:
    """The topics of the list for codes, each once, in order; UNKNOWN_TOPIC at those that are none."""
    check_list_size(faults, codes, *path)
    cleaned = [clean(code) for code in codes[:LIST_LIMIT]]
    rows = topics_by_code(uow, [code for code in cleaned if code])
    known = {code: topic for code, topic in rows.items() if topic.topic_group != AS_WRITTEN}
    for index, code in enumerate(cleaned):
        if code and code not in known:
            faults.add("UNKNOWN_TOPIC", *path, str(index), value=code)
    found = {known[code].id: known[code] for code in cleaned if code in known}
    return list(found.values())


def check_organisations(
    uow: UnitOfWork, actor: Actor, faults: Faults, ids: Sequence[UUID | None], *path: str
) -> list[Organisation]:
    """The visible organisations among `ids`, each once, in order; NOT_FOUND at those that are none."""
    check_list_size(faults, ids, *path)
    known = organisations_by_id(uow, actor, [id_ for id_ in ids[:LIST_LIMIT] if id_ is not None])
    found: dict[UUID, Organisation] = {}
    for index, organisation_id in enumerate(ids[:LIST_LIMIT]):
        if organisation_id is None or organisation_id not in known:
            faults.add("NOT_FOUND", *path, str(index))
        else:
            found[organisation_id] = known[organisation_id]
    return list(found.values())
