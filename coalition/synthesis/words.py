"""Invented names in three languages, every one labelled, and the words that records are found by."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from random import Random

from coalition.core.text import search_text

Texts = dict[str, str]

_PATRONS = (
    {"en": "Saint Nicholas", "ro": "Sfântul Nicolae", "ru": "Святого Николая"},
    {"en": "Holy Trinity", "ro": "Sfânta Treime", "ru": "Святой Троицы"},
    {"en": "Good Shepherd", "ro": "Păstorul cel Bun", "ru": "Доброго Пастыря"},
    {"en": "Ascension", "ro": "Înălțarea", "ru": "Вознесения"},
    {"en": "Bethany", "ro": "Betania", "ru": "Вифания"},
    {"en": "New Hope", "ro": "Speranța Nouă", "ru": "Новая надежда"},
    {"en": "Saint Paraskeva", "ro": "Sfânta Parascheva", "ru": "Святой Параскевы"},
    {"en": "Emmanuel", "ro": "Emanuel", "ru": "Эммануил"},
)
KINDS: dict[str, Texts] = {
    "coalition": {"en": "coalition", "ro": "coaliție", "ru": "коалиция"},
    "church": {"en": "church", "ro": "biserică", "ru": "церковь"},
    "diocese": {"en": "diocese", "ro": "eparhie", "ru": "епархия"},
    "deanery": {"en": "deanery", "ro": "protopopiat", "ru": "благочиние"},
    "parish": {"en": "parish", "ro": "parohie", "ru": "приход"},
    "association": {"en": "association", "ro": "asociație", "ru": "объединение"},
    "service": {"en": "service", "ro": "serviciu", "ru": "служба"},
    "training": {"en": "training", "ro": "instruire", "ru": "обучение"},
    "lesson": {"en": "lesson", "ro": "lecție", "ru": "урок"},
    "evening": {"en": "parents' evening", "ro": "seară cu părinții", "ru": "вечер с родителями"},
    "march": {"en": "march", "ro": "marș", "ru": "шествие"},
    "letter": {"en": "open letter", "ro": "scrisoare deschisă", "ru": "открытое письмо"},
}
_LABEL: Texts = {"en": "synthetic", "ro": "sintetic", "ru": "синтетика"}


def invented_name(random: Random, kind: str, number: int) -> Texts:
    """A labelled name; one in three lacks Russian and one in five lacks English, as in real records."""
    patron, word = random.choice(_PATRONS), KINDS[kind]
    languages = ["ro"]
    if random.random() < 0.8:
        languages.append("en")
    if random.random() < 0.67:
        languages.append("ru")
    return {each: f"{patron[each]}, {word[each]} {number} ({_LABEL[each]})" for each in languages}


@lru_cache(maxsize=200_000)
def _forms(text: str) -> tuple[str, ...]:
    return tuple(search_text([text]).split())


def searchable(parts: Iterable[str]) -> str:
    """What `search_text` makes of these parts; those that come again and again are folded once."""
    found: dict[str, None] = {}
    for part in parts:
        # Numbers never come again, and need no folding.
        found.update(dict.fromkeys((part,) if part.isdecimal() else _forms(part)))
    return " ".join(found)
