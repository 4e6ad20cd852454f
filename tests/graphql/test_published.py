"""`advocacyTargets`, `statistics` and `programmes`: what others published, as published."""

from __future__ import annotations

from coalition.outreach.models import Statistic
from tests.graphql.record import lines
from tests.graphql.world import World, record_id


def test_advocacy_targets_come_by_date_newest_first_undated_last(record: World) -> None:
    nodes = record.one("{ advocacyTargets(first: 100) { nodes { id date { date } } } }")["nodes"]

    dates = [node["date"]["date"] if node["date"] else "" for node in nodes]
    places = [(day, record_id(node["id"])) for day, node in zip(dates, nodes, strict=True)]
    assert places == sorted(places, reverse=True)
    assert dates.count("") == len([line for line in lines("advocacy") if not line["date"]])


def test_advocacy_target_has_all_that_its_line_says(record: World) -> None:
    document = """
    { advocacyTargets(first: 100) { nodes {
      code kind name number issuer stage date { text } periodFrom { text } periodTo { text }
      amount currency source
    } } }
    """

    nodes = {node["code"]: node for node in record.one(document)["nodes"]}

    assert nodes["ADV-001"] == {
        "code": "ADV-001",
        "kind": "LAW",
        "name": "Law on preventing and combating trafficking in human beings",
        "number": "241-XVI",
        "issuer": "Parliament",
        "stage": "ADOPTED",
        "date": {"text": "2005-10-20"},
        "periodFrom": None,
        "periodTo": None,
        "amount": None,
        "currency": None,
        "source": "http://lex.justice.md/viewdoc.php?action=view&view=doc&id=313051&lang=1",
    }
    assert {code: (node["kind"], node["stage"], node["number"]) for code, node in nodes.items()} == {
        line["advocacy_id"]: (line["kind"].upper(), line["stage"].upper(), line["number"] or None)
        for line in lines("advocacy")
    }


def test_statistics_come_in_the_order_of_the_record(record: World) -> None:
    document = "{ statistics(first: 100) { nodes { code value unit publisher source } } }"

    assert record.one(document)["nodes"] == [
        {
            "code": line["stat_id"],
            "value": float(line["value"]),
            "unit": line["unit"],
            "publisher": line["publisher"],
            "source": line["source"],
        }
        for line in lines("statistics")
    ]


def test_statistic_has_all_that_its_line_says(record: World) -> None:
    document = """
    { statistics(first: 1) { nodes {
      indicator population sex ageGroup form destination qualifier
      periodFrom { date precision } periodTo { date precision }
    } } }
    """

    assert record.one(document)["nodes"] == [
        {
            "indicator": "newly registered victims assisted",
            "population": "victims",
            "sex": "all",
            "ageGroup": "all",
            "form": "all",
            "destination": None,
            "qualifier": None,
            "periodFrom": {"date": "2005-01-01", "precision": "YEAR"},
            "periodTo": {"date": "2005-01-01", "precision": "YEAR"},
        }
    ]


def test_statistics_of_one_indicator(record: World) -> None:
    document = """
    query ($indicator: String) { statistics(first: 100, indicator: $indicator) { totalCount nodes { code } } }
    """

    for indicator in {line["indicator"] for line in lines("statistics")}:
        codes = [line["stat_id"] for line in lines("statistics", indicator=indicator)]
        assert record.one(document, indicator=indicator) == {
            "totalCount": len(codes),
            "nodes": [{"code": code} for code in codes],
        }
    assert record.one(document, indicator="nothing is called so")["totalCount"] == 0
    assert record.one(document, indicator=None)["totalCount"] == 85


def test_statistics_are_never_mixed_with_what_members_log(world: World) -> None:
    before = world.one("{ statistics(first: 100) { nodes { id value } } }")

    world.deed(
        "logActivity",
        "reporter",
        {
            "organisation": world.organisation("ubceb"),
            "kind": "AWARENESS",
            "title": {"en": "Evening"},
            "startsOn": {"date": "2026-05-01"},
            "districts": [],
            "reach": [{"count": 500}],
            "visibility": "PUBLIC",
        },
    )

    assert world.one("{ statistics(first: 100) { nodes { id value } } }") == before
    with world.units.reading() as uow:
        assert len(list(uow.db.scalars(Statistic.__table__.select()))) == 85


def test_programmes_come_in_the_order_of_the_record(record: World) -> None:
    document = "{ programmes(first: 100) { nodes { code name countries currency amountNote source } } }"

    assert record.one(document)["nodes"] == [
        {
            "code": line["programme_id"],
            "name": line["programme"],
            "countries": [country for country in line["countries"].split(";") if country],
            "currency": line["currency"] or None,
            "amountNote": line["amount_note"] or None,
            "source": line["source"],
        }
        for line in lines("programme")
    ]


def test_programme_has_all_that_its_line_says(record: World) -> None:
    document = """
    { programmes(first: 1) { nodes {
      donors implementers partners amount periodFrom { text } periodTo { text }
    } } }
    """

    assert record.one(document)["nodes"] == [
        {
            "donors": ["Danish Ministry of Foreign Affairs"],
            "implementers": ["International Organization for Migration, Mission to Moldova"],
            "partners": ["OSCE", "La Strada", "All-Ukrainian Counter-Trafficking Coalition"],
            "amount": 70000000.0,
            "periodFrom": {"text": "2005"},
            "periodTo": {"text": "2013"},
        }
    ]
