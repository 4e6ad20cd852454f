"""QR pictures as SVG, drawn on this machine: nobody else learns what is in them."""

from __future__ import annotations

import segno
from markupsafe import Markup


def picture(text: str) -> Markup:
    """A picture for a telephone's camera, with the margin it needs, black on white in dark pages too.

    It has no style and no script, so that the policy of the pages lets it be.
    """
    made = segno.make(text, error="m", micro=False)
    drawn = made.svg_inline(scale=4, border=4, light="#fff", omitsize=True, svgclass=None, lineclass=None)
    # Letters and numbers of this library's own making, never of `text`.
    return Markup(drawn)  # noqa: S704


def spaced(text: str) -> str:
    """A key in groups of four, to be read and typed."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))
