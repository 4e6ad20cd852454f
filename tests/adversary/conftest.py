"""The record as loaded, on databases of each test alone, with everybody who may ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.graphql.conftest import workers
from tests.graphql.world import World, open_world, prepare_world
from tests.support.databases import Databases

__all__ = ["new_world", "workers", "world"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A quick run plays the attacker on SQLite only: what is told is decided above the database."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "postgresql" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def new_world(
    databases: Databases, workers: ThreadPoolExecutor, database_kind: str
) -> Iterator[Callable[[], World]]:
    """Makes worlds that are the same in every id."""
    made: list[tuple[str, World]] = []

    def make() -> World:
        url = databases.migrated(database_kind, prepared_by=prepare_world)
        made.append((url, open_world(url, workers)))
        return made[-1][1]

    yield make
    for url, world in made:
        world.units.database.dispose()
        databases.drop(database_kind, url)


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    """One of them."""
    return new_world()
