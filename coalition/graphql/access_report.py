"""Why an account sees a record, for whoever operates the server; the look-up is audited."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.access.actors import actor_named
from coalition.access.explain_words import in_words
from coalition.audit.service import record
from coalition.core.actor import system_actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.declare import VIEWS
from coalition.graphql.identifiers import decode_id, encode_id
from coalition.graphql.queries.access import reasons_to_see

KEYS = ("slug", "code", "reference")
OPERATOR = system_actor("access-explain")


def access_report(uow: UnitOfWork, account: str, subject: str) -> list[str]:
    """The reasons in English, a line each; empty when the account does not see the record.

    `account` is an e-mail address, the id of an account, or the id of a client; `subject` an opaque id, a
    slug or a code. Raises `Refused` with NOT_FOUND at either.
    """
    actor = actor_named(uow, account)
    if actor is None:
        raise refuse("NOT_FOUND", "account")
    type_name, record_id = _subject_named(uow, subject)
    record(
        uow,
        OPERATOR,
        action="access:explain:read",
        subject=(type_name, record_id),
        reason=f"for {actor.subject}",
    )
    return [in_words(each, "en") for each in reasons_to_see(uow, actor, encode_id(type_name, record_id))]


def _subject_named(uow: UnitOfWork, text: str) -> tuple[str, UUID]:
    decoded = decode_id(text)
    if decoded is not None and _exists(uow, decoded):
        return decoded
    for name, view in VIEWS.items():
        model: Any = view.model
        for key in (each for each in KEYS if view.is_node and hasattr(model, each)):
            named = sa.select(model.id).where(getattr(model, key) == text)
            found: UUID | None = uow.db.scalars(named.limit(1)).first()
            if found is not None:
                return name, found
    raise refuse("NOT_FOUND", "subject")


def _exists(uow: UnitOfWork, decoded: tuple[str, UUID]) -> bool:
    view = VIEWS.get(decoded[0])
    return view is not None and view.is_node and uow.db.get(view.model, decoded[1]) is not None
