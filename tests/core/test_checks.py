from __future__ import annotations

from typing import Any

import pytest

from coalition.core.checks import (
    TextChecks,
    check_count,
    check_languages,
    check_list_size,
    check_period,
    clean,
)
from coalition.core.errors import Fault, Faults, Refused
from coalition.core.partial_date import parse_partial_date


def checks(**options: Any) -> tuple[TextChecks, Faults]:
    faults = Faults()
    return TextChecks(faults, **{"confirmed": False, **options}), faults


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Biserică \n", "Biserică"),
        ("\u00a0", ""),
        ("rând\nnou\tși", "rând\nnou\tși"),
        ("\x00a\x07b\ud800c\r", "abc"),
        # Joiners that some scripts need, and letters made of several signs, stay.
        ("s\u0326\u200dă 👨‍👩‍👧", "s\u0326\u200dă 👨‍👩‍👧"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_title_is_kept_without_its_blank_languages() -> None:
    texts, faults = checks()

    assert texts.title({"ro": " Seară ", "ru": " ", "uk": "Вечір"}, "title") == {"ro": "Seară", "uk": "Вечір"}
    assert faults.found == []


def test_a_line_may_be_missing_and_a_required_one_may_not() -> None:
    texts, faults = checks()

    found = [texts.line(None, "form"), texts.line(" ", "form"), texts.required(None, "reason")]

    assert found == [None, None, ""]
    assert faults.found == [Fault("REQUIRED", ("reason",))]


def test_lines_count_the_list_as_it_was_sent() -> None:
    texts, faults = checks()

    assert texts.lines(["", " a ", "x" * 2001, "b"], "audience") == ["a", "x" * 2001, "b"]
    assert faults.found == [Fault("TOO_LONG", ("audience", "2"), {"limit": 2000})]


def test_a_text_that_is_too_long_is_not_searched_for_more() -> None:
    texts, faults = checks()

    texts.line("069123456 " * 100_000, "place")

    assert faults.found == [Fault("TOO_LONG", ("place",), {"limit": 2000})]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({}, ["PERSONAL_DATA_SUSPECTED", "PERSONAL_NUMBER"]),
        ({"confirmed": True}, ["PERSONAL_NUMBER"]),
        ({"known": ["tel. 069123456", "2001234567890"]}, ["PERSONAL_NUMBER"]),
        ({"known": ["tel. 069"]}, ["PERSONAL_DATA_SUSPECTED", "PERSONAL_NUMBER"]),
    ],
)
def test_a_suspicion_may_be_answered_and_a_personal_number_may_not(
    options: dict[str, Any], codes: list[str]
) -> None:
    texts, faults = checks(**options)

    texts.line("tel. 069123456", "place")
    texts.line("2001234567890", "place")

    assert [each.code for each in faults.found] == codes


@pytest.mark.parametrize(("size", "is_kept"), [(0, True), (100, True), (101, False)])
def test_check_list_size(size: int, is_kept: bool) -> None:
    faults = Faults()

    check_list_size(faults, ["x"] * size, "topics")

    assert faults.found == ([] if is_kept else [Fault("OUT_OF_RANGE", ("topics",), {"maximum": 100})])


@pytest.mark.parametrize(
    ("count", "is_kept"), [(None, True), (0, True), (1_000_000, True), (-1, False), (1_000_001, False)]
)
def test_check_count(count: int | None, is_kept: bool) -> None:
    faults = Faults()

    check_count(faults, count, "capacity")

    limits = {"minimum": 0, "maximum": 1_000_000}
    assert faults.found == ([] if is_kept else [Fault("OUT_OF_RANGE", ("capacity",), limits)])


def test_check_languages_keeps_each_once() -> None:
    faults = Faults()

    assert check_languages(faults, ["ru", " ", "ro-MD", "xx", "ru"], "languages") == ["ru", "ro-MD"]
    assert faults.found == [Fault("INVALID_LANGUAGE", ("languages", "3"), {"language": "xx"})]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, []),
        ("2026-05-02", "2026-05-02", []),
        ("2026-05-02", "2026-05-01", [("END_BEFORE_START", "endsOn")]),
        ("2026-05-02", "2026-05", []),
        ("2026-05", "2026-04", [("END_BEFORE_START", "endsOn")]),
        ("2026", "2025", [("END_BEFORE_START", "endsOn")]),
        (None, "2201", [("OUT_OF_RANGE", "endsOn")]),
        ("2026", "0206", [("OUT_OF_RANGE", "endsOn"), ("END_BEFORE_START", "endsOn")]),
        ("1899", "1900", [("OUT_OF_RANGE", "startsOn")]),
    ],
)
def test_check_period(start: str | None, end: str | None, found: list[tuple[str, str]]) -> None:
    faults = Faults()

    check_period(
        faults,
        parse_partial_date(start) if start else None,
        parse_partial_date(end) if end else None,
    )

    assert [(each.code, *each.path) for each in faults.found] == found


def test_faults_are_raised_together() -> None:
    faults = Faults()
    faults.raise_if_any()
    faults.add("REQUIRED", "title")
    faults.add("TOO_LONG", "audience", "0", limit=2000)

    with pytest.raises(Refused) as refusal:
        faults.raise_if_any()

    assert refusal.value.faults == (
        Fault("REQUIRED", ("title",)),
        Fault("TOO_LONG", ("audience", "0"), {"limit": 2000}),
    )
    assert str(refusal.value) == "REQUIRED, TOO_LONG"
