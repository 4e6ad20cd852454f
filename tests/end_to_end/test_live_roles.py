"""A stream that is open already follows the roles of its subscriber, and ends with the server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.end_to_end.conftest import Ask, Demo
from tests.end_to_end.documents import LOG, ORGANISATION
from tests.end_to_end.test_live import LOGGED, PATIENCE, listening
from tests.support.server import RunningServer

ROLES = "{ people(first: 100) { nodes { id roles { id roleType { code } organisation { slug } } } } }"
GIVE = "mutation ($input: GiveRoleInput!) { giveRole(input: $input) { userErrors { code } } }"
END = "mutation ($input: EndRoleInput!) { endRole(input: $input) { userErrors { code } } }"


def _log(ask: Ask, server: RunningServer, token: str, church: str, visibility: str) -> str:
    """Log an activity that these readers may hear of; returns its code."""
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


@contextmanager
def _socket(server: RunningServer, token: str) -> Iterator[ClientConnection]:
    """A socket on which activities are heard."""
    address = server.url.replace("http", "ws", 1) + "/graphql"
    with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(socket.recv(timeout=PATIENCE))["type"] == "connection_ack"
        socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": LOGGED}}))
        yield socket


def _code(heard: Any) -> str:
    return str(heard["data"]["activityLogged"]["code"])


@pytest.mark.slow
def test_open_streams_hear_what_the_roles_of_the_moment_allow(demo: Demo, ask: Ask) -> None:
    server = demo.start()
    reporter, coordinator = demo.token(server, "reporter", "ubceb"), demo.token(server, "coordinator", "bes")
    administrator = demo.token(server, "administrator", "coalition")
    church = ask(server, coordinator, ORGANISATION, slug="bes")["organisation"]["id"]
    ubceb = ask(server, coordinator, ORGANISATION, slug="ubceb")["organisation"]["id"]
    people = ask(server, administrator, ROLES)["people"]["nodes"]
    [(person, role)] = [
        (each["id"], held["id"])
        for each in people
        for held in each["roles"]
        if held["organisation"]["slug"] == "ubceb"
    ]

    with listening(server, reporter, LOGGED) as stream, _socket(server, reporter) as socket:

        def heard() -> tuple[str, str]:
            message = json.loads(socket.recv(timeout=PATIENCE))
            return _code(stream.get(timeout=PATIENCE)), _code(message["payload"])

        first = _log(ask, server, coordinator, church, "COALITION")
        assert heard() == (first, first)

        assert ask(server, administrator, END, input={"role": role})["endRole"]["userErrors"] == []
        _log(ask, server, coordinator, church, "COALITION")
        public = _log(ask, server, coordinator, church, "PUBLIC")
        assert heard() == (public, public)

        given = {"person": person, "organisation": ubceb, "roleType": "reporter"}
        assert ask(server, administrator, GIVE, input=given)["giveRole"]["userErrors"] == []
        again = _log(ask, server, coordinator, church, "COALITION")
        assert heard() == (again, again)
        assert stream.empty()


def _hear_all(socket: ClientConnection, types: list[str]) -> None:
    """Note the types of messages until the socket is closed."""
    while True:
        types.append(json.loads(socket.recv(timeout=PATIENCE))["type"])


@pytest.mark.slow
def test_sigterm_ends_an_open_socket(demo: Demo) -> None:
    """That it ends streams of server-sent events is in `test_cli`."""
    server = demo.start()

    with _socket(server, demo.token(server, "reporter", "ubceb")) as socket:
        begun = time.monotonic()
        code = server.stop()
        took = time.monotonic() - begun
        ended: list[str] = []
        with pytest.raises(ConnectionClosed):
            _hear_all(socket, ended)

    assert code == 0
    assert set(ended) <= {"complete"}
    assert took < PATIENCE / 2
