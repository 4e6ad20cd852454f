from __future__ import annotations

from uuid import uuid4

from coalition.core.actor import ANONYMOUS, Visibility
from coalition.core.errors import Fault, Faults
from coalition.core.unit_of_work import Units
from coalition.members.checks import check_district, check_districts, check_organisations, check_topics
from tests import factories as make


def test_check_districts_keeps_each_once_in_order(units: Units) -> None:
    faults = Faults()
    with units.writing() as uow:
        north = make.district(uow, "MD-BA", "Bălți")
        south = make.district(uow, "MD-CA", "Cahul")

        found = check_districts(uow, faults, ["Cahul", " ", "MD-BA", "md-ca", "Cahu"], "districts")

    assert [each.id for each in found] == [south.id, north.id]
    assert faults.found == [Fault("UNKNOWN_DISTRICT", ("districts", "4"), {"value": "Cahu"})]


def test_check_district_stands_at_its_own_path(units: Units) -> None:
    faults = Faults()
    with units.writing() as uow:
        north = make.district(uow, "MD-BA", "Bălți")

        found = [check_district(uow, faults, name, "district") for name in ("balti", "\x00", "?")]

    assert [each and each.id for each in found] == [north.id, None, None]
    assert faults.found == [
        Fault("REQUIRED", ("district",)),
        Fault("UNKNOWN_DISTRICT", ("district",), {"value": "?"}),
    ]


def test_check_topics_refuses_what_loaders_wrote(units: Units) -> None:
    faults = Faults()
    with units.writing() as uow:
        debt = make.topic(uow, "debt_bondage")
        make.topic(uow, "safe-return", group="as_written")

        found = check_topics(
            uow, faults, ["debt_bondage", "safe-return", "", "DEBT_BONDAGE", "debt_bondage "], "topics"
        )

    assert [each.id for each in found] == [debt.id]
    assert faults.found == [
        Fault("UNKNOWN_TOPIC", ("topics", "1"), {"value": "safe-return"}),
        Fault("UNKNOWN_TOPIC", ("topics", "3"), {"value": "DEBT_BONDAGE"}),
    ]


def test_check_organisations_finds_what_is_visible(units: Units) -> None:
    faults = Faults()
    with units.writing() as uow:
        seen = make.organisation(uow, "seen")
        hidden = make.organisation(uow, "hidden", visibility=Visibility.PRIVATE)

        found = check_organisations(
            uow, ANONYMOUS, faults, [seen.id, None, hidden.id, uuid4(), seen.id], "invited"
        )

    assert [each.id for each in found] == [seen.id]
    assert faults.found == [Fault("NOT_FOUND", ("invited", index)) for index in "123"]
