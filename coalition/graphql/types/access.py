"""Reasons to see a record."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

import strawberry

from coalition.access.explain import Reason
from coalition.access.explain_words import in_words
from coalition.core.actor import Visibility
from coalition.core.clauses import Why
from coalition.graphql.context import Context
from coalition.graphql.declare import computed, record
from coalition.graphql.types.members import OrganisationType
from coalition.graphql.types.people import RoleTypeType
from coalition.members.enums import Scope


@strawberry.enum(name="AccessFieldGroup", description="Fields that are given or withheld together.")
class FieldGroup(StrEnum):
    """Fields that are given or withheld together."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    PLACE = "PLACE"
    NUMBERS = "NUMBERS"
    DESK = "DESK"


strawberry.enum(Why, name="AccessReasonCode", description="Why a record is visible to somebody.")


def _about(reason: Any, _context: Context) -> FieldGroup | None:
    return FieldGroup(reason.about) if reason.about else None


def _of_grant(name: str) -> Any:
    return lambda reason, _context: getattr(reason.grant, name) if reason.grant else None


@record(Reason, "AccessReason", "Why you can see a record, or why some of its fields are open or closed.")
class AccessReasonType:
    """A reason."""

    words: str = computed(
        "The reason in the request's language.", ["why"], lambda r, c: in_words(r, c.language)
    )
    code: Why | None = computed(
        "Why the record is visible; null when this is about some of its fields.", ["why"], lambda r, _: r.why
    )
    about: FieldGroup | None = computed("The fields this is about; null for the record.", ["about"], _about)
    given: bool = computed("Whether it is open to you.", ["given"], lambda r, _: r.given)
    visibility: Visibility | None = computed(
        "With whom the owner shares it, when that is the reason.", ["visibility"], lambda r, _: r.visibility
    )
    permission: str | None = computed("The permission that lets you.", ["grant"], _of_grant("permission"))
    reach: Scope | None = computed("How far it reaches.", ["grant"], _of_grant("scope"))
    role_type: RoleTypeType | None = computed("The role that gives it.", ["grant"], _of_grant("role_type"))
    organisation: OrganisationType | None = computed(
        "Where you hold that role.", ["grant"], _of_grant("organisation")
    )
    since: datetime.date | None = computed("Since when.", ["grant"], _of_grant("since"))
