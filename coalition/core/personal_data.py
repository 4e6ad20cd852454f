"""What must not stand in free text: telephone numbers, e-mail addresses, personal numbers.

Texts are read as a person would read them: full-width and other countries' digits, letters set between
digits for zeros, invisible characters and every kind of dash or blank hide nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import product

import phonenumbers

_REGIONS = ("MD", "RO", "UA")
_FEWEST_DIGITS = 6
_FEW_TEXTS = 5
_LONGEST_HALF = 70
# The longest telephone number (ITU-T E.164), with the two zeros that some dial first.
_MOST_DIGITS = 17
_BETWEEN = r"[ ./_-]{0,3}"
_BETWEEN_DIALLED = r"[ .,/_-]{0,3}"

# One side is enough: `@somebody` leads to a person too, and the other half can stand in the next text.
_AT = re.compile(r"\w ?@|@ ?\w")
_AT_IN_WORDS = re.compile(
    r"\w ?[(\[{<] ?(?:at|a rond|arond|собака|эт) ?[)\]}>] ?\w|\w собака \w+ ?(?:\.|точка|punct)",
    re.IGNORECASE,
)
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_DOTTED_DATE = re.compile(rf"(?<![\d.]){_DAY}\.{_MONTH}\.{_YEAR}(?![\d.])")
_DATE = re.compile(
    rf"(?<![\d./-])(?:{_DAY}([./-]){_MONTH}\1{_YEAR}|{_YEAR}([./-]){_MONTH}\2{_DAY})(?![\d./-])"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_RUN = re.compile(rf"(?<!\d)\d(?:{_BETWEEN}\d)+(?!\d)")
# A number that is dialled begins with a zero, a plus or the number of a country; years and sums do not.
_DIALLED = re.compile(rf"(?<![\d.])(?:\+ ?|0|373|380|40)(?:{_BETWEEN_DIALLED}\d){{6,{_MOST_DIGITS}}}(?!\d)")
_ZERO_LETTERS = re.compile(r"(?:(?<=\d)|(?<!\w))[OoОо]+(?=\d)")

_FIRST_RUN = re.compile(rf"^\d(?:{_BETWEEN_DIALLED}\d)*")
_LAST_RUN = re.compile(rf"\+?\d(?:{_BETWEEN_DIALLED}\d)*$")

# IDNP in Moldova and CNP in Romania.
_PERSONAL_NUMBER_DIGITS = 13


def has_personal_number(text: str) -> bool:
    """Whether the text holds thirteen digits in a row, however they are grouped.

    A sum with dots between its thousands and a date with dots are none.
    """
    # Only dots are taken for a date here: a number can be grouped in many ways, and is always refused.
    plain = _DOTTED_DATE.sub("#", _plain(text))
    return any(_is_personal_number(match[0]) for match in _RUN.finditer(plain))


def suspects_personal_data(text: str) -> bool:
    """Whether the text seems to hold a telephone number or an e-mail address.

    A suspicion only: a year range or a hotline can look alike, so a person may confirm the text.
    """
    plain = _plain(text)
    if _AT.search(plain) or _AT_IN_WORDS.search(plain):
        return True
    return sum(character.isdigit() for character in plain) >= _FEWEST_DIGITS and _has_telephone(plain)


def split_personal_number(texts: Sequence[str]) -> bool:
    """Whether two texts that stand side by side, such as those in two languages, make up such a number."""
    return any(map(has_personal_number, _seams(texts)))


def suspects_split_telephone(texts: Sequence[str]) -> bool:
    """Whether two texts that stand side by side make up a telephone number."""
    return any(map(suspects_personal_data, _seams(texts)))


def _seams(texts: Sequence[str]) -> Iterator[str]:
    """For every two texts the digits that end one and those that start the other, where there are both."""
    plain = [plain for text in texts if (plain := _plain(text).strip())]
    ends = {at: run for at, text in enumerate(plain) if (run := _half(_LAST_RUN, text[-_LONGEST_HALF:]))}
    starts = {at: run for at, text in enumerate(plain) if (run := _half(_FIRST_RUN, text[:_LONGEST_HALF]))}
    for end, start in product(ends, starts):
        # Of long lists only neighbours are read together, so that the work stays small.
        if end != start and (abs(end - start) == 1 or len(plain) <= _FEW_TEXTS):
            yield ends[end] + starts[start]


def _half(edge: re.Pattern[str], text: str) -> str:
    """The digits at this edge of a text; none when there are more than a number has."""
    found = edge.search(text)
    return found[0] if found and sum(map(str.isdigit, found[0])) < _MOST_DIGITS else ""


def _plain(text: str) -> str:
    """The text with ASCII digits, one kind of dash and of blank, and nothing invisible in it."""
    composed = unicodedata.normalize("NFKC", text)
    visible = "".join(map(_plain_character, composed))
    return _ZERO_LETTERS.sub(lambda zeros: "0" * len(zeros[0]), visible)


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character in "\u2212\u00b7•*~":
        return "-"
    return " " if category in ("Zs", "Zl", "Zp", "Cc") else character


def _is_personal_number(run: str) -> bool:
    if sum(map(str.isdigit, run)) != _PERSONAL_NUMBER_DIGITS or _THOUSANDS.fullmatch(run):
        return False
    # 00373 and eight digits are a telephone number as it is dialled from abroad.
    return not (run.startswith("00") and _is_dialled(run))


def _has_telephone(plain: str) -> bool:
    undated = _DATE.sub("#", plain)
    for region in _REGIONS:
        if next(iter(phonenumbers.PhoneNumberMatcher(undated, region)), None) is not None:
            return True
    return any(_is_dialled(match[0]) for match in _DIALLED.finditer(undated))


def _is_dialled(run: str) -> bool:
    """Whether these digits, taken together, are a number that somebody can have."""
    digits = "".join(filter(str.isdigit, run))
    written = digits if digits.startswith("0") else f"+{digits}"
    return any(_is_valid(written, region) for region in _REGIONS)


def _is_valid(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False
