"""Live events across two server processes, with what each subscriber may hear."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from tests.end_to_end.conftest import Ask, Demo
from tests.end_to_end.documents import CONFIRM, LOG, ORGANISATION, PLACES
from tests.support.server import RunningServer

PATIENCE = 20
LOGGED = 'subscription { activityLogged(district: "Soroca") { code lead { slug } } }'
CHANGED = "subscription { capacityChanged { available state } }"


@contextmanager
def listening(server: RunningServer, token: str | None, document: str) -> Iterator[Queue[Any]]:
    """What a subscriber over server-sent events hears, until the context ends."""
    heard: Queue[Any] = Queue()
    headers = {"Accept": "text/event-stream"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with httpx2.Client(timeout=httpx2.Timeout(10, read=PATIENCE * 3)) as client:
        request = client.build_request(
            "POST", f"{server.url}/graphql", json={"query": document}, headers=headers
        )
        response = client.send(request, stream=True)
        assert response.status_code == 200

        def read() -> None:
            try:
                for line in response.iter_lines():
                    if line.startswith("data: {"):
                        heard.put(json.loads(line.removeprefix("data: ")))
            except httpx2.HTTPError:
                return

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        yield heard
        response.close()


def _log(ask: Ask, server: RunningServer, token: str, church: str, visibility: str) -> str:
    given = {
        "organisation": church,
        "kind": "AWARENESS",
        "title": {"ro": visibility.lower()},
        "startsOn": {"date": "2026-10-01"},
        "districts": ["MD-SO"],
        "visibility": visibility,
    }
    done = ask(server, token, LOG, input=given)["logActivity"]
    assert done["userErrors"] == []
    return str(done["activity"]["code"])


@pytest.mark.slow
def test_activity_logged_reaches_who_may_see_it_in_another_process(demo: Demo, ask: Ask) -> None:
    here, there = demo.start(), demo.start()
    reporter = demo.token(there, "reporter", "ubceb")
    church = ask(there, reporter, ORGANISATION, slug="ubceb")["organisation"]["id"]

    with listening(here, reporter, LOGGED) as own, listening(here, None, LOGGED) as anonymous:
        # A stream is answered before its subscription stands in the feed; the first event proves it does.
        codes = [_log(ask, there, reporter, church, each) for each in ("COALITION", "PUBLIC")]
        heard = [own.get(timeout=PATIENCE), own.get(timeout=PATIENCE), anonymous.get(timeout=PATIENCE)]

    assert [each["data"]["activityLogged"]["code"] for each in heard] == [*codes, codes[1]]
    assert anonymous.empty()


@pytest.mark.slow
def test_activity_logged_over_a_socket(demo: Demo, ask: Ask) -> None:
    here, there = demo.start(), demo.start()
    reporter = demo.token(there, "reporter", "ubceb")
    church = ask(there, reporter, ORGANISATION, slug="ubceb")["organisation"]["id"]
    address = here.url.replace("http", "ws", 1) + "/graphql"

    with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        socket.send(
            json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {reporter}"}})
        )
        assert json.loads(socket.recv(timeout=PATIENCE))["type"] == "connection_ack"
        for number, document in (("1", LOGGED), ("2", "{ __typename }")):
            socket.send(json.dumps({"id": number, "type": "subscribe", "payload": {"query": document}}))
        answered = [json.loads(socket.recv(timeout=PATIENCE))["id"] for _ in range(2)]
        code = _log(ask, there, reporter, church, "PRIVATE")
        heard = json.loads(socket.recv(timeout=PATIENCE))

    assert answered == ["2", "2"]
    assert heard["payload"]["data"]["activityLogged"] == {"code": code, "lead": {"slug": "ubceb"}}


@pytest.mark.slow
def test_capacity_changed_of_a_protected_pool_reaches_its_provider_alone(demo: Demo, ask: Ask) -> None:
    here, there = demo.start(), demo.start()
    provider = demo.token(there, "coordinator", "bes")
    others = [
        demo.token(here, *post)
        for post in (("coordinator", "moc"), ("auditor", "coalition"), ("partner_client", "lastrada"))
    ]
    [service] = ask(there, provider, PLACES)["services"]["nodes"]
    given = {"pool": service["pools"][0]["id"], "maximum": 10, "occupied": 9}

    with (
        listening(here, provider, CHANGED) as own,
        listening(here, others[0], CHANGED) as church,
        listening(here, others[1], CHANGED) as auditor,
        listening(here, others[2], CHANGED) as partner,
    ):
        assert ask(there, provider, CONFIRM, input=given)["confirmCapacity"]["userErrors"] == []
        heard = own.get(timeout=PATIENCE)

    assert heard["data"] == {"capacityChanged": {"available": 1, "state": "OPEN"}}
    assert [each.qsize() for each in (church, auditor, partner)] == [0, 0, 0]
