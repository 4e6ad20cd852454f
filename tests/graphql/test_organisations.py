"""`organisations` and `organisation`: order, fields, filters, against the lines of the record."""

from __future__ import annotations

from typing import Any

import pytest

from coalition.core.text import sort_key
from tests import factories
from tests.graphql.record import in_line, keys, lines
from tests.graphql.world import World

SLUGS = """
query ($filter: OrganisationFilter) {
  organisations(first: 100, filter: $filter) { nodes { slug } totalCount }
}
"""


def found(record: World, actor: str = "anonymous", **filters: Any) -> set[str]:
    answer = record.one(SLUGS, actor, filter=filters)
    slugs = [node["slug"] for node in answer["nodes"]]
    assert answer["totalCount"] == len(slugs) == len(set(slugs))
    return set(slugs)


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_organisations_come_by_name_in_the_language_asked(record: World, language: str) -> None:
    nodes = record.one("{ organisations(first: 100) { nodes { name } } }", language=language)["nodes"]

    names = [sort_key(node["name"], language) for node in nodes]
    assert names == sorted(names)
    assert len(names) == 67


def test_order_follows_the_language(record: World) -> None:
    document = "{ organisations(first: 3) { nodes { slug name } } }"

    assert record.one(document, language="en")["nodes"] == [
        {"slug": "mariorei", "name": "Association Against Violence Casa Mărioarei"},
        {"slug": "awcs", "name": "Association of Women in Contemporary Society"},
        {"slug": "bol", "name": "Beginning of Life"},
    ]
    romanian = record.one(document, language="ro")["nodes"]
    assert romanian != record.one(document, language="en")["nodes"]
    assert [node["slug"] for node in romanian] == ["police-acad", "salvation", "awcs"]


def test_names_in_three_alphabets_are_in_dictionary_order(world: World) -> None:
    spelled = ["Zidul", "Țara", "Tara", "Șura", "Sura", "Ăsta", "Asta", "Âmbla", "Ёлка", "Ель", "Йод", "Иван"]
    with world.units.writing() as uow:
        for number, name in enumerate(spelled):
            factories.organisation(
                uow,
                f"invented-{number}",
                name={"ro": name},
                visibility="PUBLIC",
                kind="OTHER",
                place="invented",
            )

    document = """{ organisations(first: 100) { nodes { slug name } } }"""
    nodes = world.one(document, language="ro")["nodes"]

    ours = [node["name"] for node in nodes if node["slug"].startswith("invented-")]
    assert ours == [
        "Asta",
        "Ăsta",
        "Âmbla",
        "Sura",
        "Șura",
        "Tara",
        "Țara",
        "Zidul",
        "Ёлка",
        "Ель",
        "Иван",
        "Йод",
    ]


def test_organisation_has_all_that_its_line_says(record: World) -> None:
    document = """
    query ($slug: String!) { organisation(slug: $slug) {
      slug ro: name(language: "ro") en: name(language: "en") kind status
      denomination { code } churchBody { slug } parent { slug } district { code } country place languages
      roleInCoalition activeFrom { date precision text } source
    } }
    """

    assert record.one(document, slug="diaconia") == {
        "slug": "diaconia",
        "ro": "Misiunea Socială Diaconia",
        "en": "Social Mission Diaconia",
        "kind": "FAITH_BASED_NGO",
        "status": "PARTNER",
        "denomination": {"code": "orthodox"},
        "churchBody": {"slug": "bes"},
        "parent": {"slug": "bes"},
        "district": {"code": "MD-CU"},
        "country": "MD",
        "place": "Chișinău",
        "languages": [],
        "roleInCoalition": "implementing partner for clergy training",
        "activeFrom": {"date": "2001-06-05", "precision": "DAY", "text": "2001-06-05"},
        "source": "http://diaconia.md/pageview.php?l=en&idc=66&t=/About/History",
    }
    assert record.one(document, slug="coatnet") == {
        "slug": "coatnet",
        "ro": "COATNET",
        "en": "COATNET",
        "kind": "NETWORK",
        "status": "NONE",
        "denomination": None,
        "churchBody": None,
        "parent": None,
        "district": None,
        "country": None,
        "place": None,
        "languages": [],
        "roleInCoalition": None,
        "activeFrom": {"date": "2002-01-01", "precision": "YEAR", "text": "2002"},
        "source": "https://zenit.org/articles/trafficking-in-women-is-targeted-by-christian-aid-groups/",
    }


def test_church_body_is_its_own(record: World) -> None:
    document = '{ organisation(slug: "bes") { churchBody { slug } parent { slug } } }'

    assert record.one(document) == {"churchBody": {"slug": "bes"}, "parent": None}


@pytest.mark.parametrize("slug", ["", "nobody", "BES", "%"])
def test_organisation_with_an_unknown_slug_is_null(record: World, slug: str) -> None:
    assert record.one("query ($slug: String!) { organisation(slug: $slug) { id } }", slug=slug) is None


KINDS = {
    "church_union": "UNION", "local_church": "PARISH", "faith_based_service": "FAITH_BASED_NGO",
    "secular_ngo": "NGO", "education": "SCHOOL", "cultural": "CULTURAL_INSTITUTION",
    "international_faith_network": "NETWORK", "international_network": "NETWORK",
}  # fmt: skip


def test_filter_by_kind(record: World) -> None:
    by_kind: dict[str, set[str]] = {}
    for line in lines("organisations"):
        kind = KINDS.get(line["kind"], line["kind"].upper())
        by_kind.setdefault(kind, set()).add(line["org_id"])

    assert {kind: found(record, kind=kind) for kind in by_kind} == by_kind
    assert found(record, kind="LAW_ENFORCEMENT") == set()


def test_filter_by_status(record: World) -> None:
    for status in ("MEMBER", "PARTNER", "OBSERVER"):
        assert found(record, status=status) == keys("organisations", membership=status.lower())
    assert found(record, status="NONE") == keys("organisations", membership="")


def test_filter_by_denomination_with_its_line(record: World) -> None:
    for code in ("orthodox", "baptist", "lutheran", "roman_catholic", "evangelical", "salvation_army"):
        expected = {
            line["org_id"]
            for line in lines("organisations")
            if in_line(line["org_id"], "denomination_code", code)
        }
        assert found(record, denomination=code) == expected


def test_filter_by_church_body_with_its_line(record: World) -> None:
    for slug in ("moc", "bes", "ubceb", "elc"):
        expected = {
            line["org_id"] for line in lines("organisations") if in_line(line["org_id"], "church_body", slug)
        }
        assert found(record, churchBody=record.organisation(slug)) == expected


def test_filter_by_district(record: World) -> None:
    for code in keys("districts"):
        assert found(record, district=code) == keys("organisations", seat_district=code)
    assert found(record, district="Transnistria") == {"interaction", "womeninit"}


def test_filter_within_an_organisation(record: World) -> None:
    assert found(record, within=record.organisation("ncc")) == {
        "ncc",
        *keys("organisations", parent_org_id="ncc"),
    }
    assert found(record, within=record.organisation("bes")) == {"bes", "diaconia"}
    assert found(record, within=record.organisation("iom-md")) == {"iom-md"}


def test_filter_within_follows_the_tree_downwards(world: World) -> None:
    with world.units.writing() as uow:
        top = factories.organisation(uow, "invented-top", visibility="PUBLIC")
        middle = factories.organisation(uow, "invented-middle", parent=top, visibility="PUBLIC")
        factories.organisation(uow, "invented-bottom", parent=middle, visibility="PUBLIC")

    assert found(world, within=world.organisation("invented-top")) == {
        "invented-top",
        "invented-middle",
        "invented-bottom",
    }
    assert found(world, within=world.organisation("invented-middle")) == {
        "invented-middle",
        "invented-bottom",
    }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("metropolis", {"moc", "bes"}),
        ("mitropolia basarabiei", {"bes"}),
        ("METROPOLIS bessarabia", {"bes"}),
        ("взаимодействие", {"interaction"}),
        ("Începutul vieții", {"bol"}),
        ("inceputul vietii", {"bol"}),
        ("Începutul vieţii", {"bol"}),
        ("Ancuta-nobody", set()),
    ],
)
def test_search_needs_every_word_in_any_language(record: World, words: str, expected: set[str]) -> None:
    assert found(record, search=words) == expected


def test_filters_hold_together(record: World) -> None:
    assert found(record, kind="FAITH_BASED_NGO", denomination="orthodox", district="Chișinău") == {"diaconia"}


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"district": "Atlantis"}, "UNKNOWN_DISTRICT"),
        ({"denomination": "nonsense"}, "UNKNOWN_DENOMINATION"),
        ({"churchBody": "nonsense"}, "NOT_FOUND"),
        ({"within": "nonsense"}, "NOT_FOUND"),
    ],
)
def test_unknown_name_in_a_filter_is_said(record: World, filters: dict[str, str], code: str) -> None:
    answer = record.answer(SLUGS, filter=filters)

    assert (answer.data, answer.codes) == (None, [code])


def test_children_come_by_name(record: World) -> None:
    document = '{ organisation(slug: "ncc") { children { totalCount nodes { name slug } } } }'

    children = record.one(document, language="en")["children"]

    names = [sort_key(node["name"], "en") for node in children["nodes"]]
    assert names == sorted(names)
    assert {node["slug"] for node in children["nodes"]} == keys("organisations", parent_org_id="ncc")
    assert children["totalCount"] == len(names)


def test_activities_and_trainings_of_an_organisation(record: World) -> None:
    document = """
    query ($slug: String!, $id: ID!) {
      organisation(slug: $slug) {
        activities(first: 100) { totalCount nodes { id } }
        trainingSessions(first: 100) { totalCount nodes { id } }
      }
      activities(first: 100, filter: {organisation: $id}) { totalCount nodes { id } }
      trainingSessions(first: 100, filter: {organiser: $id}) { totalCount nodes { id } }
    }
    """

    for slug in ("iom-md", "diaconia", "coalition", "elc"):
        answer = record.ask(document, slug=slug, id=record.organisation(slug))
        assert answer["organisation"] == {
            "activities": answer["activities"],
            "trainingSessions": answer["trainingSessions"],
        }
