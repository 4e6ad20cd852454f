"""Reading the cells of one line by their meaning; every fault of the line is noted with its column."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import TypeVar

from babel import Locale

from coalition.core.checks import COUNT_LIMIT, is_plausible
from coalition.core.partial_date import DateCertainty, PartialDate, parse_partial_date
from coalition.intake.lines import Line

T = TypeVar("T")

_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")
_ID = re.compile(r"[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*")
_ID_LIMIT = 80


class LineRefused(Exception):
    """A line that cannot be stored; `faults` are pairs of column and reason."""

    def __init__(self, faults: Collection[tuple[str | None, str]]) -> None:
        self.faults = tuple(faults)
        super().__init__(str(self.faults))


class Cells:
    """The cells of one line.

    A reader that finds a fault notes it and gives back None or an empty value, so that all faults of
    a line come at once; `check` then raises `LineRefused`, before anything is stored.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self._faults: list[tuple[str | None, str]] = []

    def fault(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self._faults.append((column, reason))

    def check(self) -> None:
        """Raise `LineRefused` if anything was noted."""
        if self._faults:
            raise LineRefused(self._faults)

    def text(self, column: str) -> str | None:
        """The cell, or None when it is empty."""
        return self.line.cells[column] or None

    def required(self, column: str, *, limit: int | None = None) -> str:
        """The cell, which must not be empty nor longer than `limit` characters."""
        value = self.line.cells[column]
        if not value:
            self.fault(column, "this must not be empty")
        if limit is not None and len(value) > limit:
            self.fault(column, f"this is longer than {limit} characters")
        return value

    def identifier(self, column: str) -> str:
        """An id: letters, digits, hyphens and underscores, since it stands in addresses."""
        value = self.required(column, limit=_ID_LIMIT)
        if value and not _ID.fullmatch(value):
            self.fault(column, f"{value!r} is no id: only letters, digits, hyphens and underscores")
        return value

    def many(self, column: str) -> list[str]:
        """The parts between semicolons in their order, blank ones left out."""
        return [part.strip() for part in self.line.cells[column].split(";") if part.strip()]

    def code(self, column: str, codes: Mapping[str, T]) -> T | None:
        """What a code stands for; an empty cell is read like any other, so `codes` may have `""`."""
        value = self.line.cells[column]
        if value in codes:
            return codes[value]
        if value:
            self.fault(column, f"{value!r} is not known here; known are {', '.join(filter(None, codes))}")
        else:
            self.fault(column, "this must not be empty")
        return None

    def whole_number(self, column: str, *, maximum: int = COUNT_LIMIT) -> int | None:
        """A whole number from 0 to `maximum`, or None when the cell is empty."""
        value = self.line.cells[column]
        if value and not _WHOLE.fullmatch(value):
            self.fault(column, f"{value!r} is no whole number from 0 to {maximum:,}")
        elif value and int(value) > maximum:
            self.fault(column, f"{value} is more than {maximum:,}")
        elif value:
            return int(value)
        return None

    def number(self, column: str) -> float | None:
        """A number that is not negative, with a point for decimals, or None when the cell is empty."""
        value = self.line.cells[column]
        if value and not _NUMBER.fullmatch(value):
            self.fault(column, f"{value!r} is no number such as 250 or 17.2")
        elif value:
            return float(value)
        return None

    def yes(self, column: str) -> bool:
        """Whether the cell says yes; empty means not stated."""
        value = self.line.cells[column]
        if value not in ("", "yes"):
            self.fault(column, f"{value!r} is neither yes nor empty")
        return value == "yes"

    def date(self, column: str, certainty: DateCertainty = DateCertainty.STATED) -> PartialDate | None:
        """A date whose precision is that of its own form, or None when the cell is empty."""
        value = self.line.cells[column]
        if not value:
            return None
        try:
            found = parse_partial_date(value, certainty) if value.isascii() else None
        except ValueError:
            found = None
        if found is None:
            self.fault(column, f"{value!r} is no date such as 2007, 2007-03 or 2007-03-25")
        elif not is_plausible(found.date):
            self.fault(column, f"{value!r} lies outside the years that records can speak of")
        return found

    def period(
        self, first: str, last: str, certainties: tuple[DateCertainty, DateCertainty]
    ) -> tuple[PartialDate | None, PartialDate | None]:
        """A start and an end, either of which may be unknown."""
        start, end = self.date(first, certainties[0]), self.date(last, certainties[1])
        if start is not None and end is not None and end.last_day < start.date:
            self.fault(last, f"{end.text} lies before {start.text}")
        return start, end

    def country(self, column: str) -> str | None:
        """A country as ISO 3166-1 alpha-2, or None when the cell is empty."""
        value = self.line.cells[column]
        if value and value not in _countries():
            self.fault(column, f"{value!r} is no country code of two capital letters, such as MD")
            return None
        return value or None


@cache
def _countries() -> frozenset[str]:
    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if len(code) == 2 and code != "ZZ")
