"""Every cell of docs/access.md that is about reading, through every way in of GraphQL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.matrix.asking import LISTS, NODES, Asking
from tests.matrix.comparing import Expecting, Report
from tests.matrix.facts import CALLERS
from tests.matrix.ways import (
    compare_by_id,
    compare_by_name,
    compare_coverage,
    compare_filters,
    compare_lists,
    compare_live,
    compare_search,
)


@pytest.mark.slow
def test_records_by_id(asking: Asking, expecting: Expecting, report: Report) -> None:
    for caller in CALLERS:
        for type_name in NODES:
            compare_by_id(asking, expecting, report, caller, type_name)

    assert report.wrong == [], report.summary


def test_lists(asking: Asking, expecting: Expecting, report: Report) -> None:
    for caller in CALLERS:
        for type_name in LISTS:
            compare_lists(asking, expecting, report, caller, type_name)

    assert report.wrong == [], report.summary


@pytest.mark.parametrize(
    "compare",
    [
        compare_by_name,
        pytest.param(compare_search, marks=pytest.mark.slow),
        pytest.param(compare_filters, marks=pytest.mark.slow),
        compare_coverage,
        compare_live,
    ],
)
def test_other_ways(asking: Asking, expecting: Expecting, report: Report, compare: Any) -> None:
    for caller in CALLERS:
        compare(asking, expecting, report, caller)

    assert report.wrong == [], report.summary


def test_there_is_something_to_leak(expecting: Expecting) -> None:
    """Every field of every type has a value in some record, or its cells could not be wrong."""
    for type_name in NODES:
        values = [expecting.truth[record.id] for record in expecting.matrix.records[type_name]]
        for name in values[0]:
            assert any(value[name] not in (None, [], "") for value in values), f"{type_name}.{name}"
