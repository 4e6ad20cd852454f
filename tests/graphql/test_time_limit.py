"""What takes too long ends: in the database, between fields, and while waiting for another writer.

No test measures time. The limit is tiny, and what is asked would take minutes or for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.core.actor import Actor
from coalition.core.database import SQLITE_BUSY_MILLISECONDS, driver_rows
from coalition.core.errors import DatabaseFault
from coalition.core.time_limit import TimedOut, check_time, seconds_left, time_limit
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.connections import PageInfo
from coalition.graphql.context import Context
from coalition.graphql.planning import statements
from coalition.graphql.rules import LimitedExecutor
from coalition.graphql.schema import schema
from coalition.members import repository
from coalition.outreach import service
from tests.graphql.world import World

# Counts to ten thousand million: minutes at least.
ENDLESS = """WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 10000000000)
  SELECT count(*) FROM counted"""
ORGANISATION = '{ organisation(slug: "bes") { slug } }'
LOG = {
    "kind": "AWARENESS",
    "title": {"ro": "Discuție"},
    "startsOn": {"date": "2026-03-01"},
    "districts": ["MD-SO"],
    "visibility": "COALITION",
}


def hurried(world: World, seconds: float = 0.2) -> World:
    """The same world, where a request has next to no time."""
    terms = replace(world.runtime.terms, time_limit_seconds=seconds)
    return replace(world, runtime=replace(world.runtime, terms=terms))


def endless(uow: UnitOfWork, *_: Any, **__: Any) -> None:
    """Work that ends only because it is ended."""
    uow.db.execute(sa.text(ENDLESS))


@contextmanager
def replaced(target: Any, name: str, work: Any) -> Iterator[None]:
    """Put `work` in the place of something; resolvers are asked then, unless it belongs to plans."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(target, name, work)
        if target is not statements:
            patch.setattr(LimitedExecutor, "_planned", lambda *_: None)
        yield


def test_slow_statement_is_ended_and_the_next_request_is_answered(record: World) -> None:
    with replaced(repository, "organisation_by_slug", endless):
        for _ in range(12):
            # More often than there are workers: each of them is free again.
            found = hurried(record).answer(ORGANISATION)
            assert (found.data, found.codes) == (None, ["TIMEOUT"])

    assert record.ask(ORGANISATION) == {"organisation": {"slug": "bes"}}
    assert record.units.database.write_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_slow_statement_of_a_plan_is_ended(record: World) -> None:
    def slow(connection: Any, *_: Any) -> Any:
        return driver_rows(connection, ENDLESS, ())

    with replaced(statements, "driver_rows", slow):
        found = hurried(record).answer(ORGANISATION)
        assert (found.data, found.codes) == (None, ["TIMEOUT"])

    assert record.ask(ORGANISATION) == {"organisation": {"slug": "bes"}}
    assert record.units.database.write_engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_refusal_is_one_error_of_the_whole_answer_in_the_readers_language(record: World) -> None:
    document = f'{{ a: __typename {ORGANISATION[1:-1]} b: organisation(slug: "moc") {{ slug }} }}'
    said = set()
    with replaced(repository, "organisation_by_slug", endless):
        for language in ("en", "ro", "ru"):
            found = hurried(record).answer(document, language=language)
            assert (found.data, found.codes) == (None, ["TIMEOUT"])
            assert "path" not in found.errors[0]
            said.add(found.errors[0]["message"])

    assert len(said) == 3


def test_many_quick_statements_are_as_long_as_one(record: World) -> None:
    ran = []

    def quick_ones(uow: UnitOfWork, *_: Any, **__: Any) -> None:
        while True:
            uow.db.execute(sa.text("SELECT 1"))
            ran.append(1)

    with replaced(repository, "organisation_by_slug", quick_ones):
        found = hurried(record).answer(ORGANISATION)

    assert (found.codes, len(ran) > 1) == (["TIMEOUT"], True)


def test_batch_of_a_loader_is_ended(record: World) -> None:
    def slow_batch(uow: UnitOfWork, _actor: Actor, _keys: Sequence[Any]) -> list[Any]:
        endless(uow)
        return []

    async def load() -> None:
        context = Context(record.runtime, inline=True)
        try:
            with time_limit(0.2):
                await context.load(slow_batch, 1)
        finally:
            context.close()

    with pytest.raises(DatabaseFault) as refused:
        asyncio.run(load())
    assert refused.value.code == "TIMEOUT"


def test_pile_of_fields_is_ended_between_them(record: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects that need no database: here each uses up more of the time, and the last ones are never made."""
    made = []
    inside = PageInfo.__init__

    def slow(self: PageInfo, **values: Any) -> None:
        made.append(1)
        # As if a tenth of the time had gone by.
        left.append(left[-1] - 1)
        inside(self, **values)

    left = [10]
    monkeypatch.setattr(PageInfo, "__init__", slow)
    monkeypatch.setattr(
        "coalition.graphql.rules.check_time", lambda: _raise_timed_out() if left[-1] <= 0 else None
    )
    pages = " ".join(f"a{n}: children {{ pageInfo {{ hasNextPage }} }}" for n in range(10))

    found = record.answer(f"{{ organisations(first: 50) {{ nodes {{ {pages} }} }} }}")

    assert (found.data, found.codes) == (None, ["TIMEOUT"])
    assert 10 <= len(made) < 500


def _raise_timed_out() -> None:
    raise TimedOut


def test_deed_that_takes_too_long_stores_nothing(world: World) -> None:
    before = world.dump()
    given = {**LOG, "organisation": world.organisation("bes")}
    log = service.log_activity

    def slow(uow: UnitOfWork, *arguments: Any, **options: Any) -> Any:
        done = log(uow, *arguments, **options)
        uow.db.flush()
        endless(uow)
        return done

    document = "mutation ($i: LogActivityInput!) { logActivity(input: $i) { userErrors { code } } }"
    with replaced(service, "log_activity", slow):
        found = hurried(world, 1).answer(document, "bes", i=given)

    assert found.codes == ["TIMEOUT"]
    assert world.dump() == before
    # The same deed can be done at once.
    assert world.refused("logActivity", "bes", given) == []


def test_waiting_for_another_writer_ends_with_the_time(world: World) -> None:
    given = {**LOG, "organisation": world.organisation("bes")}
    document = "mutation ($i: LogActivityInput!) { logActivity(input: $i) { userErrors { code } } }"
    world.actor("bes")
    with world.units.writing() as other:
        # On PostgreSQL writers wait for one another's rows only.
        lock = "SELECT 1" if world.units.database.is_sqlite else "LOCK TABLE activity IN EXCLUSIVE MODE"
        other.db.execute(sa.text(lock))
        found = hurried(world, 0.3).answer(document, "bes", i=given)

    assert found.codes in (["TIMEOUT"], ["DATABASE_BUSY"])
    assert world.refused("logActivity", "bes", given) == []


def test_connection_forgets_the_limit_of_the_request_before(record: World) -> None:
    with replaced(repository, "organisation_by_slug", endless):
        hurried(record).answer(ORGANISATION)
    count = ENDLESS.replace("10000000000", "300000")
    for _ in range(12):
        with record.units.reading() as uow:
            assert uow.db.execute(sa.text(count)).scalar() == 300_000
            if uow.is_sqlite:
                assert uow.db.execute(sa.text("PRAGMA busy_timeout")).scalar() == SQLITE_BUSY_MILLISECONDS
            else:
                assert uow.db.execute(sa.text("SHOW statement_timeout")).scalar() == "0"


def test_time_spent_waiting_for_a_worker_counts(record: World) -> None:
    ran = []
    with (
        replaced(repository, "organisation_by_slug", lambda *_, **__: ran.append(1)),
        time_limit(0),
    ):
        found = record.answer(ORGANISATION)

    assert (found.data, found.codes, ran) == (None, ["TIMEOUT"], [])


def test_inner_limits_never_lengthen_outer_ones() -> None:
    assert seconds_left() is None
    with time_limit(0):
        with time_limit(1_000):
            assert seconds_left() == 0
            with pytest.raises(TimedOut):
                check_time()
        assert seconds_left() == 0
    assert seconds_left() is None


def test_nothing_is_left_under_way_after_an_answer_that_failed(record: World) -> None:
    """Fields beside the one that failed would go on within the next request of that worker."""
    document = """{ organisations(first: 20) { nodes { slug churchBody { slug } parent { slug }
      activities(first: 5) { nodes { lead { slug } } } children(after: "broken") { totalCount } } } }"""

    async def ask() -> tuple[list[str], int]:
        result = await schema.answer(record.runtime, document, {}, actor=record.actor("moc"), language="en")
        codes = [error.extensions["code"] for error in result.errors or []]
        return codes, record.units.database.write_engine.pool.checkedout()  # type: ignore[attr-defined]

    codes, checked_out = asyncio.run(ask())

    assert set(codes) == {"BAD_USER_INPUT"}
    assert checked_out == 0
    with record.statements() as sent:
        record.ask("{ __typename }")
    assert sent == []
