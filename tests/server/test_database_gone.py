"""A database that goes away under a running application, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from tests.support.application import application, settings_for


@contextmanager
def away(url: URL) -> Iterator[None]:
    """Within it the database has another name."""
    name = str(url.database)
    if url.get_backend_name() == "sqlite":
        Path(name).rename(f"{name}.away")
        yield
        Path(f"{name}.away").rename(name)
        return
    server = url.set(database="postgres")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        rename(connection, name, f"{name}_away")
        yield
        rename(connection, f"{name}_away", name)


def rename(connection: Connection, old: str, new: str) -> None:
    connection.exec_driver_sql(f'ALTER DATABASE "{old}" ALLOW_CONNECTIONS false')
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    connection.exec_driver_sql(ended, (old,))
    connection.exec_driver_sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    connection.exec_driver_sql(f'ALTER DATABASE "{new}" ALLOW_CONNECTIONS true')


def test_a_database_that_goes_and_comes_back(database_url: str, tmp_path: Path) -> None:
    form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
    with application(settings_for(database_url, tmp_path)) as client:
        assert client.post("/oauth/token", data=form).status_code == 401

        with away(make_url(database_url)):
            ready, token = client.get("/readyz"), client.post("/oauth/token", data=form)
            alive = client.get("/healthz")
        after = client.get("/readyz"), client.post("/oauth/token", data=form)

    assert (ready.status_code, ready.json()["reason"]) == (503, "DATABASE_UNAVAILABLE")
    assert (token.status_code, token.json()) == (503, {"error": "temporarily_unavailable"})
    assert token.headers["retry-after"] == "10"
    assert alive.status_code == 200
    assert [answer.status_code for answer in after] == [200, 401]
