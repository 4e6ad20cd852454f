from collections.abc import Iterator

import pytest

from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from tests.assistance.world import World, make_world, same_world
from tests.factories import NOW
from tests.support.databases import Databases
from tests.support.keys import AUDIT_KEY

# The world of each kind of database, as it stands in the template that tests get copies of.
_worlds: dict[str, World] = {}


def _prepare(url: str) -> None:
    database = Database(url)
    _worlds[database.url.get_backend_name()] = make_world(
        Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY)
    )
    database.dispose()


@pytest.fixture
def world(databases: Databases, database_kind: str) -> Iterator[World]:
    """A provider, its church body, a partner and a protected service."""
    url = databases.migrated(database_kind, prepared_by=_prepare)
    database = Database(url)
    yield same_world(_worlds[database_kind], Units(database, audit_key=AUDIT_KEY))
    database.dispose()
    databases.drop(database_kind, url)
