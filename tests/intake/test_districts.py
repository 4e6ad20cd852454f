import pytest

from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from coalition.members.enums import TerritoryLevel
from coalition.members.models import Territory
from coalition.members.repository import districts_named
from tests.intake.files import RecordFolder, columns_of, count, of_file, one


def test_a_district_is_stored_as_its_line_says(shipped: Units) -> None:
    district = one(shipped, Territory, code="MD-HI")
    region = one(shipped, Territory, code="CENTRE")

    assert columns_of(district, "id") == {
        "parent_id": region.id,
        "level": TerritoryLevel.DISTRICT,
        "code": "MD-HI",
        "country": "MD",
        "type_text": "District",
        "name": {"en": "Hîncești", "ro": "Hîncești", "ru": "Хынчештский район"},
        "sort_ro": "hi\ue000nces\ue000ti",
        "sort_ru": "хынчештский район",
        "sort_en": "hincesti",
    }


def test_districts_stand_in_the_four_regions(shipped: Units) -> None:
    regions = {
        code: one(shipped, Territory, code=code).id for code in ("NORTH", "CENTRE", "SOUTH", "LEFT_BANK")
    }

    assert {code: count(shipped, Territory, Territory.parent_id == id_) for code, id_ in regions.items()} == {
        "NORTH": 12,
        "CENTRE": 14,
        "SOUTH": 9,
        "LEFT_BANK": 2,
    }


def test_every_spelling_finds_its_district(shipped: Units, folder: RecordFolder) -> None:
    rows = folder.rows("districts.csv")
    expected = {}
    for row in rows:
        spellings = [
            row["code"],
            row["name_ro"],
            row["name_en"],
            row["name_ru"],
            *row["alt_names"].split(";"),
        ]
        expected |= {spelling: row["code"] for spelling in spellings if spelling}

    with shipped.reading() as uow:
        found = {name: district.code for name, district in districts_named(uow, list(expected)).items()}

    assert found == expected
    assert len(expected) == 143


@pytest.mark.parametrize(
    ("spelling", "code"),
    [
        ("md-cu", "MD-CU"),
        ("CHISINAU", "MD-CU"),
        ("Chişinău", "MD-CU"),
        ("Кишинев", "MD-CU"),
        ("кишинёв", "MD-CU"),
        ("Кагульский", "MD-CA"),
        ("кагульский район", "MD-CA"),
        ("  Stefan   Voda ", "MD-SV"),
        ("Găgăuzia", "MD-GA"),
        ("Hâncești", "MD-HI"),
        ("Unitatea teritorială din stânga Nistrului", "MD-SN"),
        ("Transnistria", "MD-SN"),
    ],
)
def test_a_district_is_found_by_what_people_write(shipped: Units, spelling: str, code: str) -> None:
    with shipped.reading() as uow:
        found = districts_named(uow, [spelling])

    assert [district.code for district in found.values()] == [code]


def test_a_spelling_that_left_the_file_finds_nothing(loaded: Units, folder: RecordFolder) -> None:
    folder.only("districts.csv")
    folder.change("districts.csv", "MD-BD", alt_names="Tighina;Bender city")

    report = of_file(load_record(loaded, folder.path), "districts.csv")

    with loaded.reading() as uow:
        found = districts_named(uow, ["Tighina", "Bender city", "Bendery"])
    assert (report.updated, report.unchanged, report.problems) == (1, 36, [])
    assert {name: district.code for name, district in found.items()} == {
        "Tighina": "MD-BD",
        "Bender city": "MD-BD",
    }
