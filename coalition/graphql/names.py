"""Names in filters looked up: an unknown one is an error that says so, not an empty list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.assistance.enums import TargetGroup
from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.text import is_language_tag
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.identifiers import record_id
from coalition.members import repository
from coalition.members.models import Denomination, Organisation, Territory, Topic


def district_named(uow: UnitOfWork, name: str) -> Territory:
    """The district with this code or spelling."""
    found = repository.districts_named(uow, [name]).get(name)
    if found is None:
        raise BadUserInput("UNKNOWN_DISTRICT", value=name)
    return found


def region_named(uow: UnitOfWork, code: str) -> Territory:
    """The region with this code."""
    found = repository.regions_by_code(uow).get(code.strip().upper())
    if found is None:
        raise BadUserInput("UNKNOWN_REGION", value=code)
    return found


def denomination_named(uow: UnitOfWork, code: str) -> Denomination:
    """The denomination with this code."""
    found = repository.denomination_by_code(uow, code)
    if found is None:
        raise BadUserInput("UNKNOWN_DENOMINATION", value=code)
    return found


def topic_named(uow: UnitOfWork, code: str) -> Topic:
    """The topic with this code; those of loaded free texts count in filters."""
    found = uow.db.scalars(sa.select(Topic).where(Topic.code == code)).one_or_none()
    if found is None:
        raise BadUserInput("UNKNOWN_TOPIC", value=code)
    return found


def organisation_named(uow: UnitOfWork, actor: Actor, opaque: str, what: str) -> Organisation:
    """The visible organisation with this `ID`."""
    record: UUID | None = record_id(opaque, "Organisation")
    found = repository.organisation_by_id(uow, actor, record)
    if found is None:
        raise BadUserInput("NOT_FOUND", what=what)
    return found


def target_group_named(code: str | None) -> str | None:
    """The code, if it is one of a target group."""
    if code is not None and code not in set(TargetGroup):
        raise BadUserInput("UNKNOWN_TARGET_GROUP", value=code)
    return code


def languages_named(tags: Sequence[str]) -> Sequence[str]:
    """The tags, if each is one of BCP 47."""
    for tag in tags:
        if not is_language_tag(tag):
            raise BadUserInput("INVALID_LANGUAGE", value=tag)
    return tags


def rows_by_id(uow: UnitOfWork, model: Any, ids: Collection[UUID]) -> Sequence[Any]:
    """Rows of a table that everybody may see the names of."""
    return uow.db.scalars(sa.select(model).where(model.id.in_(ids))).all()
