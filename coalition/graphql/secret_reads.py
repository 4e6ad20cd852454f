"""Secrets handed out by an answer: noted while it is made, and in the audit log before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from coalition.audit.service import Deed, record_all
from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork

READ_ACTION = "secret:record:read"
Subject = tuple[str, UUID]


@dataclass
class Read:
    """What was read of one record; `fields` are names, never values."""

    organisation_id: UUID | None
    fields: set[str] = field(default_factory=set)


class SecretReads:
    """What one answer, or one live event, hands out that not everybody may see."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, Subject], Read] = {}

    def __bool__(self) -> bool:
        return bool(self._noted)

    def note(
        self,
        subject: Subject,
        *fields: str,
        organisation_id: UUID | None = None,
        action: str = READ_ACTION,
    ) -> None:
        """Note that these fields of a record of this organisation were read by who may."""
        read = self._noted.setdefault((action, subject), Read(organisation_id))
        read.fields.update(fields)

    def take(self) -> Mapping[tuple[str, Subject], Read]:
        """What was noted so far; what is noted from now on belongs to the next event."""
        noted, self._noted = self._noted, {}
        return noted


def record_reads(uow: UnitOfWork, actor: Actor, noted: Mapping[tuple[str, Subject], Read]) -> None:
    """Append one entry for each record that was read."""
    record_all(
        uow,
        actor,
        [
            Deed(action, subject, read.organisation_id, sorted(read.fields))
            for (action, subject), read in noted.items()
        ],
    )
