"""`services`: order, fields and filters, against the lines of the record and with confirmed pools."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance.models import Service
from coalition.core.text import sort_key
from tests.graphql.record import keys, lines
from tests.graphql.world import World

CODES = """
query ($filter: ServiceFilter) {
  services(first: 100, filter: $filter) { nodes { code } totalCount }
}
"""
KINDS = (
    "temporary_residence", "psychological_counselling", "social_support", "medical_assistance",
    "legal_support", "recreational_activities",
)  # fmt: skip
PUBLIC = keys("services") - keys("services", temporary_residence="yes")


def found(record: World, actor: str = "auditor", **filters: Any) -> set[str]:
    """The codes of the services that fulfil all conditions; the auditor sees the codes of all."""
    answer = record.one(CODES, actor, filter=filters)
    codes = [node["code"] for node in answer["nodes"]]
    assert answer["totalCount"] == len(codes)
    return set(codes)


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
@pytest.mark.parametrize("actor", ["auditor", "partner", "anonymous"])
def test_services_come_by_the_name_that_is_shown(record: World, actor: str, language: str) -> None:
    nodes = record.one("{ services(first: 100) { nodes { name } } }", actor, language=language)["nodes"]

    names = [sort_key(node["name"], language) for node in nodes]
    assert names == sorted(names)


def test_service_has_all_that_its_line_says(record: World) -> None:
    document = """
    { services(filter: {search: "maternal mother"}) { nodes {
      code name provider { slug } providerName partners { role } kinds region { code } district { code } place
      protected status languages targetGroups targetGroupText stay assuredOn source visibility revision
      pools { unit unitText targetGroup targetGroupText maximum occupied held available state confirmedAt
        staleAt service { code } holds { id } }
      attempts { code } canTake
    } } }
    """

    assert record.one(document, "bes")["nodes"] == [
        {
            "code": "SRV-008",
            "name": "Maternal centre In mother's arms",
            "provider": {"slug": "diaconia"},
            "providerName": None,
            "partners": [],
            "kinds": ["TEMPORARY_RESIDENCE", "PSYCHOLOGICAL_COUNSELLING", "SOCIAL_SUPPORT", "LEGAL_SUPPORT"],
            "region": {"code": "CENTRE"},
            "district": {"code": "MD-CU"},
            "place": "Chișinău",
            "protected": True,
            "status": "ACTIVE",
            "languages": [],
            "targetGroups": ["women_with_children"],
            "targetGroupText": "mothers with children in crisis",
            "stay": None,
            "assuredOn": None,
            "source": "https://www.msnews.ro/campania-in-bratele-mamei-fonduri-stranse-de-catre-misiunea-diaconia/",
            "visibility": "PARTNERS",
            "revision": 1,
            "pools": [
                {
                    "unit": "MOTHER_CHILD_COUPLE",
                    "unitText": "mother-child couples",
                    "targetGroup": "women_with_children",
                    "targetGroupText": "mothers with children in crisis",
                    "maximum": 10,
                    "occupied": None,
                    "held": 0,
                    "available": 0,
                    "state": "STALE",
                    "confirmedAt": None,
                    "staleAt": None,
                    "service": {"code": "SRV-008"},
                    "holds": [],
                }
            ],
            "attempts": [],
            "canTake": "ASK_BY_PHONE",
        }
    ]


def test_every_service_is_as_published(record: World) -> None:
    document = """
    { services(first: 100) { nodes { code kinds provider { slug } region { code } district { code }
      protected status visibility pools { unit } } } }
    """
    regions = {line["code"]: line["region"] for line in lines("districts")}
    listed = keys("organisations")

    nodes = {node.pop("code"): node for node in record.one(document, "auditor")["nodes"]}

    assert nodes == {
        line["service_id"]: {
            "kinds": [kind.upper() for kind in KINDS if line[kind] == "yes"],
            "provider": {"slug": line["provider"]} if line["provider"] in listed else None,
            "region": {"code": regions[line["district"]]} if line["district"] else None,
            "district": {"code": line["district"]} if line["district"] else None,
            "protected": line["temporary_residence"] == "yes",
            "status": "ACTIVE" if line["status"] == "active" else "PLANNED",
            "visibility": "PARTNERS" if line["temporary_residence"] == "yes" else "PUBLIC",
            "pools": (
                [{"unit": "MOTHER_CHILD_COUPLE" if "couple" in line["capacity_unit"] else "PLACE"}]
                if line["capacity"]
                else []
            ),
        }
        for line in lines("services")
    }


def test_capacity_is_published_for_six_and_confirmed_for_none(record: World) -> None:
    document = "{ services(first: 100) { nodes { code pools { state confirmedAt available } canTake } } }"

    nodes = record.one(document, "auditor")["nodes"]

    with_pools = [node for node in nodes if node["pools"]]
    assert {node["code"] for node in with_pools} == {
        line["service_id"] for line in lines("services") if line["capacity"]
    }
    assert len(with_pools) == 6
    assert all(
        pool["state"] == "STALE" and not pool["confirmedAt"] for node in with_pools for pool in node["pools"]
    )
    assert {node["canTake"] for node in nodes} == {"ASK_BY_PHONE"}


# ------------------------------------------------------------------ filters


def test_filter_by_district_and_region(record: World) -> None:
    for line in lines("districts"):
        assert found(record, district=line["code"]) == keys("services", district=line["code"])
    for spelling in ("Chișinău", "Chişinău", "chisinau", "Кишинев"):
        assert found(record, district=spelling) == keys("services", district="MD-CU")
    for region in ("NORTH", "CENTRE", "SOUTH", "LEFT_BANK", "centre"):
        districts = keys("districts", region=region.upper())
        expected = {line["service_id"] for line in lines("services") if line["district"] in districts}
        assert found(record, region=region) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_filter_by_kind(record: World, kind: str) -> None:
    assert found(record, kinds=[kind.upper()]) == keys("services", **{kind: "yes"})


def test_filter_by_any_of_several_kinds(record: World) -> None:
    assert found(record, kinds=["LEGAL_SUPPORT", "RECREATIONAL_ACTIVITIES"]) == keys(
        "services", legal_support="yes"
    ) | keys("services", recreational_activities="yes")
    assert found(record, kinds=["SPIRITUAL_CARE"]) == set()
    assert found(record, kinds=[]) == keys("services")


def test_filter_by_target_group(record: World) -> None:
    """Services for anybody, and those that do not say for whom, match every group."""
    any_or_unsaid = {
        line["service_id"]
        for line in lines("services")
        if line["target_group"]
        in (
            "",
            "callers in Moldova and abroad",
            "residents",
            "residents of the left bank",
            "villagers",
            "vulnerable people",
        )
    }
    men = {"SRV-002"}

    assert found(record, targetGroup="men") == any_or_unsaid | men
    assert found(record, targetGroup="refugees") == any_or_unsaid | {"SRV-010", "SRV-028", "SRV-029"}


def test_filter_by_language(world: World) -> None:
    for languages in (["ro", "ru"], ["ru", "uk"], ["en"]):
        world.deed(
            "offerService",
            "bes",
            {
                "provider": world.organisation("bes"),
                "kinds": ["LEGAL_SUPPORT"],
                "name": {"en": f"Invented {'-'.join(languages)}"},
                "languages": languages,
            },
        )
    document = """
    query ($languages: [String!]) {
      services(filter: {languages: $languages}) { nodes { name } }
    }
    """

    def spoken(*languages: str) -> list[str]:
        nodes = world.one(document, "bes", languages=list(languages))["nodes"]
        return [node["name"] for node in nodes]

    assert spoken("ru") == ["Invented ro-ru", "Invented ru-uk"]
    assert spoken("uk", "en") == ["Invented en", "Invented ru-uk"]
    assert spoken("de") == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("hotline", {"SRV-003", "SRV-005"}),
        ("maternal centre", {"SRV-008", "SRV-015", "SRV-016", "SRV-017"}),
        ("centre MATERNAL дрокиевский", {"SRV-016"}),
        ("social diaconia canteen", {"SRV-011"}),
        ("misiunea sociala", {"SRV-008", "SRV-009", "SRV-010", "SRV-011"}),
        ("SRV-025", {"SRV-025"}),
        ("nothing-has-this", set()),
    ],
)
def test_search_needs_every_word_in_any_language(record: World, words: str, expected: set[str]) -> None:
    assert found(record, search=words) == expected


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"district": "Atlantis"}, "UNKNOWN_DISTRICT"),
        ({"region": "WEST"}, "UNKNOWN_REGION"),
        ({"targetGroup": "nonsense"}, "UNKNOWN_TARGET_GROUP"),
        ({"targetGroup": ""}, "UNKNOWN_TARGET_GROUP"),
        ({"targetGroup": "nonsense", "canTake": 1}, "UNKNOWN_TARGET_GROUP"),
        ({"languages": ["ro", "Romanian"]}, "INVALID_LANGUAGE"),
        ({"canTake": 0}, "OUT_OF_RANGE"),
        ({"canTake": 51}, "OUT_OF_RANGE"),
        ({"canTake": -1}, "OUT_OF_RANGE"),
    ],
)
def test_unknown_name_or_number_in_a_filter_is_said(
    record: World, filters: dict[str, Any], code: str
) -> None:
    answer = record.answer(CODES, "partner", filter=filters)

    assert (answer.data, answer.codes) == (None, [code])


@pytest.mark.parametrize("quantity", [0, -1, 51, 1_000_000])
def test_can_take_out_of_range(record: World, quantity: int) -> None:
    document = "query ($n: Int!) { services(first: 1) { nodes { canTake(quantity: $n) } } }"

    answer = record.answer(document, "partner", n=quantity)

    assert answer.codes == ["OUT_OF_RANGE"]


def test_can_take_for_an_unknown_group(record: World) -> None:
    document = '{ services(first: 1) { nodes { canTake(targetGroup: "nonsense") } } }'

    assert record.answer(document, "partner").codes == ["UNKNOWN_TARGET_GROUP"]


# ------------------------------------------------------------------ who can take somebody


def offer(world: World, name: str, maximum: int, occupied: int | None, **given: Any) -> str:
    """An unprotected service of Diaconia with one pool, confirmed unless `occupied` is None."""
    payload = world.deed(
        "offerService",
        "bes",
        {
            "provider": world.organisation("diaconia"),
            "kinds": ["TRANSPORT_ESCORT"],
            "name": {"en": name},
            "pools": [{"unit": "PLACE", "maximum": maximum, "targetGroup": given.pop("pool_group", None)}],
            **given,
        },
        "service { id pools { id } }",
    )
    assert payload["userErrors"] == []
    if occupied is not None:
        pool = payload["service"]["pools"][0]["id"]
        confirmed = world.deed(
            "confirmCapacity", "bes", {"pool": pool, "maximum": maximum, "occupied": occupied}
        )
        assert confirmed["userErrors"] == []
    return payload["service"]["id"]


TAKING = """
query ($n: Int!, $group: String, $first: Int = 100, $after: String) {
  services(
    first: $first, after: $after, filter: {canTake: $n, targetGroup: $group, kinds: [TRANSPORT_ESCORT]}
  ) {
    nodes { name canTake(quantity: $n, targetGroup: $group) }
    totalCount
    pageInfo { endCursor hasNextPage }
  }
}
"""


PLAIN = "{ services(filter: {kinds: [TRANSPORT_ESCORT]}) { nodes { name canTake } } }"


def taking(
    world: World, quantity: int, group: str | None = None, actor: str = "partner"
) -> list[tuple[str, str]]:
    nodes = world.one(TAKING, actor, n=quantity, group=group)["nodes"]
    return [(node["name"], node["canTake"]) for node in nodes]


@pytest.fixture
def offers(world: World) -> World:
    offer(world, "Delta three free", 5, 2)
    offer(world, "Alpha one free", 3, 2)
    offer(world, "Charlie never confirmed", 9, None)
    offer(world, "Bravo full", 4, 4)
    offer(world, "Echo for men", 2, 0, pool_group="men")
    return world


def test_can_take_lists_yes_then_ask_by_phone_each_by_name_without_no(offers: World) -> None:
    assert taking(offers, 1) == [
        ("Alpha one free", "YES"),
        ("Delta three free", "YES"),
        ("Echo for men", "YES"),
        ("Charlie never confirmed", "ASK_BY_PHONE"),
    ]
    assert taking(offers, 3) == [("Delta three free", "YES"), ("Charlie never confirmed", "ASK_BY_PHONE")]
    assert taking(offers, 50) == [("Charlie never confirmed", "ASK_BY_PHONE")]


def test_can_take_of_a_group(offers: World) -> None:
    assert [name for name, _ in taking(offers, 1, "men")] == [
        "Alpha one free",
        "Delta three free",
        "Echo for men",
        "Charlie never confirmed",
    ]
    # A service whose only pool is for others is asked by telephone: it may know another way.
    assert dict(taking(offers, 1, "women"))["Echo for men"] == "ASK_BY_PHONE"


def test_can_take_asks_by_phone_where_the_caller_may_not_see_numbers(offers: World) -> None:
    for actor in ("reporter", "expert", "council_member"):
        assert {word for _, word in taking(offers, 1, actor=actor)} == {"ASK_BY_PHONE"}


def test_plain_lists_leave_nobody_out(offers: World) -> None:
    nodes = offers.one(
        "{ services(filter: {kinds: [TRANSPORT_ESCORT]}) { nodes { name canTake } } }", "partner"
    )

    assert [(node["name"], node["canTake"]) for node in nodes["nodes"]] == [
        ("Alpha one free", "YES"),
        ("Bravo full", "NO"),
        ("Charlie never confirmed", "ASK_BY_PHONE"),
        ("Delta three free", "YES"),
        ("Echo for men", "YES"),
    ]


def test_capacity_that_goes_stale_is_asked_by_phone(offers: World) -> None:
    offers.clock.forward(hours=72)

    assert {word for _, word in taking(offers, 1)} == {"ASK_BY_PHONE"}
    assert len(taking(offers, 1)) == 5


def test_services_by_can_take_are_walked_page_by_page(offers: World) -> None:
    whole = taking(offers, 1)

    walked: list[tuple[str, str]] = []
    cursor = None
    while True:
        page = offers.one(TAKING, "partner", n=1, first=1, after=cursor)
        walked += [(node["name"], node["canTake"]) for node in page["nodes"]]
        assert page["totalCount"] == 4
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["pageInfo"]["endCursor"]

    assert walked == whole


@pytest.mark.parametrize("status", ["PAUSED", "CLOSED", "DRAFT"])
def test_service_that_takes_nobody_says_no(offers: World, status: str) -> None:
    with offers.units.writing() as uow:
        uow.db.execute(sa.update(Service).where(Service.sort_en == "delta three free").values(status=status))

    assert "Delta three free" not in dict(taking(offers, 1))
    plain = offers.one(PLAIN, "bes")
    assert {node["name"]: node["canTake"] for node in plain["nodes"]}["Delta three free"] == "NO"
