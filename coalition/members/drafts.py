"""What members send about people and roles, before it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class RoleDraft:
    """A role to be given; an organisation whose id cannot be read is None and not found.

    `starts_on` None means today. `ends_on` is the last day, None for no end.
    """

    organisation_id: UUID | None
    role_type: str
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class PersonDraft:
    """Somebody to be invited; `languages` are BCP 47."""

    name: str
    email: str
    languages: Sequence[str] = ()
