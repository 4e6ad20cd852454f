"""The audit log of real servers: sealed by whoever is there, whole after kills, with reads in it."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from coalition.audit.models import AuditEntry
from coalition.core.database import Database
from tests.end_to_end.conftest import Ask, Demo
from tests.end_to_end.documents import LOG, ORGANISATION
from tests.support.server import RunningServer, run_coalition

SECRETS = "{ services(first: 100) { nodes { name contactDesk pools { maximum } } } }"


def _verify(demo: Demo, *arguments: str) -> tuple[int, str]:
    done = run_coalition("audit", *arguments, data=demo.data, database_url=demo.database_url)
    return done.returncode, done.stdout


def _log(ask: Ask, server: RunningServer, token: str, church: str, count: int) -> None:
    given = {
        "organisation": church,
        "kind": "AWARENESS",
        "title": {"ro": "Jurnal"},
        "startsOn": {"date": "2026-10-01"},
        "districts": ["MD-SO"],
    }
    for _ in range(count):
        assert ask(server, token, LOG, input=given)["logActivity"]["userErrors"] == []


def _entries(demo: Demo, action: str) -> list[AuditEntry]:
    database = Database(demo.database_url)
    with database.session(write=False) as db:
        found = list(db.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))
    database.dispose()
    return found


def _wait_until_sealed(demo: Demo) -> int:
    """Wait until the head file stands still for longer than a sealer sleeps; how many it knows."""
    known = -1
    for _ in range(20):
        before, known = known, int(json.loads((demo.data / "audit-head.json").read_text())["count"])
        if before == known:
            return known
        time.sleep(1.5)
    raise AssertionError("never sealed")


@pytest.mark.slow
def test_two_servers_seal_one_log_and_one_is_killed(demo: Demo, ask: Ask) -> None:
    here, there = demo.start(), demo.start()
    reporter = demo.token(here, "reporter", "ubceb")
    church = ask(here, reporter, ORGANISATION, slug="ubceb")["organisation"]["id"]

    _log(ask, here, reporter, church, 5)
    _log(ask, there, reporter, church, 5)
    running = _verify(demo, "verify")
    here.kill()
    _log(ask, there, reporter, church, 5)
    sealed = _wait_until_sealed(demo)
    kept = _verify(demo, "head")[1]
    _log(ask, there, reporter, church, 1)
    assert there.stop() == 0
    stopped = _verify(demo, "verify", "--head", kept)

    assert running[0] == 0
    code, said = stopped
    assert (code, said.splitlines()[-1]) == (
        0,
        f"The audit log is whole; {sealed + 1} entries sealed, 0 not yet sealed.",
    )


@pytest.mark.slow
def test_reading_secrets_by_page_csv_and_graphql_is_written_down(demo: Demo, ask: Ask) -> None:
    server = demo.start()
    coordinator = demo.token(server, "coordinator", "bes")
    partner = demo.token(server, "partner_client", "lastrada")
    headers = {"Authorization": f"Bearer {coordinator}"}

    def read(work: Any) -> set[tuple[str, ...]]:
        before = {entry.id for entry in _entries(demo, "secret:record:read")}
        work()
        new = [entry for entry in _entries(demo, "secret:record:read") if entry.id not in before]
        return {tuple(entry.fields) for entry in new}

    by_graphql = read(lambda: ask(server, coordinator, SECRETS))
    by_partner = read(lambda: ask(server, partner, SECRETS))
    by_csv = read(lambda: httpx2.get(f"{server.url}/services.csv", headers=headers, timeout=60).read())
    by_page = read(lambda: httpx2.get(f"{server.url}/places", headers=headers, timeout=60).read())
    by_nobody = read(lambda: httpx2.get(f"{server.url}/services.csv", timeout=60).read())

    assert by_graphql == {("contact_desk", "name", "pools"), ("contact_desk",), ("maximum",)}
    assert by_partner == {("contact_desk",)}
    assert ("district", "name", "source") in by_csv
    assert by_page != set()
    assert by_nobody == set()
