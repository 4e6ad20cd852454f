"""Romanian and Russian names of civil holidays that `holidays` names in English only.

Keyed by its English names; what it says itself in a language comes first. `code` is stable for clients.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class CivilName(NamedTuple):
    """A holiday's code without its country, and its names."""

    code: str
    ro: str
    ru: str


CIVIL_NAMES = {
    "Anniversary of the Great October Socialist Revolution": CivilName(
        "october_revolution",
        "Aniversarea Marii Revoluții Socialiste din Octombrie",
        "Годовщина Великой Октябрьской социалистической революции",
    ),
    "Ascension Day": CivilName("ascension", "Înălțarea Domnului", "Вознесение Господне"),
    "Catholic Christmas Day": CivilName("christmas_western", "Crăciunul catolic", "Католическое Рождество"),
    "Catholic Easter": CivilName("easter_western", "Paștele catolic", "Католическая Пасха"),
    "Children's Day": CivilName("childrens_day", "Ziua Copilului", "День защиты детей"),
    "Christmas Day": CivilName("christmas", "Crăciunul", "Рождество Христово"),
    "Christmas Day (by new style)": CivilName(
        "christmas_new_style", "Crăciunul pe stil nou", "Рождество Христово (по новому стилю)"
    ),
    "Christmas Day (by old style)": CivilName(
        "christmas_old_style", "Crăciunul pe stil vechi", "Рождество Христово (по старому стилю)"
    ),
    "Constitution Day": CivilName("constitution_day", "Ziua Constituției", "День Конституции"),
    "Day of Rejoicing": CivilName("memorial_easter", "Paștele Blajinilor", "Поминальная Пасха (Радоница)"),
    "Day of Victory over Nazism in World War II (Victory Day)": CivilName(
        "victory_day",
        "Ziua Victoriei asupra nazismului în cel de-al Doilea Război Mondial",
        "День победы над нацизмом во Второй мировой войне",
    ),
    "Day of defenders of Ukraine": CivilName(
        "defenders_day", "Ziua apărătorilor și apărătoarelor Ucrainei", "День защитников и защитниц Украины"
    ),
    "Day of the Constitution of Ukraine": CivilName(
        "constitution_day", "Ziua Constituției Ucrainei", "День Конституции Украины"
    ),
    "Day off": CivilName("day_off", "Zi liberă", "Выходной день"),
    "Defender of Ukraine Day": CivilName(
        "defenders_day", "Ziua apărătorului Ucrainei", "День защитника Украины"
    ),
    "Dormition of the Mother of God": CivilName(
        "dormition", "Adormirea Maicii Domnului", "Успение Пресвятой Богородицы"
    ),
    "Dzyady (All Souls' Day)": CivilName("dzyady", "Ziua pomenirii morților", "День памяти"),
    "Easter": CivilName("easter", "Paștele", "Пасха"),
    "Easter Monday": CivilName("easter_monday", "A doua zi de Paști", "Пасхальный понедельник"),
    "Easter Sunday": CivilName("easter", "Paștele", "Пасха"),
    "Easter Sunday (Pascha)": CivilName("easter", "Paștele", "Пасха"),
    "Epiphany": CivilName("epiphany", "Botezul Domnului (Boboteaza)", "Крещение Господне (Богоявление)"),
    "Europe Day": CivilName("europe_day", "Ziua Europei", "День Европы"),
    "Good Friday": CivilName("good_friday", "Vinerea Mare", "Страстная пятница"),
    "Great Prayer Day": CivilName("great_prayer_day", "Ziua Mare de Rugăciune", "Великий день молитвы"),
    "Independence Day": CivilName("independence_day", "Ziua Independenței", "День Независимости"),
    "Independence Day of the Republic of Belarus (Day of the Republic)": CivilName(
        "independence_day",
        "Ziua Independenței Republicii Belarus",
        "День Независимости Республики Беларусь",
    ),
    "International Children's Day": CivilName(
        "childrens_day", "Ziua Ocrotirii Copilului", "День защиты детей"
    ),
    "International Women's Day": CivilName(
        "womens_day", "Ziua Internațională a Femeii", "Международный женский день"
    ),
    "International Workers' Solidarity Day": CivilName(
        "labour_day",
        "Ziua Internațională a Solidarității Oamenilor Muncii",
        "День международной солидарности трудящихся",
    ),
    "Labor Day": CivilName("labour_day", "Ziua Muncii", "Праздник труда"),
    "Maundy Thursday": CivilName("maundy_thursday", "Joia Mare", "Великий четверг"),
    "National Day": CivilName("national_day", "Ziua Națională", "Национальный праздник"),
    "National Language Day": CivilName("language_day", "Limba noastră", "День родного языка"),
    "New Year's Day": CivilName("new_year", "Anul Nou", "Новый год"),
    "October Revolution Day": CivilName(
        "october_revolution", "Ziua Revoluției din Octombrie", "День Октябрьской революции"
    ),
    "Orthodox Christmas Day": CivilName("christmas_orthodox", "Crăciunul ortodox", "Православное Рождество"),
    "Orthodox Easter": CivilName("easter_orthodox", "Paștele ortodox", "Православная Пасха"),
    "Pentecost": CivilName("pentecost", "Rusaliile", "Пятидесятница (Троица)"),
    "Pentecost Monday": CivilName("pentecost_monday", "A doua zi de Rusalii", "День Святого Духа"),
    "Presidential decree holiday": CivilName(
        "decreed_day_off", "Zi liberă prin decretul președintelui", "Выходной по указу президента"
    ),
    "Radunitsa (Day of Rejoicing)": CivilName("radunitsa", "Radonița (Paștele Blajinilor)", "Радуница"),
    "Republic of Moldova Independence Day": CivilName(
        "independence_day", "Ziua Independenței Republicii Moldova", "День независимости Республики Молдова"
    ),
    "Saint Andrew's Day": CivilName(
        "saint_andrew", "Sfântul Apostol Andrei", "День святого апостола Андрея Первозванного"
    ),
    "Saint John the Baptist": CivilName(
        "john_the_baptist", "Soborul Sfântului Ioan Botezătorul", "Собор Иоанна Предтечи"
    ),
    "Second Day of Christmas": CivilName(
        "second_day_of_christmas", "A doua zi de Crăciun", "Второй день Рождества"
    ),
    "Unification of the Romanian Principalities Day": CivilName(
        "unification_day", "Ziua Unirii Principatelor Române", "День объединения Румынских княжеств"
    ),
    "Victory Day": CivilName("victory_day", "Ziua Victoriei", "День Победы"),
    "Victory Day and Commemoration of the heroes fallen for Independence of Fatherland": CivilName(
        "victory_day",
        "Ziua Victoriei și a comemorării eroilor căzuți pentru independența Patriei",
        "День Победы и памяти героев, павших за независимость Родины",
    ),
    "Women's Day": CivilName("womens_day", "Ziua Femeii", "День женщин"),
}
_OBSERVED = " (observed)"
# A working Saturday is given back as a day off; the date of it stands month first in English.
_SUBSTITUTED = re.compile(r"Day off \(substituted from (\d\d)/(\d\d)/(\d{4})\)")


def civil_name(english: str) -> tuple[str, dict[str, str]]:
    """The code of a holiday and its names in ro and ru; a name that is not known has no others."""
    if moved := _SUBSTITUTED.fullmatch(english):
        month, day, year = moved.groups()
        code, ro, ru = CIVIL_NAMES["Day off"]
        written = f"{day}.{month}.{year}"
        return code, {"ro": f"{ro} (mutată de pe {written})", "ru": f"{ru} (перенесён с {written})"}
    known = CIVIL_NAMES.get(english.removesuffix(_OBSERVED))
    if known is None:
        return re.sub(r"\W+", "_", english.lower().replace("'", "")).strip("_"), {}
    if english.endswith(_OBSERVED):
        return f"{known.code}_observed", {"ro": f"{known.ro} (zi liberă)", "ru": f"{known.ru} (выходной)"}
    return known.code, {"ro": known.ro, "ru": known.ru}
