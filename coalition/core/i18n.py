"""The languages of the coalition: which one to answer in, and the catalogue of each."""

import gettext
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("ro", "ru", "en")
SOURCE_LANGUAGE = "en"

# "mo" and "ro-MD" are how older phones in Moldova name Romanian.
_SAME_LANGUAGE = {"mo": "ro"}


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English, being the source, and unknown languages have an empty one.

    The `.po` file is compiled in memory at first use, so no compiled file is shipped or can be stale.
    """
    if language not in LANGUAGES or language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    source = files("coalition").joinpath("locale", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def marked(text: str) -> str:
    """The text itself: marks words that are translated where they are shown."""
    return text


def negotiate(accept_language: str | None) -> str:
    """The language of ours that an Accept-Language header likes best, else English."""
    wishes = sorted(_wishes(accept_language or ""), key=lambda wish: -wish[1])
    return next((language for language, weight in wishes if weight > 0), SOURCE_LANGUAGE)


def _wishes(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        tag, _, parameters = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        language = _SAME_LANGUAGE.get(primary, primary)
        if language in LANGUAGES:
            yield language, _weight(parameters)


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def localized(texts: Mapping[str, str], language: str) -> str:
    """The text in the language asked, else in Romanian, English or any other; empty when there is none."""
    for candidate in (language, "ro", "en", *sorted(texts)):
        if texts.get(candidate):
            return texts[candidate]
    return ""
