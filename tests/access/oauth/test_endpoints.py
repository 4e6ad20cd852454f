"""Introspection, revocation, metadata and keys, and how every one of these addresses answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from starlette.testclient import TestClient

from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.oauth.metadata import FOR_MACHINES
from coalition.access.oauth.models import OAuthToken
from coalition.access.service import begin_sign_in
from tests.access.oauth.flows import SCOPES, Flows
from tests.support.application import application, settings_for
from tests.support.tokens import ISSUER

POSTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/device_authorization")


def test_introspection_tells_a_client_of_its_own_tokens(flows: Flows) -> None:
    tokens, app, other = flows.tokens(), flows.app, flows.other

    def told(token: str, credentials: dict[str, str]) -> Any:
        return flows.post("/oauth/introspect", {"token": token, **credentials}).json()

    access = told(tokens["access_token"], app.credentials)
    times = access.pop("iat"), access.pop("exp")
    assert times[1] - times[0] == 600
    assert {**access, "jti": ""} == {
        "active": True,
        "client_id": app.client_id,
        "iss": ISSUER,
        "aud": f"{ISSUER}/graphql",
        "sub": str(flows.people.account_id),
        "scope": " ".join(SCOPES),
        "token_type": "Bearer",
        "jti": "",
    }
    assert told(tokens["refresh_token"], app.credentials)["active"] is True
    for token in (tokens["access_token"], tokens["refresh_token"]):
        assert told(token, other.credentials) == {"active": False}
    for nonsense in ("x", "cort_x", "cpat_x", "ey.ey.ey"):
        assert told(nonsense, app.credentials) == {"active": False}

    flows.end(OAuthToken)

    assert told(tokens["access_token"], app.credentials) == {"active": False}


def test_introspection_and_revocation_want_to_know_who_asks(sqlite_flows: Flows) -> None:
    tokens = sqlite_flows.tokens(sqlite_flows.program)
    public, app = sqlite_flows.program.credentials, sqlite_flows.app.credentials

    def status(path: str, **form: str) -> tuple[int, str | None]:
        answer = sqlite_flows.post(path, form)
        return answer.status_code, answer.json().get("error")

    token = tokens["access_token"]
    assert status("/oauth/introspect", token=token) == (401, "invalid_client")
    assert status("/oauth/introspect", token=token, **public) == (401, "invalid_client")
    assert status("/oauth/introspect", **app) == (400, "invalid_request")
    assert status("/oauth/revoke", token=token) == (401, "invalid_client")
    assert status("/oauth/revoke", token=token, **app) == (400, "invalid_grant")
    assert status("/oauth/revoke", **public) == (400, "invalid_request")
    assert status("/oauth/revoke", token="unknown", **public) == (200, None)
    assert sqlite_flows.works(token)
    assert status("/oauth/revoke", token=token, token_type_hint="nonsense", **public) == (200, None)
    assert not sqlite_flows.works(token)


def test_metadata_is_what_rfc_8414_asks_for(sqlite_flows: Flows) -> None:
    found = sqlite_flows.http.get("/.well-known/oauth-authorization-server")
    body = found.json()

    # Authlib's own check knows https only.
    secure = {
        name: value.replace("http://", "https://") if isinstance(value, str) else value
        for name, value in body.items()
    }
    AuthorizationServerMetadata(secure).validate()
    assert (body["issuer"], body["code_challenge_methods_supported"]) == (ISSUER, ["S256"])
    assert body["response_types_supported"] == ["code"]
    assert body["authorization_response_iss_parameter_supported"] is True
    places = {value for name, value in body.items() if name.endswith(("_endpoint", "_uri"))}
    assert places == {f"{ISSUER}{path}" for path in (*POSTS, "/oauth/authorize", "/oauth/jwks.json")}


def test_keys_are_there_before_the_first_token(sqlite_flows: Flows) -> None:
    [key] = sqlite_flows.http.get("/oauth/jwks.json").json()["keys"]

    assert {**key, "x": "", "y": "", "kid": ""} == {
        "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "x": "", "y": "", "kid": "",
    }  # fmt: skip
    assert sqlite_flows.http.get("/oauth/jwks.json").json()["keys"] == [key]


def test_public_address_of_the_settings_is_the_issuer(database_url: str, tmp_path: Any) -> None:
    settings = replace(settings_for(database_url, tmp_path), url="https://coalition.example")
    with application(settings) as client:
        body = client.get("/.well-known/oauth-authorization-server").json()

    assert (body["issuer"], body["token_endpoint"]) == (
        "https://coalition.example",
        "https://coalition.example/oauth/token",
    )


@pytest.mark.parametrize("host", ["", "a b", "evil.example/path", "a@b", "[::1", "127.0.0.1:x", "ș"])
def test_request_that_names_no_host_has_no_issuer(sqlite_client: TestClient, host: str) -> None:
    answer = sqlite_client.get(
        "/.well-known/oauth-authorization-server",
        headers=[(b"host", host.encode())],  # type: ignore[list-item]
    )

    assert answer.status_code in (200, 400)
    assert answer.json().get("issuer", "") == ""


def test_no_cookie_counts_where_machines_ask(sqlite_flows: Flows) -> None:
    """A browser that is signed in adds nothing, and what comes back is stored nowhere."""
    with sqlite_flows.units.writing() as uow:
        cookie = begin_sign_in(uow, sqlite_flows.state.secrets, sqlite_flows.people.account_id).token
    sqlite_flows.http.cookies.set(SIGN_IN_COOKIE, cookie)
    for path in POSTS:
        answer = sqlite_flows.post(path, {"grant_type": "client_credentials", "token": "x"})
        assert answer.status_code == 401, path
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        wrong = sqlite_flows.http.get(path)
        assert (wrong.status_code, wrong.json()) == (405, {"error": "invalid_request"})
    for path in FOR_MACHINES - set(POSTS):
        answer = sqlite_flows.http.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")


def test_token_for_another_api_is_not_given(sqlite_flows: Flows) -> None:
    elsewhere = "https://other.example/graphql"
    refused: Any = sqlite_flows.ask(sqlite_flows.request(resource=elsewhere))
    assert (refused.error, "error=invalid_target" in refused.redirect) == ("invalid_target", True)

    tokens = sqlite_flows.tokens(resource=f"{ISSUER}/graphql")
    answer = sqlite_flows.refresh(tokens["refresh_token"], resource=elsewhere)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
