"""`coalition`, `churchBodies`, `denominations`, `districts` and `topics`."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from coalition.core.text import sort_key
from coalition.members.models import Denomination, Mandate, Person, Seat
from tests import factories
from tests.graphql.record import lines
from tests.graphql.world import World

# ------------------------------------------------------------------ the coalition and its bodies


def test_coalition_has_four_bodies(record: World) -> None:
    document = """
    { coalition { name
      council { kind name seats { voting vacant heldFor { slug } body { kind } } }
      expertGroup { kind name } secretariat { kind name } platform { kind name } } }
    """

    found = record.one(document)

    seats = [
        {"voting": True, "vacant": True, "heldFor": {"slug": slug}, "body": {"kind": "COUNCIL"}}
        for slug in ("elc", "bes", "moc", "ubceb")
    ]
    assert found == {
        "name": "Inter-Denominational Coalition for the Prevention of Trafficking in Human Beings",
        "council": {"kind": "COUNCIL", "name": "Coordination Council", "seats": seats},
        "expertGroup": {"kind": "EXPERT_GROUP", "name": "Expert Group"},
        "secretariat": {"kind": "SECRETARIAT", "name": "Secretariat"},
        "platform": {"kind": "PLATFORM", "name": "Platform"},
    }


def test_bodies_are_named_in_the_language_asked(record: World) -> None:
    document = '{ coalition { council { name ru: name(language: "ru") en: name(language: "en") } } }'

    assert record.one(document, language="ro")["council"] == {
        "name": "Consiliul de coordonare",
        "ru": "Координационный совет",
        "en": "Coordination Council",
    }


def test_members_are_those_with_the_status(record: World) -> None:
    document = "{ coalition { members { totalCount nodes { slug status } } } }"

    assert record.one(document)["members"] == {
        "totalCount": 4,
        "nodes": [{"slug": slug, "status": "MEMBER"} for slug in ("elc", "bes", "moc", "ubceb")],
    }


def test_seat_is_vacant_but_while_a_full_mandate_lasts(world: World) -> None:
    def vacant() -> list[bool]:
        seats = world.one("{ coalition { council { seats { vacant } } } }")["council"]["seats"]
        return [seat["vacant"] for seat in seats]

    with world.units.writing() as uow:
        council = uow.db.scalars(sa.select(Seat).where(Seat.held_for_id.is_not(None))).all()
        person = Person(name="Demo Person", is_demo=True, created_at=uow.now)
        uow.db.add(person)
        uow.db.flush()
        kinds = [
            ("FULL", date(2026, 1, 1), None),
            ("FULL", date(2026, 1, 1), date(2026, 5, 14)),
            ("DEPUTY", date(2026, 1, 1), None),
            ("ACTING", date(2026, 5, 15), date(2026, 5, 15)),
        ]
        for seat, (kind, starts_on, ends_on) in zip(council, kinds, strict=True):
            uow.db.add(
                Mandate(seat_id=seat.id, person_id=person.id, kind=kind, starts_on=starts_on, ends_on=ends_on)
            )

    # It is already 15 May in Chișinău.
    assert sorted(vacant()) == [False, False, True, True]


# ------------------------------------------------------------------ church bodies and denominations


@pytest.mark.parametrize(
    ("language", "slugs"),
    [("en", ["elc", "bes", "moc", "ubceb"]), ("ro", ["moc", "elc", "bes", "ubceb"])],
)
def test_church_bodies_are_alphabetical_in_the_language_asked(
    record: World, language: str, slugs: list[str]
) -> None:
    found = record.one("{ churchBodies { slug name churchBody { slug } } }", language=language)

    assert [body["slug"] for body in found] == slugs
    names = [sort_key(body["name"], language) for body in found]
    assert names == sorted(names)
    assert all(body["churchBody"] == {"slug": body["slug"]} for body in found)


def test_church_bodies_are_not_in_the_order_of_size(world: World) -> None:
    with world.units.writing() as uow:
        elc = world.row(factories.Organisation, slug="elc")
        for number in range(3):
            factories.organisation(uow, f"lutheran-{number}", parent=uow.db.merge(elc))

    found = world.one("{ churchBodies { slug } }", language="ro")

    assert [body["slug"] for body in found] == ["moc", "elc", "bes", "ubceb"]


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_denominations_come_by_name(record: World, language: str) -> None:
    found = record.one("{ denominations { code name } }", language=language)

    codes = {line["denomination_code"] for line in lines("organisations")} - {""}
    assert codes <= {denomination["code"] for denomination in found}
    names = [sort_key(denomination["name"], language) for denomination in found]
    assert names == sorted(names)


# ------------------------------------------------------------------ districts and topics


@pytest.mark.parametrize("language", ["ro", "ru", "en"])
def test_districts_are_those_of_the_record_by_name(record: World, language: str) -> None:
    found = record.one("{ districts { code name region { code } } }", language=language)

    assert {district["code"]: (district["name"], district["region"]["code"]) for district in found} == {
        line["code"]: (line[f"name_{language}"], line["region"]) for line in lines("districts")
    }
    names = [sort_key(district["name"], language) for district in found]
    assert names == sorted(names)


def test_districts_of_a_country(record: World) -> None:
    document = "query ($country: String) { districts(country: $country) { code } }"

    assert len(record.one(document, country="md")) == 37
    assert record.one(document, country="RO") == []
    assert len(record.one(document, country=None)) == 37


def test_regions_are_named_in_the_language_asked(record: World) -> None:
    document = '{ districts { region { code name ru: name(language: "ru") } } }'

    regions = {tuple(district["region"].values()) for district in record.one(document, language="en")}

    assert regions == {
        ("NORTH", "North", "Север"),
        ("CENTRE", "Centre", "Центр"),
        ("SOUTH", "South", "Юг"),
        ("LEFT_BANK", "Left Bank", "Левый берег"),
    }


def test_topics_are_those_of_the_record_then_texts_as_written(record: World) -> None:
    found = record.one('{ topics { code group label ro: label(language: "ro") } }', language="ru")

    listed = [topic for topic in found if topic["group"] != "as_written"]
    as_written = [topic for topic in found if topic["group"] == "as_written"]
    assert {topic["code"]: (topic["group"], topic["label"], topic["ro"]) for topic in listed} == {
        line["code"]: (line["group"], line["name_ru"], line["name_ro"]) for line in lines("topics")
    }
    texts = {line["topic"] for line in lines("trainings")} - {""}
    labels = {line["name_en"] for line in lines("topics")}
    assert {topic["label"] for topic in as_written} == texts - labels
    groups = [topic["group"] for topic in found]
    assert groups == sorted(groups, key=("cause", "stage", "method", "as_written").index)


def test_topics_of_one_group_come_by_label(record: World) -> None:
    for language in ("ro", "ru", "en"):
        found = record.one("{ topics { group label } }", language=language)
        for group in ("cause", "stage", "method", "as_written"):
            labels = [sort_key(topic["label"], language) for topic in found if topic["group"] == group]
            assert labels == sorted(labels), (language, group)


def test_topics_and_denominations_are_in_the_dictionary_order_of_the_reader(world: World) -> None:
    words = ["zel", "Țel", "tara", "Ășa", "asa"]
    with world.units.writing() as uow:
        for number, word in enumerate(words):
            made = factories.topic(uow, f"invented_{number}", group="method", label=word)
            made.label = {"ro": word}
            uow.db.add(Denomination(code=f"invented_{number}", name={"ro": word}))

    def ours(list_name: str, text: str, language: str) -> list[str]:
        found = world.one(f"{{ {list_name} {{ code {text} }} }}", language=language)
        return [each[text] for each in found if each["code"].startswith("invented_")]

    for list_name, text in (("topics", "label"), ("denominations", "name")):
        assert ours(list_name, text, "ro") == ["asa", "Ășa", "tara", "Țel", "zel"]
