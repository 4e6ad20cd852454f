"""What the coalition is and does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from coalition.core.i18n import translations
from coalition.core.text import sort_key
from coalition.web import district_map
from coalition.web.gateway import Data, ask
from coalition.web.language import language_of
from coalition.web.render import page
from coalition.web.shown import shown

NEWEST = 6
_KINDS = ("prevention", "awareness", "advocacy", "coordination")


async def home(request: Request) -> Response:
    variables = {"newest": NEWEST}
    data = await ask(request, "home", variables)
    values = {
        "data": data,
        "newest": newest(data),
        "map": district_figures(data, language_of(request)),
        "shown_document": shown("home", variables),
    }
    return page(request, "home.html", values)


def newest(data: Data) -> list[Data]:
    """The newest activities of all kinds but assistance, undated ones last."""
    activities = [activity for kind in _KINDS for activity in data[kind]["nodes"]]
    return sorted(activities, key=_started, reverse=True)[:NEWEST]


def _started(activity: Mapping[str, Any]) -> tuple[str, str]:
    starts_on = activity["startsOn"]
    return (starts_on["date"] if starts_on else "", activity["code"])


def district_figures(data: Data, language: str) -> Data:
    """The map, its legend, and the same figures for the table beside it, alphabetical."""
    figures = {
        cell["district"]["code"]: cell["figures"] for cell in data["coverage"]["cells"] if cell["district"]
    }
    counts = {code: of["activities"] or 0 for code, of in figures.items()}
    words = translations(language)

    def in_words(count: int) -> str:
        pattern = words.ngettext("%(num)d activity", "%(num)d activities", count)
        return pattern % {"num": count} if count else words.gettext("none yet")

    names = {district["code"]: district["name"] for district in data["districts"]}
    shapes, legend = district_map.draw(counts, names, in_words)
    rows = [
        {
            "code": code,
            "name": name,
            "count": counts.get(code, 0),
            "suppressed": code in figures and figures[code]["suppressed"],
        }
        for code, name in names.items()
    ]
    rows.sort(key=lambda row: sort_key(str(row["name"])))
    return {
        "shapes": shapes,
        "legend": legend,
        "districts": rows,
        "width": district_map.WIDTH,
        "height": district_map.HEIGHT,
    }
