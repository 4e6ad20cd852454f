import pytest

from coalition.intake.cells import Cells, LineRefused
from coalition.intake.lines import Line


def cells(value: str) -> Cells:
    return Cells(Line(7, {"cell": value}))


def faults(read: Cells) -> tuple[tuple[str | None, str], ...]:
    with pytest.raises(LineRefused) as refused:
        read.check()
    return refused.value.faults


def test_check_says_all_faults_of_a_line_at_once() -> None:
    read = Cells(Line(7, {"day": "yesterday", "count": "many", "ok": "x"}))

    read.date("day")
    read.whole_number("count")
    read.required("ok")

    assert faults(read) == (
        ("day", "'yesterday' is no date such as 2007, 2007-03 or 2007-03-25"),
        ("count", "'many' is no whole number from 0 to 1,000,000"),
    )


def test_check_passes_a_line_without_faults() -> None:
    read = cells("650")

    assert read.whole_number("cell") == 650
    read.check()


@pytest.mark.parametrize("value", ["20O7", "2007-13", "2007-02-30", "2007-3", "2007-03-", "0000", "２００７"])
def test_date_refuses_what_is_no_date(value: str) -> None:
    read = cells(value)

    assert read.date("cell") is None
    assert faults(read) == (("cell", f"{value!r} is no date such as 2007, 2007-03 or 2007-03-25"),)


@pytest.mark.parametrize("value", ["0207-03-01", "3007"])
def test_date_refuses_years_beyond_the_record(value: str) -> None:
    read = cells(value)
    read.date("cell")

    assert faults(read) == (("cell", f"{value!r} lies outside the years that records can speak of"),)


@pytest.mark.parametrize("value", ["-5", "1.5", "1,000", "1e3", "1000000000", "٣"])
def test_whole_number_refuses_what_is_none(value: str) -> None:
    read = cells(value)

    assert read.whole_number("cell") is None
    assert faults(read) == (("cell", f"{value!r} is no whole number from 0 to 1,000,000"),)


def test_whole_number_refuses_too_many() -> None:
    read = cells("1000001")

    assert read.whole_number("cell") is None
    assert faults(read) == (("cell", "1000001 is more than 1,000,000"),)


@pytest.mark.parametrize(
    ("value", "number"), [("", None), ("0", 0.0), ("17.2", 17.2), ("16200000", 16_200_000.0)]
)
def test_number_reads_decimals(value: str, number: float | None) -> None:
    read = cells(value)

    assert read.number("cell") == number
    read.check()


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "17,2", "1 000", "9" * 16])
def test_number_refuses_what_is_none(value: str) -> None:
    read = cells(value)

    assert read.number("cell") is None
    assert faults(read) == (("cell", f"{value!r} is no number such as 250 or 17.2"),)


def test_code_names_the_known_ones() -> None:
    read = cells("prayers")

    assert read.code("cell", {"": 0, "prayer": 1, "talk": 2}) is None
    assert faults(read) == (("cell", "'prayers' is not known here; known are prayer, talk"),)


def test_code_of_an_empty_cell_where_one_is_needed() -> None:
    read = cells("")

    assert read.code("cell", {"prayer": 1}) is None
    assert faults(read) == (("cell", "this must not be empty"),)


def test_yes_is_yes_or_empty() -> None:
    assert (cells("yes").yes("cell"), cells("").yes("cell")) == (True, False)
    read = cells("no")
    read.yes("cell")
    assert faults(read) == (("cell", "'no' is neither yes nor empty"),)


@pytest.mark.parametrize("value", ["md", "ZZ", "Moldova", "001"])
def test_country_refuses_what_is_no_country(value: str) -> None:
    read = cells(value)

    assert read.country("cell") is None
    assert faults(read) == (("cell", f"{value!r} is no country code of two capital letters, such as MD"),)


@pytest.mark.parametrize("value", ["a b", "../x", "-a", "a--b", "Biserică"])
def test_identifier_refuses_what_cannot_stand_in_an_address(value: str) -> None:
    read = cells(value)
    read.identifier("cell")

    assert faults(read) == (("cell", f"{value!r} is no id: only letters, digits, hyphens and underscores"),)


def test_many_keeps_order_and_leaves_out_blanks() -> None:
    assert cells("iom-md; mca ;;moc").many("cell") == ["iom-md", "mca", "moc"]


def test_period_refuses_an_end_before_the_start() -> None:
    from coalition.core.partial_date import DateCertainty

    stated = (DateCertainty.STATED, DateCertainty.STATED)
    read = Cells(Line(2, {"from": "2007-05", "to": "2007-04-30"}))
    read.period("from", "to", stated)
    assert faults(read) == (("to", "2007-04-30 lies before 2007-05"),)
    Cells(Line(2, {"from": "2007-05-20", "to": "2007"})).check()
