"""Closed sets that two domains share."""

from enum import StrEnum


class Qualifier(StrEnum):
    """How exactly a number is meant."""

    EXACT = "EXACT"
    ABOUT = "ABOUT"
    MORE_THAN = "MORE_THAN"
    PLANNED = "PLANNED"
    TARGET = "TARGET"
