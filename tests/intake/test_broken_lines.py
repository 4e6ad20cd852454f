"""Every kind of bad cell: the line is named and left out whole, the others are loaded."""

import pytest

from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from tests.intake.files import RecordFolder, dump, of_file

BROKEN: list[tuple[str, str, dict[str, str], str, str]] = [
    ("districts.csv", "MD-TE", {"region": "EAST"}, "region", "'EAST' is not known here; known are "),
    ("districts.csv", "MD-TE", {"name_ru": ""}, "name_ru", "this must not be empty"),
    ("districts.csv", "MD-UN", {"code": "Ungheni"}, "code", "'Ungheni' is no ISO 3166-2 code such as MD-CU"),
    ("districts.csv", "MD-UN", {"alt_names": "Кишинев"}, "alt_names", "'кишинев' already finds MD-CU"),
    (
        "organisations.csv",
        "stella",
        {"kind": "club"},
        "kind",
        "'club' is not known here; known are coalition, ",
    ),
    ("organisations.csv", "stella", {"membership": "friend"}, "membership", "'friend' is not known here"),
    (
        "organisations.csv",
        "stella",
        {"denomination_code": "jedi"},
        "denomination_code",
        "'jedi' is not known here",
    ),
    (
        "organisations.csv",
        "stella",
        {"seat_district": "MD-XX"},
        "seat_district",
        "there is no district 'MD-XX'",
    ),
    (
        "organisations.csv",
        "stella",
        {"parent_org_id": "nobody"},
        "parent_org_id",
        "there is no organisation 'nobody'",
    ),
    (
        "organisations.csv",
        "stella",
        {"church_body": "nobody"},
        "church_body",
        "there is no organisation 'nobody'",
    ),
    (
        "organisations.csv",
        "stella",
        {"parent_org_id": "stella"},
        "parent_org_id",
        "this organisation stands above",
    ),
    (
        "organisations.csv",
        "stella",
        {"active_from": "long ago"},
        "active_from",
        "'long ago' is no date such as",
    ),
    ("organisations.csv", "stella", {"country": "Moldova"}, "country", "'Moldova' is no country code"),
    ("organisations.csv", "stella", {"name_en": "x" * 201}, "name_en", "this is longer than 200 characters"),
    ("topics.csv", "rights_and_law", {"group": "as_written"}, "group", "'as_written' is not known here"),
    (
        "activities.csv",
        "ACT-060",
        {"kind": "party"},
        "kind",
        "'party' is not known here; known are prevention, ",
    ),
    ("activities.csv", "ACT-060", {"status": "cancelled"}, "status", "'cancelled' is not known here"),
    ("activities.csv", "ACT-060", {"district": "MD-XX"}, "district", "there is no district 'MD-XX'"),
    (
        "activities.csv",
        "ACT-060",
        {"date_start": "14.10.2018"},
        "date_start",
        "'14.10.2018' is no date such as",
    ),
    (
        "activities.csv",
        "ACT-060",
        {"date_end": "2018-10-13"},
        "date_end",
        "2018-10-13 lies before 2018-10-14",
    ),
    (
        "activities.csv",
        "ACT-060",
        {"date_precision": "week"},
        "date_precision",
        "'week' does not begin with day",
    ),
    ("activities.csv", "ACT-060", {"participants": "-5"}, "participants", "'-5' is no whole number"),
    ("activities.csv", "ACT-060", {"participants": "many"}, "participants", "'many' is no whole number"),
    (
        "activities.csv",
        "ACT-060",
        {"participants": "1000001"},
        "participants",
        "1000001 is more than 1,000,000",
    ),
    ("activities.csv", "ACT-060", {"quantity": "5"}, "quantity_unit", "this must not be empty"),
    ("activities.csv", "ACT-060", {"quantity_unit": "photos"}, "quantity", "there is a unit but no number"),
    ("activities.csv", "ACT-060", {"title": ""}, "title", "this must not be empty"),
    ("activities.csv", "ACT-060", {"activity_id": "ACT 60"}, "activity_id", "'ACT 60' is no id"),
    (
        "activities.csv",
        "ACT-060",
        {"activity_id": "ACT-059"},
        "activity_id",
        "'ACT-059' stands in line 3 already",
    ),
    ("trainings.csv", "TRN-020", {"record_type": "yearly"}, "record_type", "'yearly' is not known here"),
    ("trainings.csv", "TRN-020", {"sessions": "1.5"}, "sessions", "'1.5' is no whole number"),
    ("trainings.csv", "TRN-020", {"country": "ZZ"}, "country", "'ZZ' is no country code"),
    ("services.csv", "SRV-008", {"capacity": "ten"}, "capacity", "'ten' is no whole number"),
    ("services.csv", "SRV-008", {"capacity": ""}, "capacity", "there is a unit but no number"),
    (
        "services.csv",
        "SRV-008",
        {"legal_support": "maybe"},
        "legal_support",
        "'maybe' is neither yes nor empty",
    ),
    ("services.csv", "SRV-008", {"provider": "diaconia; bol"}, "provider", "a service has one provider"),
    (
        "services.csv",
        "SRV-008",
        {"status": "open"},
        "status",
        "'open' is not known here; known are active, planned",
    ),
    ("advocacy.csv", "ADV-026", {"currency": ""}, "currency", "an amount needs its currency"),
    ("advocacy.csv", "ADV-026", {"currency": "lei"}, "currency", "'lei' is no ISO 4217 code such as MDL"),
    ("advocacy.csv", "ADV-026", {"stage": "forgotten"}, "stage", "'forgotten' is not known here"),
    ("statistics.csv", "STA-020", {"value": ""}, "value", "this must not be empty"),
    ("statistics.csv", "STA-020", {"value": "NaN"}, "value", "'NaN' is no number such as 250 or 17.2"),
    ("statistics.csv", "STA-020", {"period_to": "2012"}, "period_to", "2012 lies before 2013"),
    ("programme.csv", "PRG-011", {"amount": "242,000"}, "amount", "'242,000' is no number"),
    ("programme.csv", "PRG-011", {"programme": ""}, "programme", "this must not be empty"),
    ("partnership.csv", "donors", {"year": "2008?"}, "year", "'2008?' is no whole number"),
]


@pytest.mark.parametrize(("name", "key", "cells", "column", "reason"), BROKEN)
def test_load_record_changes_nothing_for_a_bad_line(
    loaded_sqlite: Units,
    folder: RecordFolder,
    name: str,
    key: str,
    cells: dict[str, str],
    column: str,
    reason: str,
) -> None:
    folder.keep(name, key)
    before = dump(loaded_sqlite)
    line = folder.change(name, key, **cells)

    report = of_file(load_record(loaded_sqlite, folder.path), name)

    [problem] = report.problems
    assert (problem.line, problem.column) == (line, column)
    assert problem.reason.startswith(reason)
    assert (report.created, report.updated, report.unchanged) == (0, 0, report.read - 1)
    assert dump(loaded_sqlite) == before


@pytest.mark.parametrize(
    ("name", "key", "cells", "column"),
    [
        ("organisations.csv", "bol", {"org_id": "new-one", "kind": "club"}, "kind"),
        ("activities.csv", "ACT-047", {"activity_id": "NEW-1", "district": "MD-XX"}, "district"),
        (
            "trainings.csv",
            "TRN-039",
            {"training_id": "NEW-1", "topic": "dancing", "sessions": "?"},
            "sessions",
        ),
        ("services.csv", "SRV-008", {"service_id": "NEW-1", "status": "?"}, "status"),
        ("advocacy.csv", "ADV-027", {"advocacy_id": "NEW-1", "amount": "much"}, "amount"),
        ("statistics.csv", "STA-030", {"stat_id": "NEW-1", "unit": ""}, "unit"),
        ("programme.csv", "PRG-011", {"programme_id": "NEW-1", "period_from": "?"}, "period_from"),
        ("partnership.csv", "donors", {"actor": "new_one", "assessment": ""}, "assessment"),
    ],
)
def test_load_record_stores_nothing_of_a_new_bad_line(
    loaded: Units, folder: RecordFolder, name: str, key: str, cells: dict[str, str], column: str
) -> None:
    folder.keep(name, key)
    before = dump(loaded)
    line = folder.change(name, key, **cells)

    report = of_file(load_record(loaded, folder.path), name)

    assert [(problem.line, problem.column) for problem in report.problems] == [(line, column)]
    assert dump(loaded) == before


def test_load_record_names_every_bad_cell_of_a_line(loaded: Units, folder: RecordFolder) -> None:
    folder.keep("activities.csv", "ACT-060")
    line = folder.change(
        "activities.csv", "ACT-060", kind="party", date_start="soon", participants="many", title=""
    )

    report = of_file(load_record(loaded, folder.path), "activities.csv")

    assert [(problem.line, problem.column) for problem in report.problems] == [
        (line, "participants"),
        (line, "date_start"),
        (line, "kind"),
        (line, "title"),
    ]
