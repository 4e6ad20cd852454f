"""Every answer of every route carries the security headers, and nothing invites other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from coalition.access import service
from coalition.access.models import Account
from coalition.server.headers import ALWAYS
from tests.access.conftest import HASH, PASSWORD
from tests.graphql.world import prepare_world
from tests.support.application import application, settings_for
from tests.support.databases import Databases

EMAIL = "reporter@demo.invalid"
METHODS = ("GET", "POST", "PUT")


@pytest.fixture(scope="module")
def client(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    url = databases.migrated("sqlite", prepared_by=prepare_world)
    with application(settings_for(url, tmp_path_factory.mktemp("data"))) as found:
        found.follow_redirects = False
        yield found
    databases.drop("sqlite", url)


@pytest.fixture(scope="module")
def cookie(client: TestClient) -> str:
    """The sign-in of a reporter, whose password is `PASSWORD`."""
    state: Any = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        account = uow.db.scalars(sa.select(Account).where(Account.email == EMAIL)).one()
        account.password_hash = HASH
        return service.begin_sign_in(uow, state.secrets, account.id).token


def addresses(client: TestClient) -> list[str]:
    """One address of each route of the application; pages are the same behind a language."""
    found = []
    for route in client.app.routes:  # type: ignore[attr-defined]
        path = "/static/site.css" if isinstance(route, Mount) else route.path
        if not isinstance(route, WebSocketRoute) and "{language" not in path:
            found.append(re.sub(r"\{[^}]+\}", "x", path))
    return found


def missing(headers: Any) -> set[str]:
    """What an answer should have and lacks, or has and should not."""
    faults = {name for name in ALWAYS if name not in headers}
    faults |= {name for name in headers if name.startswith("access-control-")}
    policy = headers.get("content-security-policy", "")
    if "frame-ancestors 'none'" not in policy or "base-uri 'none'" not in policy:
        faults.add("weak policy")
    if "unsafe" in policy:
        faults.add("unsafe policy")
    if "cookie" in headers.get("vary", "").lower() and "public" in headers["cache-control"]:
        faults.add("kept for others")
    return faults


def test_every_route_with_every_method(client: TestClient) -> None:
    asked = [
        *addresses(client),
        "/nowhere",
        "/static/nothing",
        "/static/../x",
        "/log/",
        "//example.org/",
        "/%00",
    ]

    answers = {(method, path): client.request(method, path) for path in asked for method in METHODS}

    assert len(addresses(client)) > 40
    faults = {asked: missing(answer.headers) for asked, answer in answers.items()}
    assert {asked: found for asked, found in faults.items() if found} == {}
    playground = client.get("/graphql", headers={"Accept": "text/html"})
    assert "/static/vendor/graphiql" in playground.text
    assert missing(playground.headers) == set()
    assert {200, 303, 307, 400, 404, 405} <= {answer.status_code for answer in answers.values()}
    assert [asked for asked, answer in answers.items() if answer.status_code >= 500] == []


def test_what_is_personal_is_not_stored(client: TestClient, cookie: str) -> None:
    client.cookies.clear()
    signed_in = {"Cookie": f"coalition_sign_in={cookie}"}
    paths = [path for path in addresses(client) if not path.startswith("/static/")]

    kept = {path: client.get(path, headers=signed_in).headers["cache-control"] for path in paths}

    assert {path: words for path, words in kept.items() if words != "no-store"} == {}
    assert client.get("/privacy").headers["cache-control"] == "no-cache"
    assert client.post("/graphql", json={"query": "{ __typename }"}).headers["cache-control"] == "no-store"
    assert (
        client.get("/static/site.css?v=1").headers["cache-control"] == "public, max-age=31536000, immutable"
    )


@pytest.mark.parametrize("path", ["/graphql", "/oauth/token", "/readyz", "/en/privacy"])
def test_faults_and_refusals(client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    async def fail(_request: Request) -> JSONResponse:
        raise RuntimeError

    routes = client.app.router.routes  # type: ignore[attr-defined]
    monkeypatch.setattr(client.app.router, "routes", [Route(path, fail, methods=["PATCH"]), *routes])  # type: ignore[attr-defined]

    failed = client.patch(path)
    large = client.post(
        path, content=b"x" * 200_000, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    token = client.get(path, headers={"Authorization": "Bearer cpat_wrong"})

    assert failed.status_code == 500
    assert [missing(answer.headers) for answer in (failed, large, token)] == [set(), set(), set()]


def test_policies_are_strict(client: TestClient) -> None:
    page = client.get("/en/privacy").headers
    json = client.get("/healthz").headers

    assert page["content-security-policy"] == (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert json["content-security-policy"].startswith("default-src 'none'")
    assert page["x-content-type-options"] == json["x-content-type-options"] == "nosniff"
    assert page["cross-origin-opener-policy"] == page["cross-origin-resource-policy"] == "same-origin"
    assert "strict-transport-security" not in page


def test_over_tls(client: TestClient, cookie: str) -> None:
    client.cookies.clear()
    page = client.get("https://coalition.example/en/sign-in")
    form = {"form_token": re.findall(r'name="form_token" value="([^"]+)"', page.text)[0]}
    sent = {**form, "email": EMAIL, "password": PASSWORD}
    signed_in = client.post("https://coalition.example/en/sign-in", data=sent)

    assert page.headers["strict-transport-security"] == "max-age=31536000"
    visitor, sign_in = page.headers["set-cookie"], signed_in.headers["set-cookie"]
    assert signed_in.status_code == 303
    for header, name in ((visitor, "__Host-coalition_visitor"), (sign_in, "__Host-coalition_sign_in")):
        assert header.startswith(f"{name}=")
        given = {part.strip().lower().partition("=")[0] for part in header.split(";")[1:]}
        assert given - {"expires"} == {"httponly", "path", "samesite", "secure"}
        assert "path=/;" in f"{header.lower()};"
    # A name that another host under the same domain could set does not count.
    planted = signed_in.headers["set-cookie"].partition("=")[2].partition(";")[0]
    client.cookies.clear()
    answer = client.get("https://coalition.example/log", headers={"Cookie": f"coalition_sign_in={planted}"})
    assert answer.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "origin", ["https://example.org", "null", "http://testserver.example.org", "http://testserver:81"]
)
def test_sockets_of_other_sites_are_refused(client: TestClient, origin: str) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/graphql", ["graphql-transport-ws"], headers={"Origin": origin}),
    ):
        pass

    with client.websocket_connect(
        "/graphql", ["graphql-transport-ws"], headers={"Origin": "http://testserver"}
    ):
        pass


def test_no_cross_origin_answer_to_a_preflight(client: TestClient) -> None:
    asked = {
        "Origin": "https://example.org",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }

    answers = [client.options(path, headers=asked) for path in ("/graphql", "/oauth/token", "/log")]
    plain = client.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"Origin": "https://example.org"}
    )

    assert [answer.status_code for answer in answers] == [405, 405, 405]
    assert [missing(answer.headers) for answer in (*answers, plain)] == [set()] * 4


def test_health_needs_no_data_folder(tmp_path: Path, databases: Databases) -> None:
    url = databases.migrated("sqlite")
    with application(settings_for(url, tmp_path)) as found:
        assert missing(found.get("/healthz").headers) == set()
    databases.drop("sqlite", url)
