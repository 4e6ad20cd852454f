"""Texts in several languages: searching them, sorting them, and checking language tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import parse_locale

SEARCH_LANGUAGES = ("ro", "ru", "en")
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-[A-Za-z0-9]{5,8})*\Z")


def fold(text: str) -> str:
    """Lower case without diacritics: ş/ș as s, ţ/ț as t, ё as е, ă and â as a, î as i."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # й is decomposed too, but it is a letter of its own that no reader leaves out.
    kept = decomposed.replace("и\u0306", "й")
    return "".join(c for c in kept if not unicodedata.combining(c))


def spellings(word: str) -> tuple[str, ...]:
    """The folded forms under which a word is found: Romanian writes one sound as î or as â.

    `Hîncești` and `Hâncești` share a form; so do `România` and `Romania`.
    """
    lowered = unicodedata.normalize("NFC", word.casefold())
    forms = {fold(lowered), fold(lowered.replace("â", "î")), fold(lowered.replace("î", "â"))}
    return tuple(sorted(forms))


def words(text: str) -> list[str]:
    """The words of a text in order; letters that came as base and mark are put together first."""
    return _WORD.findall(unicodedata.normalize("NFC", text))


def search_text(parts: Iterable[str | None]) -> str:
    """What a record is found by: every spelling of every word, space separated, each once."""
    found: dict[str, None] = {}
    for part in parts:
        for word in words(part or ""):
            found.update(dict.fromkeys(spellings(word)))
    return " ".join(found)


def search_terms(query: str) -> list[tuple[str, ...]]:
    """For each word of a query the spellings of which one must occur."""
    return [spellings(word) for word in words(query)]


# Letters that follow their base letter in Romanian dictionaries; private-use marks sort after every letter.
_AFTER = str.maketrans(
    {
        "ă": "a\ue000",
        "â": "a\ue001",
        "î": "i\ue000",
        "ș": "s\ue000",
        "ş": "s\ue000",
        "ț": "t\ue000",
        "ţ": "t\ue000",
    }
)


def sort_key(text: str, language: str = "ro") -> str:
    """A key to be compared byte by byte, in the order that readers of `language` expect.

    Romanian has letters of its own after a, i, s and t; elsewhere a diacritic does not change a word's place.
    Neither SQLite nor an embedded PostgreSQL knows these orders, so keys are stored beside the texts.
    """
    lowered = unicodedata.normalize("NFC", text.casefold())
    marked = lowered.translate(_AFTER) if language == "ro" else lowered
    kept = (c if c in "\ue000\ue001" else fold(c) if c.isalnum() else " " for c in marked)
    return " ".join("".join(kept).split())


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text for a reader: the language asked, then ro, then en, then any; empty when there is none."""
    asked = texts.get(language)
    if asked:
        return asked
    for candidate in ("ro", "en", *sorted(texts)):
        if texts.get(candidate):
            return texts[candidate]
    return ""


def sort_keys(texts: Mapping[str, str]) -> dict[str, str]:
    """The sort key in each of the three languages, with the fall-back that readers see."""
    return {language: sort_key(in_language(texts, language), language) for language in SEARCH_LANGUAGES}


@lru_cache(maxsize=1000)
def is_language_tag(tag: str) -> bool:
    """Whether `tag` is a well-formed BCP 47 tag of whose parts CLDR knows each.

    A part that nobody knows, such as `ro-popescu`, could be a name.
    """
    if not _TAG.match(tag):
        return False
    known = Locale.parse("en")
    try:
        language, territory, script, variant = parse_locale(tag, sep="-")[:4]
    except (ValueError, UnknownLocaleError):
        return False
    others = ((territory, known.territories), (script, known.scripts), (variant, known.variants))
    return language in known.languages and all(part is None or part in names for part, names in others)


def like_pattern(form: str) -> str:
    """A LIKE pattern that matches `form` anywhere; words hold no wildcard but the underscore."""
    return "%" + form.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + "%"
