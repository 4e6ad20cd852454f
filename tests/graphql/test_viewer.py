"""`viewer`: a person, a client, or nobody."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from coalition.members.models import Role
from tests.graphql.world import CLIENT, EVERYBODY, World

VIEWER = "{ viewer { person { name languages } client organisations { slug } permissions } }"


def test_nobody_is_null(record: World) -> None:
    assert record.one(VIEWER) is None


def test_person(record: World) -> None:
    assert record.one(VIEWER, "reporter") == {
        "person": {"name": "Demo reporter", "languages": []},
        "client": None,
        "organisations": [{"slug": "ubceb"}],
        "permissions": ["activity:log", "coalition:read", "records:read"],
    }


def test_client(record: World) -> None:
    assert record.one(VIEWER, "partner") == {
        "person": None,
        "client": CLIENT.client_id,
        "organisations": [{"slug": "lastrada"}],
        "permissions": ["capacity:hold", "capacity:read", "partners:read", "records:read", "referral:send"],
    }


def test_everybody_who_is_signed_in_is_shown_with_own_permissions(record: World) -> None:
    for actor in set(EVERYBODY) - {"anonymous"}:
        found = record.one(VIEWER, actor)
        assert found["permissions"] == sorted(record.actor(actor).permissions)
        assert (found["person"] is None) == (actor == "partner")


def test_role_that_has_ended_gives_nothing(world: World) -> None:
    with world.units.writing() as uow:
        person = world.actor("reporter").person_id
        uow.db.execute(
            sa.update(Role)
            .where(Role.person_id == person)
            .values(starts_on=date(2026, 1, 1), ends_on=date(2026, 5, 14))
        )
    world.meet_anew()

    assert world.one(VIEWER, "reporter") == {
        "person": {"name": "Demo reporter", "languages": []},
        "client": None,
        "organisations": [],
        "permissions": [],
    }
