"""What outsiders hear of protected services: late, for one place, and never a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coalition.assistance import words
from coalition.assistance.enums import CanTake, ServiceStatus
from coalition.assistance.models import CapacityPool, Hold, HoldStatus, PoolWord, Service
from coalition.assistance.policies import visible_pools, visible_services
from coalition.assistance.words import (
    RANKS,
    CanTakeRequest,
    assurance_heard,
    can_take_rank,
    can_take_words,
    random_delay,
    retell,
)
from coalition.core.actor import ANONYMOUS, Actor, Visibility
from coalition.core.errors import Refused
from tests import factories
from tests.assistance.pool_figures import pool_figures
from tests.assistance.world import World, statements
from tests.factories import NOW

YES, NO, ASK = CanTake.YES, CanTake.NO, CanTake.ASK_BY_PHONE


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def timeline(world: World) -> list[tuple[timedelta, timedelta, CanTake]]:
    """For each word of the pool: when it is true and when it is told, since the start, in order."""
    rows = world.rows(PoolWord.true_at, PoolWord.sequence, PoolWord.shown_at, PoolWord.word)
    return [(true_at - NOW, shown_at - NOW, word) for true_at, _, shown_at, word in rows]


def tell(world: World, *delays: float) -> None:
    """Write the pool's words with these delays in minutes, one after the other."""
    left = iter(delays)
    with world.units.writing() as uow:
        retell(uow, uow.db.get_one(CapacityPool, world.pool.id), delay=lambda: minutes(next(left)))


@pytest.fixture
def half_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every delay is the shortest one."""

    class Shortest:
        def randint(self, shortest: int, _longest: int) -> int:
            return shortest

    monkeypatch.setattr(words, "_random", Shortest())


def test_delay_is_between_half_an_hour_and_an_hour_and_a_half() -> None:
    delays = {random_delay() for _ in range(2_000)}

    assert minutes(30) <= min(delays) < minutes(33)
    assert minutes(87) < max(delays) <= minutes(90)


# ------------------------------------------------------------------ the timeline of one pool


def test_never_confirmed(world: World) -> None:
    assert (timeline(world), world.can_take()) == ([], "ASK_BY_PHONE")


def test_confirmed_pool_is_told_of_late_and_its_staleness_at_once(world: World) -> None:
    world.confirm(valid_hours=10)

    [(true_at, told_at, word), stale] = timeline(world)

    assert (true_at, word) == (minutes(0), YES)
    assert minutes(30) <= told_at <= minutes(90)
    assert stale == (minutes(600), minutes(600), ASK)


def test_change_is_heard_when_its_delay_is_over(world: World, half_an_hour: None) -> None:
    def heard_after(*waits: int) -> list[str]:
        answers = []
        for wait in waits:
            world.clock.forward(minutes=wait)
            answers.append(world.can_take())
        return answers

    world.confirm(maximum=1, valid_hours=10)
    confirmed = heard_after(0, 29, 1)
    world.hold(minutes=200)
    held = heard_after(0, 29, 1)
    expired = heard_after(169, 1, 29, 1)
    stale = heard_after(339, 1)

    assert (confirmed, held, expired, stale) == (
        [ASK, ASK, YES],
        [YES, YES, NO],
        [NO, NO, NO, YES],
        [YES, ASK],
    )


def test_words_with_their_delays(world: World) -> None:
    world.confirm(maximum=2, valid_hours=10)
    with world.units.writing() as uow:
        uow.db.execute(sa.delete(PoolWord))
    world.set_service(protected=False)
    for length in (60, 120):
        world.hold(world.coordinator, on_behalf_of_id=world.provider.id, minutes=length)

    tell(world, 31, 32, 33)

    assert timeline(world) == [
        (minutes(0), minutes(31), NO),
        (minutes(60), minutes(60 + 32), YES),
        (minutes(600), minutes(600), ASK),
    ]


def test_change_that_is_undone_before_it_is_told_is_never_heard(world: World) -> None:
    world.confirm(maximum=1)
    world.clock.forward(minutes=90)
    hold = world.hold(minutes=1_000)
    world.clock.forward(minutes=5)
    world.release(hold)

    heard = []
    for _ in range(100):
        world.clock.forward(minutes=1)
        heard.append(world.can_take())

    # The release may be told before the hold is; the hold is then passed over.
    told = sorted(timeline(world)[1:3], key=lambda row: row[1])
    expected = {YES} if told[0][2] is YES else {YES, NO}
    assert (set(heard), heard[-1]) == (expected, YES)


def test_later_word_told_first_hides_the_earlier_one(world: World) -> None:
    world.confirm(maximum=1)
    with world.units.writing() as uow:
        uow.db.execute(sa.delete(PoolWord))
    for true_at, told_at, word in ((0, 40, YES), (10, 95, NO), (20, 60, YES)):
        _add_word(world, true_at, told_at, word)

    heard = []
    for wait in (39, 1, 20, 35, 1):
        world.clock.forward(minutes=wait)
        heard.append(world.can_take())

    assert heard == [ASK, YES, YES, YES, YES]


def _add_word(world: World, true_at: int, told_at: int, word: CanTake) -> None:
    with world.units.writing() as uow:
        uow.db.add(
            PoolWord(
                pool_id=world.pool.id,
                sequence=true_at,
                word=word,
                true_at=NOW + minutes(true_at),
                shown_at=NOW + minutes(told_at),
            )
        )


def test_delay_of_what_has_happened_is_never_drawn_again(world: World) -> None:
    world.confirm(maximum=1, valid_hours=100)
    first = timeline(world)[0]
    world.clock.forward(minutes=1)
    world.hold(minutes=600)
    second = timeline(world)[1]
    for _ in range(5):
        world.clock.forward(minutes=1)
        world.confirm(maximum=1, valid_hours=100)

    assert timeline(world)[:2] == [first, second]
    assert [word for _, _, word in timeline(world)] == [YES, NO, YES, ASK]


def test_deeds_at_one_moment_keep_their_order(world: World) -> None:
    world.confirm(maximum=1)
    first = world.hold()
    world.release(first)
    world.hold()

    assert [word for _, _, word in timeline(world)] == [YES, NO, YES, NO, YES, ASK]
    world.clock.forward(minutes=90)
    assert world.can_take() == NO


def test_expiry_of_holds_is_foreseen(world: World) -> None:
    world.confirm(maximum=3, valid_hours=10)
    for quantity, length in ((1, 300), (1, 200), (1, 100)):
        world.hold(quantity=quantity, minutes=length)

    told = timeline(world)

    assert [(true_at, word) for true_at, _, word in told] == [
        (minutes(0), YES),
        (minutes(0), NO),
        (minutes(100), YES),
        (minutes(600), ASK),
    ]
    assert minutes(130) <= told[2][1] <= minutes(190)


def test_hold_that_outlives_the_confirmation(world: World) -> None:
    world.confirm(maximum=1, valid_hours=1)
    world.hold(minutes=60)
    world.clock.forward(minutes=60)

    assert world.can_take() == ASK
    assert [word for _, _, word in timeline(world)] == [YES, NO, ASK]


def test_stale_pool_is_asked_by_phone_although_its_word_is_told_later(world: World) -> None:
    world.confirm(valid_hours=1)
    world.clock.forward(minutes=60)
    stale = world.can_take()
    world.confirm(valid_hours=10)
    again = world.can_take()
    world.clock.forward(minutes=90)

    assert (stale, again, world.can_take()) == (ASK, ASK, YES)


def heard_at(world: World, *moments: int) -> list[str]:
    """The words heard so many minutes after the start."""
    answers = []
    for moment in moments:
        world.clock.now = NOW + minutes(moment)
        answers.append(world.can_take())
    return answers


def test_old_confirmation_lapses_until_the_new_one_is_heard(world: World, half_an_hour: None) -> None:
    world.confirm(maximum=1, valid_hours=1)
    world.clock.forward(minutes=50)
    world.confirm(maximum=1, valid_hours=10)
    # A deed in between draws nothing anew.
    world.clock.forward(minutes=5)
    world.release(world.hold(minutes=600))

    assert heard_at(world, 59, 60, 79, 80) == [YES, ASK, ASK, YES]


def test_new_confirmation_that_is_heard_in_time_hides_the_lapse(world: World, half_an_hour: None) -> None:
    world.confirm(maximum=1, valid_hours=1)
    world.clock.forward(minutes=30)
    world.confirm(maximum=1, valid_hours=10)

    assert heard_at(world, 59, 60, 61, 90) == [YES] * 4


def test_new_confirmation_with_a_new_word_is_heard_once(world: World, half_an_hour: None) -> None:
    world.confirm(maximum=1, valid_hours=1)
    world.clock.forward(minutes=50)
    world.confirm(maximum=1, occupied=1, valid_hours=10)

    assert heard_at(world, 59, 60, 79, 80, 649, 650) == [YES, ASK, ASK, NO, NO, ASK]


def test_day_of_the_assurance_is_heard_late(world: World, half_an_hour: None) -> None:
    def heard(*moments: int) -> list[int | None]:
        days = []
        for moment in moments:
            world.clock.now = NOW + minutes(moment)
            with world.units.reading() as uow:
                day = assurance_heard(uow.db.get_one(Service, world.service.id), uow.now)
            days.append(day.day if day else None)
        return days

    # It is 1:30 of 15 May in Chișinău; the next day begins after 1,350 minutes.
    world.confirm()
    first = heard(29, 30, 1_340)
    world.confirm()
    same_day = heard(1_341, 1_349)
    world.clock.now = NOW + minutes(1_350)
    world.confirm()

    assert (first, same_day, heard(1_379, 1_380)) == ([None, 15, 15], [15, 15], [15, 16])


def test_releasing_a_hold_of_a_stale_pool_tells_nothing(world: World) -> None:
    world.confirm(maximum=1, valid_hours=1)
    hold = world.hold(minutes=1_000)
    world.clock.forward(minutes=61)
    before = timeline(world)

    world.release(hold)

    assert timeline(world) == before


def test_no_words_are_kept_of_an_unprotected_service(world: World) -> None:
    world.set_service(protected=False)
    world.confirm()
    world.release(world.hold())

    assert timeline(world) == []


# ------------------------------------------------------------------ who hears what


def heard_by(world: World, name: str, quantity: int = 1, group: str | None = None) -> str:
    actor = {"anonymous": ANONYMOUS, **world.actors}[name]
    return world.can_take(actor, quantity=quantity, target_group=group)


@pytest.mark.parametrize(
    ("name", "free", "taken"),
    [
        ("coordinator", [YES, YES, NO], [NO, NO, NO]),
        ("neighbour", [YES, ASK, ASK], [NO, NO, NO]),
        ("partner", [YES, ASK, ASK], [NO, NO, NO]),
        ("reporter", [ASK, ASK, ASK], [ASK, ASK, ASK]),
        ("council_member", [ASK, ASK, ASK], [ASK, ASK, ASK]),
        ("auditor", [ASK, ASK, ASK], [ASK, ASK, ASK]),
        ("administrator", [ASK, ASK, ASK], [ASK, ASK, ASK]),
        ("anonymous", [ASK, ASK, ASK], [ASK, ASK, ASK]),
    ],
)
def test_protected_service_by_caller(
    world: World, name: str, free: list[CanTake], taken: list[CanTake]
) -> None:
    world.set_service(visibility=Visibility.PUBLIC)
    world.confirm(maximum=2)
    world.clock.forward(minutes=90)
    while_free = [heard_by(world, name, quantity) for quantity in (1, 2, 3)]
    world.hold(quantity=2, minutes=600)
    world.clock.forward(minutes=90)
    while_taken = [heard_by(world, name, quantity) for quantity in (1, 2, 3)]

    assert (while_free, while_taken) == (free, taken)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("coordinator", [YES, YES, NO]),
        ("partner", [YES, YES, NO]),
        ("auditor", [YES, YES, NO]),
        ("reporter", [ASK, ASK, ASK]),
        ("anonymous", [ASK, ASK, ASK]),
    ],
)
def test_unprotected_service_by_caller(world: World, name: str, expected: list[CanTake]) -> None:
    world.set_service(visibility=Visibility.PUBLIC, protected=False)
    world.confirm(maximum=2)

    assert [heard_by(world, name, quantity) for quantity in (1, 2, 3)] == expected


@pytest.mark.parametrize("status", [ServiceStatus.PAUSED, ServiceStatus.CLOSED])
def test_service_that_takes_nobody(world: World, status: ServiceStatus) -> None:
    world.set_service(visibility=Visibility.PUBLIC, status=status)

    assert [heard_by(world, name) for name in ("coordinator", "partner", "anonymous")] == [NO, NO, NO]


def test_service_without_pools(world: World) -> None:
    service = world.another_service(protected=False)

    with world.units.reading() as uow:
        [word] = can_take_words(uow, world.coordinator, [CanTakeRequest(service.id)])

    assert word is ASK


def test_service_that_is_not_visible_is_answered_like_one_without_pools(world: World) -> None:
    world.set_service(visibility=Visibility.PRIVATE, status=ServiceStatus.CLOSED)

    assert heard_by(world, "partner") == ASK


def test_target_groups(world: World) -> None:
    service = world.another_service(protected=False, target_groups=["women", "children"])
    full = world.another_pool(service, target_group="women")
    world.confirm(pool_id=full.id, maximum=0)
    world.confirm(pool_id=world.another_pool(service, target_group="children").id, maximum=2)
    unsaid = world.another_service(protected=False)
    world.confirm(pool_id=world.another_pool(unsaid, target_group="women").id, maximum=2)
    requests = [
        CanTakeRequest(service.id, 1, None),
        CanTakeRequest(service.id, 1, "women"),
        CanTakeRequest(service.id, 1, "children"),
        CanTakeRequest(service.id, 1, "men"),
        CanTakeRequest(unsaid.id, 1, "women"),
        CanTakeRequest(unsaid.id, 1, "men"),
    ]

    with world.units.reading() as uow:
        answers = can_take_words(uow, world.operator, requests)

    assert answers == [YES, NO, YES, NO, YES, ASK]


def test_several_pools(world: World) -> None:
    world.set_service(protected=False)
    answers = []
    world.confirm(maximum=0)
    answers.append(world.can_take())
    stale = world.another_pool(target_group="any")
    answers.append(world.can_take())
    world.confirm(pool_id=stale.id, maximum=1)
    answers.append(world.can_take())

    assert answers == [NO, ASK, YES]


@pytest.mark.parametrize("count", [1, 3, 100])
def test_words_take_one_statement(world: World, count: int) -> None:
    with world.units.writing() as uow:
        services = [factories.service(uow, world.provider, protected=n % 2 == 0) for n in range(count)]
        for service in services:
            factories.pool(uow, service)
    requests = [CanTakeRequest(service.id, 1 + n % 3, None) for n, service in enumerate(services)]

    with world.units.reading() as uow, statements(world.units) as sent:
        answers = can_take_words(uow, world.operator, requests)

    assert (answers, len(sent)) == ([ASK] * count, 1)


# ------------------------------------------------------------------ the rank says the same


def _random_services(world: World, random: Random) -> list[UUID]:
    """Services of every sort, with pools, words and holds as no deed would leave them together."""
    made = []
    with world.units.writing() as uow:
        for _ in range(40):
            provider = random.choice([world.provider, world.church, world.partner, None])
            service = factories.service(
                uow,
                provider,
                owner=world.provider,
                protected=random.random() < 0.6,
                status=random.choice([*ServiceStatus, ServiceStatus.ACTIVE, ServiceStatus.ACTIVE]),
                visibility=random.choice([Visibility.PARTNERS, Visibility.PUBLIC, Visibility.PRIVATE]),
                target_groups=random.sample(["women", "men", "any"], random.choice([0, 0, 1, 2])),
            )
            made.append(service.id)
            for position in range(random.choice([0, 1, 1, 2, 3])):
                _random_pool(world, random, uow, service, position)
    return made


def _random_pool(world: World, random: Random, uow: Any, service: Service, position: int) -> None:
    maximum = random.randint(0, 6)
    pool = factories.pool(
        uow,
        service,
        position=position,
        maximum=random.choice([maximum, maximum, None]),
        target_group=random.choice([None, "women", "men", "any"]),
    )
    if pool.maximum is not None and random.random() < 0.85:
        pool.occupied = random.randint(0, maximum)
        pool.confirmed_at = NOW
        pool.stale_at = NOW + minutes(random.choice([0, 60, 600]))
    for _ in range(random.choice([0, 1, 2])):
        uow.db.add(
            Hold(
                reference=f"{random.random()}",
                pool_id=pool.id,
                service_id=service.id,
                organisation_id=world.partner.id,
                quantity=random.randint(1, 3),
                status=random.choice(list(HoldStatus)),
                expires_at=NOW + minutes(random.choice([0, 30, 90])),
                created_at=NOW,
                created_by="system:test",
            )
        )
    for sequence in range(random.choice([0, 1, 2, 4])):
        at = NOW + minutes(random.choice([-100, -50, 0]))
        uow.db.add(
            PoolWord(
                pool_id=pool.id,
                sequence=sequence,
                word=random.choice(list(CanTake)),
                true_at=at,
                shown_at=at + minutes(random.choice([0, 30, 60, 90])),
            )
        )


def test_rank_says_what_the_words_say(world: World) -> None:
    service_ids = _random_services(world, Random(2007))  # noqa: S311
    compared = 0

    for actor in (ANONYMOUS, *world.actors.values()):
        for moment in (0, 30, 90):
            world.clock.now = NOW + minutes(moment)
            for quantity, group in ((1, None), (1, "women"), (2, "men"), (5, None), (50, "refugees")):
                with world.units.reading() as uow:
                    rank = can_take_rank(actor, uow.now, quantity, group)
                    found = uow.db.execute(sa.select(Service.id, rank).where(visible_services(actor)))
                    ranks = dict(found.all())
                    seen = [service_id for service_id in service_ids if service_id in ranks]
                    requests = [CanTakeRequest(service_id, quantity, group) for service_id in seen]
                    answers = can_take_words(uow, actor, requests)
                assert [RANKS[word] for word in answers] == [ranks[service_id] for service_id in seen]
                compared += len(seen)

    assert compared > 1_500


# ------------------------------------------------------------------ no number, however one asks


@dataclass
class Twin:
    """One of two services that differ only in how many places are free."""

    world: World
    random: Random
    partner: Any
    operator: Actor
    service: Service
    pools: list[CapacityPool]
    free: int

    def ask(self, quantity: int, group: str | None) -> Any:
        with self.world.units.reading() as uow:
            [word] = can_take_words(uow, self.operator, [CanTakeRequest(self.service.id, quantity, group)])
            rank = can_take_rank(self.operator, uow.now, quantity, group)
            ranked = uow.db.scalars(sa.select(rank).where(Service.id == self.service.id)).one()
        return word, ranked

    def look(self) -> Any:
        with self.world.units.reading() as uow:
            pools = uow.db.scalars(sa.select(CapacityPool.id).where(visible_pools(self.operator))).all()
            figures = pool_figures(uow, self.operator, self.pools)
            service = uow.db.get_one(Service, self.service.id)
        return pools, [figures[pool.id] for pool in self.pools], service.revision, service.assured_on

    def try_too_many(self, quantity: int, *, by_pool: bool) -> Any:
        """More than either of the two has: the attempt comes to nothing in both."""
        where = {"pool_id": self.pools[0].id} if by_pool else {"service_id": self.service.id}
        try:
            outcome = self.world.try_hold(
                self.operator, quantity=quantity, on_behalf_of_id=self.partner.id, **where
            )
        except Refused as refusal:
            return refusal.faults
        return outcome.hold, outcome.faults

    def wait(self, length: int) -> None:
        self.world.clock.forward(minutes=length)

    def provide(self, free: int | None, hours: int) -> None:
        """The provider confirms: nothing free, or what this twin has."""
        occupied = 40 if free == 0 else 40 - self.free
        for pool in self.pools:
            self.world.confirm(pool_id=pool.id, maximum=40, occupied=occupied, valid_hours=hours)


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("ask"),
            st.sampled_from([1, 1, 2, 3, 29, 30, 31, 50]),
            st.sampled_from([None, "women", "men"]),
        ),
        st.tuples(st.just("look")),
        st.tuples(st.just("try"), st.integers(31, 50), st.booleans()),
        st.tuples(st.just("wait"), st.sampled_from([1, 29, 31, 60, 91, 600])),
        st.tuples(st.just("provide"), st.sampled_from([0, None, None]), st.sampled_from([1, 72])),
    ),
    min_size=1,
    max_size=14,
)


def _twin(world: World, *, free: int, number: int, draws: int) -> Twin:
    random = Random(draws)  # noqa: S311
    world.clock.now = NOW
    with world.units.writing() as uow:
        service = factories.service(uow, world.provider, name={"en": "Twin"})
        pools = [factories.pool(uow, service, target_group=group) for group in ("women", None)]
    partner, operator = world.another_partner(f"twin-{number}-{free}")
    return Twin(world, random, partner, operator, service, pools, free)


def _transcript(twin: Twin, steps: list[tuple[Any, ...]], patch: Callable[[Random], None]) -> list[Any]:
    patch(twin.random)
    twin.provide(None, 72)
    deeds: dict[str, Callable[..., Any]] = {
        "ask": twin.ask,
        "look": twin.look,
        "try": lambda quantity, by_pool: twin.try_too_many(quantity, by_pool=by_pool),
        "wait": twin.wait,
        "provide": twin.provide,
    }
    said = [deeds[name](*values) for name, *values in steps]
    return [*said, *(twin.ask(quantity, None) for quantity in (1, 2, 30, 31))]


def test_nothing_but_a_hold_tells_one_free_place_from_thirty(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = iter(range(10_000))

    def patch(random: Random) -> None:
        monkeypatch.setattr(words, "_random", random)

    @settings(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        # Shrinking would do deeds for minutes, and each example is short.
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(steps=STEPS, draws=st.integers(0, 1_000))
    def same(steps: list[tuple[Any, ...]], draws: int) -> None:
        number = next(examples)
        one, thirty = (
            _transcript(_twin(world, free=free, number=number, draws=draws), steps, patch) for free in (1, 30)
        )
        assert one == thirty

    same()


def test_the_twins_can_be_told_apart_by_a_hold(world: World) -> None:
    answers = []
    for free in (1, 30):
        twin = _twin(world, free=free, number=0, draws=0)
        twin.provide(None, 72)
        answers.append(
            world.try_hold(
                twin.operator, service_id=twin.service.id, on_behalf_of_id=twin.partner.id, quantity=2
            ).hold
            is not None
        )

    assert answers == [False, True]
