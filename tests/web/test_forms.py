"""What was typed, and where its faults are shown."""

from __future__ import annotations

import pytest

from coalition.web import activity_form
from coalition.web.forms import Form


def test_fault_is_shown_at_the_nearest_place_of_the_page() -> None:
    form = Form(anchors=("title.ro", "title", "reach.0", "startsOn"))

    assert form.anchor("reach.0.count") == "reach.0"
    assert form.anchor("startsOn.date") == "startsOn"
    assert form.anchor("title") == "title"
    assert form.anchor("elsewhere") == ""


def test_fault_of_a_group_is_shown_at_its_first_field() -> None:
    assert Form(anchors=("name.ro", "name.ru")).anchor("name") == "name.ro"


@pytest.mark.parametrize(("typed", "number"), [("12", 12), (" 1 000 ", 1000), ("-3", -3), ("", None)])
def test_number_is_read(typed: str, number: int | None) -> None:
    form = Form({"count": [typed]})

    assert form.number("count") == number
    assert form.errors == {}


@pytest.mark.parametrize("typed", ["ten", "1.5", "1e3"])
def test_what_is_no_number_is_noted(typed: str) -> None:
    form = Form({"count": [typed]}, ("count",))

    assert form.number("count") is None
    assert form.errors == {"count": ["Give a whole number, in figures."]}


def test_day_is_read_or_noted() -> None:
    form = Form({"good": ["2026-11-30"], "bad": ["30.11.2026"]}, ("good", "bad"))

    assert form.day("good") == "2026-11-30"
    assert form.day("bad") is None
    assert form.errors == {"bad": ["Give a day such as 2026-11-30."]}


def test_rows_left_empty_move_up_so_that_faults_meet_their_row() -> None:
    form = Form(
        {
            "kind": ["AWARENESS"],
            "title.ro": ["Lecție"],
            "startsOn": ["2026-05-01"],
            "reach.0.count": [""],
            "reach.1.count": ["12"],
            "reach.1.sex": ["FEMALE"],
        },
        activity_form.ANCHORS,
    )

    given = activity_form.input_of(form)

    assert given["reach"] == [{"count": 12, "sex": "FEMALE"}]
    assert form.text("reach.0.count") == "12"
    assert form.text("reach.1.count") == ""


def test_differences_name_only_what_differs_in_words() -> None:
    stored = Form(
        {"kind": ["AWARENESS"], "place": ["Școala"], "reach.0.sex": ["FEMALE"], "reach.0.count": ["5"]}
    )
    mine = Form(
        {"kind": ["ADVOCACY"], "place": ["Școala"], "reach.0.sex": ["FEMALE"], "reach.0.count": ["5"],
         "reach.1.sex": ["UNSPECIFIED"], "reach.1.count": [""]}
    )  # fmt: skip

    found = activity_form.differences(
        stored, mine, {"kind": {"AWARENESS": "Informare", "ADVOCACY": "Pledoarie"}}
    )

    assert found == [("kind", "Informare", "Pledoarie")]


def test_amended_titles_keep_languages_without_a_field() -> None:
    record = {"titles": {"ro": "Lecție", "uk": "Урок"}}

    assert activity_form.amended_titles(record, {"ru": "Урок"}) == {"uk": "Урок", "ru": "Урок"}
