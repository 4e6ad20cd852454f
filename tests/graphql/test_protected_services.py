"""What outsiders may know of a protected service: its region and a word; never its place or a number."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.assistance.models import CapacityPool, HoldAttempt, Service
from coalition.core.text import fold, words
from coalition.graphql.identifiers import encode_id
from tests.graphql.record import keys, lines
from tests.graphql.selection import everything
from tests.graphql.world import EVERYBODY, World

PROTECTED = keys("services", temporary_residence="yes")
DIACONIAS = {"SRV-008", "SRV-010"}
# Who sees what is shared with partners, apart from the auditor, who is an insider everywhere.
OUTSIDERS = ["reporter", "moc", "council_member", "council_secretary", "expert", "trainer", "partner"]
# Of the provider and region outsiders know; what both say is no secret.
ALL = everything("Service", 1, without=frozenset({"Service.provider", "Service.region", "Service.id"}))
LIST = f"{{ services(first: 100) {{ nodes {{ id {ALL} }} }} }}"
NAMES = """
query ($filter: ServiceFilter) {
  services(first: 100, filter: $filter) { totalCount nodes { id name } }
}
"""


def protected_ids(record: World) -> dict[str, str]:
    """The opaque ids of the protected services by their codes."""
    with record.units.reading() as uow:
        rows = uow.db.execute(sa.select(Service.code, Service.id).where(Service.protected))
        return {row.code: encode_id("Service", row.id) for row in rows}


def ids(record: World, actor: str, **filters: Any) -> set[str]:
    found = record.one(NAMES, actor, filter=filters)
    assert found["totalCount"] == len(found["nodes"])
    return {node["id"] for node in found["nodes"]}


def test_there_is_something_to_hide(record: World) -> None:
    assert set(protected_ids(record)) == PROTECTED
    with record.units.reading() as uow:
        hidden = uow.db.execute(
            sa.select(
                sa.func.count(Service.district_id),
                sa.func.count(Service.place),
                sa.func.count(Service.source),
            ).where(Service.protected)
        ).one()
    assert (len(PROTECTED), *hidden) == (19, 16, 15, 19)


# ------------------------------------------------------------------ who sees them at all


@pytest.mark.parametrize("actor", EVERYBODY)
def test_who_sees_protected_services(record: World, actor: str) -> None:
    sees = actor not in ("anonymous", "administrator")
    by_code = protected_ids(record)

    assert ids(record, actor) & set(by_code.values()) == (set(by_code.values()) if sees else set())
    for opaque in by_code.values():
        node = record.one("query ($id: ID!) { node(id: $id) { id } }", actor, id=opaque)
        assert node == ({"id": opaque} if sees else None)


# ------------------------------------------------------------------ fields

WITHHELD = {"code": None, "district": None, "place": None, "source": None, "pools": [], "attempts": []}


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_outsiders_get_no_place_source_code_or_pool(record: World, actor: str) -> None:
    by_id = {opaque: code for code, opaque in protected_ids(record).items()}

    nodes = [node for node in record.one(LIST, actor)["nodes"] if node["id"] in by_id]

    shown = {by_id[node["id"]]: {name: node[name] for name in WITHHELD} for node in nodes}
    assert shown == dict.fromkeys(PROTECTED, WITHHELD)


def test_provider_and_auditor_get_them(record: World) -> None:
    districts = {line["service_id"]: line["district"] or None for line in lines("services")}

    for actor, codes in (("bes", DIACONIAS), ("auditor", PROTECTED)):
        nodes = {
            node["code"]: node
            for node in record.one(LIST, actor)["nodes"]
            if node["protected"] and node["code"]
        }
        assert set(nodes) == codes
        assert {code: node["district"] and node["district"]["code"] for code, node in nodes.items()} == {
            code: districts[code] for code in codes
        }
        assert all(node["source"] for node in nodes.values())


def test_no_text_for_outsiders_names_a_district_or_the_place(record: World) -> None:
    by_id = {opaque: code for code, opaque in protected_ids(record).items()}
    by_code = {line["service_id"]: line for line in lines("services")}
    spelled = {
        fold(word)
        for line in lines("districts")
        for column in ("name_ro", "name_en", "name_ru", "alt_names")
        for word in words(line[column])
        if word[0].isupper() and len(word) > 2
    }

    for actor in OUTSIDERS:
        for language in ("ro", "ru", "en"):
            for node in record.one(LIST, actor, language=language)["nodes"]:
                if node["id"] not in by_id:
                    continue
                secret = spelled | {fold(word) for word in words(by_code[by_id[node["id"]]]["place"])}
                text = json.dumps({**node, "id": ""}, ensure_ascii=False)
                assert secret & {fold(word) for word in words(text)} == set(), node["name"]


def test_names_for_outsiders(record: World) -> None:
    by_id = {opaque: code for code, opaque in protected_ids(record).items()}

    shown = {
        by_id[node["id"]]: node["name"]
        for node in record.one(NAMES, "partner")["nodes"]
        if node["id"] in by_id
    }

    changed = {code: name for code, name in shown.items() if name != keys_to_names()[code]}
    assert changed == {
        "SRV-016": "Maternal centre",
        "SRV-017": "Maternal centre",
        "SRV-026": "Crisis centre",
        "SRV-027": "Centre for victims of domestic violence",
        "SRV-028": "Refugee centre",
        "SRV-029": "Refugee centre",
    }


def keys_to_names() -> dict[str, str]:
    return {line["service_id"]: line["name"] for line in lines("services")}


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_provider_does_not_list_protected_services_for_outsiders(record: World, actor: str) -> None:
    document = """
    query ($slug: String!) { organisation(slug: $slug) {
      services(first: 100) { totalCount nodes { id } edges { cursor node { id } } }
    } }
    """
    by_code = protected_ids(record)

    for slug in ("diaconia", "bol", "caritas", "mariorei", "cap"):
        services = record.one(document, actor, slug=slug)["services"]
        expected = keys("services", provider=slug) - PROTECTED
        assert services["totalCount"] == len(services["nodes"]) == len(services["edges"]) == len(expected)
        assert {node["id"] for node in services["nodes"]} & set(by_code.values()) == set()


def test_provider_lists_them_for_its_own_line(record: World) -> None:
    document = '{ organisation(slug: "diaconia") { services { totalCount nodes { code } } } }'

    services = record.one(document, "bes")["services"]

    assert {node["code"] for node in services["nodes"]} == keys("services", provider="diaconia")
    assert services["totalCount"] == 4


# ------------------------------------------------------------------ filters and search


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_district_finds_protected_services_by_region_only(record: World, actor: str) -> None:
    """Every district of a region finds the same ones: those of the whole region."""
    by_code = protected_ids(record)
    region_of = {line["code"]: line["region"] for line in lines("districts")}

    for code, region in region_of.items():
        expected = {
            by_code[line["service_id"]]
            for line in lines("services", temporary_residence="yes")
            if line["district"] and region_of[line["district"]] == region
        }
        assert ids(record, actor, district=code) & set(by_code.values()) == expected, code


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_search_finds_protected_services_by_no_place(record: World, actor: str) -> None:
    by_code = protected_ids(record)
    places = {line["place"] for line in lines("services", temporary_residence="yes")} - {""}
    for line in lines("districts"):
        places |= {line["name_ro"], line["name_ru"], line["name_en"], *line["alt_names"].split(";")} - {""}
    # A district's common words stand in other texts too.
    districts = sorted(place for place in places if place != "Left Bank of the Dniester (Transnistria)")

    for place in districts:
        assert ids(record, actor, search=place) & set(by_code.values()) == set(), place


def test_search_by_place_finds_them_for_the_auditor(record: World) -> None:
    by_code = protected_ids(record)

    assert by_code["SRV-016"] in ids(record, "auditor", search="Drochia")
    assert by_code["SRV-025"] in ids(record, "auditor", search="Ciuciuleni")
    assert by_code["SRV-008"] in ids(record, "bes", search="Chișinău maternal")


def test_search_finds_them_by_name_provider_and_region(record: World) -> None:
    by_code = protected_ids(record)

    assert ids(record, "partner", search="maternal NORTH") == {by_code["SRV-016"]}
    assert ids(record, "partner", search="dream house") == {by_code["SRV-013"]}
    assert ids(record, "partner", search="caritas") == {by_code["SRV-028"], by_code["SRV-029"]}
    assert ids(record, "partner", search="Север maternal") == {by_code["SRV-016"]}


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_search_by_code_finds_no_protected_service(record: World, actor: str) -> None:
    by_code = protected_ids(record)

    for code in PROTECTED - (DIACONIAS if actor == "bes" else set()):
        assert by_code[code] not in ids(record, actor, search=code)


# ------------------------------------------------------------------ pools and numbers


@pytest.fixture
def confirmed(world: World) -> World:
    """SRV-008 with seven of ten places free, as its provider says, and a desk."""
    payload = world.deed(
        "confirmCapacity",
        "bes",
        {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 3, "contactDesk": "Desk 022 123456"},
    )
    assert payload["userErrors"] == []
    return world


POOL = f"query ($id: ID!) {{ node(id: $id) {{ ... on CapacityPool {{ {everything('CapacityPool', 0)} }} }} }}"
SERVICE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Service {{ {everything('Service', 1)} }} }} }}"


def test_pool_exists_for_the_provider_and_the_auditor_only(confirmed: World) -> None:
    pool = confirmed.pool("SRV-008")

    seen = {actor: confirmed.one(POOL, actor, id=pool) for actor in EVERYBODY}

    assert {actor for actor, node in seen.items() if node is not None} == {"bes", "auditor"}
    numbers = ("maximum", "occupied", "held", "available")
    assert [seen["bes"][name] for name in numbers] == [10, 3, 0, 7]
    assert [seen["auditor"][name] for name in numbers] == [None] * 4


def test_nodes_of_pools_are_null_for_outsiders(confirmed: World) -> None:
    with confirmed.units.reading() as uow:
        pools = [encode_id("CapacityPool", each) for each in uow.db.scalars(sa.select(CapacityPool.id))]

    for actor in ("anonymous", *OUTSIDERS):
        found = confirmed.one("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", actor, ids=pools)
        assert found == [None] * 6


@pytest.mark.parametrize(("actor", "desk"), [
    ("bes", True), ("moc", True), ("partner", True),
    ("reporter", False), ("council_member", False), ("council_secretary", False), ("expert", False),
    ("trainer", False), ("auditor", False),
])  # fmt: skip
def test_contact_desk_is_for_the_provider_and_who_reads_capacity(
    confirmed: World, actor: str, desk: bool
) -> None:
    node = confirmed.one(SERVICE, actor, id=confirmed.service("SRV-008"))

    assert node["contactDesk"] == ("Desk 022 123456" if desk else None)


EACH_QUANTITY = " ".join(f"n{quantity}: canTake(quantity: {quantity})" for quantity in range(1, 51))
CAN_TAKE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Service {{ {EACH_QUANTITY} }} }} }}"


def words_for(world: World, actor: str) -> list[str]:
    return list(world.one(CAN_TAKE, actor, id=world.service("SRV-008")).values())


def test_no_question_tells_outsiders_a_number(world: World) -> None:
    """Whatever the number of free places, the fifty answers are the same."""
    heard: dict[str, set[tuple[str, ...]]] = {actor: set() for actor in OUTSIDERS}

    for free in (1, 2, 7, 50):
        world.deed(
            "confirmCapacity", "bes", {"pool": world.pool("SRV-008"), "maximum": 50, "occupied": 50 - free}
        )
        world.clock.forward(minutes=91)
        for actor in OUTSIDERS:
            heard[actor].add(tuple(words_for(world, actor)))
        assert words_for(world, "bes") == ["YES"] * free + ["NO"] * (50 - free)

    hears_a_word = ("YES", *["ASK_BY_PHONE"] * 49)
    assert heard == {
        actor: {hears_a_word} if actor in ("moc", "partner") else {("ASK_BY_PHONE",) * 50}
        for actor in OUTSIDERS
    }


def test_full_pool_is_no_for_every_quantity(world: World) -> None:
    world.deed("confirmCapacity", "bes", {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": 10})
    world.clock.forward(minutes=91)

    assert words_for(world, "partner") == ["NO"] * 50
    assert words_for(world, "reporter") == ["ASK_BY_PHONE"] * 50


def test_change_of_the_word_is_heard_late(confirmed: World) -> None:
    heard = [words_for(confirmed, "partner")[0]]
    for _ in range(3):
        confirmed.clock.forward(minutes=29)
        heard.append(words_for(confirmed, "partner")[0])
    confirmed.clock.forward(minutes=4)
    heard.append(words_for(confirmed, "partner")[0])

    # Not within 30 minutes, by 90 minutes at the latest; between them once and for all.
    assert heard[:2] == ["ASK_BY_PHONE", "ASK_BY_PHONE"]
    assert heard[-1] == "YES"
    assert heard == sorted(heard)
    assert words_for(confirmed, "bes")[0] == "YES"


@pytest.mark.parametrize("quantity", [1, 2, 7, 8, 50])
def test_filter_can_take_says_what_the_field_says(confirmed: World, quantity: int) -> None:
    document = """
    query ($n: Int!) {
      services(first: 100, filter: {canTake: $n}) { totalCount nodes { id canTake(quantity: $n) } }
    }
    """
    plain = "query ($n: Int!) { services(first: 100) { nodes { id canTake(quantity: $n) } } }"
    confirmed.clock.forward(minutes=91)

    for actor in EVERYBODY:
        listed = confirmed.one(document, actor, n=quantity)
        answers = {node["id"]: node["canTake"] for node in listed["nodes"]}
        without_no = {
            node["id"]: node["canTake"]
            for node in confirmed.one(plain, actor, n=quantity)["nodes"]
            if node["canTake"] != "NO"
        }
        assert answers == without_no
        assert listed["totalCount"] == len(answers)
        ranks = [("YES", "ASK_BY_PHONE").index(word) for word in answers.values()]
        assert ranks == sorted(ranks)


def test_answers_to_outsiders_are_the_same_before_and_after_a_confirmation(world: World) -> None:
    service = world.service("SRV-008")
    before = {actor: world.one(SERVICE, actor, id=service) for actor in OUTSIDERS}

    for occupied in (3, 9, 10):
        world.deed(
            "confirmCapacity", "bes", {"pool": world.pool("SRV-008"), "maximum": 10, "occupied": occupied}
        )
        after = {actor: world.one(SERVICE, actor, id=service) for actor in OUTSIDERS}
        assert after == before


# ------------------------------------------------------------------ attempts and errors


def test_attempts_are_shown_to_the_provider_only(confirmed: World) -> None:
    tried = {
        "service": confirmed.service("SRV-008"),
        "quantity": 9,
        "onBehalfOf": confirmed.organisation("lastrada"),
    }
    assert confirmed.refused("holdPlaces", "partner", tried) == [("NOT_ENOUGH_PLACES", ("service",))]

    shown = {actor: confirmed.one(SERVICE, actor, id=confirmed.service("SRV-008")) for actor in EVERYBODY}

    attempts = {actor: node["attempts"] for actor, node in shown.items() if node and node["attempts"]}
    assert set(attempts) == {"bes"}
    assert [attempt["code"] for attempt in attempts["bes"]] == ["NOT_ENOUGH_PLACES"]
    assert len(confirmed.dump()[HoldAttempt.__tablename__]) == 1


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_confirming_a_hidden_pool_is_as_if_it_were_absent(confirmed: World, actor: str) -> None:
    given = {"maximum": 10, "occupied": 0}

    hidden = confirmed.deed("confirmCapacity", actor, {"pool": confirmed.pool("SRV-008"), **given})
    absent = confirmed.deed(
        "confirmCapacity",
        actor,
        {"pool": encode_id("CapacityPool", confirmed.actor("bes").person_id), **given},
    )

    assert hidden == absent
    assert hidden["userErrors"][0]["code"] == "NOT_FOUND"


def test_refused_hold_tells_no_number(confirmed: World) -> None:
    """The sentence for eight of seven is that for fifty of seven."""
    tried = {"service": confirmed.service("SRV-008"), "onBehalfOf": confirmed.organisation("lastrada")}

    eight = confirmed.deed("holdPlaces", "partner", {**tried, "quantity": 8})
    fifty = confirmed.deed("holdPlaces", "partner", {**tried, "quantity": 50})

    assert eight == fifty


# ------------------------------------------------------------------ cursors


def _decoded(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@pytest.mark.parametrize("filters", [{}, {"canTake": 1}, {"canTake": 8}, {"district": "MD-DR"}])
def test_cursors_hold_the_outside_name_and_nothing_else(confirmed: World, filters: dict[str, Any]) -> None:
    document = """
    query ($filter: ServiceFilter) { services(first: 100, filter: $filter) { edges { cursor node { id } } } }
    """
    by_id = {opaque: code for code, opaque in protected_ids(confirmed).items()}
    confirmed.clock.forward(minutes=91)
    with confirmed.units.reading() as uow:
        names = dict(row for row in uow.db.execute(sa.select(Service.code, Service.outside_sort_en)))

    for actor in OUTSIDERS:
        for edge in confirmed.one(document, actor, filter=filters)["edges"]:
            code = by_id.get(edge["node"]["id"])
            if code is None:
                continue
            order, *values = _decoded(edge["cursor"])
            assert order == ("rank-service-en" if "canTake" in filters else "service-en")
            rank = values[:-2]
            assert values[-2] == names[code]
            assert encode_id("Service", UUID(values[-1])) == edge["node"]["id"]
            assert rank in ([[0], [1]] if "canTake" in filters else [[]])
