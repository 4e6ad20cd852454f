"""Civil holidays of the countries around, as `holidays` knows them; what it does not know is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from holidays import country_holidays

from coalition.members.holy_days.civil_names import civil_name

# Where members work, and where those who left live (DOMAIN.md section 10).
COUNTRIES = ("MD", "RO", "UA", "BY", "DK")
_ENGLISH = "en_US"
_LANGUAGES = {"MD": ("ro",), "RO": ("ro",), "UA": ("uk",), "BY": ("ru", "be"), "DK": ("da",)}


@dataclass(frozen=True)
class CivilHoliday:
    """A day off in a country; `code` begins with the country."""

    falls_on: date
    country: str
    code: str
    name: dict[str, str]


@dataclass(frozen=True)
class CivilYear:
    """Whether the civil holidays of a country are known for a year; if not, there may be any."""

    country: str
    year: int
    is_known: bool


def civil_holidays(country: str, first: date, last: date) -> Iterator[CivilHoliday]:
    """The days off known in a country from `first` to `last`."""
    for year in range(first.year, last.year + 1):
        for holiday in _of_year(country, year):
            if first <= holiday.falls_on <= last:
                yield holiday


def civil_years(country: str, first: date, last: date) -> Iterator[CivilYear]:
    """What is known of the years from `first` to `last`.

    A country that has no day off in a whole year has simply not been recorded for it: Ukraine under
    martial law, years before independence, years that lie too far ahead.
    """
    for year in range(first.year, last.year + 1):
        yield CivilYear(country, year, bool(_of_year(country, year)))


@lru_cache(maxsize=512)
def _of_year(country: str, year: int) -> tuple[CivilHoliday, ...]:
    if country not in COUNTRIES:
        return ()
    english = country_holidays(country, years=year, language=_ENGLISH)
    own = {
        language: country_holidays(country, years=year, language=language) for language in _LANGUAGES[country]
    }
    found = []
    for day in sorted(english):
        for position, name in enumerate(english.get_list(day)):
            code, names = civil_name(name)
            names |= {language: days.get_list(day)[position] for language, days in own.items()}
            found.append(CivilHoliday(day, country, f"{country.lower()}_{code}", {**names, "en": name}))
    return tuple(found)
