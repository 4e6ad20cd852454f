"""`trainingSessions`: order, fields and filters, against the lines of the record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.training.models import TrainingSession
from tests.graphql.record import days, in_line, keys, lines, organisers
from tests.graphql.world import World, record_id

CODES = """
query ($filter: TrainingSessionFilter) {
  trainingSessions(first: 100, filter: $filter) { nodes { code } totalCount }
}
"""
FIELDS = """
query ($code: String!) { trainingSessions(filter: {search: $code}) { nodes {
  code title status record sessionsCount dateNote country place languages revision visibility source
  startsOn { text precision certainty } endsOn { text precision certainty }
  district { code } organisers { slug } invited { slug } organiserNames funders audience
  topics { code group } capacity placesFree
  participantsCount participantsQualifier participantsQualifierText
} } }
"""


def found(record: World, actor: str = "anonymous", **filters: Any) -> set[str]:
    answer = record.one(CODES, actor, filter=filters)
    codes = [node["code"] for node in answer["nodes"]]
    assert answer["totalCount"] == len(codes) == len(set(codes))
    return set(codes)


def test_training_sessions_come_by_start_newest_first_undated_last(record: World) -> None:
    nodes = record.one("{ trainingSessions(first: 100) { nodes { id startsOn { date } } } }")["nodes"]

    starts = [node["startsOn"]["date"] if node["startsOn"] else "" for node in nodes]
    places = [(start, record_id(node["id"])) for start, node in zip(starts, nodes, strict=True)]
    assert places == sorted(places, reverse=True)
    # One has an end only: when it began is not known.
    assert starts.count("") == len([line for line in lines("trainings") if not line["date_start"]])


def test_series_has_all_that_its_line_says(record: World) -> None:
    [node] = record.one(FIELDS, code="TRN-001")["nodes"]

    assert node == {
        "code": "TRN-001",
        "title": "Information seminars for clergy and church social workers (series of 25)",
        "status": "COMPLETED",
        "record": "SERIES",
        "sessionsCount": 25,
        "dateNote": None,
        "country": "MD",
        "place": None,
        "languages": [],
        "revision": 1,
        "visibility": "PUBLIC",
        "source": "https://iom.int/news/efforts-engage-clergy-counter-trafficking-reaches-new-high",
        "startsOn": {"text": "2007-03", "precision": "MONTH", "certainty": "STATED"},
        "endsOn": {"text": "2007-07", "precision": "MONTH", "certainty": "STATED"},
        "district": None,
        "organisers": [
            {"slug": slug} for slug in ("iom-md", "mca", "moc", "bes", "ubceb", "elc", "coalition")
        ],
        "invited": [],
        "organiserNames": [],
        "funders": [],
        "audience": ["clergy", "monks", "staff of church social organisations"],
        "topics": [{"code": "awareness-and-the-church-s-role", "group": "as_written"}],
        "capacity": None,
        "placesFree": None,
        "participantsCount": 650,
        "participantsQualifier": "MORE_THAN",
        "participantsQualifierText": "more than",
    }


def test_running_total_and_plan_are_marked(record: World) -> None:
    [total] = record.one(FIELDS, code="TRN-002")["nodes"]
    [planned] = record.one(FIELDS, code="TRN-031")["nodes"]

    assert (total["record"], total["status"], total["participantsCount"]) == ("CUMULATIVE", "COMPLETED", 700)
    assert (planned["record"], planned["status"]) == ("PLANNED", "SCHEDULED")
    assert (planned["participantsQualifier"], planned["participantsQualifierText"]) == (
        "PLANNED",
        "planned, more than",
    )


def test_organisers_that_are_not_listed_stay_as_written(record: World) -> None:
    listed = keys("organisations")
    document = "{ trainingSessions(first: 100) { nodes { code organisers { slug } organiserNames } } }"

    nodes = {node["code"]: node for node in record.one(document)["nodes"]}

    assert {
        code: ([each["slug"] for each in node["organisers"]], node["organiserNames"])
        for code, node in nodes.items()
    } == {
        line["training_id"]: (
            [each for each in organisers(line) if each in listed],
            [each for each in organisers(line) if each not in listed],
        )
        for line in lines("trainings")
    }


@pytest.mark.parametrize("slug", ["iom-md", "diaconia", "ubceb", "osce-md"])
def test_filter_by_organiser(record: World, slug: str) -> None:
    expected = {line["training_id"] for line in lines("trainings") if slug in organisers(line)}

    assert found(record, organiser=record.organisation(slug)) == expected
    assert expected != set()


@pytest.mark.parametrize("code", ["orthodox", "baptist", "lutheran", "salvation_army", "roman_catholic"])
def test_filter_by_denomination_with_its_line(record: World, code: str) -> None:
    expected = {
        line["training_id"]
        for line in lines("trainings")
        if any(in_line(slug, "denomination_code", code) for slug in organisers(line))
    }

    assert found(record, denomination=code) == expected


@pytest.mark.parametrize("slug", ["moc", "bes", "ubceb", "elc"])
def test_filter_by_church_body_with_its_line(record: World, slug: str) -> None:
    expected = {
        line["training_id"]
        for line in lines("trainings")
        if any(in_line(each, "church_body", slug) for each in organisers(line))
    }

    assert found(record, churchBody=record.organisation(slug)) == expected
    assert expected != set()


def test_filter_by_district(record: World) -> None:
    for code in keys("districts"):
        assert found(record, district=code) == keys("trainings", district=code)
    assert found(record, district="Stînga Nistrului") == keys("trainings", district="MD-SN") != set()


def test_filter_by_status(record: World) -> None:
    planned = keys("trainings", record_type="planned")

    assert found(record, status="SCHEDULED") == planned
    assert found(record, status="COMPLETED") == keys("trainings") - planned
    assert found(record, status="OPEN") == set()


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2007-07-31", "2007-07-31"),
        ("2007-08-01", "2007-12-31"),
        (None, "2004-12-31"),
        ("2022-01-01", None),
        ("2008-12-15", "2008-12-15"),
        ("2008-11-30", "2008-11-30"),
        ("0001-01-01", "9999-12-31"),
    ],
)
def test_filter_by_days_that_overlap(record: World, since: str | None, until: str | None) -> None:
    first = date.fromisoformat(since) if since else date.min
    last = date.fromisoformat(until) if until else date.max
    expected = {
        line["training_id"]
        for line in lines("trainings")
        if (span := days(line)) and span[0] <= last and span[1] >= first
    }

    assert found(record, **{"from": since, "to": until}) == expected
    assert expected != keys("trainings")


def test_filter_by_topic(record: World) -> None:
    assert found(record, topic="awareness-and-the-church-s-role") == {"TRN-001"}
    assert found(record, topic="good-practice-exchange") == keys("trainings", topic="good practice exchange")
    assert found(record, topic="recruitment") == set()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("zone workshop", {"TRN-015", "TRN-016", "TRN-017", "TRN-018", "TRN-019"}),
        ("workshop ZONE сынжерейский", {"TRN-019"}),
        ("sangerei", {"TRN-019"}),
        ("priests diaconia final", {"TRN-004"}),
        ("interpol", {"TRN-025"}),
        ("nothing-has-this", set()),
    ],
)
def test_search_needs_every_word_in_any_language(record: World, words: str, expected: set[str]) -> None:
    assert found(record, search=words) == expected


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"district": "Atlantis"}, "UNKNOWN_DISTRICT"),
        ({"denomination": "nonsense"}, "UNKNOWN_DENOMINATION"),
        ({"topic": "nonsense"}, "UNKNOWN_TOPIC"),
        ({"organiser": "nonsense"}, "NOT_FOUND"),
        ({"churchBody": "nonsense"}, "NOT_FOUND"),
    ],
)
def test_unknown_name_in_a_filter_is_said(record: World, filters: dict[str, str], code: str) -> None:
    answer = record.answer(CODES, filter=filters)

    assert (answer.data, answer.codes) == (None, [code])


def test_what_is_stored_is_what_is_listed(record: World) -> None:
    with record.units.reading() as uow:
        stored = set(uow.db.scalars(sa.select(TrainingSession.code)))

    assert found(record) == found(record, "auditor") == stored == keys("trainings")
