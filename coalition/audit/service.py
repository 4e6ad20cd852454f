"""Writing the audit log."""

from collections.abc import Sequence
from uuid import UUID

from coalition.audit.authentication import Contents, entry_tag
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.ids import random_id
from coalition.core.unit_of_work import UnitOfWork

# The subject of an entry about the log itself.
LOG = ("AuditLog", UUID(int=0))


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
    """Append one authenticated entry in the transaction of the deed.

    `subject` is the type's name and the record's id; `fields` are names of changed fields, never values.
    `reason` is a code or words of ours, never what somebody typed.
    """
    if uow.audit_key is None:
        raise RuntimeError("Units that write to the audit log are made with an audit_key.")
    subject_type, subject_id = subject
    contents = Contents(
        happened_at=uow.now,
        actor=actor.subject,
        organisation_id=organisation_id,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        fields=tuple(sorted(fields)),
        reason=reason,
        nonce=random_id(),
    )
    uow.db.add(
        AuditEntry(
            happened_at=contents.happened_at,
            actor=contents.actor,
            organisation_id=contents.organisation_id,
            action=contents.action,
            subject_type=contents.subject_type,
            subject_id=contents.subject_id,
            fields=list(contents.fields),
            reason=contents.reason,
            nonce=contents.nonce,
            tag=entry_tag(uow.audit_key, contents),
        )
    )
