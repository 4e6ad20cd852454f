"""The cells of docs/access.md once more, through the pages and CSV of the whole application."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.matrix.browsing import (
    LISTINGS,
    OTHERS,
    Browsing,
    compare_closed,
    compare_detail,
    compare_list,
    compare_text,
    compare_words,
    detail,
)
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import CALLERS, Caller, Record
from tests.matrix.rules import status_of_pages

DETAILED = ("Organisation", "Activity", "TrainingSession", "Service")
# Each caller opens every seventeenth page, beginning elsewhere than the one before.
STEP = 17
READERS = tuple(caller for caller in CALLERS if status_of_pages(caller) == 200)
SHUT_OUT = tuple(caller for caller in CALLERS if caller not in READERS)


@pytest.mark.parametrize("way", ["page", "csv"])
def test_lists(browser: Browsing, expecting: Expecting, report: Report, way: str) -> None:
    for listing in LISTINGS:
        found: dict[str, dict[Record, set[str]]] = {}
        for caller in SHUT_OUT:
            path = f"/en/{listing}" if way == "page" else f"/{listing}.csv"
            compare_closed(browser, report, caller, path)
        for caller in READERS:
            text = (
                browser.pages(caller, listing)
                if way == "page"
                else browser.open(caller, f"/{listing}.csv")[1]
            )
            found[caller.name] = compare_list(
                browser, expecting, report, caller, listing, text, f"{listing} as {way}"
            )
        shown = {what for rows in found.values() for words in rows.values() for what in words}
        for caller in READERS:
            compare_words(expecting, report, caller, found[caller.name], shown, f"{listing} as {way}")

    assert report.wrong == [], report.summary


def test_other_pages(browser: Browsing, expecting: Expecting, report: Report) -> None:
    for caller in SHUT_OUT:
        for path in OTHERS:
            compare_closed(browser, report, caller, path)
    for caller in READERS:
        for path in OTHERS:
            _, text = browser.open(caller, path)
            compare_text(browser, expecting, report, caller, text, path)

    assert report.wrong == [], report.summary


def _some(numbers: Iterator[int], expecting: Expecting, caller: Caller) -> list[Record]:
    records = [record for name in DETAILED for record in expecting.matrix.records[name]]
    return records[next(numbers) % STEP :: STEP]


def _compare_page(
    browser: Browsing, expecting: Expecting, report: Report, caller: Caller, record: Record
) -> None:
    if caller in SHUT_OUT:
        compare_closed(browser, report, caller, detail(record))
    else:
        compare_detail(browser, expecting, report, caller, record)


def test_pages_of_records(browser: Browsing, expecting: Expecting, report: Report) -> None:
    numbers = count()
    for caller in CALLERS:
        for record in _some(numbers, expecting, caller):
            _compare_page(browser, expecting, report, caller, record)

    assert report.wrong == [], report.summary


@pytest.mark.slow
def test_every_page_of_every_record(browser: Browsing, expecting: Expecting, report: Report) -> None:
    for caller in CALLERS:
        for name in DETAILED:
            for record in expecting.matrix.records[name]:
                _compare_page(browser, expecting, report, caller, record)

    assert report.wrong == [], report.summary
