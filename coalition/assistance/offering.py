"""The rows of a service that a provider offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from coalition.assistance.checks import CheckedService, checked_service
from coalition.assistance.derived import refresh_service
from coalition.assistance.drafts import ServiceDraft
from coalition.assistance.enums import AssistanceKind, ServiceStatus
from coalition.assistance.models import (
    CapacityPool,
    Service,
    ServiceKind,
    ServiceLanguage,
    ServiceTargetGroup,
)
from coalition.assistance.repository import hidden_place_words
from coalition.core.actor import Actor
from coalition.core.tables import created_now
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation, Territory

_OFFERED_FIELDS = (
    "name",
    "protected",
    "status",
    "visibility",
    "district_id",
    "languages",
    "target_groups",
    "contact_desk",
    "code_signed_at",
)


def new_service(
    uow: UnitOfWork, actor: Actor, service_id: UUID, provider: Organisation, draft: ServiceDraft
) -> Service:
    """The service with all its parts, stored. Raises `Refused` with all faults of the draft."""
    checked = checked_service(uow, draft)
    service = _row_of(uow, actor, service_id, provider, draft, checked)
    district = checked.district
    region = uow.db.get(Territory, district.parent_id) if district and district.parent_id else None
    service.region_id = region.id if region else None
    hidden = hidden_place_words(uow) if service.protected else frozenset()
    refresh_service(service, provider=provider, region=region, district=district, hidden=hidden)
    uow.db.add(service)
    uow.db.flush()
    uow.db.add_all(_parts_of(service, draft))
    uow.db.flush()
    return service


def _row_of(
    uow: UnitOfWork,
    actor: Actor,
    service_id: UUID,
    provider: Organisation,
    draft: ServiceDraft,
    checked: CheckedService,
) -> Service:
    residential = AssistanceKind.TEMPORARY_RESIDENCE in draft.kinds
    signed = draft.status is ServiceStatus.ACTIVE
    return Service(
        id=service_id,
        owner_id=provider.id,
        provider_id=provider.id,
        visibility=draft.visibility,
        name=checked.name,
        outside_name={},
        protected=residential if draft.protected is None else draft.protected,
        status=draft.status,
        district_id=checked.district.id if checked.district else None,
        country=checked.district.country if checked.district else None,
        languages=checked.languages,
        target_groups=checked.target_groups,
        contact_desk=checked.contact_desk,
        code_signed_at=uow.now if signed else None,
        code_signed_by=actor.subject if signed else None,
        **created_now(uow.now, actor.subject),
    )


def _parts_of(service: Service, draft: ServiceDraft) -> Iterator[Any]:
    for position, kind in enumerate(dict.fromkeys(draft.kinds)):
        yield ServiceKind(service_id=service.id, kind=kind, position=position)
    for language in service.languages:
        yield ServiceLanguage(service_id=service.id, language=language)
    for group in service.target_groups:
        yield ServiceTargetGroup(service_id=service.id, target_group=group)
    for position, pool in enumerate(draft.pools):
        yield CapacityPool(
            service_id=service.id,
            position=position,
            unit=pool.unit,
            maximum=pool.maximum,
            target_group=pool.target_group,
        )


def offered_fields(service: Service) -> list[str]:
    """The names of the fields that the provider filled in, for the audit log."""
    return [name for name in _OFFERED_FIELDS if getattr(service, name) not in (None, [])]
