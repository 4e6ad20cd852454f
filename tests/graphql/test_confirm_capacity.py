"""`confirmCapacity`: numbers that hold for a while, and never fewer places than are held."""

from __future__ import annotations

from typing import Any

import pytest

from coalition.assistance.models import CapacityPool, Service
from tests.graphql.world import EVERYBODY, World, record_id

EVERYTHING = """
pool { maximum occupied held available state confirmedAt staleAt service { contactDesk assuredOn revision } }
"""


def confirm(world: World, actor: str = "bes", **values: Any) -> Any:
    given = {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 4, **values}
    payload = world.deed("confirmCapacity", actor, given, EVERYTHING)
    assert payload["userErrors"] == []
    return payload["pool"]


def refused(world: World, actor: str = "bes", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    before = world.dump()
    given = {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 4, **values}
    faults = world.refused("confirmCapacity", actor, given)
    assert world.dump() == before
    return faults


def hold(world: World, quantity: int = 1, minutes: int = 120) -> str:
    """The reference of a hold in the pool."""
    payload = world.deed(
        "holdPlaces",
        "partner",
        {
            "service": world.service("SRV-008"),
            "quantity": quantity,
            "minutes": minutes,
            "onBehalfOf": world.organisation("lastrada"),
        },
        "hold { reference }",
    )
    assert payload["userErrors"] == []
    return payload["hold"]["reference"]


def test_confirmed_pool(world: World) -> None:
    assert confirm(world, contactDesk="Desk 022 12 34 56") == {
        "maximum": 10,
        "occupied": 4,
        "held": 0,
        "available": 6,
        "state": "OPEN",
        "confirmedAt": "2026-05-14T22:30:00+00:00",
        # 72 hours, unless the provider says otherwise.
        "staleAt": "2026-05-17T22:30:00+00:00",
        "service": {"contactDesk": "Desk 022 12 34 56", "assuredOn": "2026-05-15", "revision": 2},
    }


@pytest.mark.parametrize(
    ("values", "available", "state"),
    [
        ({"maximum": 4, "occupied": 4}, 0, "FULL"),
        ({"maximum": 0, "occupied": 0}, 0, "FULL"),
        ({"maximum": 1_000_000, "occupied": 0}, 1_000_000, "OPEN"),
        ({"maximum": 5, "occupied": 4}, 1, "OPEN"),
    ],
)
def test_state_follows_the_numbers(world: World, values: dict[str, int], available: int, state: str) -> None:
    pool = confirm(world, **values)

    assert (pool["available"], pool["state"]) == (available, state)


@pytest.mark.parametrize(
    ("hours", "until"), [(1, "2026-05-14T23:30:00+00:00"), (720, "2026-06-13T22:30:00+00:00")]
)
def test_it_is_trusted_as_long_as_the_provider_says(world: World, hours: int, until: str) -> None:
    assert confirm(world, validHours=hours)["staleAt"] == until

    world.clock.forward(hours=hours, seconds=-1)
    assert _pool(world)["state"] == "OPEN"
    world.clock.forward(seconds=1)
    assert _pool(world) == {"state": "STALE", "available": 0}


def _pool(world: World) -> Any:
    document = "query ($id: ID!) { node(id: $id) { ... on CapacityPool { state available } } }"
    return world.one(document, "bes", id=world.pool("SRV-008"))


def test_null_hours_are_the_default(world: World) -> None:
    assert confirm(world, validHours=None)["staleAt"] == "2026-05-17T22:30:00+00:00"


def test_contact_desk_stays_unless_given(world: World) -> None:
    desks = [
        confirm(world, contactDesk="Desk 1")["service"]["contactDesk"],
        confirm(world)["service"]["contactDesk"],
        confirm(world, contactDesk=None)["service"]["contactDesk"],
    ]

    assert desks == ["Desk 1", "Desk 1", None]


def test_held_places_count(world: World) -> None:
    confirm(world)
    hold(world, 2)

    pool = confirm(world, maximum=10, occupied=7)

    assert (pool["held"], pool["available"], pool["state"]) == (2, 1, "OPEN")


def test_fewer_places_than_are_held_is_refused_and_names_the_holds(world: World) -> None:
    confirm(world)
    references = sorted([hold(world, 2), hold(world, 1)])
    before = world.dump()

    payload = world.deed(
        "confirmCapacity", "bes", {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 8}, EVERYTHING
    )

    [error] = payload["userErrors"]
    assert (error["code"], error["field"], payload["pool"]) == ("HELD_EXCEEDS_CAPACITY", ["occupied"], None)
    assert f"{references[0]} and {references[1]}" in error["message"]
    assert world.dump() == before
    assert confirm(world, maximum=10, occupied=7)["available"] == 0


def test_holds_that_have_ended_do_not_count(world: World) -> None:
    confirm(world)
    hold(world, 6, minutes=30)
    assert refused(world, occupied=10) == [("HELD_EXCEEDS_CAPACITY", ("occupied",))]

    world.clock.forward(minutes=30)

    assert confirm(world, occupied=10)["held"] == 0


FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"maximum": -1, "occupied": 0}, [("OUT_OF_RANGE", ("maximum",))]),
    ({"maximum": 1_000_001}, [("OUT_OF_RANGE", ("maximum",))]),
    ({"occupied": -1}, [("OUT_OF_RANGE", ("occupied",))]),
    ({"occupied": 11}, [("OUT_OF_RANGE", ("occupied",))]),
    ({"validHours": 0}, [("OUT_OF_RANGE", ("validHours",))]),
    ({"validHours": 721}, [("OUT_OF_RANGE", ("validHours",))]),
    ({"contactDesk": "x" * 2001}, [("TOO_LONG", ("contactDesk",))]),
    ({"contactDesk": "2001001234567"}, [("PERSONAL_NUMBER", ("contactDesk",))]),
    ({"maximum": -1, "occupied": -1, "validHours": 0}, [
        ("OUT_OF_RANGE", ("maximum",)), ("OUT_OF_RANGE", ("occupied",)), ("OUT_OF_RANGE", ("validHours",)),
    ]),
    ({"pool": "nonsense"}, [("NOT_FOUND", ("pool",))]),
    ({"pool": ""}, [("NOT_FOUND", ("pool",))]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(world: World) -> None:
    found = [refused(world, **given) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]


@pytest.mark.parametrize("actor", EVERYBODY)
def test_only_the_provider_confirms(world: World, actor: str) -> None:
    """The auditor sees that the pool is there; for all others it does not exist."""
    given = {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 4}
    expected = {"bes": [], "auditor": [("NOT_PERMITTED", ("pool",))]}.get(actor, [("NOT_FOUND", ("pool",))])

    assert world.refused("confirmCapacity", actor, given) == expected
    assert (world.row(CapacityPool, id=record_id(given["pool"])).confirmed_at is not None) is (actor == "bes")


def test_nobody_confirms_where_no_provider_is_listed(world: World) -> None:
    """SRV-025 has a published capacity and no provider."""
    assert world.row(Service, code="SRV-025").provider_id is None

    for actor in EVERYBODY:
        expected = "NOT_PERMITTED" if actor == "auditor" else "NOT_FOUND"
        assert refused(world, actor, pool=world.pool("SRV-025")) == [(expected, ("pool",))]
