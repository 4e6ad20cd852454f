"""What callers wish to be done: read from their input, not yet checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus
from coalition.assistance.models import Hold
from coalition.core.actor import Visibility
from coalition.core.errors import Fault


@dataclass(frozen=True)
class PoolDraft:
    """Places of one kind that a new service starts with."""

    unit: CapacityUnit
    maximum: int
    target_group: str | None = None


@dataclass(frozen=True)
class ServiceDraft:
    """A service that a provider offers.

    `protected` None: true for temporary residence, else false. `text_confirmed` answers the suspicion
    that the name holds personal data.
    """

    provider_id: UUID | None
    kinds: Sequence[AssistanceKind]
    name: Mapping[str, str]
    district: str | None = None
    protected: bool | None = None
    languages: Sequence[str] = ()
    target_groups: Sequence[str] = ()
    contact_desk: str | None = None
    pools: Sequence[PoolDraft] = ()
    status: ServiceStatus = ServiceStatus.ACTIVE
    visibility: Visibility = Visibility.PARTNERS
    text_confirmed: bool = False


@dataclass(frozen=True)
class HoldDraft:
    """Places to be held, in one pool or in whichever pool of a service has them.

    `pool_given` and `service_given` tell an id that finds nothing from one that was not sent.
    """

    pool_id: UUID | None
    service_id: UUID | None
    pool_given: bool
    service_given: bool
    quantity: int
    target_group: str | None
    minutes: int
    on_behalf_of_id: UUID | None


@dataclass(frozen=True)
class HoldOutcome:
    """What came of a wish to hold places: a hold, or the faults of an attempt that came to nothing."""

    hold: Hold | None
    replayed: bool = False
    faults: tuple[Fault, ...] = ()
