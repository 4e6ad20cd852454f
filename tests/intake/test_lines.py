from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.intake.lines import Line, read_lines
from coalition.intake.report import FileReport, Finding


def read(path: Path, content: bytes) -> tuple[list[Line], FileReport]:
    file = path / "things.csv"
    file.write_bytes(content)
    report = FileReport("things.csv")
    return read_lines(file, columns=("id", "name"), key="id", report=report), report


def found(report: FileReport) -> list[tuple[int | None, str | None, str]]:
    return [(problem.line, problem.column, problem.reason) for problem in report.problems]


def test_read_lines_gives_cells_without_surrounding_blanks(tmp_path: Path) -> None:
    lines, report = read(tmp_path, "id,name\na, Căușeni \nb,\n".encode())

    assert lines == [Line(2, {"id": "a", "name": "Căușeni"}), Line(3, {"id": "b", "name": ""})]
    assert report == FileReport("things.csv", read=2)


def test_read_lines_of_a_spreadsheet_with_mark_and_carriage_returns(tmp_path: Path) -> None:
    lines, report = read(tmp_path, b"\xef\xbb\xbfid,name\r\na,x\r\n\r\n,\r\nb,y\r\n")

    assert [(line.number, line.cells) for line in lines] == [
        (2, {"id": "a", "name": "x"}),
        (5, {"id": "b", "name": "y"}),
    ]
    assert (report.read, report.problems) == (2, [])


def test_read_lines_takes_columns_in_any_order_and_names_unknown_ones(tmp_path: Path) -> None:
    lines, report = read(tmp_path, b"more,name,id\n1,x,a\n")

    assert lines == [Line(2, {"more": "1", "name": "x", "id": "a"})]
    assert report.problems == []
    assert report.notes == [Finding("things.csv", 1, "more", "this column is not known and was not read")]


def test_read_lines_counts_lines_inside_quoted_cells(tmp_path: Path) -> None:
    lines, report = read(tmp_path, b'id,name\na,"one\ntwo\nthree"\nb,x\na,y\n')

    assert [line.number for line in lines] == [2, 5]
    assert lines[0].cells["name"] == "one\ntwo\nthree"
    assert found(report) == [(6, "id", "'a' stands in line 2 already")]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (b'b,"never closed', (3, None, "a quoted cell is opened and never closed")),
        (
            b'b,"x" y',
            (3, None, "a quote inside a quoted cell must be doubled, or a comma is missing after it"),
        ),
        (b"b", (3, None, "the number of cells is 1, but the heading has 2")),
        (b"b,x,y", (3, None, "the number of cells is 3, but the heading has 2")),
        (b"b,\xff\xfe", (3, "name", "this is not UTF-8")),
        (b"b,x\x00y", (3, "name", "this holds a control character")),
        (b"b," + b"x" * 2001, (3, "name", "this is longer than 2,000 characters")),
        (b",x", (3, "id", "this must not be empty")),
        (b"a,x", (3, "id", "'a' stands in line 2 already")),
    ],
)
def test_read_lines_names_a_bad_line_and_reads_the_others(
    tmp_path: Path, bad: bytes, problem: tuple[int, str | None, str]
) -> None:
    lines, report = read(tmp_path, b"id,name\na,x\n" + bad + b"\nc,z\nd,w\n")

    assert [line.cells["id"] for line in lines] == ["a", "c", "d"]
    assert found(report) == [problem]
    assert report.read == 4


def test_read_lines_after_a_stray_quote_that_joins_two_lines(tmp_path: Path) -> None:
    lines, report = read(tmp_path, b'id,name\na,"x\nb,y"\nc,"z"\n')

    # The quotes of a and b make one good record of two lines: nothing tells that it was not meant.
    assert [line.cells for line in lines] == [{"id": "a", "name": "x\nb,y"}, {"id": "c", "name": "z"}]
    assert report.problems == []


def test_read_lines_after_a_stray_quote_that_swallows_cells(tmp_path: Path) -> None:
    lines, report = read(tmp_path, b'id,name\n"a,x\nb,y"\nc,z\n')

    assert [line.cells["id"] for line in lines] == ["b", "c"]
    assert found(report) == [(2, None, "the number of cells is 1, but the heading has 2")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", (None, None, "the file is empty")),
        (b"\n\n", (None, None, "the file is empty")),
        (b"id\na\n", (1, "name", "this column is missing")),
        (b"id;name\na;x\n", (1, "id", "this column is missing")),
        (b"id,name,name\na,x,y\n", (1, "name", "this column is there more than once")),
        (b'id,"name\na,x\n', (1, None, "a quoted cell is opened and never closed")),
        ("id,name\na,x\n".encode("utf-16"), (1, None, "the heading is not UTF-8")),
    ],
)
def test_read_lines_of_a_file_that_cannot_be_read(
    tmp_path: Path, content: bytes, problem: tuple[int | None, str | None, str]
) -> None:
    lines, report = read(tmp_path, content)

    assert lines == []
    assert found(report)[0] == problem


def test_read_lines_of_a_missing_file(tmp_path: Path) -> None:
    report = FileReport("gone.csv")

    assert read_lines(tmp_path / "gone.csv", columns=("id",), key="id", report=report) == []
    assert found(report) == [(None, None, f"there is no such file in {tmp_path}")]


def test_read_lines_of_a_folder(tmp_path: Path) -> None:
    report = FileReport("folder.csv")
    (tmp_path / "folder.csv").mkdir()

    assert read_lines(tmp_path / "folder.csv", columns=("id",), key="id", report=report) == []
    assert found(report) == [(None, None, "the file cannot be read: Is a directory")]


_FRAGMENTS = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"a", b"b,x\n", b"\xff", b"\x00", b'"y"', b" ", "ș".encode()]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(_FRAGMENTS, max_size=40).map(b"".join) | st.binary(max_size=200))
def test_read_lines_of_garbage_never_raises_and_leaves_the_good_line(tmp_path: Path, body: bytes) -> None:
    lines, report = read(tmp_path, b"id,name\n" + body + b"\n\nlast-line,good\n")

    assert report.read == len(lines) + len({problem.line for problem in report.problems})
    # A quote that the garbage leaves open makes the good line a part of it, unless nothing closes it.
    assert any("last-line" in repr(line) for line in lines) or report.problems


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_read_lines_of_any_bytes_never_raises(tmp_path: Path, content: bytes) -> None:
    lines, report = read(tmp_path, content)

    assert report.problems or all(set(line.cells) >= {"id", "name"} for line in lines)
