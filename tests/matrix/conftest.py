"""The matrix once for each kind of database, shared by all tests that only read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cache

import pytest

from coalition.graphql.context import Runtime
from coalition.graphql.feed import Feed
from coalition.graphql.workers import make_workers
from tests.graphql.world import SECRETS
from tests.matrix.asking import NODES, Asking, truths
from tests.matrix.browsing import Browsing, browsing
from tests.matrix.comparing import Expecting, Report
from tests.matrix.world import make_matrix
from tests.support.databases import Databases
from tests.support.worlds import copied_world


@pytest.fixture(scope="session")
def workers() -> Iterator[ThreadPoolExecutor]:
    """The threads that execute requests."""
    threads = make_workers()
    yield threads
    threads.shutdown()


@pytest.fixture(scope="session")
def _asked_of(
    databases: Databases, workers: ThreadPoolExecutor
) -> Iterator[Callable[[str], tuple[Asking, Expecting]]]:
    with ExitStack() as opened:

        @cache
        def of(kind: str) -> tuple[Asking, Expecting]:
            units, matrix = opened.enter_context(copied_world(databases, kind, make_matrix))
            asking = Asking(Runtime(units, SECRETS, Feed(units.database), workers), matrix)
            truth = {key: value for name in NODES for key, value in truths(asking, name).items()}
            return asking, Expecting(matrix, truth)

        yield of


@pytest.fixture
def asking(_asked_of: Callable[[str], tuple[Asking, Expecting]], database_kind: str) -> Asking:
    """The small coalition of `facts.py`, to be asked and not to be changed."""
    return _asked_of(database_kind)[0]


@pytest.fixture
def expecting(_asked_of: Callable[[str], tuple[Asking, Expecting]], database_kind: str) -> Expecting:
    """What docs/access.md says of it."""
    return _asked_of(database_kind)[1]


@pytest.fixture(scope="session")
def _browser_of(
    _asked_of: Callable[[str], tuple[Asking, Expecting]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Browsing]]:
    with ExitStack() as opened:

        @cache
        def of(kind: str) -> Browsing:
            asking = _asked_of(kind)[0]
            url = asking.runtime.units.database.url.render_as_string(hide_password=False)
            return opened.enter_context(browsing(url, tmp_path_factory.mktemp("data"), asking.matrix))

        yield of


@pytest.fixture
def browser(_browser_of: Callable[[str], Browsing], database_kind: str) -> Browsing:
    """The whole application on the same database."""
    return _browser_of(database_kind)


@pytest.fixture
def report(asking: Asking, record_property: Callable[[str, object], None]) -> Iterator[Report]:
    """Counts cells; the count stands at the end of the test run."""
    counted = Report(asking.matrix)
    yield counted
    record_property("cells", counted.cells)
    record_property("wrong", len(counted.wrong))
