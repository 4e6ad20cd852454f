"""Lists as CSV: every line, streamed page by page, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable
from io import StringIO

from starlette.responses import StreamingResponse

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutralised(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers of ours stay numbers."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as CSV text."""
    out = StringIO()
    csv.writer(out).writerows([neutralised(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_response(name: str, chunks: AsyncIterator[str]) -> StreamingResponse:
    """The file `<name>.csv`; an error on the way breaks the connection: no part passes for the whole."""
    return StreamingResponse(
        chunks,
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
