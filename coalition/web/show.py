"""How values of the schema look on a page: dates, numbers, names in lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from coalition.core.i18n import localized, translations

TIME_ZONE = ZoneInfo("Europe/Chisinau")
_PATTERNS = {"DAY": "d MMMM y", "MONTH": "LLLL y", "YEAR": "y"}

PartialDate = Mapping[str, Any]


def filters(language: str) -> dict[str, Callable[..., str]]:
    """The template filters of one language."""
    return {
        "partial_date": partial(partial_date, language=language),
        "day": partial(day, language=language),
        "moment": partial(moment, language=language),
        "number": partial(number, language=language),
        "listed": listed,
        "about": partial(about, language=language),
        "language_name": partial(language_name, language=language),
        "country_name": partial(country_name, language=language),
        "host": host,
        "host_and_port": host_and_port,
        "in_language": partial(localized, language=language),
    }


def partial_date(value: PartialDate | None, *, language: str) -> str:
    """A day, a month or a year, with a word when the source does not state it."""
    if value is None:
        return ""
    text = format_date(date.fromisoformat(value["date"]), _PATTERNS[value["precision"]], locale=language)
    gettext = translations(language).gettext
    if value["certainty"] == "INFERRED":
        return gettext("%s (inferred)") % text
    return gettext("about %s") % text if value["certainty"] == "APPROXIMATE" else text


def day(value: str, *, language: str) -> str:
    """A day given as ISO text."""
    return format_date(date.fromisoformat(value), _PATTERNS["DAY"], locale=language)


def moment(value: str | None, *, language: str) -> str:
    """An instant in Moldova's time."""
    if not value:
        return ""
    local = datetime.fromisoformat(value).astimezone(TIME_ZONE)
    return format_datetime(local, "d MMM y, HH:mm", locale=language)


def number(value: float | None, *, language: str) -> str:
    """A number as the language writes it; nothing for an unknown one, which is not zero."""
    return "" if value is None else format_decimal(value, locale=language)


def about(value: float | None, qualifier: str | None, *, language: str) -> str:
    """A number with its qualifier in words."""
    if value is None:
        return ""
    gettext = translations(language).gettext
    patterns = {
        "ABOUT": gettext("about %s"),
        "MORE_THAN": gettext("more than %s"),
        "PLANNED": gettext("%s planned"),
        "TARGET": gettext("%s as the aim"),
    }
    return patterns.get(qualifier or "", "%s") % number(value, language=language)


def listed(values: Iterable[object]) -> str:
    """Names one after another."""
    return ", ".join(str(value) for value in values)


def language_name(tag: str, *, language: str) -> str:
    """The name of a language, or its tag when it has none."""
    return str(Locale.parse(language).languages.get(tag.partition("-")[0], tag))


def country_name(code: str, *, language: str) -> str:
    """The name of a country, or its code when it has none."""
    return str(Locale.parse(language).territories.get(code, code))


def host(address: str) -> str:
    """The site that an address leads to."""
    return urlsplit(address).hostname or address


def host_and_port(address: str) -> str:
    """The host of an address with its port, when it names one."""
    return urlsplit(address).netloc
