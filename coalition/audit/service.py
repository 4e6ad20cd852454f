"""Writing the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.audit.authentication import Contents, entry_tag
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.ids import random_id
from coalition.core.unit_of_work import UnitOfWork

# The subject of an entry about the log itself.
LOG = ("AuditLog", UUID(int=0))


@dataclass(frozen=True)
class Deed:
    """What an entry says of a deed: `subject` is the type's name and the record's id.

    `fields` are names of fields, never values; `reason` is a code or words of ours, never what was typed.
    """

    action: str
    subject: tuple[str, UUID]
    organisation_id: UUID | None = None
    fields: Sequence[str] = ()
    reason: str | None = None


def record(
    uow: UnitOfWork,
    actor: Actor,
    *,
    action: str,
    subject: tuple[str, UUID],
    organisation_id: UUID | None = None,
    fields: Sequence[str] = (),
    reason: str | None = None,
) -> None:
    """Append one authenticated entry in the transaction of the deed; `Deed` says what goes where."""
    deed = Deed(action, subject, organisation_id, fields, reason)
    uow.db.add(AuditEntry(**_values(uow, actor, deed)))


def record_all(uow: UnitOfWork, actor: Actor, deeds: Sequence[Deed]) -> None:
    """Append an entry for each deed, with one statement for all."""
    if deeds:
        uow.db.execute(sa.insert(AuditEntry), [_values(uow, actor, deed) for deed in deeds])


def _values(uow: UnitOfWork, actor: Actor, deed: Deed) -> dict[str, Any]:
    if uow.audit_key is None:
        raise RuntimeError("Units that write to the audit log are made with an audit_key.")
    subject_type, subject_id = deed.subject
    contents = Contents(
        happened_at=uow.now,
        actor=actor.subject,
        organisation_id=deed.organisation_id,
        action=deed.action,
        subject_type=subject_type,
        subject_id=subject_id,
        fields=tuple(sorted(deed.fields)),
        reason=deed.reason,
        nonce=random_id(),
    )
    tag = entry_tag(uow.audit_key, contents)
    return {**vars(contents), "fields": list(contents.fields), "tag": tag}
