from __future__ import annotations

from datetime import date

import pytest

from coalition.core.partial_date import (
    DateCertainty,
    DatePrecision,
    PartialDate,
    first_day,
    given_date,
    last_day,
    parse_partial_date,
)

DAY, MONTH, YEAR = DatePrecision.DAY, DatePrecision.MONTH, DatePrecision.YEAR


@pytest.mark.parametrize(
    ("text", "first", "precision", "last"),
    [
        ("2007-03-12", date(2007, 3, 12), DAY, date(2007, 3, 12)),
        ("2007-02", date(2007, 2, 1), MONTH, date(2007, 2, 28)),
        ("2008-02", date(2008, 2, 1), MONTH, date(2008, 2, 29)),
        ("2007-12", date(2007, 12, 1), MONTH, date(2007, 12, 31)),
        ("2007", date(2007, 1, 1), YEAR, date(2007, 12, 31)),
        ("9999", date(9999, 1, 1), YEAR, date(9999, 12, 31)),
    ],
)
def test_parse_partial_date(text: str, first: date, precision: DatePrecision, last: date) -> None:
    parsed = parse_partial_date(text)

    assert parsed == PartialDate(first, precision, DateCertainty.STATED, text)
    assert parsed.last_day == last


def test_parse_partial_date_keeps_the_certainty() -> None:
    assert parse_partial_date("2008", DateCertainty.INFERRED).certainty is DateCertainty.INFERRED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "07",
        "2007-3",
        "2007-13",
        "2007-02-30",
        "2007-03-12T10:00",
        "12.03.2007",
        "2007/03",
        "0000",
        " 2007",
    ],
)
def test_parse_partial_date_of_anything_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day|year"):
        parse_partial_date(text)


@pytest.mark.parametrize(
    ("precision", "first", "last"),
    [
        (DAY, date(2024, 2, 29), date(2024, 2, 29)),
        (MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        (YEAR, date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_first_and_last_day(precision: DatePrecision, first: date, last: date) -> None:
    leap_day = date(2024, 2, 29)

    assert (first_day(leap_day, precision), last_day(leap_day, precision)) == (first, last)


@pytest.mark.parametrize(
    ("precision", "first", "text"),
    [
        (DAY, date(2026, 5, 14), "2026-05-14"),
        (MONTH, date(2026, 5, 1), "2026-05"),
        (YEAR, date(2026, 1, 1), "2026"),
    ],
)
def test_given_date_is_normalised_and_stated(precision: DatePrecision, first: date, text: str) -> None:
    given = given_date(date(2026, 5, 14), precision)

    assert given == PartialDate(first, precision, DateCertainty.STATED, text)
    assert parse_partial_date(given.text) == given
