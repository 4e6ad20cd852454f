"""The demo coalition on a database of its own, in this process and as a server for browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coalition.access.secrets import load_secrets
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.demo import prepare_demo
from tests.support.application import KEYS, application, settings_for
from tests.support.databases import Databases
from tests.support.server import RunningServer, running_server
from tests.web.site import Site


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which `demo.json` is written."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def prepare(demo_data: Path) -> Callable[[str], None]:
    def work(database_url: str) -> None:
        database = Database(database_url)
        secrets = load_secrets(demo_data, KEYS)
        prepare_demo(
            Units(database, audit_key=secrets.audit_key),
            secrets,
            data_folder=demo_data,
            url="http://127.0.0.1",
            say=lambda _: None,
        )
        database.dispose()

    return work


@pytest.fixture
def site(databases: Databases, prepare: Callable[[str], None], demo_data: Path) -> Iterator[Site]:
    """A browser without scripts on a demo coalition that nobody else changes."""
    url = databases.migrated("sqlite", prepared_by=prepare)
    with application(settings_for(url, demo_data)) as client:
        # The counters lie in the folder that all share; wrong tries of another test are not of this one.
        client.app.state.rates.counters.reset()  # type: ignore[attr-defined]
        yield Site(client, demo_data)
    databases.drop("sqlite", url)


@pytest.fixture(scope="session")
def _shared(databases: Databases, prepare: Callable[[str], None], demo_data: Path) -> Iterator[Site]:
    url = databases.migrated("sqlite", prepared_by=prepare)
    with application(settings_for(url, demo_data)) as client:
        yield Site(client, demo_data)


@pytest.fixture
def reader(_shared: Site) -> Site:
    """A visitor of a demo coalition that tests share: for reading only."""
    _shared.client.cookies.clear()
    return _shared


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with the demo coalition, for browser tests."""
    with running_server(tmp_path_factory.mktemp("served") / "data", arguments=("--demo",)) as server:
        yield server
