"""Writing the audit log."""

from collections.abc import Sequence
from uuid import UUID

from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork


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
    """Append one entry in the transaction of the deed.

    `subject` is the type's name and the record's id; `fields` are names of changed fields, never values.
    """
    subject_type, subject_id = subject
    uow.db.add(
        AuditEntry(
            happened_at=uow.now,
            actor=actor.subject,
            organisation_id=organisation_id,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            fields=sorted(fields),
            reason=reason,
        )
    )
