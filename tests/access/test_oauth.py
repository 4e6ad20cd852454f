"""The token endpoint: client credentials, and every way to ask wrongly."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient, OAuthToken
from coalition.audit.models import AuditEntry
from tests.access.conftest import People

ALL = "capacity:hold capacity:read partners:read records:read"
GRANT = {"grant_type": "client_credentials"}
VIEWER = {"query": "{ viewer { client permissions organisations { slug } } }"}


def post_secret(people: People, **changes: str) -> dict[str, str]:
    credentials = people.credentials
    form = {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    return {**GRANT, **form, **changes}


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    token = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def ask(client: TestClient, form: dict[str, str], **headers: str) -> Any:
    return client.post("/oauth/token", data=form, headers=headers)


def actions(client: TestClient) -> list[tuple[str, str]]:
    with client.app.state.units.reading() as uow:  # type: ignore[attr-defined]
        entries = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        return [(entry.actor, entry.action) for entry in entries if not entry.actor.startswith("system:")]


def token_count(client: TestClient) -> int:
    with client.app.state.units.reading() as uow:  # type: ignore[attr-defined]
        count: int = uow.db.execute(sa.select(sa.func.count()).select_from(OAuthToken)).scalar_one()
        return count


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
def test_token_with_either_method(client: TestClient, served_people: People, method: str) -> None:
    credentials = served_people.credentials
    if method == "client_secret_post":
        answer = ask(client, post_secret(served_people))
    else:
        answer = ask(client, GRANT, **basic(credentials.client_id, credentials.client_secret))

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    token = body.pop("access_token")
    assert token.count(".") == 2
    assert body == {"token_type": "Bearer", "expires_in": 600, "scope": ALL}
    assert actions(client) == [(f"client:{credentials.client_id}", "client:token:issue")]
    with client.app.state.units.reading() as uow:  # type: ignore[attr-defined]
        kept = uow.db.scalars(sa.select(OAuthToken)).one()
        assert (kept.expires_at - kept.created_at).total_seconds() == 600


@pytest.mark.parametrize(
    ("scope", "given"),
    [
        ("capacity:read", "capacity:read"),
        ("records:read capacity:read", "records:read capacity:read"),
        ("capacity:read  capacity:read", "capacity:read"),
        ("", ALL),
    ],
)
def test_token_with_scopes(sqlite_client: TestClient, sqlite_people: People, scope: str, given: str) -> None:
    answer = ask(sqlite_client, post_secret(sqlite_people, scope=scope))

    assert (answer.status_code, answer.json()["scope"]) == (200, given)


@pytest.mark.parametrize("scope", ["access:administer", "capacity:read activity:log", "Capacity:read", "ș"])
def test_token_beyond_the_scopes_is_refused(
    sqlite_client: TestClient, sqlite_people: People, scope: str
) -> None:
    answer = ask(sqlite_client, post_secret(sqlite_people, scope=scope))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert token_count(sqlite_client) == 0


def test_token_answers_at_graphql(client: TestClient, served_people: People) -> None:
    token = ask(client, post_secret(served_people, scope="capacity:hold")).json()["access_token"]

    answer = client.post("/graphql", json=VIEWER, headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["data"]["viewer"] == {
        "client": served_people.credentials.client_id,
        "permissions": ["capacity:hold", "partners:read", "records:read"],
        "organisations": [{"slug": "lastrada"}],
    }


@pytest.mark.parametrize("method", ["client_secret_post", "client_secret_basic"])
@pytest.mark.parametrize("wrong", ["secret", "empty secret", "client", "no uuid", "nul"])
def test_bad_credentials(client: TestClient, served_people: People, method: str, wrong: str) -> None:
    client_id, secret = served_people.credentials.client_id, served_people.credentials.client_secret
    secret = {"secret": secret[:-1], "empty secret": ""}.get(wrong, secret)
    client_id = {"client": str(uuid4()), "no uuid": "lastrada", "nul": "a\x00b"}.get(wrong, client_id)

    if method == "client_secret_post":
        answer = ask(client, {**GRANT, "client_id": client_id, "client_secret": secret})
    else:
        answer = ask(client, GRANT, **basic(client_id, secret))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="coalition", charset="UTF-8"'
    assert answer.json() == {
        "error": "invalid_client",
        "error_description": "The client is unknown or its secret is wrong.",
    }
    assert actions(client) == [("anonymous", "client:authentication:refuse")]
    assert token_count(client) == 0


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ",
        "Basic ???",
        "Basic /////w==",
        "Basic YQ==",
        "Bearer coat_x",
        b"Basic \xc3\xa9",
        "x" * 5000,
    ],
)
def test_unreadable_authorization(
    sqlite_client: TestClient, sqlite_people: People, authorization: str
) -> None:
    answer = sqlite_client.post("/oauth/token", data=GRANT, headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_client_that_was_ended(client: TestClient, served_people: People) -> None:
    with client.app.state.units.writing() as uow:  # type: ignore[attr-defined]
        uow.db.execute(sa.update(OAuthClient).values(state=ClientState.ENDED))

    assert ask(client, post_secret(served_people)).status_code == 401


@pytest.mark.parametrize("grant", ["authorization_code", "refresh_token"])
def test_grants_that_are_not_for_systems(
    sqlite_client: TestClient, sqlite_people: People, grant: str
) -> None:
    answer = ask(sqlite_client, post_secret(sqlite_people, grant_type=grant))

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("grant", ["password", "implicit", "CLIENT_CREDENTIALS", "ș"])
def test_other_grants(sqlite_client: TestClient, sqlite_people: People, grant: str) -> None:
    answer = ask(sqlite_client, post_secret(sqlite_people, grant_type=grant))

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"grant_type=", "application/x-www-form-urlencoded"),
        (b"scope=capacity:read", "application/x-www-form-urlencoded"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "application/x-www-form-urlencoded"),
        (b"grant_type=%ff%fe", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=1" % n for n in range(60)), "application/x-www-form-urlencoded"),
        (b"grant_type=client_credentials&x=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
        (b"grant_type=client_credentials", "text/plain"),
        (b"grant_type=client_credentials", "multipart/form-data"),
        (b'{"grant_type":"client_credentials"}', "application/json"),
        (b"grant_type=client_credentials", ""),
    ],
)
def test_malformed_requests(sqlite_client: TestClient, sqlite_people: People, body: bytes, kind: str) -> None:
    answer = sqlite_client.post("/oauth/token", content=body, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert answer.headers["cache-control"] == "no-store"
    assert token_count(sqlite_client) == 0


def test_two_ways_to_authenticate_at_once(sqlite_client: TestClient, sqlite_people: People) -> None:
    credentials = sqlite_people.credentials

    answer = ask(
        sqlite_client, post_secret(sqlite_people), **basic(credentials.client_id, credentials.client_secret)
    )

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_two_authorization_headers(sqlite_client: TestClient, sqlite_people: People) -> None:
    headers = [("Authorization", "Basic YTpi"), ("Authorization", "Basic YTpi")]

    answer = sqlite_client.post("/oauth/token", data=GRANT, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods(sqlite_client: TestClient, method: str) -> None:
    answer = sqlite_client.request(method, "/oauth/token")

    assert (answer.status_code, answer.json()) == (405, {"error": "invalid_request"})
    assert answer.headers["allow"] == "POST"


def test_plain_http_from_elsewhere(sqlite_client: TestClient, sqlite_people: People) -> None:
    answer = sqlite_client.post("http://coalition.example/oauth/token", data=post_secret(sqlite_people))

    assert (answer.status_code, answer.json()["error"]) == (400, "insecure_transport")
    assert token_count(sqlite_client) == 0


def test_ended_tokens_go_with_the_next_one(client: TestClient, served_people: People) -> None:
    ask(client, post_secret(served_people))
    ask(client, post_secret(served_people))
    with client.app.state.units.writing() as uow:  # type: ignore[attr-defined]
        first = uow.db.scalars(sa.select(OAuthToken.id).order_by(OAuthToken.created_at)).first()
        ended = sa.update(OAuthToken).where(OAuthToken.id == first)
        uow.db.execute(ended.values(expires_at=OAuthToken.created_at))

    ask(client, post_secret(served_people))

    assert token_count(client) == 2
