"""Who sent a request: cookie, bearer token, or nobody."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from coalition.access import service
from coalition.access.middleware import SIGN_IN_COOKIE, bearer_token, resolve, resolve_again
from coalition.access.service import create_personal_access_token
from tests.access.conftest import TESTER, People


async def _tell(request: HTTPConnection) -> JSONResponse:
    """What the middleware and `resolve` found; added to the application for these tests."""
    by_bearer_only = await resolve(request, cookie=False)
    again = await resolve_again(request)
    return JSONResponse(
        {
            "subject": request.state.actor.subject,
            "signed_in": request.state.sign_in_id is not None,
            "without_cookie": by_bearer_only.actor.subject,
            "again": again and again.subject,
        }
    )


@pytest.fixture
def caller(client: TestClient) -> TestClient:
    client.app.router.routes.insert(0, Route("/tell", _tell))  # type: ignore[attr-defined]
    return client


def cookie_of(client: TestClient, people: People) -> str:
    state = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        return service.begin_sign_in(uow, state.secrets, people.account_id).token


def token_of(client: TestClient, people: People) -> str:
    state = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        return create_personal_access_token(
            uow, state.secrets, TESTER, account_id=people.account_id, name="Demo"
        )


def test_nobody(caller: TestClient) -> None:
    assert caller.get("/tell").json() == {
        "subject": "anonymous",
        "signed_in": False,
        "without_cookie": "anonymous",
        "again": "anonymous",
    }


def test_cookie(caller: TestClient, served_people: People) -> None:
    caller.cookies.set(SIGN_IN_COOKIE, cookie_of(caller, served_people))

    me = f"account:{served_people.account_id}"
    assert caller.get("/tell").json() == {
        "subject": me,
        "signed_in": True,
        "without_cookie": "anonymous",
        "again": me,
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
def test_bearer(caller: TestClient, served_people: People, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {token_of(caller, served_people)}"}

    me = f"account:{served_people.account_id}"
    assert caller.get("/tell", headers=headers).json() == {
        "subject": me,
        "signed_in": False,
        "without_cookie": me,
        "again": me,
    }


def test_a_cookie_that_ended_is_nobody(caller: TestClient, served_people: People) -> None:
    caller.cookies.set(SIGN_IN_COOKIE, "cs_ended")

    answer = caller.get("/tell")

    assert (answer.status_code, answer.json()["subject"], answer.json()["again"]) == (200, "anonymous", None)


@pytest.mark.parametrize("sent", ["Bearer cpat_ended", "Bearer", "Bearer ", "bearer \x7f"])
def test_a_bad_token_is_never_taken_for_nobody(caller: TestClient, served_people: People, sent: str) -> None:
    caller.cookies.set(SIGN_IN_COOKIE, cookie_of(caller, served_people))

    answer = caller.get("/tell", headers={"Authorization": sent, "Accept-Language": "ro"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="coalition", error="invalid_token"'
    [error] = answer.json()["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


def test_two_tokens_are_a_bad_token(caller: TestClient, served_people: People) -> None:
    good = f"Bearer {token_of(caller, served_people)}"

    answer = caller.get("/tell", headers=[("Authorization", good), ("Authorization", good)])

    assert answer.status_code == 401


def test_other_schemes_do_not_count(caller: TestClient) -> None:
    answer = caller.get("/tell", headers={"Authorization": "Basic YTpi"})

    assert (answer.status_code, answer.json()["subject"]) == (200, "anonymous")


def test_static_files_ask_nobody(caller: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coalition.access.middleware.resolve", None)

    answer = caller.get("/static/site.css", headers={"Authorization": "Bearer cpat_ended"})

    assert answer.status_code == 200


def test_graphql_reads_the_cookie_on_post_only(client: TestClient, served_people: People) -> None:
    client.cookies.set(SIGN_IN_COOKIE, cookie_of(client, served_people))
    query = "{ viewer { permissions } }"

    posted = client.post("/graphql", json={"query": query}).json()
    got = client.get("/graphql", params={"query": query}, headers={"Accept": "application/json"}).json()

    held = ["activity:log", "coalition:read", "records:read"]
    assert posted["data"] == {"viewer": {"permissions": held}}
    assert got["data"] == {"viewer": None}


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        ("Bearer abc", "abc"),
        (" bearer  abc ", "abc"),
        ("Bearer", ""),
        ("Basic abc", None),
        ("", None),
        ("abc", None),
    ],
)
def test_bearer_token(sent: str, token: str | None) -> None:
    assert bearer_token(sent) == token
