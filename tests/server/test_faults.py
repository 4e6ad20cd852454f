"""A database that is locked, full, read-only or gone: a clear answer in every form, and nothing changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from coalition.access import service
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.oauth.models import OAuthToken
from coalition.core.database import Database
from tests.access.conftest import People, make_people
from tests.support.application import application, settings_for
from tests.support.databases import Databases

Breaking = Callable[[Database], Iterator[None]]


@contextmanager
def locked(database: Database) -> Iterator[None]:
    with closing(sqlite3.connect(str(database.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(database: Database) -> Iterator[None]:
    with pragma(database, "PRAGMA max_page_count=1"):
        yield


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    with pragma(database, "PRAGMA query_only=ON"):
        yield


@contextmanager
def gone(database: Database) -> Iterator[None]:
    file = Path(str(database.url.database))
    file.rename(file.with_suffix(".away"))
    yield
    file.with_suffix(".away").rename(file)


@contextmanager
def pragma(database: Database, statement: str) -> Iterator[None]:
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(statement)

    event.listen(database.write_engine, "checkout", limit)
    yield
    event.remove(database.write_engine, "checkout", limit)
    database.dispose()


BROKEN = [
    pytest.param(locked, "DATABASE_BUSY", "1", id="locked"),
    pytest.param(full, "STORAGE_FULL", "60", id="full"),
    pytest.param(read_only, "DATABASE_READ_ONLY", "60", id="read-only"),
    pytest.param(gone, "DATABASE_UNAVAILABLE", "10", id="gone"),
]


@pytest.fixture
def client(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr("coalition.core.database.SQLITE_BUSY_MILLISECONDS", 50)
    url = databases.migrated("sqlite")
    with application(settings_for(url, tmp_path)) as found:
        yield found
    databases.drop("sqlite", url)


@pytest.fixture
def people(client: TestClient) -> People:
    with client.app.state.units.writing() as uow:  # type: ignore[attr-defined]
        return make_people(uow, client.app.state.secrets)  # type: ignore[attr-defined]


def tokens(database: Database) -> int:
    with database.session(write=False) as db:
        count: int = db.execute(sa.select(sa.func.count()).select_from(OAuthToken)).scalar_one()
        return count


@pytest.mark.parametrize(("breaking", "code", "retry"), [case for case in BROKEN if case.id != "full"])
def test_oauth(client: TestClient, people: People, breaking: Breaking, code: str, retry: str) -> None:
    database: Database = client.app.state.units.database  # type: ignore[attr-defined]
    form = {
        "grant_type": "client_credentials",
        "client_id": people.credentials.client_id,
        "client_secret": people.credentials.client_secret,
    }
    with breaking(database):  # type: ignore[attr-defined]
        answer = client.post("/oauth/token", data=form)

    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert answer.headers["retry-after"] == retry
    assert tokens(database) == 0
    assert client.post("/oauth/token", data=form).status_code == 200


@pytest.mark.parametrize(("breaking", "code", "retry"), BROKEN)
def test_page(client: TestClient, people: People, breaking: Breaking, code: str, retry: str) -> None:
    state = client.app.state  # type: ignore[attr-defined]

    async def write(_request: Request) -> JSONResponse:
        with state.units.writing() as uow:
            # Enough to need new pages of the file.
            for _ in range(300):
                service.begin_sign_in(uow, state.secrets, people.account_id)
        return JSONResponse({})

    client.app.router.routes.insert(0, Route("/write", write))  # type: ignore[attr-defined]
    with breaking(state.units.database):  # type: ignore[attr-defined]
        answer = client.get("/write", headers={"Accept-Language": "en"})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == retry
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Just a moment, please</h1>" in answer.text
    assert client.get("/write").status_code == 200


def test_a_caller_who_cannot_be_found_out(client: TestClient, people: People) -> None:
    client.cookies.set(SIGN_IN_COOKIE, "cs_any")
    with gone(client.app.state.units.database):  # type: ignore[attr-defined]
        page = client.get("/privacy")
        graphql = client.post("/graphql", json={"query": "{ viewer { client } }"})

    assert page.status_code == 503
    assert graphql.status_code == 503
    assert graphql.json()["errors"][0]["extensions"] == {"code": "DATABASE_UNAVAILABLE"}


def test_readyz_tells_the_reason_and_healthz_does_not_care(client: TestClient) -> None:
    with gone(client.app.state.units.database):  # type: ignore[attr-defined]
        ready, alive = client.get("/readyz"), client.get("/healthz")
    after = client.get("/readyz")

    assert (ready.status_code, ready.json()["reason"]) == (503, "DATABASE_UNAVAILABLE")
    assert ready.headers["retry-after"] == "5"
    assert (alive.status_code, after.status_code) == (200, 200)


def test_a_removed_file_is_neither_written_nor_made_again(client: TestClient, people: People) -> None:
    state = client.app.state  # type: ignore[attr-defined]
    file = Path(str(state.units.database.url.database))
    with ExitStack() as stack:
        stack.enter_context(gone(state.units.database))
        with pytest.raises(Exception, match="DATABASE_UNAVAILABLE"), state.units.writing() as uow:
            service.begin_sign_in(uow, state.secrets, people.account_id)
        assert not file.exists()


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/graphql", "application/json"), ("/oauth/token", "application/json"), ("/page", "text/html")],
)
def test_unexpected_errors(client: TestClient, path: str, kind: str) -> None:
    async def fail(_request: Request) -> JSONResponse:
        raise RuntimeError("secret detail")

    client.app.router.routes.insert(0, Route(path, fail, methods=["POST"]))  # type: ignore[attr-defined]

    answer = client.post(path)

    assert answer.status_code == 500
    assert answer.headers["content-type"].partition(";")[0] == kind
    assert "secret detail" not in answer.text
    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/oauth/nothing", 404, {"error": "invalid_request"}),
        ("POST", "/healthz", 405, None),
    ],
)
def test_refusals(client: TestClient, method: str, path: str, status: int, body: object) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    if body is not None:
        assert answer.json() == body
    else:
        assert answer.json()["errors"][0]["extensions"] == {"code": "METHOD_NOT_ALLOWED"}
        assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
