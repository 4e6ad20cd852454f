"""Systems asked for, let in, kept and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.access.clients import LONGEST_DAYS
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.access.tokens import token_hash
from coalition.core.clock import civil_date
from coalition.members.enums import OrganisationKind
from coalition.members.models import Organisation
from tests.factories import NOW
from tests.graphql.world import SECRETS, World, record_id

TODAY = civil_date(NOW)
CLIENT = "client { id state secretToCollect scopes { permission } }"
SECRET = f"secret replayed {CLIENT}"


def server(world: World, slug: str = "diaconia", **changes: Any) -> dict[str, Any]:
    return {
        "organisation": world.organisation(slug),
        "kind": "SERVER",
        "name": "Night desk",
        "purpose": "Asks for free places at night.",
        "roleType": "partner_client",
        "scopes": ["capacity:read", "capacity:hold"],
        "expiresOn": (TODAY + timedelta(days=90)).isoformat(),
        **changes,
    }


def app(world: World, **changes: Any) -> dict[str, Any]:
    return {
        **server(world),
        "kind": "WEB_APP",
        "roleType": None,
        "scopes": ["activity:log"],
        "redirectUris": ["https://app.example.org/back"],
        **changes,
    }


def requested(world: World, **changes: Any) -> str:
    """The id of a system that coordinator `bes` asks for."""
    made = world.deed("requestClient", "bes", server(world, **changes), CLIENT)
    assert made["userErrors"] == []
    return str(made["client"]["id"])


def approved(world: World, **changes: Any) -> str:
    client = requested(world, **changes)
    assert world.refused("approveClient", "council_secretary", {"client": client}) == []
    return client


def stored(world: World, client: str) -> OAuthClient:
    return world.row(OAuthClient, client_id=str(record_id(client)))  # type: ignore[no-any-return]


def test_system_is_asked_for_let_in_and_its_secret_collected_once(world: World) -> None:
    client = requested(world)

    let_in = world.deed("approveClient", "council_secretary", {"client": client}, CLIENT)["client"]
    key = str(uuid4())
    first = world.deed("rotateClientSecret", "bes", {"client": client, "clientId": key}, SECRET)
    again = world.deed("rotateClientSecret", "bes", {"client": client, "clientId": key}, SECRET)

    assert (let_in["state"], let_in["secretToCollect"]) == ("ACTIVE", True)
    assert first["secret"].startswith("ccs_")
    assert first["client"]["secretToCollect"] is False
    assert (again["secret"], again["replayed"]) == (None, True)
    assert stored(world, client).secret_hash == token_hash(SECRETS, first["secret"])
    assert [entry.action for entry in world.audit()] == [
        "client:client:request", "client:client:approve", "client:client:rotate",
    ]  # fmt: skip


def test_secret_is_nobody_elses(world: World) -> None:
    client = approved(world)

    for actor, code in (
        ("council_secretary", "NOT_PERMITTED"),
        ("auditor", "NOT_PERMITTED"),
        ("moc", "NOT_FOUND"),
        ("reporter", "NOT_FOUND"),
        ("administrator", "NOT_FOUND"),
        ("partner", "NOT_FOUND"),
        ("anonymous", "NOT_FOUND"),
    ):
        assert world.refused("rotateClientSecret", actor, {"client": client}) == [(code, ("client",))], actor

    assert stored(world, client).secret_hash is None


def test_old_secret_works_for_a_day_more_or_ends_at_once(world: World) -> None:
    client = approved(world)
    first = world.deed("rotateClientSecret", "bes", {"client": client}, SECRET)["secret"]

    world.deed("rotateClientSecret", "bes", {"client": client}, SECRET)

    row = stored(world, client)
    assert row.previous_secret_hash == token_hash(SECRETS, first)
    assert row.previous_secret_ends_at == NOW + timedelta(hours=24)
    with world.units.writing() as uow:
        uow.db.add(
            OAuthToken(
                client_id=row.client_id, scopes=[], created_at=NOW, expires_at=NOW + timedelta(minutes=9)
            )
        )

    assert world.refused("rotateClientSecret", "bes", {"client": client, "endOldNow": True}) == []

    row = stored(world, client)
    assert (row.previous_secret_hash, row.previous_secret_ends_at) == (None, None)
    assert world.row(OAuthToken, client_id=row.client_id).revoked_at == NOW


def test_nobody_decides_about_their_own_request(world: World) -> None:
    client = requested(world)
    with world.units.writing() as uow:
        row = uow.db.get_one(OAuthClient, str(record_id(client)))
        row.requested_by = world.actor("council_secretary").subject

    for deed, more in (("approveClient", {}), ("refuseClient", {"reason": "UNCLEAR"})):
        given = {"client": client, **more}
        assert world.refused(deed, "council_secretary", given) == [("OWN_REQUEST", ("client",))]
    assert stored(world, client).state == "REQUESTED"


def test_deciding_needs_the_office(world: World) -> None:
    client = requested(world)

    for deed, more in (("approveClient", {}), ("refuseClient", {"reason": "UNCLEAR"})):
        for actor, code in (("bes", "NOT_PERMITTED"), ("auditor", "NOT_PERMITTED"), ("moc", "NOT_FOUND")):
            assert world.refused(deed, actor, {"client": client, **more}) == [(code, ("client",))]


def test_request_says_all_that_is_wrong(world: World) -> None:
    given = app(
        world,
        name=" ",
        purpose="Call 069123456",
        scopes=["activity:log", "access:administer", "nonsense"],
        expiresOn=(TODAY + timedelta(days=LONGEST_DAYS + 1)).isoformat(),
        redirectUris=["https://app.example.org/back", "http://app.example.org/back"],
    )

    assert world.refused("requestClient", "bes", given) == [
        ("REQUIRED", ("name",)),
        ("PERSONAL_DATA_SUSPECTED", ("purpose",)),
        ("TOO_FAR", ("expiresOn",)),
        ("SCOPE_NOT_ALLOWED", ("scopes", "1")),
        ("SCOPE_NOT_ALLOWED", ("scopes", "2")),
        ("BAD_REDIRECT", ("redirectUris", "1")),
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"roleType": "coordinator", "scopes": ["records:read"]}, ("ROLE_NOT_ALLOWED_HERE", ("roleType",))),
        ({"scopes": []}, ("REQUIRED", ("scopes",))),
        ({"kind": "COMMAND_LINE", "scopes": ["capacity:read"]}, ("ROLE_NOT_ALLOWED_HERE", ("roleType",))),
        ({"scopes": ["activity:log"]}, ("SCOPE_NOT_ALLOWED", ("scopes", "0"))),
        ({"expiresOn": "2020-01-01"}, ("DAY_PASSED", ("expiresOn",))),
        ({"redirectUris": ["https://a.example.org/"]}, ("NO_REDIRECT_NEEDED", ("redirectUris",))),
        (
            {"kind": "WEB_APP", "roleType": None, "scopes": ["activity:log"]},
            ("REQUIRED", ("redirectUris",)),
        ),
        (
            {"kind": "COMMAND_LINE", "roleType": None, "scopes": ["client:approve"]},
            ("SCOPE_NOT_ALLOWED", ("scopes", "0")),
        ),
    ],
)
def test_request_that_cannot_be(world: World, changes: dict[str, Any], fault: Any) -> None:
    assert world.refused("requestClient", "bes", server(world, **changes)) == [fault]


def test_only_who_leads_the_line_asks(world: World) -> None:
    for actor in ("reporter", "moc", "council_secretary", "administrator", "partner", "anonymous"):
        assert world.refused("requestClient", actor, server(world)) == [("NOT_PERMITTED", ("organisation",))]


def test_request_sent_twice_is_one(world: World) -> None:
    given = server(world, clientId=str(uuid4()))

    first = world.deed("requestClient", "bes", given, "replayed client { id }")
    again = world.deed("requestClient", "bes", given, "replayed client { id }")

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["client"] == again["client"]
    other = {**given, "name": "Another"}
    assert world.refused("requestClient", "bes", other) == [("IDEMPOTENCY_MISMATCH", ("clientId",))]


def test_law_enforcement_gets_no_system_with_rights_over_places_or_people(world: World) -> None:
    """DOMAIN.md section 4; nor one that was asked for before the organisation became such a body."""
    client = requested(world)
    with world.units.writing() as uow:
        uow.db.execute(
            sa.update(Organisation)
            .where(Organisation.slug == "diaconia")
            .values(kind=OrganisationKind.LAW_ENFORCEMENT)
        )

    barred = ("BARRED_FROM_LAW_ENFORCEMENT", ("scopes",))
    assert world.refused("requestClient", "bes", server(world)) == [barred]
    assert world.refused("requestClient", "bes", app(world, scopes=["referral:send"])) == [barred]
    assert world.refused("requestClient", "bes", server(world, scopes=["partners:read"])) == []
    assert world.refused("approveClient", "council_secretary", {"client": client}) == [
        ("BARRED_FROM_LAW_ENFORCEMENT", ("client",))
    ]


def test_pause_of_the_office_is_the_offices_to_end(world: World) -> None:
    client = approved(world)
    given = {"client": client}

    assert world.refused("pauseClient", "bes", given) == []
    assert world.refused("resumeClient", "bes", given) == []
    assert world.refused("pauseClient", "council_secretary", given) == []
    assert world.refused("pauseClient", "bes", given) == [("WRONG_STATE", ("client",))]
    assert world.refused("resumeClient", "bes", given) == [("NOT_PERMITTED", ("client",))]
    assert stored(world, client).state == "PAUSED"
    assert world.refused("resumeClient", "council_secretary", given) == []
    assert world.refused("endClient", "bes", given) == []
    for deed in ("pauseClient", "resumeClient", "endClient", "approveClient", "rotateClientSecret"):
        actor = "council_secretary" if deed == "approveClient" else "bes"
        assert world.refused(deed, actor, given) == [("WRONG_STATE", ("client",))], deed


def test_installed_program_has_no_secret(world: World) -> None:
    given = app(world, kind="INSTALLED_APP", redirectUris=["http://127.0.0.1:8400/back"])
    client = world.deed("requestClient", "bes", given, "client { id }")["client"]["id"]
    world.refused("approveClient", "council_secretary", {"client": client})

    assert world.refused("rotateClientSecret", "bes", {"client": client}) == [("NO_SECRET", ("client",))]


def test_request_that_waited_too_long_is_not_let_in(world: World) -> None:
    client = requested(world, expiresOn=TODAY.isoformat())
    world.clock.forward(days=1)

    assert world.refused("approveClient", "council_secretary", {"client": client}) == [
        ("DAY_PASSED", ("client",))
    ]
    found = world.one(
        "query ($id: ID!) { node(id: $id) { ... on OAuthClient { state expiresOn } } }", "bes", id=client
    )
    assert found == {"state": "EXPIRED", "expiresOn": TODAY.isoformat()}


def test_list_is_of_the_line_and_whole_for_the_office(world: World) -> None:
    client = requested(world)
    query = "{ clients(first: 100) { totalCount nodes { id } } }"

    assert world.one(query, "bes") == {"totalCount": 1, "nodes": [{"id": client}]}
    assert world.one(query, "moc") == {"totalCount": 0, "nodes": []}
    assert world.one(query, "reporter") == {"totalCount": 0, "nodes": []}
    assert world.one(query, "administrator") == {"totalCount": 0, "nodes": []}
    everything = world.one(query, "council_secretary")
    assert everything == world.one(query, "auditor")
    assert {"id": client} in everything["nodes"]
    waiting = "{ clients(filter: {waiting: true}) { nodes { id name requestedBy { name } } } }"
    [row] = world.one(waiting, "council_secretary")["nodes"]
    # A coordinator's name does not leave the own church body, not even for the office.
    assert row == {"id": client, "name": "Night desk", "requestedBy": None}
    assert world.one(waiting, "bes")["nodes"][0]["requestedBy"] == {"name": "Demo bes"}


def test_words_of_scopes_are_in_the_readers_language(world: World) -> None:
    query = '{ clientScopes(kind: SERVER, roleType: "partner_client") { permission words } }'

    words = {language: world.one(query, "bes", language=language) for language in ("en", "ro", "ru")}

    assert [each["permission"] for each in words["en"]] == [
        "capacity:hold", "capacity:read", "partners:read", "records:read", "referral:send",
    ]  # fmt: skip
    assert len({each[0]["words"] for each in words.values()}) == 3
