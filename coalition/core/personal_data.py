"""What must not stand in free text: telephone numbers, e-mail addresses, personal numbers."""

from __future__ import annotations

import re

import phonenumbers

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
# IDNP in Moldova and CNP in Romania have thirteen digits; people group them with blanks or hyphens.
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:\d[ \u00a0-]?){12}\d(?!\d)")
_REGIONS = ("MD", "RO", "UA")


def has_personal_number(text: str) -> bool:
    """Whether the text holds a thirteen-digit personal number."""
    return _PERSONAL_NUMBER.search(text) is not None


def suspects_personal_data(text: str) -> bool:
    """Whether the text seems to hold a telephone number or an e-mail address.

    A suspicion only: a year range or a hotline can look alike, so a person may confirm the text.
    """
    if _EMAIL.search(text):
        return True
    if sum(character.isdigit() for character in text) < 6:
        return False
    return any(
        next(iter(phonenumbers.PhoneNumberMatcher(text, region)), None) is not None for region in _REGIONS
    )
