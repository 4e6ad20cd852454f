import pytest

from coalition.core.partial_date import DateCertainty
from coalition.intake.cells import Cells
from coalition.intake.dates import certainties, certainties_beside, date_note, dates_of_line
from coalition.intake.lines import Line

STATED, INFERRED, APPROXIMATE = DateCertainty.STATED, DateCertainty.INFERRED, DateCertainty.APPROXIMATE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (STATED, STATED)),
        ("day", (STATED, STATED)),
        ("day; year inferred", (INFERRED, INFERRED)),
        ("year; inferred", (INFERRED, INFERRED)),
        ("year; approximate", (APPROXIMATE, APPROXIMATE)),
        ("day; end inferred", (STATED, INFERRED)),
        ("month; year from page section", (STATED, STATED)),
        ("day of publication", (STATED, STATED)),
        ("start year inferred from five years", (INFERRED, STATED)),
        ("year inferred; end approximate", (INFERRED, APPROXIMATE)),
    ],
)
def test_certainties(text: str, expected: tuple[DateCertainty, DateCertainty]) -> None:
    assert certainties(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, (STATED, STATED)),
        ("about", (STATED, STATED)),
        ("approximate", (STATED, STATED)),
        ("more than; end year inferred", (STATED, INFERRED)),
        ("about; end year approximate", (STATED, APPROXIMATE)),
        ("months inferred", (INFERRED, INFERRED)),
        ("years approximate", (APPROXIMATE, APPROXIMATE)),
        ("end year not shown", (STATED, STATED)),
    ],
)
def test_certainties_beside_a_figure(text: str | None, expected: tuple[DateCertainty, DateCertainty]) -> None:
    assert certainties_beside(text) == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("day", None),
        ("month", None),
        ("year", None),
        ("unknown", "unknown"),
        ("day; end inferred", "day; end inferred"),
        ("day of publication", "day of publication"),
    ],
)
def test_date_note_says_more_than_the_date(text: str, note: str | None) -> None:
    assert date_note(Cells(Line(2, {"date_precision": text}))) == note


def test_dates_of_line_take_precision_from_their_own_form() -> None:
    line = Line(
        2, {"date_start": "2014-10", "date_end": "2014-10-23", "date_precision": "month; year inferred"}
    )

    start, end = dates_of_line(Cells(line))

    assert start is not None
    assert end is not None
    assert (start.date.isoformat(), start.precision, start.certainty, start.text) == (
        "2014-10-01",
        "MONTH",
        "INFERRED",
        "2014-10",
    )
    assert (end.date.isoformat(), end.precision, end.certainty, end.text) == (
        "2014-10-23",
        "DAY",
        "INFERRED",
        "2014-10-23",
    )
