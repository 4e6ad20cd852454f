"""Organisations, districts, topics, bodies and people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import sqlalchemy as sa
import strawberry

from coalition.core.actor import Actor
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.connections import After, Connection, First
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import (
    Node,
    batched,
    column,
    connection,
    date_columns,
    record,
    texts,
    to_one,
    view,
)
from coalition.graphql.fields import resolved
from coalition.graphql.loaders.people import role_counts
from coalition.graphql.orders import (
    activities_order,
    organisations_order,
    persons_order,
    services_order,
    training_sessions_order,
)
from coalition.graphql.paging import Order
from coalition.graphql.types import listings
from coalition.graphql.types.common import PartialDateType
from coalition.members import models as m
from coalition.members.enums import BodyKind, MembershipStatus, OrganisationKind
from coalition.members.policies import districts, everybody, visible_organisations

if TYPE_CHECKING:
    from coalition.graphql.types.assistance import ServiceType
    from coalition.graphql.types.outreach import ActivityType
    from coalition.graphql.types.people import PersonType, RoleCountType
    from coalition.graphql.types.training import TrainingSessionType

Activities = Annotated["ActivityType", strawberry.lazy("coalition.graphql.types.outreach")]
Services = Annotated["ServiceType", strawberry.lazy("coalition.graphql.types.assistance")]
Persons = Annotated["PersonType", strawberry.lazy("coalition.graphql.types.people")]
RoleCounts = Annotated["RoleCountType", strawberry.lazy("coalition.graphql.types.people")]
TrainingSessions = Annotated["TrainingSessionType", strawberry.lazy("coalition.graphql.types.training")]

strawberry.enum(OrganisationKind, description="What an organisation is.")
strawberry.enum(MembershipStatus, description="How an organisation stands to the coalition.")
strawberry.enum(BodyKind, description="What a body of the coalition is for.")


@view(m.Denomination, "Denomination", "A confession.", everybody)
class DenominationType(Node):
    """A confession."""

    code: str = column("Code, such as orthodox, baptist or lutheran.")
    name: str = texts("Name in the language asked.", "name")


@record(m.Territory, "Region", "One of four regions, large enough to hide a district in.", everybody)
class RegionType:
    """A region."""

    code: str = column("NORTH, CENTRE, SOUTH or LEFT_BANK.")
    name: str = texts("Name in the language asked.", "name")


@view(m.Territory, "District", "A first-level area of a country.", districts)
class DistrictType(Node):
    """A district."""

    code: str = column("ISO 3166-2, such as MD-CU.")
    name: str = texts("Name in the language asked.", "name")
    region: RegionType = to_one("The region it lies in.", "Region", "parent_id")


@record(m.Topic, "Topic", "What an activity or training is about.", everybody)
class TopicType:
    """A topic."""

    code: str = column("Stable code; `topics` lists them.")
    label: str = texts("Label in the language asked.", "label")
    group: str = column("cause, stage, method, or as_written for texts of loaded records.", "topic_group")


def _by_name(context: Context) -> Order:
    return organisations_order(context.language)


@view(
    m.Organisation, "Organisation", "A church, NGO, state body or other organisation.", visible_organisations
)
class OrganisationType(Node):
    """An organisation."""

    slug: str = column("Shareable name, part of its address.")
    name: str = texts("Name in the language asked.", "name")
    kind: OrganisationKind = column("What it is.")
    status: MembershipStatus = column("How it stands to the coalition.")
    denomination: DenominationType | None = to_one("Its confession.", "Denomination", "denomination_id")
    church_body: OrganisationType | None = to_one(
        "The church at the root of its line; a church body is its own.", "Organisation", "church_body_id"
    )
    parent: OrganisationType | None = to_one("What it stands under today.", "Organisation", "parent_id")
    district: DistrictType | None = to_one("The district of its seat.", "District", "district_id")
    country: str | None = column("ISO 3166-1 alpha-2.")
    place: str | None = column("The place of its seat, as written.")
    languages: list[str] = column("Languages spoken there, as BCP 47.")
    role_in_coalition: str | None = column("Its role as the public record words it.")
    active_from: PartialDateType | None = date_columns("Since when it has been active.", "active_from")
    source: str | None = column("Where a loaded record comes from.")

    role_counts: list[RoleCounts] | None = batched(
        "The roles held there today, by code; for holders of coalition:read and its own line.", role_counts
    )

    people: Connection[Persons] = connection(
        "People who hold a role there or are to, as far as you may see them, first come first.",
        listings.PEOPLE,
        lambda _context: persons_order(),
    )
    children: Connection[OrganisationType] = connection(
        "Organisations directly under it, by name.", listings.CHILDREN, _by_name
    )
    activities: Connection[Activities] = connection(
        "Activities in which it takes part, newest first.",
        listings.ACTIVITIES,
        lambda _context: activities_order(),
    )
    services: Connection[Services] = connection(
        "Services it provides, by name; protected ones only for its own line.",
        listings.SERVICES,
        lambda context: services_order(context.actor, context.language),
    )
    training_sessions: Connection[TrainingSessions] = connection(
        "Training sessions it organises, newest first.",
        listings.TRAINING_SESSIONS,
        lambda _context: training_sessions_order(),
    )


def vacancies(uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[bool]:
    """Whether each seat has no full holder today."""
    rows = uow.db.scalars(
        sa.select(m.Mandate.seat_id).where(
            m.Mandate.seat_id.in_(set(keys)),
            m.Mandate.kind != "DEPUTY",
            m.Mandate.starts_on <= uow.today,
            sa.or_(m.Mandate.ends_on.is_(None), m.Mandate.ends_on >= uow.today),
        )
    )
    held = set(rows)
    return [key not in held for key in keys]


def seats_of_bodies(uow: UnitOfWork, _actor: Actor, keys: Sequence[UUID]) -> list[list[m.Seat]]:
    """The seats of each body, those of church bodies in the order of their slugs: never by size."""
    rows = uow.db.scalars(
        sa.select(m.Seat)
        .outerjoin(m.Organisation, m.Organisation.id == m.Seat.held_for_id)
        .where(m.Seat.body_id.in_(set(keys)))
        .order_by(m.Organisation.sort_en, m.Seat.id)
    )
    found: dict[UUID, list[m.Seat]] = {}
    for row in rows:
        found.setdefault(row.body_id, []).append(row)
    return [found.get(key, []) for key in keys]


@view(m.Seat, "Seat", "A seat of a body.", everybody)
class SeatType(Node):
    """A seat; who sits on it is not shown here."""

    body: Annotated[BodyType, strawberry.lazy("coalition.graphql.types.members")] = to_one(
        "The body it belongs to.", "Body", "body_id"
    )
    held_for: OrganisationType | None = to_one(
        "The organisation it is held for, if for one.", "Organisation", "held_for_id"
    )
    voting: bool = column("Whether its holder votes.")
    vacant: bool = batched("Whether nobody holds it today.", vacancies)


@view(m.Body, "Body", "A body of the coalition.", everybody)
class BodyType(Node):
    """A body."""

    name: str = texts("Name in the language asked.", "name")
    kind: BodyKind = column("What it is for.")
    seats: list[SeatType] = batched("Its seats.", seats_of_bodies)


@strawberry.type(name="Viewer", description="Who is signed in.")
class ViewerType:
    """The caller."""

    person: Persons | None = strawberry.field(description="The person, when a person is signed in.")
    client: str | None = strawberry.field(
        description="The client's id, when a system or a person's app is calling."
    )
    organisations: list[OrganisationType] = strawberry.field(
        description="Organisations in which the caller holds a role today."
    )
    permissions: list[str] = strawberry.field(description="Permissions held somewhere, such as activity:log.")


@strawberry.type(name="Coalition", description="The coalition itself and its bodies.")
class CoalitionType:
    """The coalition."""

    name: str = strawberry.field(description="Name in the request's language.")
    council: BodyType = strawberry.field(description="The Coordination Council, which decides.")
    expert_group: BodyType = strawberry.field(description="The Expert Group, which advises.")
    secretariat: BodyType = strawberry.field(description="The secretariat, which serves.")
    platform: BodyType = strawberry.field(description="The platform of all church bodies.")

    @resolved(description="Member organisations, by name.")
    async def members(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[OrganisationType]:
        """Member organisations."""
        page: Connection[OrganisationType] = await listings.members(context_of(info), first, after)
        return page
