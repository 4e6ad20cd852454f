"""Who is calling, and how far each permission reaches."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from functools import cached_property
from uuid import UUID


class Visibility(StrEnum):
    """Who may see a record besides its owner's own line."""

    PRIVATE = "PRIVATE"
    COALITION = "COALITION"
    PARTNERS = "PARTNERS"
    PUBLIC = "PUBLIC"


class ActorKind(StrEnum):
    """What stands behind a call."""

    ANONYMOUS = "ANONYMOUS"
    PERSON = "PERSON"
    DESK = "DESK"
    CLIENT = "CLIENT"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True)
class Reach:
    """The organisations that one permission covers: a set of ids, or everything."""

    everything: bool = False
    organisations: frozenset[UUID] = frozenset()

    def covers(self, organisation_id: UUID | None) -> bool:
        """Whether the permission holds at this organisation; a record without one needs everything."""
        return self.everything or (organisation_id is not None and organisation_id in self.organisations)

    def __bool__(self) -> bool:
        return self.everything or bool(self.organisations)

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(self.everything or other.everything, self.organisations | other.organisations)


NOWHERE = Reach()

# In points (graphql/weights.py): what one request of somebody without a role may come to.
VISITORS_COST_BUDGET = 50_000


@dataclass(frozen=True)
class Actor:
    """The caller of one request, with grants already resolved (DOMAIN.md section 8).

    `subject` is what the audit log names: `account:<id>`, `client:<id>`, `system:<task>` or `anonymous`; at
    a shared desk `account:<id>/operator:<number>`.
    `desk_subjects` are the desk's own name and those of all its operators; empty where nothing is shared.
    `organisations` are those in which the caller holds a role today.
    `shared` are the visibilities of other owners' records that the caller may read.
    `cost_budget` is how many points one request may come to.
    `as_of` is the civil day for which all this holds; without one nothing is known of anybody's roles.
    """

    kind: ActorKind = ActorKind.ANONYMOUS
    subject: str = "anonymous"
    person_id: UUID | None = None
    account_id: UUID | None = None
    client_id: str | None = None
    language: str | None = None
    organisations: tuple[UUID, ...] = ()
    shared: frozenset[Visibility] = frozenset({Visibility.PUBLIC})
    permissions: Mapping[str, Reach] = field(default_factory=dict)
    cost_budget: int = VISITORS_COST_BUDGET
    as_of: date | None = None
    desk_subjects: tuple[str, ...] = ()

    @cached_property
    def scope(self) -> str:
        """A digest of all of the above: what answers can depend on. Two callers of one scope are one."""
        held = {
            name: (reach.everything, sorted(each.hex for each in reach.organisations))
            for name, reach in sorted(self.permissions.items())
        }
        others = (
            getattr(self, each.name) for each in fields(self) if each.name not in ("permissions", "shared")
        )
        told = repr((*others, sorted(self.shared), held))
        return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The names whose deeds count together where deeds are limited: a whole desk's, or one's own."""
        return self.desk_subjects or (self.subject,)

    def reach(self, permission: str) -> Reach:
        """Where the caller holds `permission`, such as `activity:log`."""
        return self.permissions.get(permission, NOWHERE)

    def may(self, permission: str, organisation_id: UUID | None = None) -> bool:
        """Whether the caller holds `permission` at the organisation, or anywhere when none is named."""
        held = self.reach(permission)
        return bool(held) if organisation_id is None else held.covers(organisation_id)


ANONYMOUS = Actor()


def system_actor(task: str) -> Actor:
    """The product itself at work: loading, seeding, housekeeping. It reads and writes everything."""
    return Actor(
        kind=ActorKind.SYSTEM,
        subject=f"system:{task}",
        shared=frozenset(Visibility),
        permissions={"records:read": Reach(everything=True)},
    )
