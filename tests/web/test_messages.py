"""Error codes become sentences in every language, whatever parameters are given."""

from __future__ import annotations

from datetime import date

import pytest

from coalition.core.i18n import LANGUAGES
from coalition.core.messages import SENTENCES, message

CONTRACT_CODES = [
    "NOT_FOUND",
    "NOT_PERMITTED",
    "STALE_REVISION",
    "IDEMPOTENCY_MISMATCH",
    "UNKNOWN_DISTRICT",
    "UNKNOWN_TOPIC",
    "END_BEFORE_START",
    "HELD_IN_FUTURE",
    "OUT_OF_RANGE",
    "TOO_LONG",
    "REQUIRED",
    "HOLY_DAY",
    "CAPACITY_STALE",
    "NOT_ENOUGH_PLACES",
    "HOLD_ENDED",
    "HELD_EXCEEDS_CAPACITY",
    "WRONG_STATE",
    "PERSONAL_DATA_SUSPECTED",
    "NOT_LOGGED_HERE",
    "TOO_MANY_ATTEMPTS",
]


def test_every_code_of_the_contract_has_a_sentence() -> None:
    assert [code for code in CONTRACT_CODES if code not in SENTENCES] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_code_without_parameters_still_has_a_sentence(code: str, language: str) -> None:
    text = message(code, {}, language)

    assert text.endswith((".", "?"))
    assert "{" not in text


def test_unknown_code_has_a_general_sentence() -> None:
    assert message("SOMETHING_NEW", {"limit": 3}, "en") == (
        "This could not be done, and nothing was changed. Check what you entered and try again."
    )


def test_parameters_are_written_as_the_language_writes_them() -> None:
    assert message("OUT_OF_RANGE", {"minimum": 0, "maximum": 1_000_000}, "ro") == (
        "Introduceți un număr de la 0 la 1.000.000."
    )
    assert message("HELD_EXCEEDS_CAPACITY", {"holds": ["7HQD-5V4Y", "K2MN-4PQR"]}, "ru").endswith(
        "сначала снимите бронь: 7HQD-5V4Y и K2MN-4PQR."
    )
    assert message(
        "HOLY_DAY", {"date": date(2027, 5, 2), "organisation": "MOC", "name": "Paștele"}, "ro"
    ).startswith("2 mai 2027 este zi de sărbătoare pentru MOC: Paștele.")


def test_plural_form_follows_the_limit() -> None:
    assert message("TOO_LONG", {"limit": 1}, "ro").endswith("cel mult 1 caracter.")
    assert message("TOO_LONG", {"limit": 200}, "ro").endswith("cel mult 200 de caractere.")
    assert message("TOO_LONG", {"limit": 2000}, "en").endswith("at most 2,000 characters.")


def test_typed_value_is_shown_as_text_and_not_at_length() -> None:
    text = message("UNKNOWN_DISTRICT", {"value": "{limit} " * 100}, "en")

    assert text.startswith("“{limit} {limit}")
    assert len(text) < 160
