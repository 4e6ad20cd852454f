"""How exactly the number of a source is meant."""

from __future__ import annotations

from coalition.core.enums import Qualifier

# The first that matches (contract: `TrainingRecord`).
_WORDS = (
    ("planned", Qualifier.PLANNED),
    ("target", Qualifier.TARGET),
    ("more than", Qualifier.MORE_THAN),
    ("about", Qualifier.ABOUT),
)


def qualifier_of(text: str | None) -> Qualifier:
    """The qualifier that a text such as `planned, more than` comes to."""
    lowered = (text or "").casefold()
    return next((qualifier for word, qualifier in _WORDS if word in lowered), Qualifier.EXACT)
