"""The map of districts as shapes with presentation attributes, so that it looks alike on paper and screen.

The geometry and its provenance stand in `geo/`. Boundaries do not imply endorsement.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import cos, radians
from typing import Any

WIDTH = 420
# At 47 degrees north a degree of longitude is this much shorter than one of latitude.
_SHRINK = cos(radians(47))
_WEST, _EAST, _SOUTH, _NORTH = 26.58, 30.17, 45.44, 48.51
_SCALE = WIDTH / ((_EAST - _WEST) * _SHRINK)
HEIGHT = round((_NORTH - _SOUTH) * _SCALE)

# Bender has no polygon of its own.
_POINTS = {"MD-BD": (29.48, 46.83)}

NONE_FILL = "url(#hatch)"
_FILLS = ("#cfe3df", "#93c1bb", "#4f9690", "#0d5a60")


@dataclass(frozen=True)
class Shape:
    """A district of the map: a path, or a point at `x`, `y`."""

    code: str
    name: str
    words: str
    fill: str
    path: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True)
class Step:
    """One line of the legend."""

    fill: str
    words: str
    none: bool = False


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Equirectangular, in units of the view box."""
    return round((longitude - _WEST) * _SHRINK * _SCALE, 1), round((_NORTH - latitude) * _SCALE, 1)


@cache
def paths() -> dict[str, str]:
    """The outline of each district by its code, as path data."""
    collection = json.loads(files("coalition.web").joinpath("geo", "md-districts.geojson").read_text("utf-8"))
    return {
        feature["properties"]["iso"]: "".join(_ring(ring) for ring in _rings(feature["geometry"]))
        for feature in collection["features"]
    }


def _rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon


def _ring(points: Sequence[Sequence[float]]) -> str:
    """One ring in relative steps, which take half the bytes."""
    (x, y), *rest = (project(longitude, latitude) for longitude, latitude in points)
    steps = []
    at_x, at_y = x, y
    for next_x, next_y in rest:
        steps.append(f"{round(next_x - at_x, 1):g},{round(next_y - at_y, 1):g}")
        at_x, at_y = next_x, next_y
    return f"M{x:g} {y:g}l{' '.join(steps)}z"


def thresholds(counts: Sequence[int]) -> tuple[int, ...]:
    """The last count of each class but the last; each class is as many times the one before it.

    One district far above all others leaves differences among the rest to be seen.
    """
    largest = max(counts, default=0)
    edges = dict.fromkeys(max(1, int(largest**share)) for share in (0.25, 0.5, 0.75))
    return tuple(edge for edge in edges if edge < largest)


def fill(count: int, edges: Sequence[int]) -> str:
    if not count:
        return NONE_FILL
    return _FILLS[sum(count > edge for edge in edges)]


def legend(edges: Sequence[int], largest: int) -> list[Step]:
    steps = [Step(NONE_FILL, "", none=True)]
    lowest = 1
    for index, edge in enumerate((*edges, largest)):
        if edge >= lowest:
            steps.append(Step(_FILLS[index], str(edge) if edge == lowest else f"{lowest}–{edge}"))
        lowest = edge + 1
    return steps


def draw(
    counts: Mapping[str, int], names: Mapping[str, str], words: Callable[[int], str]
) -> tuple[list[Shape], list[Step]]:
    """The shapes and the legend for counts by district code; districts without a count have none."""
    edges = thresholds(list(counts.values()))
    shapes = []
    for code in (*paths(), *_POINTS):
        count = counts.get(code, 0)
        x, y = project(*_POINTS[code]) if code in _POINTS else (0.0, 0.0)
        path = paths().get(code, "")
        shapes.append(Shape(code, names.get(code, code), words(count), fill(count, edges), path, x, y))
    return shapes, legend(edges, max(counts.values(), default=0))
