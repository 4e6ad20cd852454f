"""A CSV file as lines with their numbers; what cannot be read is a problem and stops nothing else."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coalition.core.checks import TEXT_LIMIT
from coalition.intake.report import FileReport

# What Python's reader says, in words for somebody with a spreadsheet.
_REASONS = {
    "unexpected end of data": "a quoted cell is opened and never closed",
    "',' expected after '\"'": "a quote inside a quoted cell must be doubled, or a comma is missing after it",
}
# Python stands these in for bytes that are no UTF-8.
_UNDECODED = range(0xDC80, 0xDD00)


@dataclass(frozen=True)
class Line:
    """One record of a file; `number` is the line of the file that it begins on."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class _Record:
    """One record with the index of the line to read on from, or the reason why it cannot be read."""

    number: int
    goes_on: int
    cells: list[str]
    reason: str | None = None


def read_lines(path: Path, *, columns: Sequence[str], key: str, report: FileReport) -> list[Line]:
    """The lines of a file that can be read, their cells without surrounding blanks.

    The file must have all `columns`, in any order; `key` must be there and unique. Everything else
    is noted in `report`. Lines without any content are skipped and not counted.
    """
    physical = _physical_lines(path, report)
    if physical is None:
        return []
    heading = next(_records(physical, 0), None)
    if heading is None:
        report.problem("the file is empty")
        return []
    names = _column_names(heading, columns, report)
    if names is None:
        return []
    records = _records(physical, heading.goes_on, width=len(names))
    lines = [_line(record, names, report) for record in records]
    return _unique([line for line in lines if line is not None], key, report)


def _physical_lines(path: Path, report: FileReport) -> list[str] | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        report.problem(f"there is no such file in {path.parent}")
        return None
    except OSError as error:
        report.problem(f"the file cannot be read: {error.strerror}")
        return None
    # Spreadsheets like to put a mark in front. Bytes that are no UTF-8 are a problem of their line only.
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    return list(io.StringIO(text, newline=""))


def _records(physical: list[str], start: int, *, width: int | None = None) -> Iterator[_Record]:
    """The records from the line with index `start` on, without blank ones.

    After a record that cannot be read it goes on with the very next line: a quote that is never
    closed would otherwise swallow the good lines below it.
    """
    while start < len(physical):
        for record in _records_to_first_fault(physical, start, width):
            start = record.goes_on
            if record.reason is not None or any(cell.strip() for cell in record.cells):
                yield record


def _records_to_first_fault(physical: list[str], start: int, width: int | None) -> Iterator[_Record]:
    reader = csv.reader(map(physical.__getitem__, range(start, len(physical))), strict=True)
    begins = start
    try:
        for cells in reader:
            if width is not None and len(cells) != width and any(cells):
                reason = f"the number of cells is {len(cells)}, but the heading has {width}"
                yield _Record(begins + 1, begins + 1, cells, reason)
                return
            yield _Record(begins + 1, start + reader.line_num, cells)
            begins = start + reader.line_num
    except csv.Error as error:
        yield _Record(begins + 1, begins + 1, [], _REASONS.get(str(error), f"this is no CSV: {error}"))


def _column_names(heading: _Record, columns: Sequence[str], report: FileReport) -> list[str] | None:
    """The names in the heading, or None when lines cannot be read by it."""
    names = [cell.strip() for cell in heading.cells]
    before = len(report.problems)
    if heading.reason is not None:
        report.problem(heading.reason, line=heading.number)
        return None
    if any(_is_undecoded(name) for name in names):
        report.problem("the heading is not UTF-8", line=heading.number)
        return None
    for column in columns:
        if column not in names:
            report.problem("this column is missing", line=heading.number, column=column)
    for name, count in Counter(names).items():
        if count > 1:
            report.problem("this column is there more than once", line=heading.number, column=name)
        elif name not in columns:
            report.note("this column is not known and was not read", line=heading.number, column=name)
    return names if len(report.problems) == before else None


def _line(record: _Record, names: list[str], report: FileReport) -> Line | None:
    report.read += 1
    if record.reason is not None:
        report.problem(record.reason, line=record.number)
        return None
    cells = {name: cell.strip() for name, cell in zip(names, record.cells, strict=True)}
    wrong = {name: reason for name, cell in cells.items() if (reason := _unfit(cell))}
    for name, reason in wrong.items():
        report.problem(reason, line=record.number, column=name)
    return None if wrong else Line(record.number, cells)


def _unfit(cell: str) -> str | None:
    """Why no cell may hold this text, or None."""
    if _is_undecoded(cell):
        return "this is not UTF-8"
    if any(unicodedata.category(c) == "Cc" and c not in "\n\r\t" for c in cell):
        return "this holds a control character"
    if len(cell) > TEXT_LIMIT:
        return f"this is longer than {TEXT_LIMIT:,} characters"
    return None


def _is_undecoded(text: str) -> bool:
    return any(ord(c) in _UNDECODED for c in text)


def _unique(lines: list[Line], key: str, report: FileReport) -> list[Line]:
    """The lines that have a key of their own; of two with the same key the first."""
    first: dict[str, Line] = {}
    for line in lines:
        value = line.cells[key]
        if not value:
            report.problem("this must not be empty", line=line.number, column=key)
        elif value in first:
            report.problem(
                f"{value!r} stands in line {first[value].number} already", line=line.number, column=key
            )
        else:
            first[value] = line
    return list(first.values())
