from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.outreach.world import World, make_world
from tests.support.databases import Databases
from tests.support.worlds import copied_world


@pytest.fixture
def world(databases: Databases, database_kind: str) -> Iterator[World]:
    """Two church bodies, the people who log for them, districts and topics, on a database of their own."""
    with copied_world(databases, database_kind, make_world) as (units, world):
        yield replace(world, units=units)
