"""Every cell of docs/access.md that is about doing, tried by everybody."""

from __future__ import annotations

import pytest

from tests.matrix.asking import Asking
from tests.matrix.comparing import Expecting, Report
from tests.matrix.deeds import GIVES, compare_deeds, nothing_kept
from tests.matrix.facts import CALLERS
from tests.matrix.page import table


@pytest.mark.slow
def test_deeds(asking: Asking, expecting: Expecting, report: Report) -> None:
    with nothing_kept():
        for caller in CALLERS:
            compare_deeds(asking, expecting, report, caller)

    assert report.wrong == [], report.summary


def test_every_deed_is_tried() -> None:
    assert sorted(GIVES) == sorted(row["deed"] for row in table("deed", "column").rows)
