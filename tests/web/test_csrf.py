"""Forms take nothing from other sites: every address that takes one, and GraphQL with a cookie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.access.links import issue_one_time_link
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import Account
from coalition.access.service import begin_sign_in
from coalition.core.actor import system_actor
from coalition.tables import metadata
from coalition.web.forms import VISITOR_COOKIE
from coalition.web.language import local_path
from coalition.web.routes import PAGES
from tests.web.site import Site

TAKES_FORMS = sorted(path for path, _, methods in PAGES if "POST" in methods)
# The others are open to a coordinator, or to visitors.
OF_THE_COUNCIL = {"/clients/approve", "/clients/refuse", "/trainings/plan"}
VISITED = {
    *(path for path in TAKES_FORMS if path.startswith("/sign-in")),
    "/passkey/options",
    *(path for path in TAKES_FORMS if path.startswith(("/welcome", "/reset", "/forgot"))),
}
FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Origin": "https://example.org"},
    {"Origin": "http://127.0.0.1.example.org"},
    {"Origin": "http://127.0.0.1:81"},
    {"Origin": "null"},
    {"Origin": ""},
]
FROM_HERE = [{"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}, {"Sec-Fetch-Site": "none"}, {}]
# Rows that come by themselves every second, or with every visit.
BY_THEMSELVES = {"audit_seal", "job_run"}


@dataclass
class Tokens:
    """Form tokens: one that is good now, one of somebody else, and one of a sign-in that has ended."""

    good: str
    others: str
    old: str


def rows(site: Site) -> dict[str, int]:
    """How many rows each table has; every change also writes an audit entry."""
    state: Any = site.client.app.state  # type: ignore[attr-defined]
    with state.units.reading() as uow:
        return {
            name: uow.db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in BY_THEMSELVES
        }


def form_token(site: Site, path: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', site.open(path).html)
    assert found, path
    return found[1]


def signed_in(site: Site, role: str, organisation: str = "") -> None:
    """As signing in on the page does, without the time that checking a password takes."""
    state: Any = site.client.app.state  # type: ignore[attr-defined]
    email = site.account(role, organisation)["email"]
    with state.units.writing() as uow:
        account_id = uow.db.scalars(sa.select(Account.id).where(Account.email == email)).one()
        token = begin_sign_in(uow, state.secrets, account_id).token
    site.client.cookies.clear()
    site.client.cookies.set(SIGN_IN_COOKIE, token)


@pytest.fixture
def addresses(site: Site) -> dict[str, str]:
    """The address behind each path of `TAKES_FORMS`; a path with an unknown part fails here."""
    state: Any = site.client.app.state  # type: ignore[attr-defined]
    signed_in(site, "coordinator", "bes")
    saved = site.send(site.open("/en/log").form("/en/log"), tile="leaflets", districts="MD-BA")
    email = site.account("trainer")["email"]
    with state.units.writing() as uow:
        account_id = uow.db.scalars(sa.select(Account.id).where(Account.email == email)).one()
        link = issue_one_time_link(uow, state.secrets, system_actor("test"), account_id)
    code = saved.address.partition("saved=")[2]
    parts = {"code": code, "id": "UG9vbDp4", "token": link.removeprefix("/welcome/")}
    assert code
    return {path: re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], path) for path in TAKES_FORMS}


def tokens_of(site: Site, path: str) -> Tokens:
    """Tokens for a page, after which its sender is signed in, or a visitor whose cookie is new."""
    site.client.cookies.clear()
    if path in VISITED:
        old = others = form_token(site, "/en/sign-in")
        site.client.cookies.clear()
        return Tokens(form_token(site, "/en/sign-in"), others, old)
    signed_in(site, "reporter")
    others = form_token(site, "/en/privacy")
    sender = ("council_secretary", "") if path in OF_THE_COUNCIL else ("coordinator", "bes")
    signed_in(site, *sender)
    old = form_token(site, "/en/privacy")
    site.send(site.open("/en/privacy").form("/en/sign-out"))
    signed_in(site, *sender)
    return Tokens(form_token(site, "/en/privacy"), others, old)


@pytest.mark.slow
def test_every_form_is_refused_from_elsewhere_and_without_its_token(
    site: Site, addresses: dict[str, str]
) -> None:
    for path, address in addresses.items():
        tokens = tokens_of(site, path)
        forged: list[tuple[dict[str, str], dict[str, str]]] = [
            *(({"form_token": token}, {}) for token in (tokens.others, tokens.old, "x", f"é.{'0' * 64}")),
            ({}, {}),
            *(({"form_token": tokens.good}, headers) for headers in FROM_ELSEWHERE),
        ]
        before = rows(site)

        answers = [
            site.client.post(address, data=data, headers={**headers, "Accept-Language": "en"})
            for data, headers in forged
        ]

        assert {answer.status_code for answer in answers} == {403}, path
        assert all("This form was open for too long" in answer.text for answer in answers), path
        assert rows(site) == before, path
        # Whoever sends it from here is not refused for that; what is missing in it is another matter.
        sent = site.client.post(
            address, data={"form_token": tokens.good}, headers=FROM_HERE[0], follow_redirects=False
        )
        assert sent.status_code in (200, 303, 400, 404, 422), path


def test_token_of_one_visitor_is_worth_nothing_to_another(reader: Site) -> None:
    token = form_token(reader, "/en/sign-in")
    reader.client.cookies.clear()
    reader.client.cookies.set(VISITOR_COOKIE, "planted")

    answer = reader.client.post("/en/sign-in", data={"form_token": token, "email": "a@b.c", "password": "x"})

    assert answer.status_code == 403


def cookie_of(site: Site) -> dict[str, str]:
    cookie = site.client.cookies[SIGN_IN_COOKIE]
    site.client.cookies.clear()
    return {"Cookie": f"{SIGN_IN_COOKIE}={cookie}"}


DEED = {"query": "mutation { logActivity(input: {}) { userErrors { code } } }"}
VIEWER = {"query": "{ viewer { permissions } }"}


def test_graphql_takes_the_cookie_from_our_own_pages_only(site: Site) -> None:
    signed_in(site, "coordinator", "bes")
    cookie = cookie_of(site)
    before = rows(site)

    refused = [
        site.client.post("/graphql", json=document, headers={**cookie, **headers, "Accept-Language": "en"})
        for headers in FROM_ELSEWHERE
        for document in (VIEWER, DEED)
    ]
    admitted = [
        site.client.post("/graphql", json=VIEWER, headers={**cookie, **headers}) for headers in FROM_HERE
    ]

    assert {answer.status_code for answer in refused} == {403}
    words = "A page of another site sent this, so it was not done. Open the coalition itself and do it there."
    error = {"message": words, "extensions": {"code": "SENT_FROM_ELSEWHERE"}}
    assert [answer.json() for answer in refused] == [{"errors": [error]}] * len(refused)
    assert all("activity:log" in answer.json()["data"]["viewer"]["permissions"] for answer in admitted)
    assert rows(site) == before


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_graphql_takes_nothing_that_a_form_could_send(reader: Site, kind: str) -> None:
    signed_in(reader, "coordinator", "bes")

    body = b'{"query": "{ viewer { client } }"}'
    answer = reader.client.post("/graphql", content=body, headers={"Content-Type": kind})

    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNSUPPORTED_MEDIA_TYPE"}


def test_graphql_by_get_does_not_read_the_cookie(reader: Site) -> None:
    signed_in(reader, "coordinator", "bes")

    asked = reader.client.get("/graphql", params=VIEWER, headers={"Sec-Fetch-Site": "cross-site"})

    assert asked.json()["data"] == {"viewer": None}


def test_a_bearer_token_needs_no_origin(reader: Site) -> None:
    token = reader.account("coordinator", "bes")["token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": "https://partner.example"}

    answer = reader.client.post("/graphql", json=VIEWER, headers=headers)

    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (200, False)


ELSEWHERE = (
    "//example.org", "///example.org", "////example.org/", "https://example.org", "/\\example.org",
    "\\\\example.org", "/\t/example.org", "/\n/example.org", " //example.org", "javascript:alert(1)",
    "data:text/html,x", "http:example.org", "example.org", "/\x00/example.org", "//example.org@127.0.0.1/",
    "%2f%2fexample.org",
)  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_to_another_site(target: str) -> None:
    assert local_path(target) == "/"


@pytest.mark.parametrize(
    "target", ["/log", "/ro/activities?topic=labour&first=20", "/en", "/a/x?next=//example.org"]
)
def test_paths_of_our_own_are_kept(target: str) -> None:
    assert local_path(target) == target


def test_signing_in_goes_nowhere_else(reader: Site) -> None:
    account = reader.account("reporter")
    fields = {"form_token": form_token(reader, "/en/sign-in"), "next": "/\\example.org"}

    sent = {**fields, "email": account["email"], "password": account["password"]}
    answer = reader.client.post("/en/sign-in", data=sent, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_doubled_slash_is_no_other_site(reader: Site) -> None:
    for path in ("//example.org/log", "//example.org/", "/en//example.org", "/log//"):
        answer = reader.client.get(path, follow_redirects=False)

        target = answer.headers.get("location", "/")
        assert target.startswith(("http://127.0.0.1/", "/")), path
        assert not target.startswith("//"), path
