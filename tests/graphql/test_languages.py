"""Texts in the language of the argument, else of the request, else Romanian, English, any."""

from __future__ import annotations

import pytest

from tests import factories
from tests.graphql.world import World

NAMES = """
query ($slug: String!) { organisation(slug: $slug) {
  asked: name ro: name(language: "ro") ru: name(language: "ru") en: name(language: "en")
  uk: name(language: "uk") nonsense: name(language: "") null: name(language: null)
} }
"""


def names(world: World, name: dict[str, str], language: str) -> dict[str, str]:
    with world.units.writing() as uow:
        slug = f"invented-{len(name)}-{language}-{'-'.join(name)}"
        factories.organisation(uow, slug, name=name, visibility="PUBLIC")
    return world.one(NAMES, language=language, slug=slug)


def test_all_three_languages_are_there(world: World) -> None:
    name = {"ro": "Lumină", "ru": "Свет", "en": "Light"}
    answered = {
        "ro": "Lumină",
        "ru": "Свет",
        "en": "Light",
        "uk": "Lumină",
        "nonsense": "Свет",
        "null": "Свет",
    }

    assert names(world, name, "ru") == {"asked": "Свет", **answered}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        # asked → ro → en → any
        ({"ro": "Lumină", "en": "Light"}, ("Lumină", "Lumină", "Light")),
        ({"en": "Light"}, ("Light", "Light", "Light")),
        ({"ru": "Свет"}, ("Свет", "Свет", "Свет")),
        ({"ru": "Свет", "en": "Light"}, ("Light", "Свет", "Light")),
        ({"uk": "Світло", "gag": "Aydınnık"}, ("Aydınnık", "Aydınnık", "Aydınnık")),
        ({"ro": "", "en": "Light"}, ("Light", "Light", "Light")),
    ],
)
def test_missing_texts_fall_back(world: World, name: dict[str, str], shown: tuple[str, str, str]) -> None:
    found = names(world, name, "en")

    assert (found["ro"], found["ru"], found["en"]) == shown
    assert found["asked"] == shown[2]


def test_argument_goes_before_the_language_of_the_request(record: World) -> None:
    document = '{ organisation(slug: "bes") { name asked: name(language: "en") } }'

    assert record.one(document, language="ro") == {
        "name": "Mitropolia Basarabiei",
        "asked": "Metropolis of Bessarabia",
    }


def test_errors_are_in_the_language_of_the_request(record: World) -> None:
    document = '{ activities(filter: {district: "Atlantis"}) { totalCount } }'

    said = {language: record.answer(document, language=language).errors[0] for language in ("ro", "ru", "en")}

    assert {error["extensions"]["code"] for error in said.values()} == {"UNKNOWN_DISTRICT"}
    assert said["en"]["message"] == "“Atlantis” is not a district of the list. Choose one from the list."
    assert len({error["message"] for error in said.values()}) == 3
    assert all("Atlantis" in error["message"] for error in said.values())


def test_user_errors_are_in_the_language_of_the_request(world: World) -> None:
    given = {
        "organisation": world.organisation("ubceb"),
        "kind": "AWARENESS",
        "title": {"ro": "Seară"},
        "startsOn": {"date": "2027-01-01"},
        "districts": [],
    }

    said = {
        language: world.deed("logActivity", "reporter", given, language=language)["userErrors"]
        for language in ("ro", "ru", "en")
    }

    assert [[(e["code"], e["field"]) for e in errors] for errors in said.values()] == [
        [("HELD_IN_FUTURE", ["startsOn"])]
    ] * 3
    assert len({errors[0]["message"] for errors in said.values()}) == 3
