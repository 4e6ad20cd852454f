"""Checks of what people type: lengths, languages, ranges, dates, personal data; all faults at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from coalition.core.errors import Faults
from coalition.core.partial_date import PartialDate
from coalition.core.personal_data import (
    has_personal_number,
    split_personal_number,
    suspects_personal_data,
    suspects_split_telephone,
)
from coalition.core.text import SEARCH_LANGUAGES, is_language_tag

TITLE_LIMIT = 200
TEXT_LIMIT = 2_000
LIST_LIMIT = 100
COUNT_LIMIT = 1_000_000
# Beyond these years a date is a slip of the finger.
FIRST_YEAR = 1900
LAST_YEAR = 2200


def clean(text: str) -> str:
    """The text without surrounding blanks and without characters that a database refuses to store."""
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).strip()


class TextChecks:
    """Checks the free texts of one draft, noting faults at their paths.

    `confirmed` is the sender's answer that suspicious texts name no person; `known` are texts that
    already stand in the record and need no second answer. Personal numbers are refused always.
    """

    def __init__(self, faults: Faults, *, confirmed: bool, known: Collection[str] = ()) -> None:
        self._faults = faults
        self._confirmed = confirmed
        self._known = known

    def title(self, texts: Mapping[str, str], *path: str) -> dict[str, str]:
        """A title by language, at least one of ro, ru, en; blank ones are dropped."""
        self._check_size(texts, *path)
        cleaned = {language: clean(text) for language, text in list(texts.items())[:LIST_LIMIT]}
        for language in cleaned:
            if not is_language_tag(language):
                self._faults.add("INVALID_LANGUAGE", *path, language, language=language)
        kept = {language: text for language, text in cleaned.items() if text}
        for language, text in kept.items():
            self._check(text, TITLE_LIMIT, *path, language)
        self._check_seams(list(kept.values()), TITLE_LIMIT, *path)
        if not any(language in kept for language in SEARCH_LANGUAGES):
            self._faults.add("REQUIRED", *path)
        return kept

    def line(self, text: str | None, *path: str) -> str | None:
        """A text that may be missing; a blank one is."""
        cleaned = clean(text or "")
        self._check(cleaned, TEXT_LIMIT, *path)
        return cleaned or None

    def required(self, text: str | None, *path: str) -> str:
        """A text that must not be blank."""
        cleaned = self.line(text, *path)
        if cleaned is None:
            self._faults.add("REQUIRED", *path)
        return cleaned or ""

    def name(self, text: str | None, *path: str) -> str:
        """The name of somebody who serves; it must not be blank."""
        cleaned = clean(text or "")
        if not cleaned:
            self._faults.add("REQUIRED", *path)
        self._check(cleaned, TITLE_LIMIT, *path)
        return cleaned

    def lines(self, texts: Sequence[str], *path: str) -> list[str]:
        """A list of texts without its blank ones; paths count the list as it was sent."""
        self._check_size(texts, *path)
        cleaned = [clean(text) for text in texts[:LIST_LIMIT]]
        for index, text in enumerate(cleaned):
            self._check(text, TEXT_LIMIT, *path, str(index))
        self._check_seams(cleaned, TEXT_LIMIT, *path)
        return [text for text in cleaned if text]

    def _check_size(self, items: Collection[object], *path: str) -> None:
        check_list_size(self._faults, items, *path)

    def _check(self, text: str, limit: int, *path: str) -> None:
        if len(text) > limit:
            self._faults.add("TOO_LONG", *path, limit=limit)
            # Looking for telephone numbers takes time that grows with the text.
            return
        if has_personal_number(text):
            self._faults.add("PERSONAL_NUMBER", *path)
        elif not self._confirmed and text not in self._known and suspects_personal_data(text):
            self._faults.add("PERSONAL_DATA_SUSPECTED", *path)

    def _check_seams(self, texts: Sequence[str], limit: int, *path: str) -> None:
        """Note a number of which each text holds a half; what stands in the record already may touch."""
        short = [text for text in texts if len(text) <= limit and text not in self._known]
        if split_personal_number(short):
            self._faults.add("PERSONAL_NUMBER", *path)
        elif not self._confirmed and suspects_split_telephone(short):
            self._faults.add("PERSONAL_DATA_SUSPECTED", *path)


def check_list_size(faults: Faults, items: Collection[object], *path: str) -> None:
    """Note OUT_OF_RANGE at the list itself when it is longer than any honest one."""
    if len(items) > LIST_LIMIT:
        faults.add("OUT_OF_RANGE", *path, maximum=LIST_LIMIT)


def check_count(faults: Faults, count: int | None, *path: str) -> None:
    """Note OUT_OF_RANGE for a count below zero or beyond what can be meant."""
    if count is not None and not 0 <= count <= COUNT_LIMIT:
        faults.add("OUT_OF_RANGE", *path, minimum=0, maximum=COUNT_LIMIT)


def check_languages(faults: Faults, tags: Sequence[str], *path: str) -> list[str]:
    """The language tags in order, each once; INVALID_LANGUAGE at those that are none, blank ones dropped."""
    check_list_size(faults, tags, *path)
    kept: dict[str, None] = {}
    for index, tag in enumerate(tags[:LIST_LIMIT]):
        cleaned = clean(tag)
        if cleaned and not is_language_tag(cleaned):
            faults.add("INVALID_LANGUAGE", *path, str(index), language=tag)
        elif cleaned:
            kept[cleaned] = None
    return list(kept)


def check_period(faults: Faults, starts_on: PartialDate | None, ends_on: PartialDate | None) -> None:
    """Note years that cannot be meant at `startsOn` or `endsOn`, and an end that lies before the start."""
    for given, name in ((starts_on, "startsOn"), (ends_on, "endsOn")):
        if given is not None and not is_plausible(given.date):
            faults.add("OUT_OF_RANGE", name)
    if starts_on is not None and ends_on is not None and ends_on.last_day < starts_on.date:
        faults.add("END_BEFORE_START", "endsOn")


def is_plausible(day: date) -> bool:
    """Whether a day lies in the years that the coalition's records can speak of."""
    return FIRST_YEAR <= day.year <= LAST_YEAR
