from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.assistance.enums import AssistanceKind, CapacityUnit, ServiceStatus, TargetGroup
from coalition.assistance.models import (
    CapacityPool,
    Hold,
    PoolWord,
    Service,
    ServiceKind,
    ServiceLanguage,
    ServiceTargetGroup,
)
from coalition.audit.service import record
from coalition.core.actor import Actor, Visibility
from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from coalition.intake.target_groups import only_target_group, target_groups_of
from coalition.members.models import Organisation, Territory
from tests.factories import NOW
from tests.intake.files import RecordFolder, columns_of, count, of_file, one

MADE = {"created_at": NOW, "created_by": "system:load-record", "updated_at": NOW, "revision": 1}


def kinds_of(units: Units, service: Service) -> list[AssistanceKind]:
    with units.reading() as uow:
        kinds = (
            sa.select(ServiceKind.kind)
            .where(ServiceKind.service_id == service.id)
            .order_by(ServiceKind.position)
        )
        return list(uow.db.scalars(kinds))


def groups_of(units: Units, service: Service) -> set[str]:
    with units.reading() as uow:
        groups = sa.select(ServiceTargetGroup.target_group).where(ServiceTargetGroup.service_id == service.id)
        return set(uow.db.scalars(groups))


def test_a_residential_service_is_protected_and_for_partners(shipped: Units) -> None:
    service = one(shipped, Service, code="SRV-008")

    assert columns_of(service, "id", "search", "search_outside") == {
        "code": "SRV-008",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PARTNERS,
        "provider_id": one(shipped, Organisation, slug="diaconia").id,
        "provider_name": None,
        "name": {"en": "Maternal centre In mother's arms"},
        "outside_name": {"en": "Maternal centre In mother's arms"},
        "protected": True,
        "status": ServiceStatus.ACTIVE,
        "region_id": one(shipped, Territory, code="CENTRE").id,
        "district_id": one(shipped, Territory, code="MD-CU").id,
        "place": "Chișinău",
        "country": "MD",
        "languages": [],
        "target_groups": ["women_with_children"],
        "target_group_text": "mothers with children in crisis",
        "stay": None,
        "assured_on": None,
        "assured_before": None,
        "assured_told_at": None,
        "contact_desk": None,
        "active_from": date(2011, 1, 1),
        "active_from_text": "2011",
        "code_signed_at": None,
        "code_signed_by": None,
        "source": "https://www.msnews.ro/campania-in-bratele-mamei-fonduri-stranse-de-catre-misiunea-diaconia/",
        "as_written": "shelter with psychological, social, legal and spiritual support",
        "sort_ro": "maternal centre in mother s arms",
        "sort_ru": "maternal centre in mother s arms",
        "sort_en": "maternal centre in mother s arms",
        "outside_sort_ro": "maternal centre in mother s arms",
        "outside_sort_ru": "maternal centre in mother s arms",
        "outside_sort_en": "maternal centre in mother s arms",
        **MADE,
    }
    assert kinds_of(shipped, service) == [
        AssistanceKind.TEMPORARY_RESIDENCE,
        AssistanceKind.PSYCHOLOGICAL_COUNSELLING,
        AssistanceKind.SOCIAL_SUPPORT,
        AssistanceKind.LEGAL_SUPPORT,
    ]
    assert groups_of(shipped, service) == {"women_with_children"}
    assert count(shipped, ServiceLanguage) == 0


def test_a_service_without_residence_is_public(shipped: Units) -> None:
    hotline = one(shipped, Service, code="SRV-003")

    assert (hotline.visibility, hotline.protected) == (Visibility.PUBLIC, False)
    assert hotline.outside_name == hotline.name
    assert kinds_of(shipped, hotline) == [AssistanceKind.SOCIAL_SUPPORT]
    assert (hotline.active_from, hotline.active_from_text) == (date(2001, 1, 1), "2001")
    assert (hotline.target_groups, hotline.target_group_text) == (["any"], "callers in Moldova and abroad")
    protected = count(
        shipped, Service, Service.protected.is_(True), Service.visibility == Visibility.PARTNERS
    )
    assert (protected, count(shipped, Service, Service.protected.is_(False))) == (19, 12)


def test_no_place_is_left_in_what_outsiders_find(shipped: Units, folder: RecordFolder) -> None:
    places = {
        "chisinau",
        "drochia",
        "cahul",
        "causeni",
        "ciuciuleni",
        "vulcanesti",
        "gagauzia",
        "tiraspol",
        "ungheni",
    }
    places |= {"кишинев", "гагаузия", "кагульский", "hincesti"}
    with shipped.reading() as uow:
        services = list(uow.db.scalars(sa.select(Service).where(Service.protected.is_(True))))

    for service in services:
        assert not places & set(service.search_outside.split()), service.code
    outside = {service.code: service.outside_name["en"] for service in services}
    assert [outside[code] for code in ("SRV-015", "SRV-016", "SRV-017", "SRV-026", "SRV-027", "SRV-028")] == [
        "Pro-Familia maternal centre",
        "Maternal centre",
        "Maternal centre",
        "Crisis centre",
        "Centre for victims of domestic violence",
        "Refugee centre",
    ]


def test_a_service_without_provider_district_or_kind_stated(shipped: Units) -> None:
    shelter = one(shipped, Service, code="SRV-002")

    assert (shelter.provider_id, shelter.provider_name) == (None, None)
    assert (shelter.region_id, shelter.district_id, shelter.place) == (None, None, None)


def test_a_provider_that_is_not_listed_is_a_name(loaded: Units, folder: RecordFolder) -> None:
    folder.keep("services.csv", "SRV-016")
    folder.change("services.csv", "SRV-016", provider="Sisters of the parish")

    load_record(loaded, folder.path)

    service = one(loaded, Service, code="SRV-016")
    assert (service.provider_id, service.provider_name) == (None, "Sisters of the parish")
    assert "sisters" in service.search_outside.split()


def test_statuses_are_those_of_the_source(shipped: Units) -> None:
    with shipped.reading() as uow:
        planned = set(uow.db.scalars(sa.select(Service.code).where(Service.status == ServiceStatus.PLANNED)))

    assert planned == {"SRV-009", "SRV-018", "SRV-025", "SRV-026", "SRV-027"}
    assert count(shipped, Service, Service.status == ServiceStatus.ACTIVE) == 26


def test_six_published_capacities_are_pools_that_nobody_confirmed(shipped: Units) -> None:
    with shipped.reading() as uow:
        pools = {
            code: columns_of(pool, "id", "service_id")
            for code, pool in uow.db.execute(
                sa.select(Service.code, CapacityPool).join(Service, Service.id == CapacityPool.service_id)
            )
        }

    never = {"position": 0, "occupied": None, "confirmed_at": None, "confirmed_by": None, "stale_at": None}
    assert pools == {
        "SRV-008": {
            "unit": CapacityUnit.MOTHER_CHILD_COUPLE,
            "unit_text": "mother-child couples",
            "target_group": "women_with_children",
            "target_group_text": "mothers with children in crisis",
            "maximum": 10,
            **never,
        },
        "SRV-018": {
            "unit": CapacityUnit.PLACE,
            "unit_text": "girls in residence, plus 50 non-resident",
            "target_group": "young_care_leavers",
            "target_group_text": "girls leaving orphanages",
            "maximum": 25,
            **never,
        },
        "SRV-020": {
            "unit": CapacityUnit.PLACE,
            "unit_text": "people per home, about, two homes",
            "target_group": "young_care_leavers",
            "target_group_text": "young people leaving orphanages",
            "maximum": 10,
            **never,
        },
        "SRV-025": {
            "unit": CapacityUnit.PLACE,
            "unit_text": "women with children, up to",
            "target_group": "women_with_children",
            "target_group_text": "women with children",
            "maximum": 17,
            **never,
        },
        "SRV-028": {
            "unit": CapacityUnit.PLACE,
            "unit_text": "places",
            "target_group": "refugees",
            "target_group_text": "refugees with special needs",
            "maximum": 125,
            **never,
        },
        "SRV-029": {
            "unit": CapacityUnit.PLACE,
            "unit_text": "places",
            "target_group": "refugees",
            "target_group_text": "refugees",
            "maximum": 40,
            **never,
        },
    }
    assert (count(shipped, Hold), count(shipped, PoolWord)) == (0, 0)


def confirm(units: Units, code: str) -> dict[str, Any]:
    """Confirm the pool of a service as its provider does; gives back what then stands in the pool."""
    with units.writing() as uow:
        service = uow.db.scalars(sa.select(Service).where(Service.code == code)).one()
        pool = uow.db.scalars(sa.select(CapacityPool).where(CapacityPool.service_id == service.id)).one()
        pool.maximum, pool.occupied, pool.confirmed_at, pool.confirmed_by = 8, 3, NOW, "account:1"
        pool.stale_at = NOW + timedelta(hours=72)
        service.contact_desk, service.assured_on, service.languages = (
            "022 000 000",
            date(2026, 5, 15),
            ["ro", "ru"],
        )
        service.revision += 1
        provider = Actor(subject="account:1")
        fields = ["assured_on", "contact_desk", "languages"]
        record(
            uow, provider, action="assistance:pool:confirm", subject=("Service", service.id), fields=fields
        )
        uow.db.flush()
        return columns_of(pool)


def test_what_the_provider_confirmed_is_never_written_again(loaded: Units, folder: RecordFolder) -> None:
    confirmed = confirm(loaded, "SRV-008")
    folder.keep("services.csv", "SRV-008")
    folder.change("services.csv", "SRV-008", capacity="12", stay="six months")

    report = of_file(load_record(loaded, folder.path), "services.csv")

    service = one(loaded, Service, code="SRV-008")
    assert (report.updated, report.unchanged, report.notes) == (1, 3, [])
    assert (service.stay, service.contact_desk, service.languages) == (
        "six months",
        "022 000 000",
        ["ro", "ru"],
    )
    assert columns_of(one(loaded, CapacityPool, service_id=service.id)) == confirmed


def test_a_confirmed_pool_stays_when_its_line_loses_the_number(loaded: Units, folder: RecordFolder) -> None:
    confirmed = confirm(loaded, "SRV-008")
    folder.keep("services.csv", "SRV-008")
    folder.change("services.csv", "SRV-008", capacity="", capacity_unit="")

    report = of_file(load_record(loaded, folder.path), "services.csv")

    assert (report.updated, report.unchanged) == (0, 4)
    assert columns_of(one(loaded, CapacityPool, id=confirmed["id"])) == confirmed


@pytest.mark.parametrize(
    ("cells", "pools"), [({"capacity": "12"}, [12]), ({"capacity": "", "capacity_unit": ""}, [])]
)
def test_a_pool_that_nobody_confirmed_follows_its_line(
    loaded: Units, folder: RecordFolder, cells: dict[str, str], pools: list[int]
) -> None:
    folder.keep("services.csv", "SRV-008")
    folder.change("services.csv", "SRV-008", **cells)

    report = of_file(load_record(loaded, folder.path), "services.csv")

    service = one(loaded, Service, code="SRV-008")
    with loaded.reading() as uow:
        maxima = list(
            uow.db.scalars(sa.select(CapacityPool.maximum).where(CapacityPool.service_id == service.id))
        )
    assert (report.updated, maxima) == (1, pools)


def test_a_service_that_begins_to_offer_residence_becomes_protected(
    loaded: Units, folder: RecordFolder
) -> None:
    folder.keep("services.csv", "SRV-007")
    folder.change("services.csv", "SRV-007", temporary_residence="yes", target_group="acrobats")

    load_record(loaded, folder.path)

    service = one(loaded, Service, code="SRV-007")
    assert (service.protected, service.visibility) == (True, Visibility.PARTNERS)
    assert kinds_of(loaded, service)[0] is AssistanceKind.TEMPORARY_RESIDENCE
    assert (service.target_groups, groups_of(loaded, service)) == (["other"], {"other"})


def test_every_target_group_of_the_record_has_a_code(folder: RecordFolder) -> None:
    texts = {row["target_group"] for row in folder.rows("services.csv")}
    unknown = {text for text in texts if target_groups_of(text) == ["other"]}

    assert len(texts) == 28
    assert unknown == {"participants of the programmes"}
    assert all(set(target_groups_of(text)) <= {group.value for group in TargetGroup} for text in texts)


def test_no_text_means_no_target_group() -> None:
    assert target_groups_of(None) == []


@pytest.mark.parametrize(
    ("codes", "only"),
    [([], None), (["any"], None), (["other"], None), (["men"], "men"), (["women", "trafficking"], None)],
)
def test_only_target_group_of_a_pool(codes: list[str], only: str | None) -> None:
    assert only_target_group(codes) == only
