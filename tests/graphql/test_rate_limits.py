"""Requests counted on their way in: for whom, how a refusal looks, and what is free."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from coalition.access import service
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.rates import Party, PartyKind
from coalition.access.service import create_personal_access_token
from coalition.settings import DEFAULTS, Settings
from tests.access.conftest import TESTER, People, make_people
from tests.support.application import application, settings_for
from tests.support.databases import Databases
from tests.support.server import running_server

QUERY = {"query": "{ viewer { client } }"}
Open = Callable[..., TestClient]


@pytest.fixture
def settings(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    url = databases.migrated("sqlite")
    yield settings_for(url, tmp_path)
    databases.drop("sqlite", url)


@pytest.fixture
def opened(settings: Settings) -> Iterator[Open]:
    """Opens the application with limits; twice is two processes of one installation."""
    with ExitStack() as stack:

        def open_with(caller: str = "off", network: str = "off") -> TestClient:
            limited = replace(settings, rate_limit=caller, network_rate_limit=network)
            client = stack.enter_context(application(limited))
            client.app.state.rates.clock = client.app.state.rates.counters._clock = lambda: 1_000_000.0
            return client

        yield open_with


def people_in(client: TestClient) -> People:
    state: Any = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        return make_people(uow, state.secrets)


def bearer(client: TestClient, people: People) -> dict[str, str]:
    state: Any = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        token = create_personal_access_token(
            uow, state.secrets, TESTER, account_id=people.account_id, name="Demo"
        )
    return {"Authorization": f"Bearer {token}"}


def token_form(people: People, **changes: str) -> dict[str, str]:
    client_id, secret = people.credentials.client_id, people.credentials.client_secret
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return {**form, **changes}


def statuses(ask: Callable[[], httpx2.Response], times: int) -> list[int]:
    """The runs of equal statuses, as status and length one after the other."""
    runs = itertools.groupby(ask().status_code for _ in range(times))
    return [number for status, run in runs for number in (status, len(list(run)))]


def test_refusal_in_each_form(opened: Open) -> None:
    client = opened(network="1/10seconds")
    first = client.post("/graphql", json=QUERY, headers={"Accept-Language": "ru"})

    graphql = client.post("/graphql", json=QUERY, headers={"Accept-Language": "ru"})
    token = client.post("/oauth/token", data={})
    page = client.get("/privacy", headers={"Accept-Language": "ro"})

    assert (first.status_code, first.headers["ratelimit"]) == (200, '"network";r=0;t=10')
    assert [answer.status_code for answer in (graphql, token, page)] == [429, 429, 429]
    assert {answer.headers["retry-after"] for answer in (graphql, token, page)} == {"10"}
    assert {answer.headers["ratelimit-policy"] for answer in (graphql, token, page)} == {'"network";q=1;w=10'}
    words = "За короткое время было слишком много запросов. Подождите 10 секунд и продолжайте."
    assert graphql.json() == {"errors": [{"message": words, "extensions": {"code": "RATE_LIMITED"}}]}
    assert token.json()["error"] == "temporarily_unavailable"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Așteptați puțin și încercați din nou." in page.text


def test_every_kind_of_request_counts_one_and_health_and_files_nothing(opened: Open) -> None:
    client = opened(network="100/10seconds")

    def left() -> int:
        return int(client.get("/privacy").headers["ratelimit"].partition("r=")[2].partition(";")[0])

    start = left()
    for path in ("/healthz", "/readyz", "/static/site.css"):
        assert "ratelimit" not in client.get(path).headers
    asked = [
        client.get("/graphql", params={"query": "{ __typename }"}),
        client.post("/graphql", content=b"x" * 70_000, headers={"Content-Type": "application/json"}),
        client.post("/graphql", content=b"{", headers={"Content-Type": "application/json"}),
        client.post("/graphql", data={"query": "{ __typename }"}),
        client.post("/graphql", json=QUERY, headers={"Authorization": "Bearer cpat_wrong"}),
        client.post("/oauth/token", data={}),
        client.get("/services.csv"),
        client.get("/nowhere"),
        client.put("/privacy"),
    ]

    assert [answer.status_code for answer in asked] == [200, 413, 400, 415, 401, 400, 200, 404, 405]
    assert start - left() == len(asked) + 1


def at_once(client: TestClient, times: int, headers: dict[str, str]) -> Counter[int]:
    """The statuses of so many requests at the same time."""
    # A token is good at the address that it was given at.
    named = {"host": "127.0.0.1", **headers}
    sent = [(name.lower().encode(), value.encode()) for name, value in named.items()]

    async def one() -> int:
        heard: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            heard.append(message)

        # An address that is refused in few words: here the number of requests matters.
        scope = {
            "type": "http", "method": "PUT", "path": "/oauth/nothing", "query_string": b"", "root_path": "",
            "scheme": "http", "headers": sent, "client": ("192.0.2.1", 1), "server": None,
        }  # fmt: skip
        await client.app(scope, receive, send)
        status: int = heard[0]["status"]
        return status

    async def all_of_them() -> Counter[int]:
        return Counter(await asyncio.gather(*(one() for _ in range(times))))

    assert client.portal
    return client.portal.call(all_of_them)


def test_default_limits_admit_twelve_hundred_of_a_client_an_account_and_a_network(opened: Open) -> None:
    client = opened(caller=DEFAULTS["COALITION_RATE_LIMIT"], network=DEFAULTS["COALITION_NETWORK_RATE_LIMIT"])
    people = people_in(client)
    token = client.post("/oauth/token", data=token_form(people)).json()["access_token"]
    limits = client.app.state.rates  # type: ignore[attr-defined]
    limits.counters.reset()
    callers = [
        ({}, Party(PartyKind.VISITORS, "192.0.2.1")),
        (bearer(client, people), Party(PartyKind.ACCOUNT, str(people.account_id))),
        ({"Authorization": f"Bearer {token}"}, Party(PartyKind.CLIENT, people.credentials.client_id)),
    ]

    for headers, party in callers:
        # Most of them are only counted: finding out who calls takes longer than this test needs.
        for _ in range(1100):
            limits.charge_here(Party(PartyKind.NETWORK, "192.0.2.1"), party)
        assert at_once(client, 100, headers) == {404: 100}
        for _ in range(290):
            limits.charge_here(party)
        assert at_once(client, 20, headers) == {404: 10, 429: 10}


def test_accounts_behind_one_network_and_their_visitors(opened: Open) -> None:
    client = opened(caller="3/10seconds")
    people = people_in(client)
    by_token = bearer(client, people)
    with client.app.state.units.writing() as uow:  # type: ignore[attr-defined]
        cookie = service.begin_sign_in(uow, client.app.state.secrets, people.account_id).token  # type: ignore[attr-defined]

    assert statuses(lambda: client.post("/graphql", json=QUERY), 5) == [200, 3, 429, 2]
    assert statuses(lambda: client.post("/graphql", json=QUERY, headers=by_token), 2) == [200, 2]
    # The same account by cookie: what is left is one.
    client.cookies.set(SIGN_IN_COOKIE, cookie)
    assert statuses(lambda: client.get("/log"), 2) == [200, 1, 429, 1]
    # At GraphQL GET does not read the cookie, and wrong tokens count for visitors, who have nothing left.
    client.cookies.set(SIGN_IN_COOKIE, "cs_wrong")
    assert client.get("/privacy").status_code == 429
    assert client.post("/graphql", json=QUERY, headers={"Authorization": "Bearer x"}).status_code == 429


def test_nobody_uses_up_a_client_by_naming_it(opened: Open) -> None:
    client = opened(caller="2/10seconds")
    people = people_in(client)
    wrong = token_form(people, client_secret="wrong")

    assert statuses(lambda: client.post("/oauth/token", data=wrong), 3) == [401, 2, 429, 1]
    client.app.state.rates.counters.reset()  # type: ignore[attr-defined]
    assert statuses(lambda: client.post("/oauth/token", data=token_form(people)), 1) == [200, 1]


def test_processes_of_one_installation_count_together(opened: Open) -> None:
    one, two = opened(network="4/10seconds"), opened(network="4/10seconds")

    answers = [client.get("/privacy").status_code for client in (one, two, one, two, one, two)]

    assert answers == [200, 200, 200, 200, 429, 429]


def test_forwarded_addresses_count_only_from_trusted_proxies(opened: Open) -> None:
    client = opened(network="2/10seconds")
    behind = ProxyHeadersMiddleware(client.app, trusted_hosts="10.0.0.1")  # type: ignore[arg-type]

    def asked(peer: str, forwarded: str) -> int:
        # Without entering it: the application is running already.
        visitor = TestClient(behind, client=(peer, 50_000))  # type: ignore[arg-type]
        return visitor.get("/privacy", headers={"X-Forwarded-For": forwarded}).status_code

    stranger = [asked("203.0.113.9", f"192.0.2.{number}") for number in range(3)]
    proxied = [asked("10.0.0.1", f"192.0.2.{number}") for number in range(3)]
    one_network = [asked("10.0.0.1", f"2001:db8:1:2::{number}") for number in range(3)]
    invented = [asked("10.0.0.1", f"192.0.2.{number}, 198.51.100.7") for number in range(3)]

    assert stranger == [200, 200, 429]
    assert proxied == [200, 200, 200]
    assert one_network == [200, 200, 429]
    assert invented == [200, 200, 429]


def test_operations_over_a_socket(opened: Open) -> None:
    client = opened(caller="3/10seconds")
    people = people_in(client)
    payload = {"authorization": bearer(client, people)["Authorization"]}

    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init", "payload": payload})
        assert socket.receive_json()["type"] == "connection_ack"
        seen = []
        for number in range(4):
            socket.send_json({"type": "subscribe", "id": str(number), "payload": QUERY})
            answer = socket.receive_json()
            if answer["type"] == "next":
                assert socket.receive_json()["type"] == "complete"
            seen.append(answer)

    assert [answer["type"] for answer in seen] == ["next", "next", "next", "error"]
    [error] = seen[-1]["payload"]
    assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 10}
    assert error["message"].startswith("There were too many requests")


def test_opening_sockets(opened: Open) -> None:
    client = opened(caller="1/10seconds")
    with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]):
        pass

    with (
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]),
    ):
        pass

    response: Any = caught.value
    assert (response.status_code, response.headers["retry-after"]) == (429, "10")


def test_counters_in_trouble_refuse_nobody(opened: Open, settings: Settings) -> None:
    (settings.data / "rates.sqlite3").mkdir()
    client = opened(caller="2/10seconds")

    assert statuses(lambda: client.post("/graphql", json=QUERY), 3) == [200, 2, 429, 1]


@pytest.mark.slow
def test_two_servers_count_together(tmp_path: Path) -> None:
    data = tmp_path / "data"
    limit = {"COALITION_RATE_LIMIT": "50/hour", "COALITION_TRUSTED_PROXIES": "192.0.2.1"}
    with (
        running_server(data, arguments=("--demo",), environment=limit) as one,
        running_server(data, arguments=("--demo",), environment=limit) as two,
        httpx2.Client(headers={"X-Forwarded-For": "198.51.100.7"}) as client,
    ):
        urls = [server.url for server in (one, two)]
        answers = [client.get(f"{urls[number % 2]}/privacy").status_code for number in range(60)]

    assert answers == [200] * 50 + [429] * 10
