"""Signing in and out in a browser, and the cookie."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from coalition.access import links, web_links, web_sign_in
from coalition.access.enums import LinkPurpose
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import SignIn
from coalition.audit.models import AuditEntry
from coalition.core.errors import Refused
from tests.access.conftest import PASSWORD, TESTER, People


async def _in(request: Request) -> JSONResponse:
    response = JSONResponse({})
    try:
        path = await web_sign_in.sign_in(request, response, **await request.json())
    except web_sign_in.SignInRefused as refused:
        return JSONResponse({"code": refused.code})
    response.headers["x-path"] = path
    return response


async def _out(request: Request) -> JSONResponse:
    response = JSONResponse({})
    await web_sign_in.sign_out(request, response)
    return response


async def _welcome(request: Request) -> JSONResponse:
    response = JSONResponse({})
    sent = await request.json()
    try:
        await web_links.use(request, response, purpose=LinkPurpose.INVITATION, **sent)
    except Refused as refused:
        return JSONResponse({"code": refused.faults[0].code})
    return response


@pytest.fixture
def browser_of(client: TestClient) -> TestClient:
    routes = client.app.router.routes  # type: ignore[attr-defined]
    for path, endpoint in (("/in", _in), ("/out", _out), ("/welcomed", _welcome)):
        routes.insert(0, Route(path, endpoint, methods=["POST"]))
    return client


def sign_ins(client: TestClient) -> int:
    with client.app.state.units.reading() as uow:  # type: ignore[attr-defined]
        count: int = uow.db.execute(sa.select(sa.func.count()).select_from(SignIn)).scalar_one()
        return count


def actions(client: TestClient) -> list[str]:
    with client.app.state.units.reading() as uow:  # type: ignore[attr-defined]
        entries = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id))
        return [entry.action for entry in entries if entry.actor != "system:test"]


@pytest.mark.parametrize(("address", "secure"), [("http://127.0.0.1", False), ("https://coalition.md", True)])
def test_sign_in_and_out(
    browser_of: TestClient, served_people: People, address: str, *, secure: bool
) -> None:
    answer = browser_of.post(f"{address}/in", json={"email": "ana@example.org", "password": PASSWORD})

    cookie = answer.headers["set-cookie"]
    name = f"__Host-{SIGN_IN_COOKIE}" if secure else SIGN_IN_COOKIE
    assert cookie.startswith(f"{name}=cs_")
    attributes = {part.strip().partition("=")[0].lower() for part in cookie.split(";")[1:]}
    assert attributes == {"expires", "httponly", "path", "samesite"} | ({"secure"} if secure else set())
    assert "samesite=lax" in cookie.lower()
    assert sign_ins(browser_of) == 1

    answer = browser_of.post(f"{address}/out")

    assert f'{name}=""' in answer.headers["set-cookie"]
    assert sign_ins(browser_of) == 0
    assert actions(browser_of) == ["account:sign_in:start", "account:sign_in:end"]


def test_sign_in_refused(browser_of: TestClient, served_people: People) -> None:
    answer = browser_of.post("/in", json={"email": "ana@example.org", "password": "something else"})

    assert answer.json() == {"code": "SIGN_IN_REFUSED"}
    assert "set-cookie" not in answer.headers
    assert sign_ins(browser_of) == 0
    assert actions(browser_of) == ["account:sign_in:refuse"]


def test_sign_out_without_sign_in(browser_of: TestClient, served_people: People) -> None:
    answer = browser_of.post("/out")

    assert answer.status_code == 200
    assert actions(browser_of) == []


def test_welcome_signs_in_with_the_new_password(browser_of: TestClient, served_people: People) -> None:
    state = browser_of.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        path = links.issue_one_time_link(uow, state.secrets, TESTER, served_people.account_id)
    code = path.removeprefix("/welcome/")

    short = browser_of.post("/welcomed", json={"code": code, "password": "short"})
    good = browser_of.post("/welcomed", json={"code": code, "password": "long enough for all"})
    again = browser_of.post("/welcomed", json={"code": code, "password": "long enough for all"})

    assert short.json() == {"code": "PASSWORD_TOO_SHORT"}
    assert good.headers["set-cookie"].startswith(f"{SIGN_IN_COOKIE}=cs_")
    assert again.json() == {"code": "LINK_ENDED"}
    assert sign_ins(browser_of) == 1
    assert actions(browser_of) == ["account:password:set", "account:sign_in:start"]
