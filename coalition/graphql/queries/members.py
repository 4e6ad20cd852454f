"""Queries about organisations, districts, topics and the coalition itself."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import sqlalchemy as sa
import strawberry

from coalition.core.actor import Actor
from coalition.core.errors import BadUserInput
from coalition.core.text import in_language, sort_key
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql import names
from coalition.graphql.arguments import CHOSEN_BY, AnyID, AnyIDs, Country, Slug
from coalition.graphql.connections import After, Before, Connection, First, Last, all_rows, connect_root
from coalition.graphql.context import Context, Info, context_of
from coalition.graphql.declare import VIEWS, Node, RootList, RootNode, RootOne, RootPages
from coalition.graphql.fields import resolved
from coalition.graphql.identifiers import decode_id
from coalition.graphql.loaders.relations import RowById
from coalition.graphql.orders import by_name, organisations_order
from coalition.graphql.paging import Listing
from coalition.graphql.types.members import (
    CoalitionType,
    DenominationType,
    DistrictType,
    OrganisationType,
    TopicType,
    ViewerType,
)
from coalition.members import models as m
from coalition.members import repository
from coalition.members.enums import MembershipStatus, OrganisationKind, TerritoryLevel
from coalition.members.filters import found_by, in_church_body, in_denomination
from coalition.members.lines import below
from coalition.members.policies import visible_organisations

_organisation: Any = m.Organisation
_GROUPS = ("cause", "stage", "method", "as_written")


@strawberry.input(name="OrganisationFilter", description="All conditions given must hold.")
class OrganisationFilter:
    """What organisations are chosen by."""

    denomination: str | None = strawberry.field(
        default=None, description="Code of a denomination, with its line."
    )
    church_body: strawberry.ID | None = strawberry.field(
        default=None, description="A church body, with its line."
    )
    district: str | None = strawberry.field(default=None, description="Code or any spelling of a district.")
    kind: OrganisationKind | None = strawberry.field(default=None, description="What it is.")
    status: MembershipStatus | None = strawberry.field(
        default=None, description="How it stands to the coalition."
    )
    within: strawberry.ID | None = strawberry.field(
        default=None, description="An organisation: itself and all below it."
    )
    search: str | None = strawberry.field(default=None, description="Words that must all occur.")


def _organisations(uow: UnitOfWork, context: Context, filter: OrganisationFilter | None) -> Listing:
    conditions = (visible_organisations(context.actor), *_organisation_conditions(uow, context.actor, filter))
    return Listing(m.Organisation, conditions, organisations_order(context.language))


def _church_bodies(_uow: UnitOfWork, context: Context) -> Listing:
    conditions = (visible_organisations(context.actor), _organisation.church_body_id == _organisation.id)
    return Listing(m.Organisation, conditions, organisations_order(context.language))


def _districts(_uow: UnitOfWork, context: Context, country: str | None) -> Listing:
    conditions: tuple[Any, ...] = (m.Territory.level == TerritoryLevel.DISTRICT,)
    if country is not None:
        conditions += (m.Territory.country == country.upper(),)
    return Listing(m.Territory, conditions, by_name(m.Territory, context.language))


def _organisation_conditions(
    uow: UnitOfWork, actor: Actor, given: OrganisationFilter | None
) -> tuple[Any, ...]:
    conditions: list[Any] = []
    if given is None:
        return ()
    if given.denomination is not None:
        denomination = names.denomination_named(uow, given.denomination)
        conditions.append(_organisation.id.in_(in_denomination(denomination.id, uow.today)))
    if given.church_body is not None:
        church_body = names.organisation_named(uow, actor, given.church_body, "churchBody")
        conditions.append(_organisation.id.in_(in_church_body(church_body.id, uow.today)))
    if given.district is not None:
        conditions.append(_organisation.district_id == names.district_named(uow, given.district).id)
    if given.kind is not None:
        conditions.append(_organisation.kind == given.kind)
    if given.status is not None:
        conditions.append(_organisation.status == given.status)
    if given.within is not None:
        within = names.organisation_named(uow, actor, given.within, "within")
        conditions.append(_organisation.id.in_(below([within.id], uow.today)))
    conditions += found_by(_organisation.search, given.search or "")
    return tuple(conditions)


async def _rows(context: Context, statement: Any) -> list[Any]:
    return await context.read(lambda uow: list(uow.db.scalars(statement)))


@strawberry.type
class MemberQueries:
    """Root fields of this room."""

    @resolved(
        description="The record with this id; null when it is absent or not for you to see.",
        source=RootNode("id"),
    )
    async def node(self, info: Info, id: AnyID) -> Node | None:
        """The record with this id."""
        row: Any = await _node(context_of(info), id)
        found: Node | None = row
        return found

    @resolved(
        description="The records with these ids, null for those absent or not for you to see; at most 100."
    )
    async def nodes(self, info: Info, ids: AnyIDs) -> list[Node | None]:
        """The records with these ids."""
        if len(ids) > 100:
            raise BadUserInput("BAD_USER_INPUT", what="ids", minimum=0, maximum=100)
        context = context_of(info)
        return list(await _gather(context, ids))

    @resolved(description="Who is signed in; null when nobody is.")
    async def viewer(self, info: Info) -> ViewerType | None:
        """Who is signed in."""
        context = context_of(info)
        return await _viewer(context)

    @resolved(description="The coalition and its bodies.")
    async def coalition(self, info: Info) -> CoalitionType:
        """The coalition and its bodies."""
        context = context_of(info)
        name, bodies = await context.read(lambda uow: _coalition(uow, context))
        return CoalitionType(
            name=name,
            council=bodies["council"],
            expert_group=bodies["expert_group"],
            secretariat=bodies["secretariat"],
            platform=bodies["platform"],
        )

    @resolved(description="Confessions, by name.")
    async def denominations(self, info: Info) -> list[DenominationType]:
        """Confessions, by name."""
        context = context_of(info)
        rows = await _rows(context, sa.select(m.Denomination))
        return sorted(
            rows, key=lambda row: sort_key(in_language(row.name, context.language), context.language)
        )

    @resolved(
        description="Church bodies, alphabetical in the language asked, never by size.",
        source=RootList(_church_bodies),
    )
    async def church_bodies(self, info: Info) -> list[OrganisationType]:
        """Church bodies."""
        rows: list[OrganisationType] = await all_rows(context_of(info), _church_bodies)
        return rows

    @resolved(
        description="First-level areas of a country, by name in the language asked.",
        source=RootList(_districts),
    )
    async def districts(self, info: Info, country: Country = "MD") -> list[DistrictType]:
        """First-level areas."""
        rows: list[DistrictType] = await all_rows(context_of(info), _districts, country=country)
        return rows

    @resolved(description="Topics: causes, stages, methods, then texts of loaded records.")
    async def topics(self, info: Info) -> list[TopicType]:
        """Topics."""
        context = context_of(info)
        rows = await _rows(context, sa.select(m.Topic))
        return sorted(
            rows,
            key=lambda row: (
                _GROUPS.index(row.topic_group),
                sort_key(in_language(row.label, context.language), context.language),
                row.code,
            ),
        )

    @resolved(description="Organisations, by name in the language asked.", source=RootPages(_organisations))
    async def organisations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[OrganisationFilter | None, CHOSEN_BY] = None,
    ) -> Connection[OrganisationType]:
        """Organisations, by name."""
        page: Connection[OrganisationType] = await connect_root(
            context_of(info), _organisations, first, after, last, before, filter=filter
        )
        return page

    @resolved(
        description="The organisation with this slug; null when there is none.",
        source=RootOne("slug", "slug"),
    )
    async def organisation(self, info: Info, slug: Slug) -> OrganisationType | None:
        """The organisation with this slug."""
        context = context_of(info)
        row: Any = await context.read(lambda uow: repository.organisation_by_slug(uow, context.actor, slug))
        return row  # type: ignore[no-any-return]


async def _node(context: Context, opaque: str) -> Any:
    decoded = decode_id(opaque)
    shown = VIEWS.get(decoded[0]) if decoded else None
    if decoded is None or shown is None or not shown.is_node:
        return None
    return await context.load(RowById(shown.model, shown.visible), decoded[1])


async def _gather(context: Context, ids: list[strawberry.ID]) -> list[Any]:
    return list(await asyncio.gather(*(_node(context, opaque) for opaque in ids)))


async def _viewer(context: Context) -> ViewerType | None:
    actor = context.actor
    # At a desk that nobody has opened with a PIN there is nobody yet.
    if not (actor.person_id or actor.client_id or actor.organisations):
        return None

    def read(uow: UnitOfWork) -> tuple[Any, list[Any]]:
        person = uow.db.get(m.Person, actor.person_id) if actor.person_id else None
        found = repository.organisations_by_id(uow, actor, list(actor.organisations))
        return person, [found[key] for key in actor.organisations if key in found]

    person, organisations = await context.read(read)
    return ViewerType(
        person=person,
        client=actor.client_id,
        organisations=organisations,
        permissions=sorted(name for name, reach in actor.permissions.items() if reach),
    )


def _coalition(uow: UnitOfWork, context: Context) -> tuple[str, dict[str, Any]]:
    found = repository.organisation_by_slug(uow, context.actor, "coalition")
    bodies = {row.code: row for row in uow.db.scalars(sa.select(m.Body))}
    return (in_language(found.name, context.language) if found else "Coalition"), bodies
