from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest

from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from tests.factories import NOW
from tests.intake.files import RecordFolder
from tests.support.databases import Databases
from tests.support.keys import AUDIT_KEY


def load_shipped_record(url: str) -> None:
    """Load the shipped record into the migrated database at `url`."""
    database = Database(url)
    report = load_record(Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY))
    database.dispose()
    assert report.problems == []


@contextmanager
def _loaded(databases: Databases, kind: str) -> Iterator[Units]:
    url = databases.migrated(kind, prepared_by=load_shipped_record)
    database = Database(url)
    yield Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY)
    database.dispose()
    databases.drop(kind, url)


@pytest.fixture(scope="session")
def _shipped_by_kind(databases: Databases) -> Iterator[Callable[[str], Units]]:
    with ExitStack() as opened:
        yield cache(lambda kind: opened.enter_context(_loaded(databases, kind)))


@pytest.fixture
def shipped(_shipped_by_kind: Callable[[str], Units], database_kind: str) -> Units:
    """The shipped record, shared by all tests of a worker that only read."""
    return _shipped_by_kind(database_kind)


@pytest.fixture
def loaded(databases: Databases, database_kind: str) -> Iterator[Units]:
    """Units of work on a database of the test's own that holds the shipped record."""
    with _loaded(databases, database_kind) as units:
        yield units


@pytest.fixture
def loaded_sqlite(databases: Databases) -> Iterator[Units]:
    """The same on SQLite alone, for what does not touch the database's own ways."""
    with _loaded(databases, "sqlite") as units:
        yield units


@pytest.fixture
def folder(tmp_path: Path) -> RecordFolder:
    """A copy of the shipped record, to be changed."""
    return RecordFolder(tmp_path / "record")
