"""docs/privacy/free-text.md, read: what each place that can hold a text is said to hold."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "privacy" / "free-text.md"


def _rows(heading: str, cells: int) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    text = PAGE.read_text("utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]
    assert rows
    assert all(len(row) == cells and all(row) for row in rows), heading
    return rows


def _names(cell: str) -> list[str]:
    found = re.findall(r"`([^`]+)`", cell)
    assert ", ".join(f"`{name}`" for name in found) == cell
    return found


def _by_path(rows: list[list[str]], told: int) -> dict[str, str]:
    pairs = [
        (f"{owner}.{name}", row[told]) for row in rows for owner in _names(row[0]) for name in _names(row[1])
    ]
    found = dict(pairs)
    assert len(found) == len(pairs), "a place stands in two rows"
    return found


# Who writes each column; what kind of text each input field takes; the keys of each JSON column.
COLUMNS = _by_path(_rows("Columns", 5), 2)
INPUTS = _by_path(_rows("Inputs", 4), 2)
JSON_KEYS = {_names(row[0])[0]: set(_names(row[1])) for row in _rows("Keys in stored JSON", 2)}
