"""Real servers on the demo: what only shows over the network and between processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.application import with_record
from tests.support.databases import Databases
from tests.support.server import RunningServer, start_server


@dataclass
class Demo:
    """Servers on one demo coalition; every one shares its data folder and database."""

    data: Path
    database_url: str
    servers: ExitStack

    def start(self) -> RunningServer:
        """One more server process; ended with the test."""
        server = start_server(self.data, database_url=self.database_url, arguments=("--demo",))
        self.servers.callback(server.kill)
        return server

    def _secrets(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data / "demo.json").read_text("utf-8"))
        return found

    def token(self, server: RunningServer, role: str, organisation: str) -> str:
        """A bearer token of a demo account, or a fresh one of the partner's system."""
        secrets = self._secrets()
        for account in secrets["accounts"]:
            if (account["role"], account["organisation"]) == (role, organisation):
                return str(account["token"])
        [client] = secrets["clients"]
        answer = httpx2.post(
            f"{server.url}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        )
        return str(answer.json()["access_token"])


@pytest.fixture
def demo(databases: Databases, database_kind: str, tmp_path: Path) -> Iterator[Demo]:
    """A demo coalition on a database that holds the public record."""
    url = databases.migrated(database_kind, prepared_by=with_record)
    with ExitStack() as servers:
        yield Demo(tmp_path / "data", url, servers)
    databases.drop(database_kind, url)


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask() -> Ask:
    """Send a document to a server and return its `data`; an error fails the test."""

    def send(server: RunningServer, token: str | None, document: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx2.post(
            f"{server.url}/graphql",
            json={"query": document, "variables": variables},
            headers=headers,
            timeout=60,
        ).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    return send
