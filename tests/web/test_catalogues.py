"""Every visible word is translated, in letters of its language."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from coalition.core.i18n import translations
from coalition.web.presets import PRESETS

PACKAGE = Path(str(files("coalition")))
OWN_KEYWORDS = {"sentence": None, "counted": (1, 2), "marked": None}


def _extracted() -> set[object]:
    with (PACKAGE / "locale" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(PACKAGE, methods, options, keywords={**DEFAULT_KEYWORDS, **OWN_KEYWORDS})
    return {message for _, _, message, _, _ in found}


def _catalogue(language: str) -> Catalog:
    with (PACKAGE / "locale" / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def _texts(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def _translated(language: str) -> Iterator[tuple[Message, str]]:
    for message in _catalogue(language):
        if message.id:
            yield from ((message, text) for text in _texts(message))


@pytest.mark.parametrize("language", ["ro", "ru"])
def test_every_message_is_translated(language: str) -> None:
    messages = [message for message in _catalogue(language) if message.id]

    assert {message.id for message in messages} == _extracted()
    assert [message.id for message in messages if message.fuzzy or not all(_texts(message))] == []


def test_template_lists_what_is_in_the_code() -> None:
    with (PACKAGE / "locale" / "coalition.pot").open("rb") as file:
        template = read_po(file)

    assert {message.id for message in template if message.id} == _extracted()


@pytest.mark.parametrize("language", ["ro", "ru"])
def test_translation_keeps_the_placeholders(language: str) -> None:
    for message, text in _translated(language):
        source = message.id if isinstance(message.id, str) else message.id[1]
        assert _placeholders(text) == _placeholders(source), text


def _placeholders(text: str) -> list[str]:
    braces = [name for _, name, _, _ in string.Formatter().parse(text) if name] if "{" in text else []
    return sorted(braces + re.findall(r"%\(\w+\)s|%\(\w+\)d|%s", text))


def test_romanian_has_its_own_letters() -> None:
    assert [text for _, text in _translated("ro") if re.search(r"[şţŞŢ\u0400-\u04ff]", text)] == []


def test_russian_mixes_no_alphabets_in_a_word() -> None:
    mixed = re.compile(r"\w*(?:[a-zA-Z][\u0400-\u04ff]|[\u0400-\u04ff][a-zA-Z])\w*")

    assert [text for _, text in _translated("ru") if mixed.search(text)] == []


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_words_on_tiles_are_short_enough_for_a_small_phone(language: str) -> None:
    words = [word for preset in PRESETS for word in preset.title[language].split()]

    assert [word for word in words if len(word) > 14] == []


@pytest.mark.parametrize(
    ("language", "number", "words"),
    [
        ("ro", 1, "1 activitate"),
        ("ro", 2, "2 activități"),
        ("ro", 19, "19 activități"),
        ("ro", 20, "20 de activități"),
        ("ro", 101, "101 activități"),
        ("ro", 120, "120 de activități"),
        ("ru", 1, "1 мероприятие"),
        ("ru", 3, "3 мероприятия"),
        ("ru", 5, "5 мероприятий"),
        ("ru", 11, "11 мероприятий"),
        ("ru", 21, "21 мероприятие"),
        ("ru", 112, "112 мероприятий"),
        ("en", 1, "1 activity"),
        ("en", 0, "0 activities"),
    ],
)
def test_plural_form_follows_the_number(language: str, number: int, words: str) -> None:
    pattern = translations(language).ngettext("%(num)d activity", "%(num)d activities", number)

    assert pattern % {"num": number} == words
