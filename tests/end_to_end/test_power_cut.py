"""A server killed while clients log: nothing acknowledged is lost, and nothing is stored twice."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.database import Database
from coalition.core.idempotency import DeedKey
from tests.end_to_end.conftest import Ask, Demo
from tests.end_to_end.documents import LOG, ORGANISATION
from tests.support.server import RunningServer

CLIENTS = 8
ROUNDS = 3
ACKNOWLEDGED_BEFORE_THE_CUT = 30


def _given(church: str, client_id: str) -> dict[str, Any]:
    return {
        "clientId": client_id,
        "organisation": church,
        "kind": "AWARENESS",
        "title": {"ro": "Sub presiune"},
        "startsOn": {"date": "2026-10-01"},
        "districts": ["MD-SO"],
        "reach": [{"count": 3}],
    }


class Clients:
    """Eight clients that log one activity after the other until the server is gone."""

    def __init__(self, server: RunningServer, token: str, church: str) -> None:
        self._server, self._token, self._church = server, token, church
        self.sent: set[str] = set()
        self.acknowledged: set[str] = set()
        self.enough = threading.Event()
        self._threads = [threading.Thread(target=self._log) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _log(self) -> None:
        with httpx2.Client(headers={"Authorization": f"Bearer {self._token}"}, timeout=30) as client:
            while True:
                client_id = str(uuid.uuid4())
                self.sent.add(client_id)
                body = {"query": LOG, "variables": {"input": _given(self._church, client_id)}}
                try:
                    answer = client.post(f"{self._server.url}/graphql", json=body).json()
                except (httpx2.HTTPError, ValueError):
                    return
                if (answer.get("data") or {}).get("logActivity", {}).get("activity"):
                    self.acknowledged.add(client_id)
                    if len(self.acknowledged) >= ACKNOWLEDGED_BEFORE_THE_CUT:
                        self.enough.set()


def _stored(url: str) -> dict[str, uuid.UUID]:
    database = Database(url)
    with database.session(write=False) as db:
        rows = db.execute(sa.select(DeedKey.client_id, DeedKey.subject_id)).all()
    database.dispose()
    return {str(client_id): subject for client_id, subject in rows}


def _logged(url: str) -> list[uuid.UUID]:
    """The subjects of the audit entries about logging, one for each deed."""
    database = Database(url)
    with database.session(write=False) as db:
        found = list(
            db.scalars(sa.select(AuditEntry.subject_id).where(AuditEntry.action == "outreach:activity:log"))
        )
    database.dispose()
    return found


@pytest.mark.slow
def test_killed_server_loses_nothing_that_it_acknowledged(demo: Demo, ask: Ask) -> None:
    sent: set[str] = set()
    acknowledged: set[str] = set()
    for _ in range(ROUNDS):
        server = demo.start()
        token = demo.token(server, "reporter", "ubceb")
        church = ask(server, token, ORGANISATION, slug="ubceb")["organisation"]["id"]
        clients = Clients(server, token, church)
        clients.start()
        reached = clients.enough.wait(timeout=120)
        server.kill()
        clients.join()
        assert reached
        sent |= clients.sent
        acknowledged |= clients.acknowledged
    after_the_cuts = _stored(demo.database_url)

    server = demo.start()
    for client_id in sorted(sent):
        done = ask(server, token, LOG, input=_given(church, client_id))["logActivity"]
        assert (done["userErrors"], done["replayed"]) == ([], client_id in after_the_cuts)

    assert acknowledged - set(after_the_cuts) == set()
    stored = _stored(demo.database_url)
    assert set(stored) == sent
    assert sorted(_logged(demo.database_url)) == sorted(stored.values())
