from __future__ import annotations

from uuid import uuid4

from coalition.core.actor import ANONYMOUS, Visibility
from coalition.core.unit_of_work import Units
from coalition.members.repository import (
    denomination_by_code,
    district_key,
    districts_named,
    organisation_by_id,
    organisation_by_slug,
    organisations_by_id,
    regions_by_code,
    topics_by_code,
)
from tests import factories as make


def test_organisations_are_found_as_far_as_they_are_visible(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        public = make.organisation(uow, "public")
        private = make.organisation(uow, "private", visibility=Visibility.PRIVATE)
        owner = make.actor(uow, ("reporter", private))

    with units.reading() as uow:
        found = organisations_by_id(uow, ANONYMOUS, [public.id, private.id, uuid4(), public.id])
        assert list(found) == [public.id]
        assert organisation_by_id(uow, ANONYMOUS, private.id) is None
        assert organisation_by_id(uow, ANONYMOUS, None) is None
        assert organisation_by_slug(uow, ANONYMOUS, "private") is None
        assert organisation_by_slug(uow, ANONYMOUS, "absent") is None
        for reached in (
            organisation_by_id(uow, owner, private.id),
            organisation_by_slug(uow, owner, "private"),
        ):
            assert reached is not None
            assert reached.id == private.id


def test_districts_named_by_code_and_any_spelling(units: Units) -> None:
    with units.writing() as uow:
        hincesti = make.district(uow, "MD-HI", "Hîncești", "Hâncești", "Хынчешть")
        stefan_voda = make.district(uow, "MD-SV", "Ștefan Vodă", "Штефан-Водэ")
    names = [
        "MD-HI",
        "md-hi",
        " Hîncești ",
        "hâncești",
        "Hincesti",
        "ХЫНЧЕШТЬ",
        "Ştefan Vodă",
        "stefan  voda",
        "Atlantida",
        "",
        "%",
    ]

    with units.reading() as uow:
        found = {name: district.code for name, district in districts_named(uow, names).items()}

    assert found == {
        "MD-HI": hincesti.code,
        "md-hi": hincesti.code,
        " Hîncești ": hincesti.code,
        "hâncești": hincesti.code,
        "Hincesti": hincesti.code,
        "ХЫНЧЕШТЬ": hincesti.code,
        "Ştefan Vodă": stefan_voda.code,
        "stefan  voda": stefan_voda.code,
    }


def test_district_key_folds_case_diacritics_and_blanks() -> None:
    assert district_key("  Ștefan\t Vodă ") == "stefan voda"


def test_what_has_a_code_is_found_by_it(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        topic = make.topic(uow, "debt_bondage")

    with units.reading() as uow:
        baptist = denomination_by_code(uow, "baptist")
        assert baptist is not None
        assert baptist.name["ro"] == "Baptistă"
        assert denomination_by_code(uow, "Baptist") is None
        assert sorted(regions_by_code(uow)) == ["CENTRE", "LEFT_BANK", "NORTH", "SOUTH"]
        assert [each.id for each in topics_by_code(uow, ["debt_bondage", "magic"]).values()] == [topic.id]
        assert topics_by_code(uow, []) == {}
