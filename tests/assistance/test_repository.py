"""Readers of this room: what each caller is shown, and with how many statements."""

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from coalition.assistance import repository
from coalition.assistance.enums import CapacityState
from coalition.assistance.models import CapacityPool
from coalition.assistance.repository import (
    PoolFigures,
    attempts_of_services,
    hidden_place_words,
    hold_by_id,
    holds_of_pools,
    pools_of_services,
    service_by_id,
    service_of_pool,
)
from coalition.core.actor import Actor
from tests import factories
from tests.assistance.pool_figures import pool_figures
from tests.assistance.world import World, statements


def figures(world: World, actor: Actor, pool: CapacityPool | None = None) -> PoolFigures:
    with world.units.reading() as uow:
        [found] = pool_figures(uow, actor, [pool or world.pool]).values()
    return found


def test_figures_for_the_provider(world: World) -> None:
    never = figures(world, world.coordinator)
    world.confirm(maximum=5, occupied=1)
    world.hold(quantity=3)
    held = figures(world, world.coordinator)
    world.hold()
    full = figures(world, world.coordinator)
    world.clock.forward(hours=72)
    stale = figures(world, world.coordinator)

    assert never == PoolFigures(10, None, 0, 0, CapacityState.STALE)
    assert held == PoolFigures(5, 1, 3, 1, CapacityState.OPEN)
    assert full == PoolFigures(5, 1, 4, 0, CapacityState.FULL)
    assert stale == PoolFigures(5, 1, 0, 0, CapacityState.STALE)


def test_figures_for_the_auditor_follow_the_delayed_word(world: World) -> None:
    auditor = world.actors["auditor"]
    world.confirm(maximum=1)
    fresh = figures(world, auditor).state
    world.clock.forward(minutes=90)
    shown = figures(world, auditor)
    world.hold(minutes=1_000)
    held = figures(world, auditor).state
    world.clock.forward(minutes=90)
    full = figures(world, auditor).state
    world.clock.forward(hours=72)

    assert shown == PoolFigures(None, None, None, None, CapacityState.OPEN)
    assert (fresh, held, full) == (CapacityState.STALE, CapacityState.OPEN, CapacityState.FULL)
    assert figures(world, auditor).state is CapacityState.STALE


def test_figures_of_an_unprotected_pool(world: World) -> None:
    pool = world.another_pool(world.another_service(protected=False))
    world.confirm(pool_id=pool.id, maximum=4)

    for name in ("coordinator", "neighbour", "partner", "auditor"):
        assert figures(world, world.actors[name], pool) == PoolFigures(4, 0, 0, 4, CapacityState.OPEN)


@pytest.mark.parametrize("count", [1, 3, 100])
def test_batches_take_one_statement_each(world: World, count: int) -> None:
    with world.units.writing() as uow:
        services = [factories.service(uow, world.provider) for _ in range(count)]
        pools = [factories.pool(uow, service) for service in services]
    service_ids, pool_ids = [service.id for service in services], [pool.id for pool in pools]

    with world.units.reading() as uow, statements(world.units) as sent:
        shown = pools_of_services(uow, world.coordinator, service_ids)
        counted = pool_figures(uow, world.coordinator, pools)
        holds_of_pools(uow, world.coordinator, pool_ids)
        attempts_of_services(uow, world.coordinator, service_ids)

    assert (len(shown), len(counted), len(sent)) == (count, count, 4)


def test_pools_of_services_in_order(world: World) -> None:
    service = world.another_service()
    pools = [world.another_pool(service, position=position) for position in (2, 0, 1)]

    with world.units.reading() as uow:
        shown = pools_of_services(uow, world.coordinator, [service.id])
        hidden = pools_of_services(uow, world.operator, [service.id])

    assert [pool.id for pool in shown[service.id]] == [pools[1].id, pools[2].id, pools[0].id]
    assert hidden == {}


def test_one_record_absent_or_hidden(world: World) -> None:
    world.confirm()
    hold = world.hold()
    _, stranger = world.another_partner("other")

    with world.units.reading() as uow:
        seen = [
            service_by_id(uow, world.operator, world.service.id) is not None,
            service_of_pool(uow, world.operator, world.pool.id) is not None,
            hold_by_id(uow, world.operator, hold.id) is not None,
        ]
        absent: list[object] = [
            reader(uow, world.operator, missing)
            for reader in (service_by_id, service_of_pool, hold_by_id)
            for missing in (None, uuid4())
        ]
        hidden = hold_by_id(uow, stranger, hold.id)

    assert (seen, absent, hidden) == ([True] * 3, [None] * 6, None)


def test_holds_of_pools_are_the_providers(world: World) -> None:
    world.confirm()
    later = world.hold(minutes=60)
    sooner = world.hold(minutes=30)
    world.release(world.hold())
    world.hold(minutes=5)
    world.clock.forward(minutes=5)

    with world.units.reading() as uow:
        shown = holds_of_pools(uow, world.coordinator, [world.pool.id])
        others = [
            holds_of_pools(uow, world.actors[name], [world.pool.id])
            for name in ("partner", "reporter", "auditor")
        ]

    assert [hold.id for hold in shown[world.pool.id]] == [sooner.id, later.id]
    assert others == [{}, {}, {}]


def test_attempts_of_services_are_the_providers(world: World) -> None:
    world.confirm(maximum=0)
    for _ in range(6):
        world.try_hold()
        world.clock.forward(minutes=1)

    with world.units.reading() as uow:
        shown = attempts_of_services(uow, world.coordinator, [world.service.id])
        others = [
            attempts_of_services(uow, world.actors[name], [world.service.id])
            for name in ("partner", "reporter", "auditor")
        ]

    assert [attempt.code for attempt in shown[world.service.id]] == [
        "TOO_MANY_ATTEMPTS",
        *["NOT_ENOUGH_PLACES"] * 5,
    ]
    assert {attempt.organisation_id for attempt in shown[world.service.id]} == {world.partner.id}
    first, last = shown[world.service.id][-1], shown[world.service.id][0]
    assert last.attempted_at - first.attempted_at == timedelta(minutes=5)
    assert others == [{}, {}, {}]


def test_attempts_shown_are_the_latest_of_each_service(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "ATTEMPTS_SHOWN", 4)
    world.confirm(maximum=0)
    other = world.another_service()
    world.confirm(pool_id=world.another_pool(other).id, maximum=0)
    for service_id in (*[world.service.id] * 7, other.id):
        world.try_hold(service_id=service_id)
        world.clock.forward(seconds=1)

    with world.units.reading() as uow:
        shown = attempts_of_services(uow, world.coordinator, [world.service.id, other.id])

    counts: dict[UUID, int] = {service_id: len(attempts) for service_id, attempts in shown.items()}
    assert counts == {world.service.id: 4, other.id: 1}
    codes = Counter(attempt.code for attempt in shown[world.service.id])
    assert codes == {"TOO_MANY_ATTEMPTS": 2, "NOT_ENOUGH_PLACES": 2}


def test_hidden_place_words(world: World) -> None:
    with world.units.writing() as uow:
        factories.district(uow, "MD-CA", "Кагульский район", "Cahul")
        factories.district(uow, "MD-SN", "Unitățile din stînga Nistrului", "Stânga Nistrului", "Transnistria")

        hidden = hidden_place_words(uow)

    assert hidden == {"кагульский", "cahul", "unitatile", "nistrului", "transnistria"}
