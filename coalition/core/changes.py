"""Telling "leave it as it is" from "clear it" where a change names only some of a record's fields."""

from enum import Enum
from typing import Final


class Unchanged(Enum):
    """The type of `UNCHANGED`, for annotations such as `str | None | Unchanged`."""

    UNCHANGED = "UNCHANGED"


UNCHANGED: Final = Unchanged.UNCHANGED
