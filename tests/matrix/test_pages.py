"""The cells of docs/access.md once more, through the pages and CSV of the whole application."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.matrix.browsing import (
    LISTINGS,
    OTHERS,
    Browsing,
    compare_detail,
    compare_list,
    compare_text,
    compare_words,
)
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import CALLERS, Caller, Record

DETAILED = ("Organisation", "Activity", "TrainingSession", "Service")
# Each caller opens every seventeenth page, beginning elsewhere than the one before.
STEP = 17


@pytest.mark.parametrize("way", ["page", "csv"])
def test_lists(browser: Browsing, expecting: Expecting, report: Report, way: str) -> None:
    for listing in LISTINGS:
        found: dict[str, dict[Record, set[str]]] = {}
        for caller in CALLERS:
            text = (
                browser.pages(caller, listing)
                if way == "page"
                else browser.open(caller, f"/{listing}.csv")[1]
            )
            found[caller.name] = compare_list(
                browser, expecting, report, caller, listing, text, f"{listing} as {way}"
            )
        shown = {what for rows in found.values() for words in rows.values() for what in words}
        for caller in CALLERS:
            compare_words(expecting, report, caller, found[caller.name], shown, f"{listing} as {way}")

    assert report.wrong == [], report.summary


def test_other_pages(browser: Browsing, expecting: Expecting, report: Report) -> None:
    for caller in CALLERS:
        for path in OTHERS:
            _, text = browser.open(caller, path)
            compare_text(browser, expecting, report, caller, text, path)

    assert report.wrong == [], report.summary


def _some(numbers: Iterator[int], expecting: Expecting, caller: Caller) -> list[Record]:
    records = [record for name in DETAILED for record in expecting.matrix.records[name]]
    return records[next(numbers) % STEP :: STEP]


def test_pages_of_records(browser: Browsing, expecting: Expecting, report: Report) -> None:
    numbers = count()
    for caller in CALLERS:
        for record in _some(numbers, expecting, caller):
            compare_detail(browser, expecting, report, caller, record)

    assert report.wrong == [], report.summary


@pytest.mark.slow
def test_every_page_of_every_record(browser: Browsing, expecting: Expecting, report: Report) -> None:
    for caller in CALLERS:
        for name in DETAILED:
            for record in expecting.matrix.records[name]:
                compare_detail(browser, expecting, report, caller, record)

    assert report.wrong == [], report.summary
