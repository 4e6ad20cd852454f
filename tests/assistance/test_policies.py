"""Who may see what of services: each rule in Python and in SQL, and both the same."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.assistance import policies
from coalition.assistance.enums import ServiceStatus
from coalition.assistance.models import CapacityPool, Hold, Service
from coalition.assistance.policies import Hearing
from coalition.core.actor import ANONYMOUS, Actor, Reach, Visibility, system_actor
from coalition.members.models import Organisation
from tests import factories
from tests.assistance.world import World

EVERYBODY = (
    "anonymous",
    "reporter",
    "coordinator",
    "neighbour",
    "partner",
    "council_member",
    "auditor",
    "administrator",
)

Rule = Callable[[Actor, Service], bool]


def actors_of(world: World) -> dict[str, Actor]:
    return {"anonymous": ANONYMOUS, **world.actors}


def who(world: World, rule: Rule, service: Service) -> list[str]:
    return [name for name in EVERYBODY if rule(actors_of(world)[name], service)]


def who_sees(world: World, service: Service) -> list[str]:
    def sees(actor: Actor) -> bool:
        with world.units.reading() as uow:
            found = uow.db.scalars(sa.select(Service.id).where(policies.visible_services(actor)))
            return service.id in set(found)

    return [name for name in EVERYBODY if sees(actors_of(world)[name])]


@pytest.mark.parametrize(
    ("visibility", "status", "expected"),
    [
        (Visibility.PRIVATE, ServiceStatus.ACTIVE, ["reporter", "coordinator", "auditor"]),
        (
            Visibility.COALITION,
            ServiceStatus.ACTIVE,
            ["reporter", "coordinator", "neighbour", "council_member", "auditor"],
        ),
        (
            Visibility.PARTNERS,
            ServiceStatus.PAUSED,
            ["reporter", "coordinator", "neighbour", "partner", "council_member", "auditor"],
        ),
        (Visibility.PUBLIC, ServiceStatus.ACTIVE, list(EVERYBODY)),
        (Visibility.PUBLIC, ServiceStatus.DRAFT, ["reporter", "coordinator", "auditor"]),
    ],
)
def test_services_are_seen_by_whom_they_are_shared_with(
    world: World, visibility: Visibility, status: ServiceStatus, expected: list[str]
) -> None:
    world.set_service(visibility=visibility, status=status)

    assert who_sees(world, world.service) == expected


def test_loaded_service_is_seen_by_its_providers_line(world: World) -> None:
    service = world.another_service(owner=_office(world), visibility=Visibility.PRIVATE)

    assert who_sees(world, service) == ["reporter", "coordinator", "auditor"]


def test_draft_is_hidden_from_its_owner_where_another_provides(world: World) -> None:
    office = _office(world)
    with world.units.writing() as uow:
        reporter = factories.actor(uow, ("reporter", office))
    draft = world.another_service(owner=office, status=ServiceStatus.DRAFT)
    private = world.another_service(owner=office, visibility=Visibility.PRIVATE)

    with world.units.reading() as uow:
        seen = set(uow.db.scalars(sa.select(Service.id).where(policies.visible_services(reporter))))

    assert (draft.id in seen, private.id in seen) == (False, True)


def _office(world: World) -> Organisation:
    with world.units.reading() as uow:
        return uow.db.scalars(sa.select(Organisation).where(Organisation.slug == "coalition")).one()


def test_protected_service(world: World) -> None:
    service = world.service

    assert who(world, policies.is_insider, service) == ["reporter", "coordinator", "auditor"]
    assert who(world, policies.sees_pools, service) == ["coordinator", "auditor"]
    assert who(world, policies.sees_numbers, service) == ["coordinator"]
    assert who(world, policies.sees_desk, service) == ["reporter", "coordinator", "neighbour", "partner"]


def test_unprotected_service(world: World) -> None:
    service = world.another_service(protected=False)

    assert who(world, policies.is_insider, service) == list(EVERYBODY)
    assert who(world, policies.sees_pools, service) == ["coordinator", "neighbour", "partner", "auditor"]
    assert who(world, policies.sees_numbers, service) == ["coordinator", "neighbour", "partner", "auditor"]
    assert who(world, policies.sees_desk, service) == [name for name in EVERYBODY if name != "auditor"]


def test_protected_service_without_a_listed_provider(world: World) -> None:
    service = world.another_service(provider=None, owner=world.provider)

    assert who(world, policies.is_insider, service) == ["auditor"]
    assert who(world, policies.sees_pools, service) == ["auditor"]
    assert who(world, policies.sees_numbers, service) == []
    assert who(world, policies.sees_desk, service) == ["coordinator", "neighbour", "partner"]


def test_hearing(world: World) -> None:
    actors = actors_of(world)
    service = world.another_service(protected=False)

    protected = {name: policies.hearing(actors[name], world.service) for name in EVERYBODY}
    unprotected = {name: policies.hearing(actors[name], service) for name in EVERYBODY}

    nothing = dict.fromkeys(EVERYBODY, Hearing.NOTHING)
    word, truth = Hearing.WORD, Hearing.TRUTH
    assert protected == {**nothing, "coordinator": truth, "neighbour": word, "partner": word}
    assert unprotected == {
        **nothing,
        **dict.fromkeys(("coordinator", "neighbour", "partner", "auditor"), truth),
    }


def test_an_auditor_who_also_coordinates_keeps_both_rights(world: World) -> None:
    auditor, coordinator = world.actors["auditor"], world.coordinator
    joined = {
        name: auditor.reach(name) | coordinator.reach(name)
        for name in (*auditor.permissions, *coordinator.permissions)
    }
    both = replace(auditor, permissions=joined)

    assert policies.sees_desk(both, world.service)
    assert policies.sees_numbers(both, world.service)


def test_every_condition_says_what_its_question_says(world: World) -> None:
    services = [
        world.another_service(provider=provider, owner=owner, protected=protected, visibility=visibility)
        for provider in (world.provider, world.church, world.partner, None)
        for owner in (world.provider, world.partner)
        for protected in (True, False)
        for visibility in (Visibility.PRIVATE, Visibility.PARTNERS)
    ]
    pools = {world.another_pool(service).id: service for service in services}
    odd = replace(world.coordinator, permissions={"capacity:confirm": Reach(everything=True)})

    for actor in (*actors_of(world).values(), odd, system_actor("test")):
        visible = _chosen(world, Service.id, policies.visible_services(actor))
        shown = _chosen(world, CapacityPool.id, policies.visible_pools(actor))
        inside = _chosen(world, Service.id, policies.sees_inside(actor))
        numbers = _chosen(world, Service.id, policies.numbers_seen(actor))
        provided = _chosen(world, Service.id, policies.provided(actor))
        for service in services:
            assert (service.id in inside) == policies.is_insider(actor, service)
            assert (service.id in numbers) == policies.sees_numbers(actor, service)
            assert (service.id in provided) == policies.provides(actor, service)
        for pool_id, service in pools.items():
            expected = service.id in visible and policies.sees_pools(actor, service)
            assert (pool_id in shown) == expected


def _chosen(world: World, column: Any, condition: sa.ColumnElement[bool]) -> set[UUID]:
    with world.units.reading() as uow:
        return set(uow.db.scalars(sa.select(column).where(condition)))


def test_conditions_on_pools_and_holds_beside_services(world: World) -> None:
    world.confirm()
    hold = world.hold()

    with world.units.reading() as uow:
        pools = uow.db.scalars(
            sa.select(CapacityPool.id)
            .join(Service, Service.id == CapacityPool.service_id)
            .where(policies.visible_pools(world.coordinator))
        ).all()
        holds = uow.db.scalars(
            sa.select(Hold.id)
            .join(Service, Service.id == Hold.service_id)
            .where(policies.visible_holds(world.coordinator))
        ).all()

    assert (pools, holds) == ([world.pool.id], [hold.id])


def test_holds_are_seen_by_their_organisation_and_the_provider(world: World) -> None:
    world.confirm()
    hold = world.hold()
    with world.units.writing() as uow:
        other = factories.service(uow, world.provider, provider_id=None)
        factories.pool(uow, other)

    own = [
        name
        for name in EVERYBODY
        if hold.id in _chosen(world, Hold.id, policies.own_holds(actors_of(world)[name]))
    ]
    seen = [
        name
        for name in EVERYBODY
        if hold.id in _chosen(world, Hold.id, policies.visible_holds(actors_of(world)[name]))
    ]

    assert (own, seen) == (["partner"], ["coordinator", "partner"])
