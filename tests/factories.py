"""Real rows for tests, made as the product makes them; each function says as little as its test needs.

`NOW` is where the clock of the `units` fixture stands still.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from coalition.assistance.derived import refresh_service
from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus
from coalition.assistance.models import CapacityPool, Service, ServiceKind, ServiceTargetGroup
from coalition.core.actor import Actor, ActorKind, Visibility
from coalition.core.partial_date import PartialDate, parse_partial_date
from coalition.core.tables import UNDATED, created_now, date_columns, span
from coalition.core.text import search_text, sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus, OrganisationKind, TerritoryLevel
from coalition.members.lines import place_under
from coalition.members.models import (
    Denomination,
    Organisation,
    Person,
    Role,
    Territory,
    TerritorySpelling,
    Topic,
)
from coalition.members.repository import district_key
from coalition.members.seed import seed
from coalition.members.service import resolve_grants, roles_of_person
from coalition.outreach.enums import ActivityKind, ActivityStatus, ParticipantRole
from coalition.outreach.models import Activity, ActivityDistrict, ActivityParticipant, ActivityTopic

# Late on 14 May in UTC, already 15 May in Chișinău.
NOW = datetime(2026, 5, 14, 22, 30, tzinfo=UTC)
TODAY = date(2026, 5, 15)

_numbers = count(1)


def foundations(uow: UnitOfWork) -> None:
    """Denominations, regions, role types and bodies."""
    seed(uow)


def organisation(
    uow: UnitOfWork,
    slug: str,
    *,
    parent: Organisation | None = None,
    since: date | None = None,
    denomination: str | None = None,
    church_body: Organisation | None = None,
    is_church_body: bool = False,
    **values: Any,
) -> Organisation:
    """A member of kind CHURCH unless said otherwise, in its own line and its parent's."""
    name = values.pop("name", {"en": slug.title()})
    defaults = {
        "kind": OrganisationKind.CHURCH,
        "status": MembershipStatus.MEMBER,
        "search": search_text([slug, *name.values()]),
        **{f"sort_{language}": key for language, key in sort_keys(name).items()},
        **created_now(uow.now, "system:test"),
    }
    made = Organisation(slug=slug, name=name, **{**defaults, **values})
    if denomination is not None:
        made.denomination_id = _denomination_id(uow, denomination)
    elif parent is not None:
        made.denomination_id = parent.denomination_id
    body = church_body.id if church_body else parent.church_body_id if parent else None
    made.church_body_id = made.id if is_church_body else body
    uow.db.add(made)
    uow.db.flush()
    place_under(uow, made, parent, since=since)
    return made


def church_body(uow: UnitOfWork, slug: str, *, denomination: str, **values: Any) -> Organisation:
    """The root of a jurisdiction, a member."""
    return organisation(uow, slug, denomination=denomination, is_church_body=True, **values)


def actor(uow: UnitOfWork, *roles: tuple[str, Organisation], **values: Any) -> Actor:
    """A person who has held these roles since the start of 2026, with the grants of today."""
    person = Person(name="Demo Person", is_demo=True, created_at=uow.now)
    uow.db.add(person)
    uow.db.flush()
    uow.db.add_all(
        Role(person_id=person.id, organisation_id=at.id, role_type=role_type, starts_on=date(2026, 1, 1))
        for role_type, at in roles
    )
    uow.db.flush()
    grants = resolve_grants(uow, roles_of_person(uow, person.id))
    resolved: dict[str, Any] = {
        "kind": ActorKind.PERSON,
        "subject": f"account:{person.id}",
        "person_id": person.id,
        "organisations": tuple(at.id for _, at in roles),
        "shared": grants.shared,
        "permissions": grants.permissions,
        "as_of": uow.today,
    }
    return Actor(**{**resolved, **values})


def district(uow: UnitOfWork, code: str, *spellings: str, region: str | None = None) -> Territory:
    """A district of Moldova, found by its code and its spellings; the first one is its name."""
    name = {"ro": spellings[0] if spellings else code}
    parent = None
    if region is not None:
        parent = uow.db.scalars(sa.select(Territory.id).where(Territory.code == region)).one()
    made = Territory(level=TerritoryLevel.DISTRICT, code=code, country="MD", name=name, parent_id=parent)
    uow.db.add(made)
    uow.db.flush()
    keys = dict.fromkeys(district_key(each) for each in (code, *spellings))
    uow.db.add_all(TerritorySpelling(spelling=key, territory_id=made.id) for key in keys)
    uow.db.flush()
    return made


def topic(uow: UnitOfWork, code: str, *, group: str = "cause", label: str | None = None) -> Topic:
    """A topic; of group cause unless said otherwise."""
    made = Topic(code=code, topic_group=group, label={"en": label or code.replace("_", " ")})
    uow.db.add(made)
    uow.db.flush()
    return made


def activity(
    uow: UnitOfWork,
    owner: Organisation,
    *,
    on: str | None = "2026-03-01",
    until: str | None = None,
    districts: tuple[Territory, ...] = (),
    topics: tuple[Topic, ...] = (),
    partners: tuple[Organisation, ...] = (),
    participants: tuple[Organisation, ...] | None = None,
    **values: Any,
) -> Activity:
    """An activity as it stands in the database; dates are written `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.

    The owner leads unless `participants` says who takes part in what role unstated, as loaded records do.
    """
    number = next(_numbers)
    defaults = {
        "code": f"TEST-{number}",
        "visibility": Visibility.COALITION,
        "kind": ActivityKind.AWARENESS,
        "status": ActivityStatus.HELD,
        "title": {"en": f"Activity {number}"},
        **_dates(parse_partial_date(on) if on else None, parse_partial_date(until) if until else None),
        **created_now(uow.now, "system:test"),
    }
    made = Activity(owner_id=owner.id, **{**defaults, **values})
    uow.db.add(made)
    uow.db.flush()
    if participants is None:
        roles = [(owner, ParticipantRole.LEAD), *((each, ParticipantRole.IMPLEMENTING) for each in partners)]
    else:
        roles = [(each, ParticipantRole.UNSPECIFIED) for each in participants]
    _link(uow, made.id, districts, topics, roles)
    return made


def _link(
    uow: UnitOfWork,
    activity_id: UUID,
    districts: tuple[Territory, ...],
    topics: tuple[Topic, ...],
    roles: list[tuple[Organisation, ParticipantRole]],
) -> None:
    uow.db.add_all(
        ActivityDistrict(activity_id=activity_id, district_id=each.id, position=position)
        for position, each in enumerate(districts)
    )
    uow.db.add_all(
        ActivityTopic(activity_id=activity_id, topic_id=each.id, position=position)
        for position, each in enumerate(topics)
    )
    uow.db.add_all(
        ActivityParticipant(activity_id=activity_id, organisation_id=each.id, role=role, position=position)
        for position, (each, role) in enumerate(roles)
    )
    uow.db.flush()


def _dates(start: PartialDate | None, end: PartialDate | None) -> dict[str, Any]:
    first_day, last_day = span(start, end)
    return {
        **date_columns("starts_on", start),
        **date_columns("ends_on", end),
        "first_day": first_day,
        "last_day": last_day,
        "sort_on": start.date if start else UNDATED,
    }


def _denomination_id(uow: UnitOfWork, code: str) -> UUID:
    return uow.db.scalars(sa.select(Denomination.id).where(Denomination.code == code)).one()


def service(uow: UnitOfWork, provider: Organisation | None, **values: Any) -> Service:
    """An active, protected service shared with partners; without a provider, as loaded records have it."""
    name = values.pop("name", {"en": f"Shelter {next(_numbers)}"})
    owner = values.pop("owner", provider)
    groups = values.get("target_groups", [])
    defaults = {
        "visibility": Visibility.PARTNERS,
        "provider_id": provider.id if provider else None,
        "protected": True,
        "status": ServiceStatus.ACTIVE,
        **created_now(uow.now, "system:test"),
    }
    made = Service(owner_id=owner.id, name=name, outside_name=name, **{**defaults, **values})
    refresh_service(made, provider=provider, region=None, district=None, hidden=frozenset())
    uow.db.add(made)
    uow.db.flush()
    uow.db.add(ServiceKind(service_id=made.id, kind=AssistanceKind.TEMPORARY_RESIDENCE))
    uow.db.add_all(ServiceTargetGroup(service_id=made.id, target_group=group) for group in groups)
    uow.db.flush()
    return made


def pool(uow: UnitOfWork, of: Service, **values: Any) -> CapacityPool:
    """A pool of ten beds that was never confirmed."""
    made = CapacityPool(service_id=of.id, **{"unit": CapacityUnit.BED, "maximum": 10, **values})
    uow.db.add(made)
    uow.db.flush()
    return made
