from __future__ import annotations

import pytest

from coalition.core.personal_data import has_personal_number, suspects_personal_data

HARMLESS = [
    "",
    "anii 2007-2008",
    "25 seminarii, 650 de preoți",
    "18 octombrie 2024, 10:00-12:30",
    "str. Ștefan cel Mare 123, of. 45, MD-2001",
    "HG nr. 1234 din 12.05.2018",
    "Legea 241-XVI din 20.10.2005",
    "1 000 000 de lei",
    "2026-05-14 10:30:00",
    "Psalmul 119:105-112",
    "sunați la 112",
    "Вечер молитвы, 7 декабря 2008",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_texts_without_personal_data(text: str) -> None:
    assert not has_personal_number(text)
    assert not suspects_personal_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "maria.p@example.com",
        "scrie la parohia@biserica.md.",
        "069123456",
        "+373 69 123 456",
        "(022) 27-27-10",
        "тел. 0 69 123 456",
        "+40 721 234 567",
        "+380 67 123 45 67",
        "0800 77777",
    ],
)
def test_texts_that_seem_to_hold_a_way_to_reach_somebody(text: str) -> None:
    assert suspects_personal_data(text)
    assert not has_personal_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "2001234567890",
        "IDNP 2001234567890, Chișinău",
        "200 123 456 7890",
        "2001-23-456789-0",
        "2001\u00a0234567\u00a0890",
    ],
)
def test_texts_with_a_personal_number(text: str) -> None:
    assert has_personal_number(text)


@pytest.mark.parametrize(
    "text", ["200123456789", "20012345678901", "MD24AG000225100013104168", "1.234.567.890.123"]
)
def test_numbers_of_another_length_are_no_personal_number(text: str) -> None:
    assert not has_personal_number(text)
