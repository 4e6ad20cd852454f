"""What is refused before a request is read as GraphQL, beside what `test_http.py` sends."""

from __future__ import annotations

import json

import pytest

from coalition.graphql.gate import (
    DEEPEST_BODY,
    LARGEST_BODY_BYTES,
    NotAdmitted,
    check_message,
    nesting,
    read_json,
)


def refused(text: str) -> tuple[int, str]:
    """Status and code of a message that begins an operation with this document."""
    try:
        check_message(text)
    except NotAdmitted as error:
        return error.status, error.code
    return 200, ""


def subscribing(payload: str) -> str:
    return f'{{"type": "subscribe", "id": "1", "payload": {payload}}}'


BAD_CHARACTERS = {
    "NUL itself": '{"query": "{ a }\x00"}',
    "NUL escaped": r'{"query": "{ a }\u0000"}',
    "NUL in a variable": r'{"query": "{ a }", "variables": {"a": ["\u0000"]}}',
    "NUL in a name": r'{"query": "{ a }", "variables": {"\u0000": 1}}',
    "NUL in the operation's name": r'{"query": "{ a }", "operationName": "\u0000"}',
    "NUL in a literal": r'{"query": "{ a(b: \"\\u0000\") }"}',
    "NUL in a literal, its backslash escaped": r'{"query": "{ a(b: \"\u005cu0000\") }"}',
    "NUL in a literal, half of it escaped": r'{"query": "{ a(b: \"\\u00\u0030\u0030\") }"}',
    "NUL in braces": r'{"query": "{ a(b: \"\\u{0}\") }"}',
    "NUL in braces with more noughts": r'{"query": "{ a(b: \"\\u{000000}\") }"}',
    "first half": r'{"query": "{ a } # \uD83D x"}',
    "second half": r'{"query": "{ a } # x \uDE00"}',
    "two first halves": r'{"query": "{ a } # \ud800\ud800"}',
    "half in a variable": r'{"query": "{ a }", "variables": {"a": {"b": "\udfff"}}}',
    "half in a literal": r'{"query": "{ a(b: \"\\ud83d\") }"}',
    "half in braces": r'{"query": "{ a(b: \"\\u{D83D}\") }"}',
}


@pytest.mark.parametrize("name", BAD_CHARACTERS)
def test_characters_that_no_text_has_are_refused(name: str) -> None:
    assert refused(subscribing(BAD_CHARACTERS[name])) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "payload",
    [
        '{"query": "{ a } # ș ё 😀"}',
        r'{"query": "{ a } # \u0219"}',
        r'{"query": "{ a } # \uD83D\uDE00"}',
        r'{"query": "{ a(b: \"\\ud83d\\ude00\") }"}',
        r'{"query": "{ a(b: \"\\u{1F600}\") }"}',
        r'{"query": "{ a }", "variables": {"a": "\\u0000 as it is written"}}',
    ],
)
def test_other_characters_pass(payload: str) -> None:
    assert refused(subscribing(payload)) == (200, "")


@pytest.mark.parametrize(
    "text",
    ["{", '{"a": 1, "a": 2}', '{"a": {"b": 1, "b": 1}}', "NaN", "[1e999]", "1" + "0" * 10_000, "\ufeff{}"],
)
def test_json_that_can_be_read_in_two_ways_or_none_is_refused(text: str) -> None:
    with pytest.raises(NotAdmitted):
        read_json(text, "It")


def test_nesting_is_counted_outside_strings() -> None:
    assert nesting('{"a": [[1], "[[[[", "\\"[[[["], "b": {}}') == 3
    assert nesting("[" * 60_000) == 60_000
    assert nesting('"[[[[') == 0


def test_nesting_as_deep_as_allowed() -> None:
    def lists(depth: int) -> str:
        return "[" * depth + "]" * depth

    assert read_json(lists(DEEPEST_BODY), "It") is not None
    with pytest.raises(NotAdmitted):
        read_json(lists(DEEPEST_BODY + 1), "It")


def test_strings_that_do_not_end_are_looked_at_once() -> None:
    """Each quote in one could begin a search to the end: 32 KB of them took five seconds."""
    for text in ('"' + '\\"' * 32_000, '"' * 65_535, '"\\' * 32_000, '"' + "\\" * 65_000, '"a' * 32_000):
        assert nesting(text) == 0


MESSAGES = {
    "text": "hello",
    "a list": "[]",
    "no type": "{}",
    "type a number": '{"type": 7}',
    "no id": '{"type": "subscribe", "payload": {"query": "{ a }"}}',
    "id a number": '{"type": "subscribe", "id": 7, "payload": {"query": "{ a }"}}',
    "complete without an id": '{"type": "complete"}',
    "no payload": '{"type": "subscribe", "id": "1"}',
    "payload a list": subscribing("[1]"),
    "payload text": subscribing('"{ a }"'),
    "query a number": subscribing('{"query": 7}'),
    "variables a list": subscribing('{"query": "{ a }", "variables": []}'),
    "operation name a list": subscribing('{"query": "{ a }", "operationName": []}'),
    "nested": '{"type": "ping", "payload": ' + '{"a":' * 50 + "1" + "}" * 50 + "}",
    "nested without end": "[" * 60_000,
}


@pytest.mark.parametrize("name", MESSAGES)
def test_message_that_cannot_be_read_is_refused(name: str) -> None:
    assert refused(MESSAGES[name]) == (400, "BAD_REQUEST")


def test_message_of_64_kilobytes_is_the_largest() -> None:
    def ping(filling: str) -> str:
        return json.dumps({"type": "ping", "payload": {"a": filling}}, ensure_ascii=False)

    own = len(ping(""))
    assert refused(ping("x" * (LARGEST_BODY_BYTES - own))) == (200, "")
    assert refused(ping("x" * (LARGEST_BODY_BYTES - own + 1))) == (413, "TOO_LARGE")
    # Counted in bytes: each of these letters has two.
    assert refused(ping("ș" * (LARGEST_BODY_BYTES // 2))) == (413, "TOO_LARGE")
