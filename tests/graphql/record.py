"""The lines of the shipped record, read apart from the loader, to say what lists must answer."""

from __future__ import annotations

import csv
import functools
from datetime import date, timedelta

from coalition.intake.record import SHIPPED

Line = dict[str, str]


@functools.cache
def _lines(name: str) -> tuple[Line, ...]:
    with (SHIPPED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def lines(name: str, **cells: str) -> list[Line]:
    """The lines of a file whose cells are these."""
    return [line for line in _lines(name) if all(line[column] == cell for column, cell in cells.items())]


def keys(name: str, **cells: str) -> set[str]:
    """The first cells of those lines: their codes."""
    return {next(iter(line.values())) for line in lines(name, **cells)}


def organisers(line: Line) -> list[str]:
    """The slugs and names in a line of activities or trainings."""
    return [each for each in line["organisers"].split(";") if each]


@functools.cache
def _organisations() -> dict[str, Line]:
    return {line["org_id"]: line for line in _lines("organisations")}


def in_line(slug: str, column: str, value: str) -> bool:
    """Whether a cell of the organisation, or of one that it stands below, is this."""
    while slug in _organisations():
        line = _organisations()[slug]
        if line[column] == value:
            return True
        slug = line["parent_org_id"]
    return False


def days(line: Line) -> tuple[date, date] | None:
    """The first and the last day that the dates of a line can mean; None when it is undated."""
    start, end = line["date_start"] or line["date_end"], line["date_end"] or line["date_start"]
    return (_first_day(start), _last_day(end)) if start else None


def _first_day(text: str) -> date:
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    return date(year, month, day)


def _last_day(text: str) -> date:
    first = _first_day(text)
    if len(text) == len("2007"):
        return date(first.year, 12, 31)
    if len(text) == len("2007-03"):
        return date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(days=1)
    return first
