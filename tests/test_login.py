"""Signing in on the command line, as far as it needs no browser: whatever a coalition can answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from coalition import login
from coalition.login import LoginFailed, StoredLogin

URL = "https://coalition.example.org"
PLACES = {
    "issuer": URL,
    "device_authorization_endpoint": f"{URL}/oauth/device_authorization",
    "token_endpoint": f"{URL}/oauth/token",
    "revocation_endpoint": f"{URL}/oauth/revoke",
}
ASKED = {
    "device_code": "d",
    "user_code": "BCDF-GHJK",
    "verification_uri": f"{URL}/device",
    "verification_uri_complete": f"{URL}/device?user_code=BCDF-GHJK",
    "expires_in": 600,
    "interval": 5,
}
TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in": 600}


class Coalition:
    """Answers each request with the next of its answers for the last part of the path."""

    def __init__(self, **answers: list[tuple[int, Any]]) -> None:
        self.answers = {"oauth-authorization-server": [(200, PLACES)], **answers}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        name = request.url.path.rpartition("/")[2]
        self.asked.append((name, request.content.decode()))
        found = self.answers.get(name)
        if not found:
            raise httpx2.ConnectError("nobody", request=request)
        status, body = found[0] if len(found) == 1 else found.pop(0)
        return httpx2.Response(status, json=body, request=request)


class Hands:
    """What is said, and a clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> float:
        return sum(self.slept)


Meet = Callable[[Coalition], Hands]


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Meet:
    """Let the program speak to an invented coalition."""

    def work(coalition: Coalition) -> Hands:
        transport = httpx2.MockTransport(coalition)
        monkeypatch.setattr(login, "_client", lambda: httpx2.Client(transport=transport))
        return Hands()

    return work


def log_in(hands: Hands, file: Path, url: str = URL) -> StoredLogin:
    return login.log_in(url, file, say=hands.said.append, sleep=hands.sleep, now=hands.now)


def test_address_and_code_are_shown_and_tokens_stored(meet: Meet, tmp_path: Path) -> None:
    waits = [(400, {"error": "authorization_pending"}), (400, {"error": "slow_down"}), (200, TOKENS)]
    hands = meet(Coalition(device_authorization=[(200, ASKED)], token=waits))
    file = tmp_path / "login.json"

    stored = log_in(hands, file)

    assert f"{URL}/device and type the code BCDF-GHJK" in hands.said[0]
    # It is slower after it was told to be.
    assert hands.slept == [5, 5, 10]
    assert stored == StoredLogin(URL, "a", "r", 620)
    assert json.loads(file.read_text("utf-8"))["refresh_token"] == "r"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, {"error": "access_denied"}), "You denied it"),
        ((400, {"error": "expired_token"}), "The code has expired"),
        ((400, {"error": "authorization_pending"}), "The code has expired"),
        ((200, {"token_type": "Bearer"}), "without a token"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_stored(
    meet: Meet, tmp_path: Path, answer: tuple[int, Any], words: str
) -> None:
    hands = meet(Coalition(device_authorization=[(200, ASKED)], token=[answer]))

    with pytest.raises(LoginFailed, match=words):
        log_in(hands, tmp_path / "login.json")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("coalition", "url", "words"),
    [
        (Coalition(), "http://coalition.example.org", "Give the address of a coalition"),
        (Coalition(**{"oauth-authorization-server": []}), URL, f"{URL} does not answer"),
        (Coalition(**{"oauth-authorization-server": [(404, None)]}), URL, "is no coalition"),
        (
            Coalition(
                **{"oauth-authorization-server": [(200, {**PLACES, "issuer": "https://evil.example.org"})]}
            ),
            URL,
            "calls itself https://evil.example.org",
        ),
        (Coalition(device_authorization=[(401, {"error": "invalid_client"})]), URL, "invalid_client"),
    ],
)
def test_where_nobody_can_sign_in(
    meet: Meet, tmp_path: Path, coalition: Coalition, url: str, words: str
) -> None:
    with pytest.raises(LoginFailed, match=words):
        log_in(meet(coalition), tmp_path / "login.json", url)


def stored(file: Path, expires_at: float) -> None:
    file.write_text(
        json.dumps({"url": URL, "access_token": "old", "refresh_token": "r", "expires_at": expires_at}),
        "utf-8",
    )


def test_ended_token_is_taken_anew_before_it_is_used(meet: Meet, tmp_path: Path) -> None:
    file = tmp_path / "login.json"
    stored(file, 100)
    coalition = Coalition(token=[(200, {**TOKENS, "refresh_token": "next"})], graphql=[(200, {"data": {}})])
    meet(coalition)

    assert login.ask("{ a }", {}, file, now=lambda: 90) == {"data": {}}

    assert json.loads(file.read_text("utf-8"))["refresh_token"] == "next"
    assert [name for name, _ in coalition.asked] == ["oauth-authorization-server", "token", "graphql"]


def test_sign_in_that_was_ended_elsewhere_says_so(meet: Meet, tmp_path: Path) -> None:
    file = tmp_path / "login.json"
    stored(file, 0)
    meet(Coalition(token=[(400, {"error": "invalid_grant"})]))

    with pytest.raises(LoginFailed, match="has ended, or was ended"):
        login.ask("{ a }", {}, file)


def test_signing_out_revokes_and_forgets_whatever_happens(meet: Meet, tmp_path: Path) -> None:
    file = tmp_path / "login.json"
    for coalition, count in ((Coalition(revoke=[(200, {})]), 0), (Coalition(), 1)):
        stored(file, 0)
        hands = meet(coalition)

        login.log_out(file, say=hands.said.append)

        assert ("token=r" in coalition.asked[-1][1], len(hands.said), file.exists()) == (True, count, False)


def test_place_follows_the_specification() -> None:
    assert login.login_file({"XDG_CONFIG_HOME": "/c"}) == Path("/c/coalition/login.json")
    for given in ({}, {"XDG_CONFIG_HOME": "relative"}):
        assert login.login_file(given) == Path.home() / ".config" / "coalition" / "login.json"
