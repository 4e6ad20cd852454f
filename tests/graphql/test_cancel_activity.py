"""`cancelActivity`: the reason stays, the activity leaves coverage."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql.world import EVERYBODY, World


@pytest.fixture
def logged(world: World) -> str:
    payload = world.deed(
        "logActivity",
        "reporter",
        {
            "organisation": world.organisation("ubceb"),
            "kind": "AWARENESS",
            "title": {"en": "Evening"},
            "startsOn": {"date": "2026-06-01"},
            "districts": ["MD-SO"],
            "status": "PLANNED",
        },
        "activity { id }",
    )
    return payload["activity"]["id"]


def cancel(world: World, opaque: str, actor: str = "reporter", **values: Any) -> Any:
    given = {"id": opaque, "revision": 1, "reason": "The hall was flooded", **values}
    return world.deed("cancelActivity", actor, given, "activity { id status cancelReason revision }")


def refused(
    world: World, opaque: str, actor: str = "reporter", **values: Any
) -> list[tuple[str, list[str] | None]]:
    before = world.dump()
    payload = cancel(world, opaque, actor, **values)
    assert payload["activity"] is None
    assert world.dump() == before
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def test_cancelled_with_its_reason(world: World, logged: str) -> None:
    assert cancel(world, logged) == {
        "userErrors": [],
        "activity": {
            "id": logged,
            "status": "CANCELLED",
            "cancelReason": "The hall was flooded",
            "revision": 2,
        },
    }


def test_cancelled_activity_stays_listed_and_leaves_coverage(world: World, logged: str) -> None:
    document = """
    { activities(filter: {status: CANCELLED}) { nodes { id } }
      coverage(by: []) { total { activities } } }
    """
    assert world.ask(document, "reporter")["coverage"]["total"]["activities"] == 86

    cancel(world, logged)

    found = world.ask(document, "reporter")
    assert found == {
        "activities": {"nodes": [{"id": logged}]},
        "coverage": {"total": {"activities": 85}},
    }


def test_held_activity_that_was_logged_in_error_is_cancelled(world: World, logged: str) -> None:
    world.clock.forward(days=30)
    world.deed("amendActivity", "reporter", {"id": logged, "revision": 1, "status": "HELD"})

    assert cancel(world, logged, revision=2)["activity"]["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"reason": ""}, ("REQUIRED", ["reason"])),
        ({"reason": "  \n "}, ("REQUIRED", ["reason"])),
        ({"reason": "x" * 2001}, ("TOO_LONG", ["reason"])),
        ({"reason": "Ana, 069 123 456"}, ("PERSONAL_DATA_SUSPECTED", ["reason"])),
        ({"reason": "2001001234567", "textConfirmed": True}, ("PERSONAL_NUMBER", ["reason"])),
        ({"revision": 2}, ("STALE_REVISION", ["revision"])),
        ({"revision": 0, "reason": ""}, ("STALE_REVISION", ["revision"])),
    ],
)
def test_fault_is_named_at_its_path(
    world: World, logged: str, values: dict[str, Any], fault: tuple[str, list[str]]
) -> None:
    assert refused(world, logged, **values) == [fault]


def test_confirmed_reason_is_kept(world: World, logged: str) -> None:
    payload = cancel(world, logged, reason="Call 0800 77777", textConfirmed=True)

    assert payload["activity"]["cancelReason"] == "Call 0800 77777"


def test_cancelled_twice_is_refused(world: World, logged: str) -> None:
    cancel(world, logged)

    assert refused(world, logged, revision=2) == [("WRONG_STATE", ["id"])]


@pytest.mark.parametrize("actor", sorted(set(EVERYBODY) - {"reporter"}))
def test_only_with_the_permission_at_the_owner(world: World, logged: str, actor: str) -> None:
    sees = actor not in ("anonymous", "administrator", "partner")

    assert refused(world, logged, actor) == [("NOT_PERMITTED" if sees else "NOT_FOUND", ["id"])]


def test_activity_that_is_none_or_loaded(world: World) -> None:
    assert refused(world, "nonsense") == [("NOT_FOUND", ["id"])]
    assert refused(world, world.activity("ACT-001")) == [("NOT_PERMITTED", ["id"])]
