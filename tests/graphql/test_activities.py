"""`activities`: order, every field, every filter, against the lines of the record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests import factories
from tests.graphql.record import days, in_line, keys, lines, organisers
from tests.graphql.world import World, record_id

CODES = """
query ($filter: ActivityFilter) {
  activities(first: 100, filter: $filter) { nodes { code } totalCount }
}
"""


def found(record: World, actor: str = "anonymous", **filters: Any) -> set[str]:
    """The codes of the activities that fulfil all conditions."""
    answer = record.one(CODES, actor, filter=filters)
    codes = [node["code"] for node in answer["nodes"]]
    assert answer["totalCount"] == len(codes) == len(set(codes))
    return set(codes)


# ------------------------------------------------------------------ the list


def test_activities_come_by_start_newest_first_undated_last(record: World) -> None:
    nodes = record.one("{ activities(first: 100) { nodes { id startsOn { date } } } }")["nodes"]

    starts = [node["startsOn"]["date"] if node["startsOn"] else "" for node in nodes]
    assert starts == sorted(starts, reverse=True)
    places = [(start, record_id(node["id"])) for start, node in zip(starts, nodes, strict=True)]
    assert places == sorted(places, reverse=True)
    assert starts.count("") == len([line for line in lines("activities") if not line["date_start"]])


def test_activity_has_all_that_its_line_says(record: World) -> None:
    document = """
    { activities(filter: {search: "Open borders Pan-European"}) { nodes {
      code kind form title status dateNote country place source visibility revision campaign peopleReached
      startsOn { date precision certainty text } endsOn { date precision certainty text }
      districts { code name region { code } } lead { slug }
      participants { role organisation { slug } } organiserNames audience topics { code } materials
      quantities { value unit qualifier qualifierText }
      reach { sex ageBand count method qualifier qualifierText }
    } } }
    """

    assert record.one(document)["nodes"] == [
        {
            "code": "ACT-008",
            "kind": "AWARENESS",
            "form": "conference",
            "title": "Pan-European conference on open borders and trafficking",
            "status": "HELD",
            "dateNote": None,
            "country": "MD",
            "place": "Chișinău",
            "source": "http://bol.md/index.php?start=30",
            "visibility": "PUBLIC",
            "revision": 1,
            "campaign": None,
            "peopleReached": None,
            "startsOn": {
                "date": "2015-05-14",
                "precision": "DAY",
                "certainty": "STATED",
                "text": "2015-05-14",
            },
            "endsOn": {"date": "2015-05-15", "precision": "DAY", "certainty": "STATED", "text": "2015-05-15"},
            "districts": [{"code": "MD-CU", "name": "Chișinău", "region": {"code": "CENTRE"}}],
            "lead": None,
            "participants": [{"role": "UNSPECIFIED", "organisation": {"slug": "bol"}}],
            "organiserNames": [],
            "audience": ["practitioners"],
            "topics": [],
            "materials": [],
            "quantities": [],
            "reach": [],
        }
    ]


def test_people_reached_and_quantities_stay_apart(record: World) -> None:
    document = """
    query ($codes: String) { activities(filter: {search: $codes}) { nodes {
      peopleReached
      quantities { value unit qualifier qualifierText }
      reach { sex ageBand count method qualifier qualifierText }
    } } }
    """

    [with_people] = record.one(document, codes="ACT-072")["nodes"]
    [with_photos] = record.one(document, codes="ACT-071")["nodes"]

    assert with_people == {
        "peopleReached": 18,
        "quantities": [],
        "reach": [
            {
                "sex": "UNSPECIFIED",
                "ageBand": "UNKNOWN",
                "count": 18,
                "method": "UNSPECIFIED",
                "qualifier": "EXACT",
                "qualifierText": "exact",
            }
        ],
    }
    assert with_photos == {
        "peopleReached": None,
        "quantities": [{"value": 53.0, "unit": "photos", "qualifier": "EXACT", "qualifierText": "exact"}],
        "reach": [],
    }


def test_partial_dates_keep_precision_certainty_and_text(record: World) -> None:
    document = """
    query ($code: String!) { activity(code: $code) {
      startsOn { date precision certainty text } endsOn { date precision certainty text } dateNote
    } }
    """

    assert record.one(document, code="ACT-005") == {
        "startsOn": {"date": "2007-01-01", "precision": "MONTH", "certainty": "STATED", "text": "2007-01"},
        "endsOn": {"date": "2008-08-01", "precision": "MONTH", "certainty": "STATED", "text": "2008-08"},
        "dateNote": None,
    }
    assert record.one(document, code="ACT-003")["startsOn"] == {
        "date": "2007-01-01",
        "precision": "YEAR",
        "certainty": "APPROXIMATE",
        "text": "2007",
    }
    assert record.one(document, code="ACT-063") == {
        "startsOn": None,
        "endsOn": None,
        "dateNote": "day and month known (18-24 October), year not shown",
    }


def test_the_four_loaded_assistance_activities_are_listed_and_found(record: World) -> None:
    assistance = {"ACT-010", "ACT-012", "ACT-020", "ACT-088"}

    assert found(record, kind="ASSISTANCE") == keys("activities", kind="assistance") == assistance
    assert found(record, search="hotline left bank") == {"ACT-088"}
    assert assistance <= found(record)


# ------------------------------------------------------------------ filters, against the record


@pytest.mark.parametrize("slug", ["iom-md", "diaconia", "ubceb", "bes", "coalition"])
def test_filter_by_any_participant(record: World, slug: str) -> None:
    expected = {line["activity_id"] for line in lines("activities") if slug in organisers(line)}

    assert found(record, organisation=record.organisation(slug)) == expected


@pytest.mark.parametrize("code", ["orthodox", "baptist", "evangelical", "roman_catholic", "lutheran"])
def test_filter_by_denomination_with_its_line(record: World, code: str) -> None:
    expected = {
        line["activity_id"]
        for line in lines("activities")
        if any(in_line(slug, "denomination_code", code) for slug in organisers(line))
    }

    assert found(record, denomination=code) == expected
    assert expected or code == "lutheran"


@pytest.mark.parametrize("slug", ["moc", "bes", "ubceb", "elc"])
def test_filter_by_church_body_with_its_line(record: World, slug: str) -> None:
    expected = {
        line["activity_id"]
        for line in lines("activities")
        if any(in_line(each, "church_body", slug) for each in organisers(line))
    }

    assert found(record, churchBody=record.organisation(slug)) == expected


def test_filter_by_church_body_holds_more_than_the_body_itself(record: World) -> None:
    own = found(record, organisation=record.organisation("bes"))
    line = found(record, churchBody=record.organisation("bes"))

    assert own < line
    assert found(record, organisation=record.organisation("diaconia")) <= line


def test_filter_by_denomination_finds_a_parish_that_names_none(world: World) -> None:
    with world.units.writing() as uow:
        union = factories.church_body(uow, "invented-union", denomination="lutheran")
        parish = factories.organisation(uow, "invented-parish", parent=union)
        parish.denomination_id = None
        made = factories.activity(uow, parish, visibility="PUBLIC")
        code = made.code

    assert found(world, denomination="lutheran") == {code}
    assert found(world, "auditor", churchBody=world.organisation("invented-union")) == {code}


@pytest.mark.parametrize("code", sorted(line["code"] for line in lines("districts")))
def test_filter_by_district(record: World, code: str) -> None:
    assert found(record, district=code) == keys("activities", district=code)


SPELLINGS = {
    "MD-CU": [
        "MD-CU",
        "md-cu",
        "Chișinău",
        "Chişinău",
        "chisinau",
        "CHIȘINĂU",
        "Kishinev",
        "Кишинёв",
        "Кишинев",
    ],
    "MD-HI": ["Hîncești", "Hâncești", "Hîncesti", "Hinceşti", "hancesti", "Хынчештский район"],
    "MD-RI": ["Rîșcani", "Râșcani", "Rîşcani", "Riscani", "Рышканский район"],
    "MD-SI": ["Sîngerei", "Sângerei", "Singerei"],
    "MD-BD": ["Bender", "Tighina", "Bendery", "Бендеры"],
    "MD-SD": ["Șoldănești", "Şoldăneşti", "Soldanesti"],
    "MD-SV": ["Ștefan Vodă", "Stefan  Voda", " ştefan vodă "],
    "MD-GA": ["Găgăuzia", "Gagauzia", "UTA Găgăuzia", "АТО Гагаузия"],
    "MD-SN": ["Transnistria", "Stânga Nistrului", "Stinga Nistrului", "Левобережье Днестра"],
    "MD-CS": ["Căușeni", "Căuşeni", "Causeni"],
}


@pytest.mark.parametrize("code", SPELLINGS)
def test_filter_by_any_spelling_of_a_district(record: World, code: str) -> None:
    by_code = found(record, district=code)

    unlike = [spelling for spelling in SPELLINGS[code] if found(record, district=spelling) != by_code]

    assert unlike == []


@pytest.mark.parametrize("kind", ["PREVENTION", "AWARENESS", "ADVOCACY", "ASSISTANCE", "COORDINATION"])
def test_filter_by_kind(record: World, kind: str) -> None:
    assert found(record, kind=kind) == keys("activities", kind=kind.lower())


@pytest.mark.parametrize("status", ["PLANNED", "HELD", "CANCELLED"])
def test_filter_by_status(record: World, status: str) -> None:
    assert found(record, status=status) == keys("activities", status=status.lower())


PERIODS = [
    ("2007-01-01", "2007-12-31"),
    ("2007-03-15", "2007-03-15"),
    ("2012-09-22", "2012-10-01"),
    ("2012-09-23", "2012-10-01"),
    ("2016-10-09", "2016-10-09"),
    ("2018-10-20", None),
    (None, "2001-11-30"),
    (None, "2001-10-31"),
    ("2001-11-30", "2001-11-30"),
    ("2021-10-25", "2021-10-26"),
    ("2021-10-26", "2021-10-27"),
    ("1990-01-01", "1999-12-31"),
    (None, None),
]


@pytest.mark.parametrize(("since", "until"), PERIODS)
def test_filter_by_days_that_overlap(record: World, since: str | None, until: str | None) -> None:
    first = date.fromisoformat(since) if since else date.min
    last = date.fromisoformat(until) if until else date.max
    expected = {
        line["activity_id"]
        for line in lines("activities")
        if (span := days(line)) and span[0] <= last and span[1] >= first
    }

    asked = {"from": since, "to": until}
    if since is None and until is None:
        expected = keys("activities")
    assert found(record, **asked) == expected


def test_undated_activities_match_no_day(record: World) -> None:
    undated = {line["activity_id"] for line in lines("activities") if days(line) is None}

    assert len(undated) == 14
    assert found(record, **{"from": "0001-01-01", "to": "9999-12-31"}) == keys("activities") - undated


def test_activity_known_by_its_year_overlaps_every_day_of_it(record: World) -> None:
    for day in ("2006-01-01", "2006-07-15", "2006-12-31"):
        assert "ACT-020" in found(record, **{"from": day, "to": day})
    for day in ("2005-12-31", "2007-01-01"):
        assert "ACT-020" not in found(record, **{"from": day, "to": day})


def test_from_after_to_matches_only_what_spans_both(record: World) -> None:
    assert found(record, **{"from": "2014-06-01", "to": "2006-06-01"}) == {"ACT-007"}


def test_filters_hold_together(record: World) -> None:
    expected = {
        line["activity_id"]
        for line in lines("activities", kind="awareness", district="MD-CU", status="held")
        if "iom-md" in organisers(line)
    }

    assert (
        found(
            record,
            kind="AWARENESS",
            district="Chisinau",
            status="HELD",
            organisation=record.organisation("iom-md"),
        )
        == expected
    )
    assert len(expected) == 9


# ------------------------------------------------------------------ topics


def test_filter_by_topic(world: World) -> None:
    with world.units.writing() as uow:
        owner = factories.organisation(uow, "invented")
        topic = factories.topic(uow, "invented_cause")
        other = factories.topic(uow, "invented_method", group="method")
        codes = [
            factories.activity(uow, owner, topics=topics, visibility="PUBLIC").code
            for topics in ((topic,), (topic, other), (other,), ())
        ]

    assert found(world, topic="invented_cause") == {codes[0], codes[1]}
    assert found(world, topic="invented_method") == {codes[1], codes[2]}
    assert found(world, topic="recruitment") == set()


# ------------------------------------------------------------------ search


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("flash mob", {"ACT-040", "ACT-047", "ACT-056", "ACT-063"}),
        ("FLASH   MOB fortress", {"ACT-063"}),
        ("mob flash", {"ACT-040", "ACT-047", "ACT-056", "ACT-063"}),
        ("silhouettes soroca", {"ACT-026"}),
        ("silhouettes Сорокский", {"ACT-026"}),
        ("soldanesti", {"ACT-025"}),
        ("Şoldăneşti", {"ACT-025"}),
        ("Șoldănești", {"ACT-025"}),
        ("hotline взаимодействие", {"ACT-088"}),
        ("dream graduation", {"ACT-010"}),
        ("nothing-has-this-word", set()),
        ("flash nothinghasthisword", set()),
        ("ACT-055", {"ACT-055"}),
    ],
)
def test_search_needs_every_word_in_any_language(record: World, words: str, expected: set[str]) -> None:
    assert found(record, search=words) == expected


@pytest.mark.parametrize("spelling", ["Кишинёв", "Кишинев", "КИШИНЁВ", "Chișinău", "Chişinău", "chisinau"])
def test_search_finds_a_place_in_any_spelling(record: World, spelling: str) -> None:
    by_district = keys("activities", district="MD-CU")
    named_after_it = {line["org_id"] for line in lines("organisations") if "Chișinău" in line["name_en"]}
    in_words = {
        line["activity_id"]
        for line in lines("activities")
        if "Chișinău" in line["place"] + line["title"] or named_after_it & set(organisers(line))
    }

    # The record writes it in Romanian letters; in Cyrillic ones only the district is called so.
    is_cyrillic = spelling.casefold().startswith("к")
    assert found(record, search=spelling) == by_district | (set() if is_cyrillic else in_words)
    assert in_words - by_district != set()


@pytest.mark.parametrize("blank", ["", "   ", "…", "!?"])
def test_search_without_a_word_leaves_nothing_out(record: World, blank: str) -> None:
    assert found(record, search=blank) == keys("activities")


@pytest.mark.parametrize("pattern", ["_", "_CT", "ACT_008", "flash_mob", "A_T"])
def test_search_takes_no_patterns(record: World, pattern: str) -> None:
    assert found(record, search=pattern) == set()


@pytest.mark.parametrize("pattern", ["%", "\\", "'", "--", "%%"])
def test_search_reads_signs_as_no_words(record: World, pattern: str) -> None:
    assert found(record, search=f"{pattern} pan-european {pattern}") == {"ACT-008"}


# ------------------------------------------------------------------ names that nothing has


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"district": "Atlantis"}, "UNKNOWN_DISTRICT"),
        ({"district": ""}, "UNKNOWN_DISTRICT"),
        ({"district": "CENTRE"}, "UNKNOWN_DISTRICT"),
        ({"denomination": "pastafarian"}, "UNKNOWN_DENOMINATION"),
        ({"topic": "nonsense"}, "UNKNOWN_TOPIC"),
        ({"organisation": "nonsense"}, "NOT_FOUND"),
        ({"churchBody": ""}, "NOT_FOUND"),
    ],
)
def test_unknown_name_in_a_filter_is_said(record: World, filters: dict[str, str], code: str) -> None:
    answer = record.answer(CODES, filter=filters)

    assert (answer.data, answer.codes) == (None, [code])
    assert answer.errors[0]["path"] == ["activities"]


def test_id_of_another_type_in_a_filter_is_not_found(record: World) -> None:
    answer = record.answer(CODES, filter={"organisation": record.activity("ACT-001")})

    assert answer.codes == ["NOT_FOUND"]


@pytest.mark.parametrize(
    "filters",
    [{"kind": "NONSENSE"}, {"from": "2020-13-01"}, {"from": "yesterday"}, {"district": 7}, {"nothing": "x"}],
)
def test_filter_of_a_wrong_type_is_a_broken_request(record: World, filters: dict[str, Any]) -> None:
    answer = record.answer(CODES, filter=filters)

    assert (answer.data, len(answer.errors)) == (None, 1)
