"""The lines of the shipped record, read apart from the loader, to say what lists must answer."""

from __future__ import annotations

import csv
import functools

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
