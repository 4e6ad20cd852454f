from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from coalition.core.actor import ANONYMOUS
from coalition.core.clock import civil_date
from coalition.core.database import Database
from coalition.core.events import Event, OutboxEntry
from coalition.core.unit_of_work import OUTBOX_CHANNEL, UnitOfWork, Units
from coalition.members.models import Denomination, Person
from tests.factories import NOW, TODAY

EVENT = Event("activity.logged", UUID(int=7), {"kind": "AWARENESS"})


class Failure(Exception):
    """What goes wrong in these tests."""


def codes(units: Units) -> list[str]:
    with units.reading() as uow:
        return list(uow.db.scalars(sa.select(Denomination.code).order_by(Denomination.code)))


def test_writing_commits_at_the_end(units: Units) -> None:
    with units.writing() as uow:
        uow.db.add(Denomination(code="one", name={"ro": "Unu"}))

    assert codes(units) == ["one"]


def test_writing_keeps_nothing_of_a_failure(units: Units) -> None:
    def fail() -> None:
        with units.writing() as uow:
            uow.db.add(Denomination(code="one", name={}))
            uow.db.flush()
            uow.emit(EVENT)
            raise Failure

    with pytest.raises(Failure):
        fail()

    assert codes(units) == []
    with units.reading() as uow:
        assert uow.db.scalars(sa.select(OutboxEntry)).all() == []


def test_reading_keeps_nothing_at_all(units: Units) -> None:
    with units.reading() as uow:
        uow.db.add(Denomination(code="one", name={}))

    assert codes(units) == []


def test_reading_sees_one_moment(units: Units) -> None:
    with units.reading() as before:
        count = sa.select(sa.func.count()).select_from(Denomination)
        first = before.db.execute(count).scalar_one()
        with units.writing() as uow:
            uow.db.add(Denomination(code="one", name={}))
        second = before.db.execute(count).scalar_one()

    assert (first, second) == (0, 0)
    assert codes(units) == ["one"]


def test_rows_can_be_read_after_the_unit_has_ended(units: Units) -> None:
    with units.writing() as uow:
        kept = Denomination(code="one", name={"ro": "Unu"})
        uow.db.add(kept)
    found: list[Denomination] = []

    def read_and_fail() -> None:
        with units.writing() as uow:
            found.append(uow.db.scalars(sa.select(Denomination)).one())
            raise Failure

    with pytest.raises(Failure):
        read_and_fail()

    assert (kept.name, found[0].name) == ({"ro": "Unu"}, {"ro": "Unu"})


def test_today_is_the_day_in_chisinau(units: Units) -> None:
    with units.reading() as uow:
        assert (uow.now, uow.today) == (NOW, TODAY)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        # Summer time ends on 25 October 2026 at four in the morning.
        (datetime(2026, 10, 24, 20, 59, tzinfo=UTC), date(2026, 10, 24)),
        (datetime(2026, 10, 24, 21, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 21, 59, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 0, tzinfo=UTC), date(2026, 10, 26)),
    ],
)
def test_civil_date_follows_summer_time(moment: datetime, day: date) -> None:
    assert civil_date(moment) == day


def test_now_stands_still_within_a_unit(database_url: str) -> None:
    ticks = iter(NOW + timedelta(seconds=second) for second in range(9))
    database = Database(database_url)
    units = Units(database, clock=lambda: next(ticks))

    with units.reading() as first, units.reading() as second:
        moments = [first.now, first.now, second.now]
    database.dispose()

    assert moments == [NOW, NOW, NOW + timedelta(seconds=1)]


def test_emit_tells_handlers_in_order_within_the_unit_and_writes_the_outbox(units: Units) -> None:
    heard: list[Any] = []
    units.on("activity.logged", lambda uow, event: heard.append((1, uow, event)))
    units.on("activity.logged", lambda uow, event: heard.append((2, uow, event)))
    units.on("activity.amended", lambda uow, event: heard.append((3, uow, event)))

    with units.writing() as uow:
        uow.emit(EVENT)
        assert heard == [(1, uow, EVENT), (2, uow, EVENT)]

    with units.reading() as reading:
        entry = reading.db.scalars(sa.select(OutboxEntry)).one()
    assert (entry.name, entry.subject_id) == ("activity.logged", UUID(int=7))
    assert (entry.payload, entry.happened_at) == ({"kind": "AWARENESS"}, NOW)


def test_what_a_handler_writes_is_of_the_same_transaction(units: Units) -> None:
    def write(uow: UnitOfWork, event: Event) -> None:
        uow.db.add(Denomination(code=event.name, name={}))

    def emit_and_fail() -> None:
        with units.writing() as uow:
            uow.emit(EVENT)
            raise Failure

    units.on("activity.logged", write)
    with pytest.raises(Failure):
        emit_and_fail()
    refused = codes(units)
    with units.writing() as uow:
        uow.emit(EVENT)

    assert (refused, codes(units)) == ([], ["activity.logged"])


def test_commit_wakes_listeners_on_postgresql(units: Units) -> None:
    if units.database.is_sqlite:
        with units.writing() as uow:
            assert uow.is_sqlite
        return
    connection = units.database.write_engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.exec_driver_sql(f"LISTEN {OUTBOX_CHANNEL}")
    driver: Any = connection.connection.driver_connection

    with units.writing() as uow:
        uow.db.add(Denomination(code="quiet", name={}))
    silent = list(driver.notifies(timeout=0.2))
    with units.writing() as uow:
        uow.emit(EVENT)
    woken = [each.channel for each in driver.notifies(timeout=5, stop_after=1)]
    connection.close()

    assert (silent, woken) == ([], [OUTBOX_CHANNEL])


def test_moments_come_back_in_utc_and_naive_ones_are_refused(units: Units) -> None:
    in_chisinau = datetime.fromisoformat("2026-05-15T01:30:00+03:00")
    with units.writing() as uow:
        uow.db.add(Person(name="Demo", created_at=in_chisinau))

    with units.reading() as uow:
        created_at = uow.db.scalars(sa.select(Person.created_at)).one()
    assert (created_at, created_at.tzinfo) == (NOW, UTC)

    naive = Person(name="Demo", created_at=datetime(2026, 5, 15, 1, 30))  # noqa: DTZ001
    with pytest.raises(sa.exc.StatementError), units.writing() as uow:
        uow.db.add(naive)


def test_an_anonymous_actor_holds_nothing() -> None:
    assert not ANONYMOUS.may("activity:log")
    assert not ANONYMOUS.may("activity:log", uuid4())
