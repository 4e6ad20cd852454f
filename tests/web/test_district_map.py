"""The map: every district once, classes that can be told apart, attributes instead of styles."""

from __future__ import annotations

import csv
from importlib.resources import files

from coalition.web import district_map


def _codes() -> set[str]:
    with files("coalition.intake").joinpath("data", "districts.csv").open(encoding="utf-8") as file:
        return {row["code"] for row in csv.DictReader(file)}


def test_every_district_is_drawn_once() -> None:
    shapes, _ = district_map.draw({}, {}, str)

    assert sorted(shape.code for shape in shapes) == sorted(_codes())


def test_bender_is_a_point_inside_the_view() -> None:
    shapes, _ = district_map.draw({}, {}, str)
    bender = next(shape for shape in shapes if shape.code == "MD-BD")

    assert bender.path == ""
    assert 0 < bender.x < district_map.WIDTH
    assert 0 < bender.y < district_map.HEIGHT


def test_districts_without_activities_are_hatched() -> None:
    shapes, _ = district_map.draw({"MD-CU": 3}, {}, str)
    fills = {shape.code: shape.fill for shape in shapes}

    assert fills["MD-CU"] != district_map.NONE_FILL
    assert fills["MD-OR"] == district_map.NONE_FILL


def test_one_large_district_leaves_differences_among_the_rest() -> None:
    assert district_map.thresholds([1, 3, 8, 37]) == (2, 6, 15)
    assert [step.words for step in district_map.legend((2, 6, 15), 37)] == ["", "1–2", "3–6", "7–15", "16–37"]


def test_legend_of_few_activities_has_no_empty_class() -> None:
    assert [step.words for step in district_map.legend(district_map.thresholds([1]), 1)] == ["", "1"]
    assert [step.words for step in district_map.legend(district_map.thresholds([]), 0)] == [""]
