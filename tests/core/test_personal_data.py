from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from coalition.core.personal_data import (
    has_personal_number,
    split_personal_number,
    suspects_personal_data,
    suspects_split_telephone,
)
from coalition.intake.record import SHIPPED
from tests.privacy.test_inputs import NUMBERS, SPLIT_NUMBER, SPLIT_TELEPHONE, SUSPICIOUS

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
    "07.12.2008 10 oameni",
    "07-12-2008 10:30-12:00",
    "05.10.2018 10000 lei",
    "18.10.2024-20.10.2024",
    "0,5 ha, 0,25 ha, 0,75 ha",
    "Ioan 3:16-18, 1 Corinteni 13:4-8",
    "1.234.567.890.123",
    "HG 12/2018, nr. 045/67",
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
        *SUSPICIOUS,
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
        "2001-12-01 45678",
        *NUMBERS,
    ],
)
def test_texts_with_a_personal_number(text: str) -> None:
    assert has_personal_number(text)


@pytest.mark.parametrize(
    "text", ["200123456789", "20012345678901", "MD24AG000225100013104168", "1.234.567.890.123"]
)
def test_numbers_of_another_length_are_no_personal_number(text: str) -> None:
    assert not has_personal_number(text)


def test_number_as_dialled_from_abroad_is_a_telephone_not_a_personal_number() -> None:
    assert suspects_personal_data("00 373 69 123 456")
    assert not has_personal_number("00 373 69 123 456")


@pytest.mark.parametrize(
    ("texts", "telephone", "number"),
    [
        (SPLIT_TELEPHONE, True, False),
        (tuple(reversed(SPLIT_TELEPHONE)), True, False),
        (SPLIT_NUMBER, False, True),
        (("Anii 2007-2008", "2007-2008 годы", "650"), False, False),
        (("2001", "2002", "2003", "2004", "2005"), False, False),
        (("Instruire 2008", "Семинар", "Training 2008"), False, False),
        ((), False, False),
    ],
)
def test_halves_of_a_number_are_read_together(
    texts: tuple[str, ...], *, telephone: bool, number: bool
) -> None:
    assert suspects_split_telephone(texts) is telephone
    assert split_personal_number(texts) is number


def test_long_lists_of_digits_are_read_quickly() -> None:
    """Every pair of a hundred texts would be ten thousand; only neighbours are read together."""
    assert not split_personal_number(["1 " * 900] * 100)
    assert not suspects_split_telephone(["12 345 6 " * 200 + str(number) for number in range(100)])


def _published() -> Iterator[str]:
    """Every cell of the real record but addresses of web pages."""
    for path in sorted(SHIPPED.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from (cell for cell in row.values() if cell and "://" not in cell)


def test_real_record_raises_few_alarms_and_no_false_one() -> None:
    texts = list(_published())

    suspects = [text for text in texts if suspects_personal_data(text)]
    numbers = [text for text in texts if has_personal_number(text)]

    print(f"{len(suspects)} of {len(texts)} texts are suspected, {len(numbers)} hold a personal number")
    assert numbers == []
    # Four services are hotlines that carry their number in their name: what a person would confirm.
    assert len(suspects) == 4
    assert all("0800" in text.replace(" ", "") for text in suspects)
    assert len(texts) > 4000
