"""The last place and many callers at once; attempts that come to nothing."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.assistance.drafts import HoldOutcome
from coalition.assistance.models import Hold, HoldAttempt
from coalition.audit.models import AuditEntry
from coalition.core.errors import DatabaseFault, Refused
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import ClientKey
from tests import factories
from tests.assistance.world import World

CALLERS = 50


def at_once(deeds: list[Callable[[], HoldOutcome]]) -> list[HoldOutcome]:
    """What comes of deeds that all begin together, each in a thread and a unit of work of its own."""
    start = Barrier(len(deeds))
    outcomes: list[HoldOutcome] = []
    failures: list[Exception] = []

    def run(deed: Callable[[], HoldOutcome]) -> None:
        start.wait()
        try:
            outcomes.append(_until_not_busy(deed))
        except Exception as failure:  # noqa: BLE001  # The test below fails with it.
            failures.append(failure)

    threads = [Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return outcomes


def _until_not_busy(deed: Callable[[], HoldOutcome]) -> HoldOutcome:
    """Do as a caller does who is told that nothing was stored and to try again."""
    while True:
        try:
            return deed()
        except DatabaseFault as fault:
            if fault.code != "DATABASE_BUSY":
                raise


def codes(outcomes: list[HoldOutcome]) -> dict[str, int]:
    return dict(Counter(o.faults[0].code if o.faults else "HELD" for o in outcomes))


def test_last_place_with_many_callers_of_one_organisation(world: World) -> None:
    world.confirm(maximum=4, occupied=3)

    outcomes = at_once([world.try_hold] * CALLERS)

    assert codes(outcomes) == {"HELD": 1, "NOT_ENOUGH_PLACES": 5, "TOO_MANY_ATTEMPTS": 44}
    assert world.rows(Hold.quantity) == [(1,)]
    assert Counter(world.rows(HoldAttempt.code)) == {("NOT_ENOUGH_PLACES",): 5, ("TOO_MANY_ATTEMPTS",): 44}


def test_last_place_with_many_organisations(world: World) -> None:
    world.confirm(maximum=1)
    callers = world.more_partners(CALLERS)

    outcomes = at_once(
        [lambda o=o, a=a: world.try_hold(a, on_behalf_of_id=o.id) for o, a in callers]  # type: ignore[misc]
    )

    assert codes(outcomes) == {"HELD": 1, "NOT_ENOUGH_PLACES": 49}
    assert world.rows(Hold.quantity) == [(1,)]


def test_last_place_of_a_service_with_pools_at_once(world: World) -> None:
    world.confirm(maximum=2)
    second = world.another_pool()
    world.confirm(pool_id=second.id, maximum=3)
    callers = world.more_partners(20)

    outcomes = at_once(
        [lambda o=o, a=a: world.try_hold(a, on_behalf_of_id=o.id) for o, a in callers]  # type: ignore[misc]
    )

    assert codes(outcomes) == {"HELD": 5, "NOT_ENOUGH_PLACES": 15}
    assert Counter(world.rows(Hold.pool_id)) == {(world.pool.id,): 2, (second.id,): 3}


def test_attempts_on_two_services_at_once_are_counted_together(world: World) -> None:
    world.confirm(maximum=0)
    other = world.another_service()
    world.confirm(pool_id=world.another_pool(other).id, maximum=0)

    outcomes = at_once(
        [world.try_hold] * 10 + [lambda: world.try_hold(service_id=other.id)] * 10,
    )

    assert codes(outcomes) == {"NOT_ENOUGH_PLACES": 5, "TOO_MANY_ATTEMPTS": 15}


def test_one_client_id_sent_many_times_at_once(world: World) -> None:
    world.confirm(maximum=1)
    key = ClientKey(uuid4(), "same")

    outcomes = at_once([lambda: world.try_hold(key=key)] * 20)

    assert Counter(o.replayed for o in outcomes) == {False: 1, True: 19}
    assert len({o.hold.id for o in outcomes if o.hold}) == 1
    assert world.rows(HoldAttempt.code) == []


def test_confirming_and_holding_at_once_never_exceeds_capacity(world: World) -> None:
    world.confirm(maximum=5)
    callers = world.more_partners(10)

    def confirm() -> HoldOutcome:
        world.confirm(maximum=20, occupied=0)
        return HoldOutcome(None)

    holds = [lambda o=o, a=a: world.try_hold(a, on_behalf_of_id=o.id) for o, a in callers]  # type: ignore[misc]
    at_once([*holds, confirm, confirm])

    held = world.rows(sa.func.sum(Hold.quantity))[0][0]
    assert 5 <= held <= 10
    assert world.can_take(world.coordinator, quantity=20 - held) == "YES"
    assert world.can_take(world.coordinator, quantity=20 - held + 1) == "NO"


def test_attempt_that_comes_to_nothing_leaves_its_trace(world: World) -> None:
    world.confirm(maximum=0)

    outcome = world.try_hold()

    assert [(fault.code, fault.path, dict(fault.params)) for fault in outcome.faults] == [
        ("NOT_ENOUGH_PLACES", ("service",), {})
    ]
    columns = (HoldAttempt.service_id, HoldAttempt.organisation_id, HoldAttempt.code, HoldAttempt.created_by)
    assert world.rows(*columns) == [
        (world.service.id, world.partner.id, "NOT_ENOUGH_PLACES", world.operator.subject)
    ]
    with world.units.reading() as uow:
        entry = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        told = uow.db.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id.desc())).first()
    assert (entry.action, entry.subject_id, entry.organisation_id, entry.reason, entry.actor) == (
        "assistance:hold:refuse",
        world.service.id,
        world.partner.id,
        "NOT_ENOUGH_PLACES",
        world.operator.subject,
    )
    assert (told.name, told.payload) == (
        "hold.refused",
        {
            "service": str(world.service.id),
            "organisation": str(world.partner.id),
            "code": "NOT_ENOUGH_PLACES",
        },
    )


def test_every_attempt_after_five_is_refused_until_the_next_civil_day(world: World) -> None:
    world.confirm(maximum=1, occupied=1)
    for _ in range(5):
        world.try_hold()
    world.confirm(maximum=1, occupied=0)

    refused = [world.try_hold(), world.try_hold(pool_id=world.pool.id)]
    # The clock stands at 1:30 of 15 May in Chișinău.
    world.clock.forward(hours=22, minutes=29)
    refused.append(world.try_hold())
    world.clock.forward(minutes=1)
    held = world.try_hold()

    assert [(outcome.faults[0].code, outcome.faults[0].path) for outcome in refused] == [
        ("TOO_MANY_ATTEMPTS", ("service",)),
        ("TOO_MANY_ATTEMPTS", ("pool",)),
        ("TOO_MANY_ATTEMPTS", ("service",)),
    ]
    assert held.hold is not None


def test_another_organisation_has_attempts_of_its_own(world: World) -> None:
    world.confirm(maximum=0)
    for _ in range(6):
        world.try_hold()
    other, operator = world.another_partner("other")

    outcome = world.try_hold(operator, on_behalf_of_id=other.id)

    assert [fault.code for fault in outcome.faults] == ["NOT_ENOUGH_PLACES"]


def test_one_caller_cannot_spread_attempts_over_a_line(world: World) -> None:
    world.confirm(maximum=0)
    with world.units.writing() as uow:
        church = factories.church_body(uow, "ubceb", denomination="baptist")
        parishes = [factories.organisation(uow, f"parish-{n}", parent=church) for n in range(7)]
        coordinator = factories.actor(uow, ("coordinator", church))

    outcomes = [world.try_hold(coordinator, on_behalf_of_id=parish.id) for parish in parishes]

    assert codes(outcomes) == {"NOT_ENOUGH_PLACES": 5, "TOO_MANY_ATTEMPTS": 2}


def test_operators_of_a_desk_have_no_more_attempts_than_one_person(world: World) -> None:
    world.confirm(maximum=0)
    with world.units.writing() as uow:
        church = factories.church_body(uow, "ubceb", denomination="baptist")
        parishes = [factories.organisation(uow, f"parish-{n}", parent=church) for n in range(7)]
        coordinator = factories.actor(uow, ("coordinator", church))
    names = (coordinator.subject, *(f"{coordinator.subject}/operator:{number}" for number in (1, 2)))
    operators = [replace(coordinator, subject=name, desk_subjects=names) for name in names[1:]]

    outcomes = [
        world.try_hold(operators[number % 2], on_behalf_of_id=parish.id)
        for number, parish in enumerate(parishes)
    ]

    assert codes(outcomes) == {"NOT_ENOUGH_PLACES": 5, "TOO_MANY_ATTEMPTS": 2}


def test_stale_pools_count_for_nothing(world: World) -> None:
    for _ in range(6):
        with pytest.raises(Refused) as refusal:
            world.try_hold()
        assert refusal.value.faults[0].code == "CAPACITY_STALE"
    world.confirm(maximum=1)

    assert world.try_hold().faults == ()


# ------------------------------------------------------------------ holds that nobody came for


def refused_code(outcome: HoldOutcome) -> str | None:
    return outcome.faults[0].code if outcome.faults else None


def test_holds_given_back_are_attempts_that_came_to_nothing(world: World) -> None:
    world.confirm(maximum=9)
    for _ in range(4):
        world.release(world.hold(quantity=3))
    fifth = world.hold()

    before, _, after = refused_code(world.try_hold(quantity=9)), world.release(fifth), world.try_hold()

    assert (before, refused_code(after)) == ("NOT_ENOUGH_PLACES", "TOO_MANY_ATTEMPTS")
    assert Counter(world.rows(HoldAttempt.code)) == {
        ("HOLD_RELEASED",): 5,
        ("NOT_ENOUGH_PLACES",): 1,
        ("TOO_MANY_ATTEMPTS",): 1,
    }


def test_holds_given_back_leave_five_refusals_of_the_day(world: World) -> None:
    world.confirm(maximum=1)
    for _ in range(4):
        world.release(world.hold())
    world.confirm(maximum=0)

    codes_in_order = [refused_code(world.try_hold()) for _ in range(6)]

    assert codes_in_order == ["NOT_ENOUGH_PLACES"] * 5 + ["TOO_MANY_ATTEMPTS"]


def test_holds_run_out_are_attempts_that_came_to_nothing(world: World) -> None:
    world.confirm(maximum=9, valid_hours=720)
    for _ in range(5):
        world.hold(minutes=10)
        world.clock.forward(minutes=10)

    # The last ran out at 2:20 of 15 May in Chișinău.
    refused = [refused_code(world.try_hold())]
    world.clock.forward(hours=21, minutes=39)
    refused.append(refused_code(world.try_hold()))
    world.clock.forward(minutes=1)
    refused.append(refused_code(world.try_hold()))

    assert refused == ["TOO_MANY_ATTEMPTS", "TOO_MANY_ATTEMPTS", None]


def test_hold_counts_on_the_day_it_runs_out(world: World) -> None:
    world.confirm(maximum=9, valid_hours=720)
    world.clock.forward(hours=22)
    for _ in range(5):
        world.hold(minutes=60)
    world.clock.forward(hours=1)

    tomorrow = refused_code(world.try_hold())
    world.clock.forward(days=1)

    assert (tomorrow, refused_code(world.try_hold())) == ("TOO_MANY_ATTEMPTS", None)


def test_holds_that_the_provider_releases_are_of_use(world: World) -> None:
    world.confirm(maximum=9)
    for _ in range(20):
        world.release(world.hold(), world.coordinator)

    assert refused_code(world.try_hold()) is None
    assert world.rows(HoldAttempt.code) == []


def test_ten_holds_stand_at_once(world: World) -> None:
    world.confirm(maximum=90)
    other = world.another_service()
    world.confirm(pool_id=world.another_pool(other, maximum=90).id, maximum=90)
    holds = [world.hold(quantity=5, minutes=600, service_id=each.id) for each in [world.service, other] * 5]

    eleventh = refused_code(world.try_hold())
    world.release(holds[0], world.coordinator)

    assert (eleventh, refused_code(world.try_hold())) == ("TOO_MANY_ATTEMPTS", None)


def test_fifteen_attempts_on_one_service_in_thirty_days(world: World) -> None:
    other = world.another_service()
    beds = world.another_pool(other)

    def try_on_a_day(**values: Any) -> str | None:
        world.confirm(maximum=1)
        world.confirm(pool_id=beds.id, maximum=1)
        return refused_code(world.try_hold(**values))

    for day in range(15):
        assert try_on_a_day(quantity=1 + day % 2) == (None, "NOT_ENOUGH_PLACES")[day % 2]
        world.clock.forward(days=1)
    refused = [try_on_a_day(), try_on_a_day(service_id=other.id)]
    # What the first day brought falls out on the thirtieth day after.
    world.clock.forward(days=14)
    refused.append(try_on_a_day())
    world.clock.forward(days=1)
    refused.append(try_on_a_day())

    assert refused == ["TOO_MANY_ATTEMPTS", None, "TOO_MANY_ATTEMPTS", None]


def test_a_coordinator_may_do_as_they_like_in_their_own_services(world: World) -> None:
    world.confirm(maximum=90)
    strange = world.another_service(provider=world.partner)
    own = {"on_behalf_of_id": world.provider.id}
    for _ in range(7):
        world.release(world.hold(world.coordinator, **own), world.coordinator)
        world.hold(world.coordinator, **own)
    with world.units.writing() as uow:
        partner = factories.actor(uow, ("coordinator", world.partner))
    world.confirm(actor=partner, pool_id=world.another_pool(strange).id)

    assert refused_code(world.try_hold(world.coordinator, service_id=strange.id, **own)) is None
    assert world.rows(HoldAttempt.code) == []


def test_open_services_have_no_limits(world: World) -> None:
    world.set_service(protected=False)
    world.confirm(maximum=90)
    for _ in range(7):
        world.hold()
        world.release(world.hold())

    assert refused_code(world.try_hold()) is None
    assert world.rows(HoldAttempt.code) == []


def test_one_stale_pool_among_others_does_not_hide_an_attempt(world: World) -> None:
    world.another_pool()
    world.confirm(maximum=0)

    outcomes = [world.try_hold() for _ in range(6)]

    assert codes(outcomes) == {"NOT_ENOUGH_PLACES": 5, "TOO_MANY_ATTEMPTS": 1}


def test_refused_attempt_leaves_no_client_id(world: World) -> None:
    world.confirm(maximum=0)
    key = ClientKey(uuid4(), "same")
    world.try_hold(key=key)
    world.confirm(maximum=1)

    outcome = world.try_hold(key=key)

    assert (outcome.hold is not None, outcome.replayed) == (True, False)
