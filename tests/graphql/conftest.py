"""The record with everybody who asks: `record` to read from, `world` to change.

`record` is shared by all tests of a worker and must stay as it was loaded; `world` is the test's own.
Both run once on SQLite and once on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from coalition.graphql.workers import make_workers
from tests.graphql.world import World, open_world, prepare_world
from tests.support.databases import Databases


@pytest.fixture(scope="session")
def workers() -> Iterator[ThreadPoolExecutor]:
    """The threads that execute requests."""
    threads = make_workers()
    yield threads
    threads.shutdown()


@pytest.fixture(scope="session")
def record_of(databases: Databases, workers: ThreadPoolExecutor) -> Iterator[Callable[[str], World]]:
    """The shared world of each kind of database."""
    opened: list[tuple[str, str, World]] = []

    @cache
    def of(kind: str) -> World:
        url = databases.migrated(kind, prepared_by=prepare_world)
        world = open_world(url, workers)
        opened.append((kind, url, world))
        return world

    yield of
    for kind, url, world in opened:
        world.units.database.dispose()
        databases.drop(kind, url)


@pytest.fixture
def record(record_of: Callable[[str], World], database_kind: str) -> World:
    """The record as loaded, with everybody who asks; not to be changed."""
    return record_of(database_kind)


@pytest.fixture
def world(databases: Databases, workers: ThreadPoolExecutor, database_kind: str) -> Iterator[World]:
    """The record as loaded, with everybody who asks, on a database of this test alone."""
    url = databases.migrated(database_kind, prepared_by=prepare_world)
    made = open_world(url, workers)
    yield made
    made.units.database.dispose()
    databases.drop(database_kind, url)
