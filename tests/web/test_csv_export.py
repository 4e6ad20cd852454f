"""Lists as CSV are whole and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from coalition.web.csv_export import lines, neutralised
from tests.web.site import Site


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+373", "'+373"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("Bălți", "Bălți"),
        (-1, "-1"),
        (2.5, "2.5"),
        (70000000.0, "70000000"),
        (None, ""),
    ],
)
def test_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert neutralised(value) == cell


def test_line_ends_and_quotes_stay_inside_their_cell() -> None:
    assert list(csv.reader(StringIO(lines([['a "b"\nc', "d,e"]])))) == [['a "b"\nc', "d,e"]]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("organisations", 67),
        ("activities", 89),
        ("trainings", 42),
        ("services", 31),
        ("advocacy", 50),
        ("statistics", 85),
        ("programmes", 27),
    ],
)
def test_export_holds_every_line_that_the_reader_may_see(reader: Site, name: str, count: int) -> None:
    reader.sign_in("auditor")

    response = reader.client.get(f"/en/{name}.csv")
    rows = list(csv.DictReader(StringIO(response.text)))

    assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert len(rows) == count


def test_export_has_the_filters_of_the_page(reader: Site) -> None:
    rows = list(csv.DictReader(StringIO(reader.client.get("/ro/activities.csv?district=MD-CA").text)))

    assert len(rows) == 8
    assert {"MD-CA" in row["districts"].split("; ") for row in rows} == {True}


def test_export_reads_on_to_the_end_of_a_long_list(reader: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coalition.web.pages.lists.CSV_PAGE_SIZE", 10)

    rows = list(csv.DictReader(StringIO(reader.client.get("/en/statistics.csv").text)))

    assert len(rows) == 85
