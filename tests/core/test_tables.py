from __future__ import annotations

from datetime import date

import pytest

from coalition.core.partial_date import PartialDate, parse_partial_date
from coalition.core.tables import date_columns, partial_date, span


@pytest.mark.parametrize("written", ["2007", "2007-03", "2007-03-12", None])
def test_date_columns_hold_a_partial_date(written: str | None) -> None:
    value = parse_partial_date(written) if written else None

    columns = date_columns("starts_on", value)

    names = ["starts_on", "starts_on_precision", "starts_on_certainty", "starts_on_text"]
    assert list(columns) == names
    assert partial_date(*columns.values()) == value


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (None, None, (None, None)),
        ("2007-03", None, (date(2007, 3, 1), date(2007, 3, 31))),
        (None, "2007-03", (date(2007, 3, 1), date(2007, 3, 31))),
        ("2007-03-12", "2007", (date(2007, 3, 12), date(2007, 12, 31))),
        ("2007", "2007-03", (date(2007, 1, 1), date(2007, 3, 31))),
        # A source may contradict itself; a span never ends before it begins.
        ("2008", "2007", (date(2008, 1, 1), date(2008, 1, 1))),
    ],
)
def test_span(start: str | None, end: str | None, days: tuple[date | None, date | None]) -> None:
    def read(text: str | None) -> PartialDate | None:
        return parse_partial_date(text) if text else None

    assert span(read(start), read(end)) == days
