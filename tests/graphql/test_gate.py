"""What is refused before a request is read as GraphQL, beside what `test_http.py` sends."""

from __future__ import annotations

import pytest

from coalition.graphql.gate import NotAdmitted, check_characters


@pytest.mark.parametrize(
    "text",
    [
        "a\x00",
        r'{"query":"\u0000"}',
        r'{"query":"\uD83D x"}',
        r'{"query":"x \uDE00"}',
        r'{"q":"\ud800\ud800"}',
    ],
)
def test_characters_that_no_text_has_are_refused(text: str) -> None:
    with pytest.raises(NotAdmitted) as refused:
        check_characters(text)

    assert (refused.value.status, refused.value.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "text",
    [
        '{"query":"ș ё 😀"}',
        r'{"q":"\u0219"}',
        r'{"q":"\uD83D\uDE00"}',
        r'{"query":"{a(b:\"\\ud83d\\ude00\")}"}',
    ],
)
def test_other_characters_pass(text: str) -> None:
    check_characters(text)
