"""Civil holidays: which are known, in which languages, and that unknown is not none."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from coalition.members.enums import Pascha
from coalition.members.holy_days.civil import COUNTRIES, CivilYear, civil_holidays, civil_years
from coalition.members.holy_days.civil_names import CIVIL_NAMES, civil_name
from coalition.members.holy_days.reckonings import easter_of, julian_date


def days_of(country: str, code: str, year: int) -> list[date]:
    found = civil_holidays(country, date(year, 1, 1), date(year, 12, 31))
    return [holiday.falls_on for holiday in found if holiday.code == code]


def test_moldova_2027() -> None:
    found = list(civil_holidays("MD", date(2027, 5, 9), date(2027, 8, 27)))

    assert [(str(each.falls_on), each.code, each.name["ro"], each.name["ru"]) for each in found] == [
        ("2027-05-09", "md_europe_day", "Ziua Europei", "День Европы"),
        (
            "2027-05-09",
            "md_victory_day",
            "Ziua Victoriei și a comemorării eroilor căzuți pentru Independența Patriei",
            "День Победы и памяти героев, павших за независимость Родины",
        ),
        ("2027-05-10", "md_memorial_easter", "Paștele blajinilor", "Поминальная Пасха (Радоница)"),
        ("2027-06-01", "md_childrens_day", "Ziua Ocrotirii Copilului", "День защиты детей"),
        (
            "2027-08-27",
            "md_independence_day",
            "Ziua independenței Republicii Moldova",
            "День независимости Республики Молдова",
        ),
    ]


def test_every_holiday_of_every_year_has_names_in_three_languages_and_a_code_of_its_own() -> None:
    """A new release of `holidays` that names another day fails here until somebody translates it."""
    untranslated, doubled = set(), set()
    for country in COUNTRIES:
        seen = set()
        for holiday in civil_holidays(country, date(1900, 1, 1), date(2100, 12, 31)):
            if not {"ro", "ru", "en"} <= set(holiday.name):
                untranslated.add((country, holiday.name["en"]))
            if (holiday.falls_on, holiday.code) in seen:
                doubled.add((country, holiday.falls_on, holiday.code))
            seen.add((holiday.falls_on, holiday.code))

    assert (untranslated, doubled) == (set(), set())


def test_names_are_in_their_letters() -> None:
    romanian = [name.ro for name in CIVIL_NAMES.values()]
    russian = [name.ru for name in CIVIL_NAMES.values()]

    assert [text for text in romanian if re.search(r"[şţŞŢ\u0400-\u04ff]", text)] == []
    assert [text for text in russian if re.search(r"[a-zA-Z]", text)] == []


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("New Year's Day", ("new_year", {"ro": "Anul Nou", "ru": "Новый год"})),
        (
            "New Year's Day (observed)",
            ("new_year_observed", {"ro": "Anul Nou (zi liberă)", "ru": "Новый год (выходной)"}),
        ),
        (
            "Day off (substituted from 03/14/2026)",
            (
                "day_off",
                {"ro": "Zi liberă (mutată de pe 14.03.2026)", "ru": "Выходной день (перенесён с 14.03.2026)"},
            ),
        ),
        ("Saint Nobody's Day", ("saint_nobodys_day", {})),
    ],
)
def test_names_of_a_holiday(english: str, expected: tuple[str, dict[str, str]]) -> None:
    assert civil_name(english) == expected


def test_year_without_any_holiday_is_unknown() -> None:
    def known(country: str, year: int) -> bool:
        [found] = civil_years(country, date(year, 3, 1), date(year, 3, 2))
        assert found == CivilYear(country, year, found.is_known)
        return found.is_known

    # Ukraine under martial law; before independence; too far ahead; a country of which nothing is known.
    assert [known("UA", 2027), known("MD", 1990), known("MD", 2101), known("RU", 2027)] == [False] * 4
    assert [known(country, 2027) for country in ("MD", "RO", "BY", "DK")] == [True] * 4
    assert list(civil_holidays("RU", date(2027, 1, 1), date(2027, 12, 31))) == []


def test_church_days_among_civil_holidays_are_where_we_reckon_them() -> None:
    # Romania gave the last of these days off from 2009 on.
    differences = []
    for year in range(2009, 2101):
        orthodox, western = easter_of(Pascha.ORTHODOX, year), easter_of(Pascha.WESTERN, year)
        expected = {
            "md_easter": orthodox,
            "md_memorial_easter": orthodox + timedelta(days=8),
            "ro_pentecost": orthodox + timedelta(days=49),
            "by_easter_orthodox": orthodox,
            "by_radunitsa": orthodox + timedelta(days=9),
            "by_christmas_orthodox": julian_date(year - 1, 12, 25),
            "dk_good_friday": western - timedelta(days=2),
            "dk_ascension": western + timedelta(days=39),
        }
        for code, day in expected.items():
            found = days_of(code[:2].upper(), code, year)
            if day not in found:
                differences.append((year, code, found))

    assert differences == []
