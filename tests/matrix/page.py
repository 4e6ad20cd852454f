"""The tables of docs/access.md, as they stand there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "access.md"
NEVER = "–"

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """The columns of a table, and its rows by column."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]


@cache
def tables() -> tuple[Table, ...]:
    """All tables of the page in their order."""
    found: list[list[str]] = [[]]
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return tuple(_table(lines) for lines in found if lines)


def _table(lines: list[str]) -> Table:
    columns = _cells(lines[0])
    rows = tuple(dict(zip(columns, _cells(line), strict=True)) for line in lines[2:])
    return Table(tuple(columns), rows)


def table(*columns: str) -> Table:
    """The one table whose columns begin with these."""
    [found] = [each for each in tables() if each.columns[: len(columns)] == columns]
    return found


def listed(cell: str) -> list[str]:
    """The names in a cell, separated by commas; none for a dash."""
    return [] if cell == NEVER else re.split(r",\s*", cell)
