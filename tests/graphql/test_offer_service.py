"""`offerService`: what is stored, the signature under the code of conduct, and every refusal."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from coalition.assistance.models import Service
from tests import factories
from tests.factories import NOW
from tests.graphql.world import EVERYBODY, World, record_id

EVERYTHING = """
service {
  id code name provider { slug } providerName partners { role } kinds region { code } district { code } place
  protected status languages targetGroups targetGroupText stay assuredOn contactDesk source visibility
  revision canTake
  pools { unit unitText targetGroup maximum occupied held available state confirmedAt staleAt }
}
replayed
"""
GROUPS = [
    "women", "men", "children", "girls_14_17", "women_with_children", "pregnant_women", "young_care_leavers",
    "domestic_violence", "trafficking", "refugees", "any", "other",
]  # fmt: skip


def draft(world: World, **values: Any) -> dict[str, Any]:
    return {
        "provider": world.organisation("diaconia"),
        "kinds": ["LEGAL_SUPPORT"],
        "name": {"ro": "Consultații"},
        **values,
    }


def offer(world: World, **values: Any) -> Any:
    payload = world.deed("offerService", "bes", draft(world, **values), EVERYTHING, language="ro")
    assert payload["userErrors"] == []
    return payload["service"]


def refused(world: World, actor: str = "bes", **values: Any) -> list[tuple[str, tuple[str, ...]]]:
    before = world.dump()
    faults = world.refused("offerService", actor, draft(world, **values))
    assert world.dump() == before
    return faults


def test_least_that_is_needed(world: World) -> None:
    service = offer(world)

    assert {**service, "id": None} == {
        "id": None,
        "code": None,
        "name": "Consultații",
        "provider": {"slug": "diaconia"},
        "providerName": None,
        "partners": [],
        "kinds": ["LEGAL_SUPPORT"],
        "region": None,
        "district": None,
        "place": None,
        "protected": False,
        "status": "ACTIVE",
        "languages": [],
        "targetGroups": [],
        "targetGroupText": None,
        "stay": None,
        "assuredOn": None,
        "contactDesk": None,
        "source": None,
        "visibility": "PARTNERS",
        "revision": 1,
        "canTake": "ASK_BY_PHONE",
        "pools": [],
    }


def test_everything_that_can_be_said(world: World) -> None:
    service = offer(
        world,
        kinds=["TEMPORARY_RESIDENCE", "DOCUMENTS", "TEMPORARY_RESIDENCE"],
        name={"ro": "Casa Speranței", "ru": "Дом Надежды"},
        district="Bălţi",
        protected=False,
        languages=["ro", "gag"],
        targetGroups=["women", "children"],
        contactDesk=" 022 12 34 56 ",
        pools=[{"unit": "BED", "maximum": 6, "targetGroup": "women"}, {"unit": "ROOM", "maximum": 0}],
        status="PLANNED",
        visibility="PUBLIC",
    )

    pool = {
        "unitText": None,
        "occupied": None,
        "held": 0,
        "available": 0,
        "state": "STALE",
        "confirmedAt": None,
    }
    assert {name: service[name] for name in service if name not in ("id", "code", "source", "stay")} == {
        "name": "Casa Speranței",
        "provider": {"slug": "diaconia"},
        "providerName": None,
        "partners": [],
        "kinds": ["TEMPORARY_RESIDENCE", "DOCUMENTS"],
        "region": {"code": "NORTH"},
        "district": {"code": "MD-BA"},
        "place": None,
        "protected": False,
        "status": "PLANNED",
        "languages": ["ro", "gag"],
        "targetGroups": ["women", "children"],
        "targetGroupText": None,
        "assuredOn": None,
        "contactDesk": "022 12 34 56",
        "visibility": "PUBLIC",
        "revision": 1,
        "canTake": "ASK_BY_PHONE",
        "pools": [
            {**pool, "unit": "BED", "targetGroup": "women", "maximum": 6, "staleAt": None},
            {**pool, "unit": "ROOM", "targetGroup": None, "maximum": 0, "staleAt": None},
        ],
    }


@pytest.mark.parametrize(
    ("kinds", "given", "protected"),
    [
        (["TEMPORARY_RESIDENCE"], {}, True),
        (["LEGAL_SUPPORT", "TEMPORARY_RESIDENCE"], {"protected": None}, True),
        (["TEMPORARY_RESIDENCE"], {"protected": False}, False),
        (["LEGAL_SUPPORT"], {}, False),
        (["LEGAL_SUPPORT"], {"protected": True}, True),
    ],
)
def test_residence_is_protected_unless_the_provider_says_otherwise(
    world: World, kinds: list[str], given: dict[str, Any], protected: bool
) -> None:
    assert offer(world, kinds=kinds, **given)["protected"] is protected


def test_active_is_the_signature_under_the_code_of_conduct(world: World) -> None:
    signed = world.row(Service, id=record_id(offer(world)["id"]))
    planned = world.row(Service, id=record_id(offer(world, status="PLANNED")["id"]))
    draft_only = world.row(Service, id=record_id(offer(world, status="DRAFT")["id"]))

    assert (signed.code_signed_at, signed.code_signed_by) == (NOW, world.actor("bes").subject)
    assert [(row.code_signed_at, row.code_signed_by) for row in (planned, draft_only)] == [(None, None)] * 2


def test_draft_is_seen_by_the_own_line_and_the_auditor(world: World) -> None:
    opaque = offer(world, status="DRAFT", visibility="PUBLIC")["id"]

    seen = {
        actor
        for actor in EVERYBODY
        if world.one("query ($id: ID!) { node(id: $id) { id } }", actor, id=opaque) is not None
    }

    assert seen == {"bes", "auditor"}


def test_place_in_the_name_of_a_protected_service_is_not_told(world: World) -> None:
    opaque = offer(
        world,
        kinds=["TEMPORARY_RESIDENCE"],
        name={"ro": "Casa Lumina, Soroca", "ru": "Дом в Сороке", "en": "House of Light (Soroca)"},
        district="MD-SO",
    )["id"]
    document = """
    query ($id: ID!) { node(id: $id) { ... on Service {
      ro: name(language: "ro") en: name(language: "en") district { code } region { code } pools { id }
    } } }
    """

    assert world.one(document, "partner", id=opaque) == {
        "ro": "Casa Lumina",
        "en": "House of Light",
        "district": None,
        "region": {"code": "NORTH"},
        "pools": [],
    }
    assert world.one(document, "bes", id=opaque)["ro"] == "Casa Lumina, Soroca"


@pytest.mark.parametrize("actor", EVERYBODY)
def test_only_with_the_permission_at_the_provider(world: World, actor: str) -> None:
    may = {"bes": {"bes", "diaconia"}, "moc": {"moc"}}.get(actor, set())

    for slug in ("bes", "diaconia", "moc", "ubceb", "lastrada", "coalition"):
        faults = world.refused("offerService", actor, draft(world, provider=world.organisation(slug)))
        assert faults == ([] if slug in may else [("NOT_PERMITTED", ("provider",))]), slug


def test_law_enforcement_offers_nothing(world: World) -> None:
    with world.units.writing() as uow:
        bes = uow.db.merge(world.row(factories.Organisation, slug="bes"))
        factories.organisation(uow, "police", parent=bes, kind="LAW_ENFORCEMENT", visibility="PUBLIC")
    world.meet_anew()

    assert refused(world, provider=world.organisation("police")) == [("NOT_PERMITTED", ("provider",))]


FAULTS: list[tuple[dict[str, Any], list[tuple[str, tuple[str, ...]]]]] = [
    ({"provider": "nonsense"}, [("NOT_FOUND", ("provider",))]),
    ({"kinds": []}, [("REQUIRED", ("kinds",))]),
    ({"name": {}}, [("REQUIRED", ("name",))]),
    ({"name": {"ro": "x" * 201}}, [("TOO_LONG", ("name", "ro"))]),
    ({"name": {"ro": "Casa 069 123 456"}}, [("PERSONAL_DATA_SUSPECTED", ("name", "ro"))]),
    ({"name": {"ro": "2001001234567"}, "textConfirmed": True}, [("PERSONAL_NUMBER", ("name", "ro"))]),
    ({"name": {"ro": "x", "xx": "x"}}, [("INVALID_LANGUAGE", ("name", "xx"))]),
    ({"district": "Atlantis"}, [("UNKNOWN_DISTRICT", ("district",))]),
    ({"languages": ["Romanian"]}, [("INVALID_LANGUAGE", ("languages", "0"))]),
    ({"languages": ["ro"] * 101}, [("OUT_OF_RANGE", ("languages",))]),
    ({"targetGroups": ["women", "nonsense"]}, [("UNKNOWN_TARGET_GROUP", ("targetGroups", "1"))]),
    ({"contactDesk": "x" * 2001}, [("TOO_LONG", ("contactDesk",))]),
    ({"contactDesk": "2001001234567"}, [("PERSONAL_NUMBER", ("contactDesk",))]),
    ({"pools": [{"unit": "BED", "maximum": -1}]}, [("OUT_OF_RANGE", ("pools", "0", "maximum"))]),
    ({"pools": [{"unit": "BED", "maximum": 1}, {"unit": "BED", "maximum": 1_000_001}]}, [
        ("OUT_OF_RANGE", ("pools", "1", "maximum")),
    ]),
    ({"pools": [{"unit": "BED", "maximum": 1, "targetGroup": "nonsense"}]}, [
        ("UNKNOWN_TARGET_GROUP", ("pools", "0", "targetGroup")),
    ]),
    ({"pools": [{"unit": "BED", "maximum": 1}] * 21}, [("OUT_OF_RANGE", ("pools",))]),
    ({"status": "PAUSED"}, [("WRONG_STATE", ("status",))]),
    ({"status": "CLOSED"}, [("WRONG_STATE", ("status",))]),
    ({"clientId": "nonsense"}, [("INVALID_ID", ("clientId",))]),
    ({"kinds": [], "name": {"ro": " "}, "district": "Atlantis", "languages": ["-"]}, [
        ("INVALID_LANGUAGE", ("languages", "0")), ("REQUIRED", ("kinds",)), ("REQUIRED", ("name",)),
        ("UNKNOWN_DISTRICT", ("district",)),
    ]),
]  # fmt: skip


def test_faults_are_named_at_their_paths(world: World) -> None:
    found = [sorted(refused(world, **given)) for given, _ in FAULTS]

    assert found == [faults for _, faults in FAULTS]


def test_every_target_group_of_the_contract_is_known(world: World) -> None:
    assert offer(world, targetGroups=GROUPS)["targetGroups"] == GROUPS


def test_same_client_id_and_content_is_replayed(world: World) -> None:
    key = str(uuid4())
    given = draft(world, clientId=key, pools=[{"unit": "BED", "maximum": 1}])
    first = world.deed("offerService", "bes", given, "service { id } replayed")
    before = world.dump()

    second = world.deed("offerService", "bes", given, "service { id } replayed")

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert second["service"] == first["service"]
    assert world.dump() == before
    assert refused(world, clientId=key) == [("IDEMPOTENCY_MISMATCH", ("clientId",))]
    assert refused(world, "moc", clientId=key) == [("NOT_PERMITTED", ("provider",))]
