"""Names of protected services without their places."""

import pytest

from coalition.assistance.derived import outside_name, place_words, refresh_service
from coalition.assistance.models import Service
from coalition.core.text import sort_keys
from coalition.members.models import Organisation, Territory

HIDDEN = place_words(["Chișinău", "Vărvăreuca", "Ștefan Vodă", "Кагульский район", "Hîncești"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Centre of social assistance, Vărvăreuca", "Centre of social assistance"),
        ("Refugee centre in Chișinău", "Refugee centre"),
        ("Centrul de plasament din Chisinau (Chişinău)", "Centrul de plasament"),
        ("Casa Speranței", "Casa Speranței"),
        ("Casa din Hâncești", "Casa"),
        ("Центр, Кагульский район", "Центр, район"),
        ("Chișinău", ""),
    ],
)
def test_outside_name(name: str, expected: str) -> None:
    assert outside_name({"ro": name}, HIDDEN) == {"ro": expected}


def test_place_words_are_proper_and_in_every_spelling() -> None:
    assert place_words(["Unitatea din Hîncești", "UTA"]) == {"unitatea", "hincesti", "hancesti", "uta"}


def a_service(name: str, *, protected: bool) -> Service:
    return Service(
        name={"ro": name},
        protected=protected,
        provider_name=None,
        target_groups=["women"],
        target_group_text=None,
        place="Chișinău",
        code="SRV-1",
    )


def refreshed(service: Service) -> Service:
    refresh_service(
        service,
        provider=Organisation(name={"en": "Diaconia"}),
        region=Territory(name={"en": "Centre"}, code="CENTRE"),
        district=Territory(name={"ro": "Chișinău"}),
        hidden=HIDDEN,
    )
    return service


def test_protected_service_is_found_by_its_outside_name_and_region() -> None:
    service = refreshed(a_service("Casa din Chișinău", protected=True))

    assert service.search.split() == ["casa", "din", "chisinau", "diaconia", "centre", "women", "srv", "1"]
    assert service.search_outside.split() == ["casa", "diaconia", "centre", "women"]
    assert (service.sort_en, service.outside_sort_en) == (sort_keys(service.name)["en"], "casa")


def test_unprotected_service_is_found_alike_by_everybody() -> None:
    service = refreshed(a_service("Casa din Chișinău", protected=False))

    assert service.search_outside == service.search
    assert service.outside_name == service.name


def test_name_that_is_only_a_place_gives_way_to_the_provider() -> None:
    service = refreshed(a_service("Chișinău", protected=True))

    assert service.outside_name == {"en": "Diaconia"}
