"""What a source says about its dates beside the dates themselves."""

from __future__ import annotations

import re

from coalition.core.partial_date import DateCertainty, PartialDate
from coalition.intake.cells import Cells

_PRECISIONS = ("day", "month", "year", "unknown")
# These say no more than the form of the date does.
_PLAIN = frozenset({"", "day", "month", "year"})
_DOUBTS = (("inferred", DateCertainty.INFERRED), ("approximate", DateCertainty.APPROXIMATE))
_ABOUT_TIME = re.compile(r"\b(?:years?|months?|days?|end|start)\b")

STATED = DateCertainty.STATED


def certainties(text: str) -> tuple[DateCertainty, DateCertainty]:
    """How certain start and end are, by words such as `day; year inferred` or `day; end inferred`.

    A part that speaks of the end, or of the start, concerns that side only.
    """
    start = end = STATED
    for part in text.split(";"):
        doubt = next((certainty for word, certainty in _DOUBTS if word in part), STATED)
        if doubt is STATED:
            continue
        words = part.split()
        if "end" not in words:
            start = doubt
        if "start" not in words:
            end = doubt
    return start, end


def certainties_beside(text: str | None) -> tuple[DateCertainty, DateCertainty]:
    """The same where the text is about a figure or a sum, so that only parts about time count."""
    return certainties(";".join(part for part in (text or "").split(";") if _ABOUT_TIME.search(part)))


def dates_of_line(
    cells: Cells, first: str = "date_start", last: str = "date_end"
) -> tuple[PartialDate | None, PartialDate | None]:
    """Start and end of a line that has a `date_precision`."""
    return cells.period(first, last, certainties(precision_text(cells)))


def precision_text(cells: Cells) -> str:
    """The `date_precision`, which must begin with one of the four words."""
    text = cells.text("date_precision") or ""
    if text.split(";")[0].split(" ")[0] not in _PRECISIONS:
        cells.fault(
            "date_precision", f"{text!r} does not begin with {', '.join(_PRECISIONS[:-1])} or unknown"
        )
    return text


def date_note(cells: Cells) -> str | None:
    """The `date_precision` where it says more than the date itself."""
    text = cells.text("date_precision") or ""
    return None if text in _PLAIN else text
