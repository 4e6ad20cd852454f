"""Redirect addresses are compared letter by letter; only a program's own port is free."""

from __future__ import annotations

import pytest

from coalition.access.oauth import consent
from coalition.access.oauth.consent import Asked, Refusal
from coalition.access.oauth.models import OAuthCode, OAuthToken
from coalition.access.oauth.redirects import is_registered
from tests.access.oauth.flows import LOOPBACK, REDIRECT, Flows

MUTATED = (
    "",
    "https://app.example/cb",
    "https://app.example/cb?",
    "https://app.example/cb?from=coalition&x=1",
    "https://app.example/cb?from=coalition#",
    "https://app.example/cb?from=coalition#fragment",
    "https://app.example/cb?from=Coalition",
    "https://app.example/cb?from=coalition ",
    " https://app.example/cb?from=coalition",
    "https://app.example/cb?from=coalition\n",
    "https://app.example/cb?from=coalition%00",
    "https://app.example/cb?from=%63oalition",
    "https://app.example/cb/?from=coalition",
    "https://app.example/CB?from=coalition",
    "https://app.example//cb?from=coalition",
    "https://app.example/./cb?from=coalition",
    "https://app.example/x/../cb?from=coalition",
    "https://app.example/cb/../evil?from=coalition",
    "https://app.example/c%62?from=coalition",
    "https://app.example:443/cb?from=coalition",
    "https://app.example:8443/cb?from=coalition",
    "https://app.example./cb?from=coalition",
    "https://APP.example/cb?from=coalition",
    "HTTPS://app.example/cb?from=coalition",
    "http://app.example/cb?from=coalition",
    "https://app.example.evil.example/cb?from=coalition",
    "https://evil.example/cb?from=coalition",
    "https://evil.example/https://app.example/cb?from=coalition",
    "https://app.example@evil.example/cb?from=coalition",
    "https://user@app.example/cb?from=coalition",
    "https://evil.example#https://app.example/cb?from=coalition",
    "https://evil.example\\@app.example/cb?from=coalition",
    "https:app.example/cb?from=coalition",
    "//app.example/cb?from=coalition",
    "/cb?from=coalition",
    "https://аpp.example/cb?from=coalition",
    "javascript:alert(1)//https://app.example/cb?from=coalition",
    "data:text/html,https://app.example/cb?from=coalition",
    "https://127.0.0.1/cb?from=coalition",
    "https://other.example/cb",
)


def test_mutated_addresses_are_never_gone_to(sqlite_flows: Flows) -> None:
    assert len(set(MUTATED)) == len(MUTATED) >= 30
    for address in MUTATED:
        assert sqlite_flows.ask(sqlite_flows.request(redirect_uri=address)) == Refusal(
            "invalid_request", None
        ), address
    assert sqlite_flows.ask(sqlite_flows.request(redirect_uri=None)) == Refusal("invalid_request", None)

    assert isinstance(sqlite_flows.ask(sqlite_flows.request()), Asked)


def test_faults_of_a_request_go_to_no_address_that_is_not_the_clients(sqlite_flows: Flows) -> None:
    elsewhere = "https://evil.example/cb"
    for changes in ({"response_type": "token"}, {"scope": "access:administer"}, {"code_challenge": "x"}):
        refused = sqlite_flows.ask(sqlite_flows.request(redirect_uri=elsewhere, **changes))
        assert isinstance(refused, Refusal)
        assert refused.redirect is None
    for response_type in (None, "", "token", "code token", "ș\n"):
        refused = sqlite_flows.ask(sqlite_flows.request(response_type=response_type))
        assert isinstance(refused, Refusal)
        assert refused.error == "unsupported_response_type"
        assert str(refused.redirect).startswith(REDIRECT)
    unknown = sqlite_flows.ask(sqlite_flows.request(client_id="5c0ffee0-0000-4000-8000-000000000000"))
    assert unknown == Refusal("invalid_client", None)


def test_doubled_parameters_are_refused(sqlite_flows: Flows) -> None:
    for name in ("redirect_uri", "client_id", "state", "scope", "code_challenge", "code_challenge_method"):
        sent = [*sqlite_flows.request().items(), (name, sqlite_flows.request()[name])]
        with sqlite_flows.units.reading() as uow:
            person, secrets = sqlite_flows.person(uow), sqlite_flows.state.secrets

            assert consent.ask(uow, secrets, person, sent, issuer="http://127.0.0.1") == Refusal(
                "invalid_request", None
            ), name


def test_code_is_bound_to_its_address(sqlite_flows: Flows) -> None:
    for address in (None, "https://app.example/cb", "https://other.example/cb"):
        code = sqlite_flows.allow(sqlite_flows.request())["code"]

        answer = sqlite_flows.redeem(code, redirect_uri=address)

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (sqlite_flows.count(OAuthCode), sqlite_flows.count(OAuthToken)) == (3, 0)


def test_only_a_programs_own_port_is_free(sqlite_flows: Flows) -> None:
    with_port = "http://127.0.0.1:51234/cb"
    wrong = ("http://127.0.0.1:51234/cb2", "http://localhost/cb", "http://[::1]/cb", "https://127.0.0.1/cb")

    assert sqlite_flows.tokens(sqlite_flows.program, redirect_uri=with_port)["access_token"]
    for address in (*wrong, "http://127.0.0.1:99999/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:1@x/cb"):
        asked = sqlite_flows.request(sqlite_flows.program, redirect_uri=address)
        assert sqlite_flows.ask(asked) == Refusal("invalid_request", None), address


@pytest.mark.parametrize(
    ("address", "registered", "any_port", "expected"),
    [
        (REDIRECT, REDIRECT, False, True),
        (LOOPBACK, LOOPBACK, False, True),
        ("http://127.0.0.1:80/cb", LOOPBACK, True, True),
        ("http://127.0.0.1:80/cb", LOOPBACK, False, False),
        ("http://[::1]:80/cb", "http://[::1]:1/cb", True, True),
        ("http://[::1]:80/cb", LOOPBACK, True, False),
        ("http://127.0.0.1:80/cb#x", LOOPBACK, True, False),
        ("https://app.example:1/cb", "https://app.example/cb", True, False),
    ],
)
def test_is_registered(address: str, registered: str, any_port: bool, expected: bool) -> None:
    assert is_registered(address, [registered], any_port=any_port) is expected
