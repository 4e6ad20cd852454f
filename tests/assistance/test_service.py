"""Offering, confirming, holding and releasing, one caller after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from coalition.assistance.capacity import effective_status
from coalition.assistance.drafts import PoolDraft, ServiceDraft
from coalition.assistance.enums import AssistanceKind, CapacityUnit, HoldStatus, ServiceStatus
from coalition.assistance.models import (
    CapacityPool,
    Hold,
    HoldAttempt,
    Service,
    ServiceKind,
    ServiceLanguage,
    ServiceTargetGroup,
)
from coalition.assistance.service import hold_places, offer_service
from coalition.audit.models import AuditEntry
from coalition.core.actor import ANONYMOUS, Actor, Reach, Visibility
from coalition.core.changes import UNCHANGED
from coalition.core.errors import Refused
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import ClientKey, DeedKey
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation
from tests import factories
from tests.assistance.world import World
from tests.factories import NOW, TODAY

Shown = tuple[str, tuple[str, ...], dict[str, Any]]


@contextmanager
def refused(*expected: Shown) -> Iterator[None]:
    """The block is refused with exactly these faults: code, path, parameters."""
    with pytest.raises(Refused) as caught:
        yield
    shown = [(fault.code, fault.path, dict(fault.params)) for fault in caught.value.faults]
    assert shown == list(expected)


def a_draft(world: World, **values: Any) -> ServiceDraft:
    draft = ServiceDraft(
        provider_id=world.provider.id,
        kinds=[AssistanceKind.TEMPORARY_RESIDENCE, AssistanceKind.LEGAL_SUPPORT],
        name={"ro": "Casa Speranței"},
        languages=["ro", "ru"],
        target_groups=["women", "children"],
        contact_desk="Hotline 0800 77 777",
        pools=[PoolDraft(CapacityUnit.BED, 6, "women"), PoolDraft(CapacityUnit.ROOM, 2)],
    )
    return replace(draft, **values)


def offer(
    world: World, actor: Actor | None = None, key: ClientKey | None = None, **values: Any
) -> tuple[Service, bool]:
    with world.units.writing() as uow:
        return offer_service(uow, actor or world.coordinator, draft=a_draft(world, **values), key=key)


def deeds(world: World) -> list[tuple[Any, ...]]:
    """The audit log from the first entry on."""
    with world.units.reading() as uow:
        entries = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        return [(e.action, e.actor, e.organisation_id, e.subject_type, e.subject_id) for e in entries]


def told(world: World) -> list[tuple[str, UUID, dict[str, Any]]]:
    """The outbox from the first entry on."""
    with world.units.reading() as uow:
        entries = uow.db.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id))
        return [(e.name, e.subject_id, e.payload) for e in entries]


def a_police_body(world: World) -> tuple[Organisation, Actor]:
    """Law enforcement, and an actor who holds every permission there in spite of the role rules."""
    with world.units.writing() as uow:
        police = factories.organisation(uow, "police", kind=OrganisationKind.LAW_ENFORCEMENT)
    reach = Reach(organisations=frozenset({police.id}))
    names = ("service:offer", "capacity:confirm", "capacity:hold", "records:read")
    return police, replace(world.coordinator, permissions=dict.fromkeys(names, reach))


# ------------------------------------------------------------------ offering


def test_offered_service(world: World) -> None:
    with world.units.writing() as uow:
        district = factories.district(uow, "MD-CU", "Chișinău", region="CENTRE")

    service, replayed = offer(world, district="Chişinău", name={"ro": "Casa din Chișinău", "en": "The House"})

    assert replayed is False
    assert (service.owner_id, service.provider_id) == (world.provider.id, world.provider.id)
    assert (service.district_id, service.region_id, service.country) == (
        district.id,
        district.parent_id,
        "MD",
    )
    assert (service.protected, service.status, service.visibility) == (
        True,
        ServiceStatus.ACTIVE,
        Visibility.PARTNERS,
    )
    assert service.outside_name == {"ro": "Casa", "en": "The House"}
    assert "chisinau" in service.search.split()
    assert "chisinau" not in service.search_outside.split()
    assert "centre" in service.search_outside.split()
    assert (service.code_signed_at, service.code_signed_by) == (NOW, world.coordinator.subject)
    assert world.rows(ServiceKind.kind, ServiceKind.position)[-1] == (AssistanceKind.TEMPORARY_RESIDENCE, 0)
    assert world.rows(ServiceLanguage.language) == [("ro",), ("ru",)]
    assert world.rows(ServiceTargetGroup.target_group) == [("children",), ("women",)]
    pools = world.rows(
        CapacityPool.position,
        CapacityPool.service_id,
        CapacityPool.maximum,
        CapacityPool.occupied,
        CapacityPool.confirmed_at,
    )
    assert [pool for pool in pools if pool[1] == service.id] == [
        (0, service.id, 6, None, None),
        (1, service.id, 2, None, None),
    ]
    assert deeds(world) == [
        (
            "assistance:service:offer",
            world.coordinator.subject,
            world.provider.id,
            "Service",
            service.id,
        )
    ]
    assert told(world) == [
        (
            "service.offered",
            service.id,
            {
                "service": str(service.id),
                "protected": True,
                "districts": [str(district.id)],
                "region": str(district.parent_id),
            },
        )
    ]


@pytest.mark.parametrize("status", [ServiceStatus.DRAFT, ServiceStatus.PLANNED])
def test_offered_service_that_is_not_active_is_not_signed(world: World, status: ServiceStatus) -> None:
    service, _ = offer(world, status=status)

    assert (service.status, service.code_signed_at, service.code_signed_by) == (status, None, None)


@pytest.mark.parametrize(
    ("kinds", "said", "expected"),
    [
        ([AssistanceKind.TEMPORARY_RESIDENCE], None, True),
        ([AssistanceKind.TEMPORARY_RESIDENCE], False, False),
        ([AssistanceKind.LEGAL_SUPPORT], None, False),
        ([AssistanceKind.LEGAL_SUPPORT], True, True),
    ],
)
def test_protected_unless_the_provider_says_otherwise(
    world: World, kinds: list[AssistanceKind], said: bool | None, expected: bool
) -> None:
    service, _ = offer(world, kinds=kinds, protected=said)

    assert service.protected is expected


def test_offered_twice_with_one_client_id(world: World) -> None:
    key = ClientKey(uuid4(), "same")

    first, first_replayed = offer(world, key=key)
    second, second_replayed = offer(world, key=key)

    assert (first.id, first_replayed, second.id, second_replayed) == (first.id, False, first.id, True)
    assert len(deeds(world)) == 1


def test_client_id_with_other_content(world: World) -> None:
    client_id = uuid4()
    offer(world, key=ClientKey(client_id, "same"))

    with refused(("IDEMPOTENCY_MISMATCH", ("clientId",), {})):
        offer(world, key=ClientKey(client_id, "other"))


def test_permission_comes_before_the_client_id(world: World) -> None:
    key = ClientKey(uuid4(), "same")
    offer(world, key=key)

    with refused(("NOT_PERMITTED", ("provider",), {})):
        offer(world, world.actors["reporter"], key=key)


@pytest.mark.parametrize("name", ["reporter", "neighbour", "partner", "auditor", "council_member"])
def test_offer_without_the_right(world: World, name: str) -> None:
    with refused(("NOT_PERMITTED", ("provider",), {})):
        offer(world, world.actors[name])

    assert (deeds(world), told(world), len(world.rows(Service.id))) == ([], [], 1)


def test_offer_for_an_unknown_or_hidden_provider(world: World) -> None:
    with world.units.writing() as uow:
        hidden = factories.organisation(uow, "hidden", visibility=Visibility.PRIVATE)

    for provider_id in (None, uuid4(), hidden.id):
        with refused(("NOT_FOUND", ("provider",), {})):
            offer(world, provider_id=provider_id)


def test_offer_for_law_enforcement(world: World) -> None:
    police, officer = a_police_body(world)

    with refused(("NOT_PERMITTED", ("provider",), {})):
        offer(world, officer, provider_id=police.id)


def test_offer_with_every_fault_at_once(world: World) -> None:
    key = ClientKey(uuid4(), "same")
    pools = [PoolDraft(CapacityUnit.BED, -1, "nobody"), PoolDraft(CapacityUnit.BED, 1_000_001)]

    with refused(
        ("REQUIRED", ("kinds",), {}),
        ("WRONG_STATE", ("status",), {}),
        ("INVALID_LANGUAGE", ("name", "klingon"), {"language": "klingon"}),
        ("TOO_LONG", ("name", "en"), {"limit": 200}),
        ("TOO_LONG", ("contactDesk",), {"limit": 2_000}),
        ("INVALID_LANGUAGE", ("languages", "1"), {"language": "english"}),
        ("UNKNOWN_TARGET_GROUP", ("targetGroups", "0"), {"value": "everybody"}),
        ("UNKNOWN_DISTRICT", ("district",), {"value": "Atlantis"}),
        ("OUT_OF_RANGE", ("pools", "0", "maximum"), {"minimum": 0, "maximum": 1_000_000}),
        ("UNKNOWN_TARGET_GROUP", ("pools", "0", "targetGroup"), {"value": "nobody"}),
        ("OUT_OF_RANGE", ("pools", "1", "maximum"), {"minimum": 0, "maximum": 1_000_000}),
    ):
        offer(
            world,
            key=key,
            kinds=[],
            status=ServiceStatus.CLOSED,
            name={"klingon": "x", "en": "x" * 201},
            contact_desk="x" * 2_001,
            languages=["ro", "english"],
            target_groups=["everybody"],
            district="Atlantis",
            pools=pools,
        )

    assert (deeds(world), world.rows(DeedKey.client_id), len(world.rows(Service.id))) == ([], [], 1)


@pytest.mark.parametrize("name", [{}, {"ro": "  "}, {"uk": "Дім"}])
def test_offer_without_a_name_in_a_language_of_the_coalition(world: World, name: dict[str, str]) -> None:
    with refused(("REQUIRED", ("name",), {})):
        offer(world, name=name)


def test_offer_of_too_many_pools(world: World) -> None:
    with refused(("OUT_OF_RANGE", ("pools",), {"minimum": 0, "maximum": 20})):
        offer(world, pools=[PoolDraft(CapacityUnit.BED, 1)] * 21)


def test_offer_with_personal_data_in_the_name(world: World) -> None:
    name = {"en": "Call Ion 069 123 456"}

    with refused(("PERSONAL_DATA_SUSPECTED", ("name", "en"), {})):
        offer(world, name=name)
    service, _ = offer(world, name=name, text_confirmed=True)

    assert service.name == name


def test_offer_with_a_personal_number(world: World) -> None:
    number = "2004001234567"

    with refused(("PERSONAL_NUMBER", ("name", "en"), {}), ("PERSONAL_NUMBER", ("contactDesk",), {})):
        offer(world, name={"en": f"House {number}"}, contact_desk=f"Ask {number}", text_confirmed=True)


# ------------------------------------------------------------------ confirming


def test_confirmed_pool(world: World) -> None:
    pool = world.confirm(maximum=8, occupied=3, contact_desk="0800 1")

    assert (pool.maximum, pool.occupied) == (8, 3)
    assert (pool.confirmed_at, pool.confirmed_by) == (NOW, world.coordinator.subject)
    assert pool.stale_at == NOW + timedelta(hours=72)
    assert world.rows(Service.assured_on, Service.contact_desk, Service.revision) == [(TODAY, "0800 1", 2)]
    assert deeds(world) == [
        (
            "assistance:pool:confirm",
            world.coordinator.subject,
            world.provider.id,
            "CapacityPool",
            pool.id,
        )
    ]
    payload = {"pool": str(pool.id), "service": str(world.service.id), "protected": True}
    assert told(world) == [("capacity.changed", pool.id, {**payload, "districts": [], "region": None})]


@pytest.mark.parametrize(
    ("sent", "kept"), [(UNCHANGED, "0800 1"), (None, None), ("  ", None), ("0800 1", "0800 1")]
)
def test_contact_desk_unchanged_or_cleared(world: World, sent: Any, kept: str | None) -> None:
    world.set_service(contact_desk="0800 1")

    world.confirm(contact_desk=sent)

    # A confirmation alone must not be seen by outsiders in the revision.
    assert world.rows(Service.contact_desk, Service.revision) == [(kept, 1 if kept else 2)]


def test_confirmed_for_null_hours(world: World) -> None:
    pool = world.confirm(valid_hours=None)

    assert pool.stale_at == NOW + timedelta(hours=72)


def test_confirmation_with_every_fault_at_once(world: World) -> None:
    with refused(
        ("OUT_OF_RANGE", ("maximum",), {"minimum": 0, "maximum": 1_000_000}),
        ("OUT_OF_RANGE", ("occupied",), {"minimum": 0, "maximum": 1_000_000}),
        ("OUT_OF_RANGE", ("validHours",), {"minimum": 1, "maximum": 720}),
        ("TOO_LONG", ("contactDesk",), {"limit": 2_000}),
    ):
        world.confirm(maximum=-1, occupied=-1, valid_hours=0, contact_desk="x" * 2_001)

    assert world.rows(CapacityPool.confirmed_at) == [(None,)]


def test_confirmation_with_more_occupied_than_there_is(world: World) -> None:
    with refused(("OUT_OF_RANGE", ("occupied",), {"minimum": 0, "maximum": 3})):
        world.confirm(maximum=3, occupied=4)


def test_confirmation_below_what_is_held(world: World) -> None:
    world.confirm(maximum=5)
    references = sorted(world.hold(quantity=2).reference for _ in range(2))
    world.hold(minutes=5)
    world.clock.forward(minutes=6)

    with refused(("HELD_EXCEEDS_CAPACITY", ("occupied",), {"holds": references})):
        world.confirm(maximum=5, occupied=2)
    pool = world.confirm(maximum=5, occupied=1)

    assert pool.occupied == 1


@pytest.mark.parametrize("name", ["reporter", "neighbour", "partner", "auditor", "council_member"])
def test_confirmation_without_the_right(world: World, name: str) -> None:
    # A pool that somebody may not see does not exist for them; of this service the auditor alone sees it.
    code = "NOT_PERMITTED" if name == "auditor" else "NOT_FOUND"

    with refused((code, ("pool",), {})):
        world.confirm(actor=world.actors[name])

    assert world.rows(CapacityPool.confirmed_at) == [(None,)]


def test_confirmation_of_an_unknown_pool(world: World) -> None:
    for pool_id in (None, uuid4()):
        with refused(("NOT_FOUND", ("pool",), {})):
            world.confirm(pool_id=pool_id)


def test_confirmation_without_a_listed_provider(world: World) -> None:
    everywhere = dict.fromkeys(("capacity:confirm", "records:read"), Reach(everything=True))
    anybody = replace(world.coordinator, permissions=everywhere)
    world.set_service(provider_id=None)

    with refused(("NOT_PERMITTED", ("pool",), {})):
        world.confirm(actor=anybody)


def test_confirmation_for_law_enforcement(world: World) -> None:
    police, officer = a_police_body(world)
    world.set_service(provider_id=police.id)

    with refused(("NOT_PERMITTED", ("pool",), {})):
        world.confirm(actor=officer)


# ------------------------------------------------------------------ holding


def test_hold_in_a_service(world: World) -> None:
    world.confirm(maximum=3)

    hold = world.hold(quantity=2, minutes=30)

    assert (hold.pool_id, hold.service_id, hold.organisation_id) == (
        world.pool.id,
        world.service.id,
        world.partner.id,
    )
    assert (hold.quantity, hold.status, hold.expires_at) == (2, HoldStatus.HELD, NOW + timedelta(minutes=30))
    assert (hold.created_at, hold.created_by, hold.ended_at) == (NOW, world.operator.subject, None)
    assert deeds(world)[1:] == [
        ("assistance:hold:place", world.operator.subject, world.partner.id, "Hold", hold.id)
    ]
    assert [name for name, _, _ in told(world)] == ["capacity.changed", "capacity.changed"]
    assert told(world)[0][2] == told(world)[1][2]


def test_hold_chooses_the_fitting_pool_with_most_places(world: World) -> None:
    pools = {
        "any": world.another_pool(target_group="any"),
        "men": world.another_pool(target_group="men"),
        "stale": world.another_pool(target_group="women"),
        "women": world.another_pool(target_group="women"),
    }
    for name, maximum in {"any": 3, "men": 9, "women": 4}.items():
        world.confirm(pool_id=pools[name].id, maximum=maximum)
    world.confirm(maximum=2)

    chosen = [world.hold(target_group="women", quantity=2).pool_id for _ in range(4)]

    assert sorted(chosen) == sorted([pools["women"].id, pools["women"].id, pools["any"].id, world.pool.id])


def test_hold_for_a_group_the_service_does_not_name(world: World) -> None:
    service = world.another_service(target_groups=["women"])
    world.confirm(pool_id=world.another_pool(service).id)

    outcome = world.try_hold(service_id=service.id, target_group="men")

    assert [fault.code for fault in outcome.faults] == ["NOT_ENOUGH_PLACES"]


def test_hold_where_no_pool_is_for_the_group(world: World) -> None:
    service = world.another_service()
    world.confirm(pool_id=world.another_pool(service, target_group="women").id)

    with refused(("CAPACITY_STALE", ("service",), {})):
        world.hold(service_id=service.id, target_group="men")


@pytest.mark.parametrize("path", ["pool", "service"])
def test_hold_in_a_stale_pool(world: World, path: str) -> None:
    where = {"pool_id": world.pool.id} if path == "pool" else {}

    with refused(("CAPACITY_STALE", (path,), {})):
        world.hold(**where)
    world.confirm(valid_hours=1)
    world.hold(**where)
    world.clock.forward(hours=1)
    with refused(("CAPACITY_STALE", (path,), {})):
        world.hold(**where)

    assert (len(world.rows(Hold.id)), world.rows(HoldAttempt.code)) == (1, [])


def test_hold_with_too_few_places_by_the_provider(world: World) -> None:
    world.confirm(maximum=1)

    with refused(("NOT_ENOUGH_PLACES", ("service",), {})):
        world.hold(world.coordinator, on_behalf_of_id=world.provider.id, quantity=2)

    assert world.rows(HoldAttempt.code) == []


def test_hold_with_too_few_places_of_an_unprotected_service(world: World) -> None:
    service = world.another_service(protected=False)
    world.confirm(pool_id=world.another_pool(service).id, maximum=1)

    for _ in range(7):
        with refused(("NOT_ENOUGH_PLACES", ("service",), {})):
            world.hold(service_id=service.id, quantity=2)

    assert world.rows(HoldAttempt.code) == []


def test_hold_with_every_fault_at_once(world: World) -> None:
    with refused(
        ("REQUIRED", ("pool",), {}),
        ("OUT_OF_RANGE", ("quantity",), {"minimum": 1, "maximum": 50}),
        ("OUT_OF_RANGE", ("minutes",), {"minimum": 5, "maximum": 1_440}),
        ("UNKNOWN_TARGET_GROUP", ("targetGroup",), {"value": "nobody"}),
    ):
        world.try_hold(service_given=False, quantity=0, minutes=4, target_group="nobody")


def test_hold_in_a_pool_and_a_service(world: World) -> None:
    with refused(("REQUIRED", ("pool",), {})):
        world.try_hold(pool_id=world.pool.id, service_given=True, service_id=world.service.id)


@pytest.mark.parametrize("path", ["pool", "service"])
def test_hold_in_what_is_absent_or_hidden(world: World, path: str) -> None:
    world.set_service(visibility=Visibility.COALITION)
    hidden = {"pool": world.pool.id, "service": world.service.id}[path]

    for record_id in (None, uuid4(), hidden):
        with refused(("NOT_FOUND", (path,), {})):
            world.try_hold(**{f"{path}_id": record_id})


@pytest.mark.parametrize("status", [ServiceStatus.PAUSED, ServiceStatus.CLOSED])
def test_hold_in_a_service_that_takes_nobody(world: World, status: ServiceStatus) -> None:
    world.confirm()
    world.set_service(status=status)

    with refused(("WRONG_STATE", ("service",), {})):
        world.try_hold()


def test_hold_in_a_draft(world: World) -> None:
    world.confirm()
    world.set_service(status=ServiceStatus.DRAFT)

    with refused(("NOT_FOUND", ("service",), {})):
        world.try_hold()
    with refused(("WRONG_STATE", ("service",), {})):
        world.try_hold(world.coordinator, on_behalf_of_id=world.provider.id)


def test_hold_in_a_planned_service(world: World) -> None:
    world.set_service(status=ServiceStatus.PLANNED)
    world.confirm()

    assert world.hold().status is HoldStatus.HELD


def test_hold_on_behalf_of_another(world: World) -> None:
    world.confirm()

    with refused(("NOT_PERMITTED", ("onBehalfOf",), {})):
        world.try_hold(on_behalf_of_id=world.provider.id)
    with refused(("NOT_FOUND", ("onBehalfOf",), {})):
        world.try_hold(on_behalf_of_id=uuid4())
    with refused(("NOT_PERMITTED", ("onBehalfOf",), {})):
        world.try_hold(ANONYMOUS)


def test_hold_for_law_enforcement(world: World) -> None:
    world.confirm()
    police, officer = a_police_body(world)

    with refused(("NOT_PERMITTED", ("onBehalfOf",), {})):
        world.try_hold(officer, on_behalf_of_id=police.id)


def test_hold_replayed_as_it_is_now(world: World) -> None:
    world.confirm(maximum=1)
    key = ClientKey(uuid4(), "same")
    hold = world.hold(key=key)
    world.release(hold)

    outcome = world.try_hold(key=key)

    assert outcome.hold is not None
    assert (outcome.hold.id, outcome.hold.status, outcome.replayed) == (hold.id, HoldStatus.RELEASED, True)


def test_hold_with_a_client_id_of_other_content(world: World) -> None:
    world.confirm()
    client_id = uuid4()
    world.hold(key=ClientKey(client_id, "same"))

    with refused(("IDEMPOTENCY_MISMATCH", ("clientId",), {})):
        world.try_hold(key=ClientKey(client_id, "other"))

    assert len(world.rows(Hold.id)) == 1


def test_client_ids_of_two_organisations_do_not_meet(world: World) -> None:
    world.confirm()
    key = ClientKey(uuid4(), "same")
    other, operator = world.another_partner("other")

    first = world.hold(key=key)
    second = world.hold(operator, key=key, on_behalf_of_id=other.id)

    assert first.id != second.id


def test_hold_that_fails_later_in_its_unit_leaves_nothing(world: World) -> None:
    world.confirm()

    def fails() -> None:
        with world.units.writing() as uow:
            hold_places(uow, world.operator, draft=world.draft(), key=ClientKey(uuid4(), "same"))
            raise LookupError

    with pytest.raises(LookupError):
        fails()

    assert (world.rows(Hold.id), world.rows(DeedKey.client_id), len(deeds(world))) == ([], [], 1)


def test_hold_expires_without_a_job(world: World) -> None:
    world.confirm(maximum=1)
    hold = world.hold(minutes=30)
    key = ClientKey(uuid4(), "same")

    world.clock.forward(minutes=29)
    early = world.try_hold(key=key)
    world.clock.forward(minutes=1)
    late = world.try_hold(key=key)

    assert [fault.code for fault in early.faults] == ["NOT_ENOUGH_PLACES"]
    assert late.hold is not None
    assert (hold.status, effective_status(hold, world.clock.now)) == (HoldStatus.HELD, HoldStatus.EXPIRED)


# ------------------------------------------------------------------ releasing


def test_released_hold(world: World) -> None:
    world.confirm(maximum=1)
    hold = world.hold()
    world.clock.forward(minutes=10)

    released = world.release(hold)

    assert (released.status, released.ended_at) == (HoldStatus.RELEASED, world.clock.now)
    assert deeds(world)[-1] == (
        "assistance:hold:release",
        world.operator.subject,
        world.partner.id,
        "Hold",
        hold.id,
    )
    assert told(world)[-1][0] == "capacity.changed"
    assert world.hold().id != hold.id


def test_hold_released_by_the_provider(world: World) -> None:
    world.confirm()

    released = world.release(world.hold(), world.coordinator)

    assert released.status is HoldStatus.RELEASED


@pytest.mark.parametrize("name", ["neighbour", "reporter", "auditor", "council_member", "administrator"])
def test_release_by_somebody_else(world: World, name: str) -> None:
    world.confirm()
    hold = world.hold()

    with refused(("NOT_FOUND", ("hold",), {})):
        world.release(hold, world.actors[name])

    assert world.rows(Hold.status) == [(HoldStatus.HELD,)]


def test_release_by_another_partner(world: World) -> None:
    world.confirm()
    _, operator = world.another_partner("other")

    with refused(("NOT_FOUND", ("hold",), {})):
        world.release(world.hold(), operator)


def test_release_of_an_unknown_hold(world: World) -> None:
    for hold_id in (None, uuid4()):
        with refused(("NOT_FOUND", ("hold",), {})):
            world.release(Hold(id=hold_id))


@pytest.mark.parametrize("status", [HoldStatus.RELEASED, HoldStatus.CONVERTED, HoldStatus.EXPIRED])
def test_release_of_a_hold_that_has_ended(world: World, status: HoldStatus) -> None:
    world.confirm()
    hold = world.hold()
    if status is HoldStatus.EXPIRED:
        world.clock.forward(minutes=120)
    else:
        with world.units.writing() as uow:
            uow.db.execute(sa.update(Hold).values(status=status))

    with refused(("HOLD_ENDED", ("hold",), {})):
        world.release(hold)


def test_member_that_left_holds_nothing(world: World) -> None:
    world.confirm()
    with world.units.writing() as uow:
        left = factories.organisation(uow, "left", status=MembershipStatus.LEFT)
        actor = factories.actor(uow, ("coordinator", left))

    with refused(("NOT_PERMITTED", ("onBehalfOf",), {})):
        world.try_hold(actor, on_behalf_of_id=left.id)
