"""Fixtures that every test may use; the helpers behind them live in tests/support.

`database_url`        an empty, migrated database; the test runs once on SQLite and once on PostgreSQL
`bare_database_url`   the same without any table, for tests of migrations
`units`               opens units of work on such a database; its clock stands still at `tests.factories.NOW`
`databases`           makes more of them, also prepared: `databases.migrated(kind, prepared_by=load_record)`
`browser`             a headless Chromium for the module; marks the test `browser`
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.both_ways import both_ways
from tests.support.databases import KINDS, Databases, DatabaseServer, PostgreSQLServer, SQLiteFolder
from tests.support.network import loopback_and_unix_sockets_only
from tests.support.postgresql import postgresql_url

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from coalition.core.unit_of_work import Units


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=[*KINDS, "both"],
        default="both",
        help="which databases to run tests on (default: both)",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = metafunc.definition.iter_markers("parametrize")
    if "database_kind" in metafunc.fixturenames and all(
        "database_kind" not in mark.args[0] for mark in marks
    ):
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database_kind", KINDS if chosen == "both" else [chosen])


# These rooms send no SQL of their own: once is enough for a quick run, and `--all` runs them on both.
_ABOVE_THE_DATABASE = ("graphql", "matrix", "privacy", "web")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        if _is_repeated(item):
            item.add_marker(pytest.mark.repeated)


def _is_repeated(item: pytest.Item) -> bool:
    """Whether it asks PostgreSQL what another test asks SQLite, through rooms without SQL of their own."""
    if item.config.getoption("--database") != "both":
        return False
    kind = getattr(item, "callspec", None) and item.callspec.params.get("database_kind")
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    return kind == "postgresql" and room in _ABOVE_THE_DATABASE


# What the matrix asks is compared with the page of access itself, and would take twice as long.
_ASKED_ONE_WAY = ("matrix", "adversary")


@pytest.fixture(autouse=True)
def _answered_both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """Answer every query from its plan and field by field, and compare."""
    room = request.path.relative_to(Path(__file__).parent).parts[0]
    if room in _ASKED_ONE_WAY:
        yield
        return
    with both_ways():
        yield


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In continuous integration a skipped test is a failed run: nothing passes unseen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cells of docs/access.md were compared, and how many of them were wrong."""
    reports = [each for found in terminalreporter.stats.values() for each in found]
    for kind in KINDS:
        counted = [
            dict(each.user_properties)
            for each in reports
            if getattr(each, "when", "") == "teardown" and kind in each.nodeid
        ]
        cells = sum(found.get("cells", 0) for found in counted)
        if cells:
            wrong = sum(found.get("wrong", 0) for found in counted)
            terminalreporter.write_line(f"docs/access.md on {kind}: {cells} cells, {wrong} wrong")


@pytest.fixture(scope="session", autouse=True)
def _loopback_and_unix_sockets_only() -> Iterator[None]:
    with loopback_and_unix_sockets_only():
        yield


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Databases]:
    """Databases for this worker; a server is started when the first test asks for its kind."""
    own_folder = tmp_path_factory.getbasetemp()
    session_folder = own_folder if worker_id == "master" else own_folder.parent
    with ExitStack() as servers:
        made = Databases(_server_of(tmp_path_factory.mktemp("sqlite"), session_folder, servers))
        yield made
        made.drop_templates()


def _server_of(
    sqlite_folder: Path, session_folder: Path, servers: ExitStack
) -> Callable[[str], DatabaseServer]:
    @cache
    def server_of(kind: str) -> DatabaseServer:
        if kind == "sqlite":
            return SQLiteFolder(sqlite_folder)
        return PostgreSQLServer(servers.enter_context(postgresql_url(session_folder)))

    return server_of


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    """The URL of an empty database at the newest migration, for this test alone."""
    url = databases.migrated(database_kind)
    yield url
    databases.drop(database_kind, url)


@pytest.fixture
def units(database_url: str) -> Iterator[Units]:
    """Units of work on an empty, migrated database."""
    from coalition.core.database import Database
    from coalition.core.unit_of_work import Units
    from tests.factories import NOW
    from tests.support.keys import AUDIT_KEY

    database = Database(database_url)
    yield Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY)
    database.dispose()


@pytest.fixture
def bare_database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    """The URL of a database without any table, for this test alone."""
    url = databases.bare(database_kind)
    yield url
    databases.drop(database_kind, url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; open pages with `browser.new_page(viewport=…)` and close them.

    It ends with its module: while it is there an event loop runs in this thread, so no test can run its own.
    """
    from tests.support.browser import running_chromium

    with running_chromium() as chromium:
        yield chromium
