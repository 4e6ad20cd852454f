"""`holdPlaces`, `releaseHold` and `holds`: from the wish to the last place given back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.access.actors import actor_for_client
from coalition.access.oauth.models import OAuthClient
from coalition.access.service import ClientCredentials
from coalition.assistance.models import Hold, HoldAttempt, Service
from tests.graphql.world import EVERYBODY, World, add_client, record_id

EVERYTHING = """
hold {
  id reference quantity status expiresAt createdAt contactDesk organisation { slug }
  service { id code name district { code } pools { id } } pool { id available }
}
replayed
"""
HOLDS = "{ holds { totalCount nodes { id status } } }"


@pytest.fixture
def confirmed(world: World) -> World:
    """SRV-008 with three of ten places free, as its provider says."""
    confirm(world, 7)
    return world


def confirm(world: World, occupied: int, maximum: int = 10) -> None:
    given = {
        "pool": world.pool("SRV-008"),
        "maximum": maximum,
        "occupied": occupied,
        "contactDesk": "Desk 022 12 34 56",
    }
    assert world.refused("confirmCapacity", "bes", given) == []


def wish(world: World, **values: Any) -> dict[str, Any]:
    given = {"service": world.service("SRV-008"), "onBehalfOf": world.organisation("lastrada"), **values}
    return {name: value for name, value in given.items() if value != "leave out"}


def hold(world: World, actor: str = "partner", **values: Any) -> Any:
    payload = world.deed("holdPlaces", actor, wish(world, **values), EVERYTHING)
    assert payload["userErrors"] == []
    return payload["hold"]


def refused(world: World, actor: str = "partner", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    return world.refused("holdPlaces", actor, wish(world, **values))


def refused_without_a_trace(
    world: World, actor: str = "partner", **values: Any
) -> list[tuple[str, tuple[str, ...]]]:
    before = world.dump()
    faults = refused(world, actor, **values)
    assert world.dump() == before
    return faults


def available(world: World) -> int:
    document = "query ($id: ID!) { node(id: $id) { ... on CapacityPool { available } } }"
    return world.one(document, "bes", id=world.pool("SRV-008"))["available"]


# ------------------------------------------------------------------ a hold


def test_partner_gets_a_reference_and_the_desk_and_no_number(confirmed: World) -> None:
    made = hold(confirmed, quantity=2)

    assert {**made, "id": None, "reference": None} == {
        "id": None,
        "reference": None,
        "quantity": 2,
        "status": "HELD",
        "createdAt": "2026-05-14T22:30:00+00:00",
        "expiresAt": "2026-05-15T00:30:00+00:00",
        "contactDesk": "Desk 022 12 34 56",
        "organisation": {"slug": "lastrada"},
        "service": {
            "id": confirmed.service("SRV-008"),
            "code": None,
            "name": "Maternal centre In mother's arms",
            "district": None,
            "pools": [],
        },
        "pool": None,
    }
    assert len(made["reference"]) >= 6
    assert available(confirmed) == 1


def test_provider_holds_by_pool_and_sees_it(confirmed: World) -> None:
    made = hold(
        confirmed,
        "bes",
        service="leave out",
        pool=confirmed.pool("SRV-008"),
        onBehalfOf=confirmed.organisation("diaconia"),
        minutes=1440,
    )

    assert made["pool"] == {"id": confirmed.pool("SRV-008"), "available": 2}
    assert made["expiresAt"] == "2026-05-15T22:30:00+00:00"


def test_partner_holds_by_the_id_of_a_pool_that_it_cannot_see(confirmed: World) -> None:
    """Whoever was told the id may use it; it opens nothing else."""
    made = hold(confirmed, service="leave out", pool=confirmed.pool("SRV-008"))

    assert (made["pool"], made["service"]["pools"]) == (None, [])


def test_hold_expires_without_any_job(confirmed: World) -> None:
    made = hold(confirmed, quantity=3, minutes=5)
    assert refused(confirmed) == [("NOT_ENOUGH_PLACES", ("service",))]

    confirmed.clock.forward(minutes=5)

    assert confirmed.one(HOLDS, "partner")["nodes"] == [{"id": made["id"], "status": "EXPIRED"}]
    assert available(confirmed) == 3
    assert hold(confirmed)["status"] == "HELD"


def test_all_places_and_not_one_more(confirmed: World) -> None:
    hold(confirmed, quantity=2)
    hold(confirmed)

    assert refused(confirmed) == [("NOT_ENOUGH_PLACES", ("service",))]
    assert available(confirmed) == 0
    assert len(confirmed.dump()[Hold.__tablename__]) == 2


def test_pool_is_chosen_by_group_and_room(world: World) -> None:
    service = world.deed(
        "offerService",
        "bes",
        {
            "provider": world.organisation("diaconia"),
            "kinds": ["TEMPORARY_RESIDENCE"],
            "name": {"en": "Invented"},
            "targetGroups": ["women", "children"],
            "pools": [
                {"unit": "BED", "maximum": 2, "targetGroup": "women"},
                {"unit": "BED", "maximum": 5, "targetGroup": "children"},
                {"unit": "ROOM", "maximum": 3},
            ],
        },
        "service { id pools { id } }",
    )["service"]
    pools = [pool["id"] for pool in service["pools"]]
    for pool, maximum in zip(pools, (2, 5, 3), strict=True):
        world.deed("confirmCapacity", "bes", {"pool": pool, "maximum": maximum, "occupied": 0})

    def chosen(**values: Any) -> int:
        made = hold(world, service=service["id"], **values)
        return pools.index(_pool_of(world, made["id"]))

    # For women: their own pool has two, that for anybody three.
    assert [chosen(targetGroup="women"), chosen(targetGroup="children"), chosen(quantity=4)] == [2, 1, 1]
    assert refused(world, service=service["id"], targetGroup="men") == [("NOT_ENOUGH_PLACES", ("service",))]


def _pool_of(world: World, opaque: str) -> str:
    document = "query ($id: ID!) { node(id: $id) { ... on Hold { pool { id } } } }"
    return world.one(document, "bes", id=opaque)["pool"]["id"]


# ------------------------------------------------------------------ refusals

FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"service": "leave out"}, [("REQUIRED", ("pool",))]),
    ({"service": None, "pool": None}, [("REQUIRED", ("pool",))]),
    ({"pool": "a pool"}, [("REQUIRED", ("pool",))]),
    ({"service": "nonsense"}, [("NOT_FOUND", ("service",))]),
    ({"service": "leave out", "pool": "nonsense"}, [("NOT_FOUND", ("pool",))]),
    ({"quantity": 0}, [("OUT_OF_RANGE", ("quantity",))]),
    ({"quantity": 51}, [("OUT_OF_RANGE", ("quantity",))]),
    ({"quantity": -1}, [("OUT_OF_RANGE", ("quantity",))]),
    ({"minutes": 4}, [("OUT_OF_RANGE", ("minutes",))]),
    ({"minutes": 1441}, [("OUT_OF_RANGE", ("minutes",))]),
    ({"targetGroup": "nonsense"}, [("UNKNOWN_TARGET_GROUP", ("targetGroup",))]),
    ({"onBehalfOf": "nonsense"}, [("NOT_FOUND", ("onBehalfOf",))]),
    ({"clientId": "nonsense"}, [("INVALID_ID", ("clientId",))]),
    ({"service": "nonsense", "quantity": 0, "minutes": 0}, [
        ("OUT_OF_RANGE", ("quantity",)), ("OUT_OF_RANGE", ("minutes",)), ("NOT_FOUND", ("service",)),
    ]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(confirmed: World) -> None:
    found = [refused_without_a_trace(confirmed, **given) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]


def test_stale_pool_is_never_held(world: World) -> None:
    by_pool = {"service": "leave out", "pool": world.pool("SRV-008")}
    confirm(world, 7)
    world.clock.forward(hours=72)

    for actor in ("partner", "bes"):
        line = {"onBehalfOf": world.organisation("lastrada" if actor == "partner" else "diaconia")}
        assert refused(world, actor, **line) == [("CAPACITY_STALE", ("service",))]
        assert refused(world, actor, **line, **by_pool) == [("CAPACITY_STALE", ("pool",))]
    assert world.dump()[Hold.__tablename__] == set()


def test_never_confirmed_pool_is_never_held(world: World) -> None:
    assert refused_without_a_trace(world) == [("CAPACITY_STALE", ("service",))]


@pytest.mark.parametrize("status", ["PAUSED", "CLOSED"])
def test_service_that_takes_nobody(confirmed: World, status: str) -> None:
    with confirmed.units.writing() as uow:
        uow.db.execute(sa.update(Service).where(Service.code == "SRV-008").values(status=status))

    assert refused_without_a_trace(confirmed) == [("WRONG_STATE", ("service",))]


@pytest.mark.parametrize("actor", EVERYBODY)
def test_only_for_organisations_of_ones_own(confirmed: World, actor: str) -> None:
    may = {"partner": {"lastrada"}, "bes": {"bes", "diaconia"}, "moc": {"moc"}}.get(actor, set())

    for slug in ("lastrada", "bes", "diaconia", "moc", "ubceb", "iom-md"):
        confirm(confirmed, 0)
        faults = refused(confirmed, actor, onBehalfOf=confirmed.organisation(slug))
        assert faults == ([] if slug in may else [("NOT_PERMITTED", ("onBehalfOf",))]), slug


# ------------------------------------------------------------------ attempts


def test_five_attempts_a_day_then_no_more(confirmed: World) -> None:
    for _ in range(5):
        assert refused(confirmed, quantity=4) == [("NOT_ENOUGH_PLACES", ("service",))]

    # Now what would succeed is refused too.
    assert refused(confirmed) == [("TOO_MANY_ATTEMPTS", ("service",))]
    by_pool = {"service": "leave out", "pool": confirmed.pool("SRV-008")}
    assert refused(confirmed, **by_pool) == [("TOO_MANY_ATTEMPTS", ("pool",))]
    assert confirmed.dump()[Hold.__tablename__] == set()
    # It is past midnight in Chișinău already, so the day has 22 and a half hours left.
    confirmed.clock.forward(hours=22, minutes=29)
    assert refused(confirmed) == [("TOO_MANY_ATTEMPTS", ("service",))]
    confirmed.clock.forward(minutes=1)
    assert refused(confirmed) == []


def test_attempts_leave_a_trace_for_the_provider_and_the_audit_log(confirmed: World) -> None:
    before = len(confirmed.audit()), len(confirmed.outbox())

    refused(confirmed, quantity=4)

    [entry] = confirmed.audit()[before[0] :]
    [told] = confirmed.outbox()[before[1] :]
    service = record_id(confirmed.service("SRV-008"))
    assert (entry.actor, entry.action, entry.reason) == (
        confirmed.actor("partner").subject,
        "assistance:hold:refuse",
        "NOT_ENOUGH_PLACES",
    )
    assert (entry.subject_id, entry.organisation_id) == (
        service,
        record_id(confirmed.organisation("lastrada")),
    )
    assert (told.name, told.subject_id, "quantity" in told.payload) == ("hold.refused", service, False)
    [attempt] = confirmed.one(
        """query ($id: ID!) { node(id: $id) { ... on Service {
          attempts { code organisation { slug } attemptedAt }
        } } }""",
        "bes",
        id=confirmed.service("SRV-008"),
    )["attempts"]
    assert attempt == {
        "code": "NOT_ENOUGH_PLACES",
        "organisation": {"slug": "lastrada"},
        "attemptedAt": "2026-05-14T22:30:00+00:00",
    }


def test_attempts_on_what_is_stale_or_wrong_are_not_counted(world: World) -> None:
    for _ in range(7):
        assert refused(world) == [("CAPACITY_STALE", ("service",))]
    confirm(world, 7)
    for _ in range(7):
        assert refused(world, quantity=0) == [("OUT_OF_RANGE", ("quantity",))]

    assert refused(world) == []


def test_provider_is_not_limited(confirmed: World) -> None:
    own = {"onBehalfOf": confirmed.organisation("diaconia"), "quantity": 4}

    assert [refused(confirmed, "bes", **own) for _ in range(7)] == [[("NOT_ENOUGH_PLACES", ("service",))]] * 7
    assert confirmed.dump()[HoldAttempt.__tablename__] == set()


def test_open_services_are_not_limited(world: World) -> None:
    with world.units.writing() as uow:
        uow.db.execute(sa.update(Service).where(Service.code == "SRV-008").values(protected=False))
    confirm(world, 10)

    assert [refused(world) for _ in range(7)] == [[("NOT_ENOUGH_PLACES", ("service",))]] * 7


# ------------------------------------------------------------------ sending twice


def test_same_client_id_and_content_is_replayed(confirmed: World) -> None:
    key = str(uuid4())
    first = confirmed.deed("holdPlaces", "partner", wish(confirmed, clientId=key), EVERYTHING)
    before = confirmed.dump()

    second = confirmed.deed("holdPlaces", "partner", wish(confirmed, clientId=key), EVERYTHING)

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["hold"] == first["hold"]
    assert confirmed.dump() == before
    assert refused_without_a_trace(confirmed, clientId=key, quantity=2) == [
        ("IDEMPOTENCY_MISMATCH", ("clientId",))
    ]


def test_replay_shows_the_hold_as_it_is_now(confirmed: World) -> None:
    key = str(uuid4())
    made = hold(confirmed, clientId=key)
    confirmed.clock.forward(hours=3)

    again = hold(confirmed, clientId=key)

    assert (again["id"], again["status"]) == (made["id"], "EXPIRED")


def test_attempt_that_came_to_nothing_leaves_its_client_id_free(confirmed: World) -> None:
    key = str(uuid4())
    assert refused(confirmed, clientId=key, quantity=4) == [("NOT_ENOUGH_PLACES", ("service",))]

    confirm(confirmed, 0)

    assert refused(confirmed, clientId=key, quantity=4) == []


# ------------------------------------------------------------------ releasing


def release(world: World, opaque: str, actor: str = "partner") -> Any:
    return world.deed("releaseHold", actor, {"hold": opaque}, "hold { id status pool { id } }")


def test_released_by_the_holder(confirmed: World) -> None:
    made = hold(confirmed, quantity=3)

    assert release(confirmed, made["id"]) == {
        "userErrors": [],
        "hold": {"id": made["id"], "status": "RELEASED", "pool": None},
    }
    assert available(confirmed) == 3


def test_released_by_the_provider(confirmed: World) -> None:
    made = hold(confirmed)

    assert release(confirmed, made["id"], "bes")["hold"]["status"] == "RELEASED"


@pytest.mark.parametrize("actor", sorted(set(EVERYBODY) - {"partner", "bes"}))
def test_released_by_nobody_else(confirmed: World, actor: str) -> None:
    made = hold(confirmed)
    before = confirmed.dump()

    payload = release(confirmed, made["id"], actor)

    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("NOT_FOUND", ["hold"])]
    assert confirmed.dump() == before


@pytest.mark.parametrize("opaque", ["", "nonsense"])
def test_hold_that_is_none(confirmed: World, opaque: str) -> None:
    assert confirmed.refused("releaseHold", "partner", {"hold": opaque}) == [("NOT_FOUND", ("hold",))]


def test_hold_that_has_ended_is_not_released(confirmed: World) -> None:
    made, expired = hold(confirmed), hold(confirmed, minutes=5)
    release(confirmed, made["id"])
    confirmed.clock.forward(minutes=5)
    before = confirmed.dump()

    for each in (made, expired):
        assert confirmed.refused("releaseHold", "partner", {"hold": each["id"]}) == [
            ("HOLD_ENDED", ("hold",))
        ]
    assert confirmed.dump() == before


# ------------------------------------------------------------------ the list


def test_holds_are_those_of_the_own_organisations_newest_first(confirmed: World) -> None:
    made = []
    for minutes in (10, 20, 30):
        made.append(hold(confirmed, minutes=minutes)["id"])
        confirmed.clock.forward(minutes=5)
    confirm(confirmed, 5)
    own = hold(confirmed, "bes", onBehalfOf=confirmed.organisation("diaconia"))["id"]

    listed = {actor: [node["id"] for node in confirmed.one(HOLDS, actor)["nodes"]] for actor in EVERYBODY}

    assert listed.pop("partner") == made[::-1]
    assert listed.pop("bes") == [own]
    assert set(map(tuple, listed.values())) == {()}


def test_holds_in_a_pool_are_shown_to_the_provider(confirmed: World) -> None:
    first, second = hold(confirmed, minutes=60), hold(confirmed, minutes=30)
    document = """
    query ($id: ID!) { node(id: $id) { ... on CapacityPool {
      holds { id reference quantity organisation { slug } expiresAt }
    } } }
    """

    shown = {actor: confirmed.one(document, actor, id=confirmed.pool("SRV-008")) for actor in EVERYBODY}

    assert shown["bes"]["holds"] == [
        {
            "id": each["id"],
            "reference": each["reference"],
            "quantity": 1,
            "organisation": {"slug": "lastrada"},
            "expiresAt": each["expiresAt"],
        }
        for each in (second, first)
    ]
    assert shown["auditor"] == {"holds": []}
    assert {actor for actor, node in shown.items() if node is not None} == {"bes", "auditor"}


def test_another_partner_learns_nothing_of_a_hold(confirmed: World) -> None:
    made = hold(confirmed)
    credentials = ClientCredentials(str(uuid4()), "ccs_other")
    with confirmed.units.writing() as uow:
        add_client(uow, "iom-md", credentials)
    with confirmed.units.reading() as uow:
        client = uow.db.get_one(OAuthClient, credentials.client_id)
        other = actor_for_client(uow, client, client.scopes)

    assert confirmed.one("query ($id: ID!) { node(id: $id) { id } }", other, id=made["id"]) is None
    assert confirmed.one(HOLDS, other) == {"totalCount": 0, "nodes": []}
    assert confirmed.refused("releaseHold", other, {"hold": made["id"]}) == [("NOT_FOUND", ("hold",))]
