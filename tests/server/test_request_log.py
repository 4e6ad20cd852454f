"""One line for each request, findable by its id, without query, body or token."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from coalition.server import logs
from coalition.server.request_log import shown_path
from tests.support.application import application, settings_for


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    with application(settings_for(database_url, tmp_path)) as found:
        yield found


def test_request_is_logged_without_its_query(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "coalition.request")

    client.get("/healthz?name=Ana", headers={"Authorization": "Bearer cpat_secret"})

    [line] = [vars(record)["fields"] for record in caplog.records if record.name == "coalition.request"]
    assert line.pop("duration_ms") >= 0  # type: ignore[operator]
    assert line == {"method": "GET", "path": "/healthz", "status": 200}


def test_request_id_is_made_or_taken_from_a_proxy(client: TestClient) -> None:
    made = client.get("/healthz").headers["x-request-id"]
    taken = client.get("/healthz", headers={"X-Request-Id": "proxy-1.2_3"}).headers["x-request-id"]
    refused = client.get("/healthz", headers={"X-Request-Id": "a b" + "x" * 99}).headers["x-request-id"]

    assert len(made) == len(refused) == 32
    assert made != refused
    assert taken == "proxy-1.2_3"


def test_line_carries_the_id_of_the_answer(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    try:
        logs.configure("INFO")
        answer = client.get("/nowhere/at/all")
    finally:
        root.handlers = handlers
        root.setLevel(level)

    written = map(json.loads, capsys.readouterr().err.splitlines())
    [line] = [line for line in written if line["logger"] == "coalition.request"]
    assert (line["request_id"], line["status"]) == (answer.headers["x-request-id"], 404)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/welcome/col_secret", "/welcome/…"),
        ("/ro/welcome/col_secret", "/ro/welcome/…"),
        ("/reset/7HQD-5V4Y", "/reset/…"),
        ("/ru/reset/7HQD-5V4Y", "/ru/reset/…"),
        ("/o/ubceb", "/o/ubceb"),
        ("/" + "x" * 500, "/" + "x" * 199),
    ],
)
def test_shown_path(path: str, shown: str) -> None:
    assert shown_path(path) == shown
