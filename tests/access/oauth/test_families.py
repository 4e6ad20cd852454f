"""Codes and refresh tokens are good once; whoever sends one again ends everything that came from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.access.models import Account
from coalition.access.oauth import consent
from coalition.access.oauth.enums import GrantEnd
from coalition.access.oauth.families import allowed_apps, take_back, take_back_all
from coalition.access.oauth.models import OAuthCode, OAuthGrant, OAuthRefreshToken
from coalition.core.actor import Actor
from coalition.core.errors import Refused
from tests.access.oauth.flows import SCOPES, Flows, parameters_of, subject_of
from tests.support.tokens import ISSUER


def test_code_gives_tokens_in_the_persons_name(flows: Flows) -> None:
    sent = flows.allow(flows.request())
    body = flows.redeem(sent["code"]).json()

    assert {**sent, "code": ""} == {
        "code": "",
        "state": "a state & more",
        "iss": ISSUER,
        "from": "coalition",
    }
    access, refresh = body.pop("access_token"), body.pop("refresh_token")
    assert body == {"token_type": "Bearer", "expires_in": 600, "scope": " ".join(SCOPES)}
    assert flows.viewer(access) == {
        "person": {"name": "Demo Ana"},
        "client": flows.app.client_id,
        "permissions": list(SCOPES),
    }
    with flows.units.reading() as uow:
        [kept] = uow.db.scalars(sa.select(OAuthRefreshToken)).all()
        [code] = uow.db.scalars(sa.select(OAuthCode)).all()
    assert refresh not in kept.token_hash
    assert sent["code"] not in code.code_hash
    assert flows.audited("account:app:allow", "client:grant:begin", "client:token:issue") == [
        (subject_of(flows.people.account_id), "account:app:allow", None),
        (f"client:{flows.app.client_id}", "client:grant:begin", None),
        (f"client:{flows.app.client_id}", "client:token:issue", None),
    ]


def test_replayed_code_ends_the_family(flows: Flows) -> None:
    code = flows.allow(flows.request())["code"]
    first = flows.redeem(code).json()
    renewed = flows.refresh(first["refresh_token"]).json()
    others = flows.tokens()
    assert flows.works(renewed["access_token"])

    again = flows.redeem(code)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not flows.works(first["access_token"])
    assert not flows.works(renewed["access_token"])
    assert flows.refresh(renewed["refresh_token"]).json()["error"] == "invalid_grant"
    assert flows.works(others["access_token"])
    assert flows.audited("client:grant:end") == [
        (f"client:{flows.app.client_id}", "client:grant:end", "CODE_REPLAYED")
    ]


def test_code_that_another_client_replays_ends_the_family_too(sqlite_flows: Flows) -> None:
    code = sqlite_flows.allow(sqlite_flows.request())["code"]
    access = sqlite_flows.redeem(code).json()["access_token"]

    assert sqlite_flows.redeem(code, sqlite_flows.other).json()["error"] == "invalid_grant"

    assert not sqlite_flows.works(access)


@pytest.mark.parametrize("redirect", ["own", "victim's"])
def test_code_of_another_client_is_refused(sqlite_flows: Flows, redirect: str) -> None:
    code = sqlite_flows.allow(sqlite_flows.request())["code"]
    address = sqlite_flows.app.redirect_uri if redirect == "victim's" else sqlite_flows.other.redirect_uri

    answer = sqlite_flows.redeem(code, sqlite_flows.other, redirect_uri=address)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert sqlite_flows.count(OAuthGrant) == 0


def test_code_ends_after_a_minute(sqlite_flows: Flows) -> None:
    code = sqlite_flows.allow(sqlite_flows.request())["code"]
    sqlite_flows.end(OAuthCode)

    assert sqlite_flows.redeem(code).json()["error"] == "invalid_grant"


def test_refresh_rotates_and_reuse_ends_the_family(flows: Flows) -> None:
    first = flows.tokens()
    second = flows.refresh(first["refresh_token"]).json()
    third = flows.refresh(second["refresh_token"]).json()
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert [each["scope"] for each in (second, third)] == [" ".join(SCOPES)] * 2
    assert all(flows.works(each["access_token"]) for each in (first, second, third))

    reused = flows.refresh(second["refresh_token"])

    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    assert flows.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"
    assert not any(flows.works(each["access_token"]) for each in (first, second, third))
    assert flows.audited("client:grant:end") == [
        (f"client:{flows.app.client_id}", "client:grant:end", "REFRESH_REUSED")
    ]


def test_refresh_never_widens(sqlite_flows: Flows) -> None:
    """`people:manage` is a scope of the client, and was not allowed by the person."""
    tokens = sqlite_flows.tokens(scope="activity:log records:read")
    refresh = tokens["refresh_token"]

    for scope in ("people:manage", "activity:log people:manage", "access:administer", "ACTIVITY:LOG"):
        wider = sqlite_flows.refresh(refresh, scope=scope)
        assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope"), scope

    narrower = sqlite_flows.refresh(refresh, scope="activity:log").json()
    assert sqlite_flows.viewer(narrower["access_token"])["permissions"] == ["activity:log"]
    # A narrower token does not take anything from what the person allowed.
    wide = sqlite_flows.refresh(narrower["refresh_token"]).json()
    assert wide["scope"] == "activity:log records:read"


def test_neither_request_nor_code_gives_more_than_was_allowed(sqlite_flows: Flows) -> None:
    for scope in ("access:administer", "activity:log access:administer", "activity:review"):
        refused = sqlite_flows.ask(sqlite_flows.request(scope=scope))
        assert refused.error == "invalid_scope"  # type: ignore[union-attr]
    code = sqlite_flows.allow(sqlite_flows.request(scope="activity:log"))["code"]

    body = sqlite_flows.redeem(code, scope="activity:log people:manage").json()

    assert body["scope"] == "activity:log"
    assert sqlite_flows.viewer(body["access_token"])["permissions"] == ["activity:log"]


def test_refresh_token_of_another_client_is_refused(sqlite_flows: Flows) -> None:
    tokens = sqlite_flows.tokens()

    stolen = sqlite_flows.refresh(tokens["refresh_token"], sqlite_flows.other)
    by_name = sqlite_flows.refresh(
        tokens["refresh_token"], sqlite_flows.program, client_id=sqlite_flows.app.client_id
    )

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert (by_name.status_code, by_name.json()["error"]) == (401, "invalid_client")
    assert sqlite_flows.refresh(tokens["refresh_token"]).status_code == 200


def test_refresh_tokens_and_grants_end(sqlite_flows: Flows) -> None:
    for model in (OAuthRefreshToken, OAuthGrant):
        tokens = sqlite_flows.tokens()
        sqlite_flows.end(model)

        assert sqlite_flows.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
        # Only with the whole grant does an access token end.
        assert sqlite_flows.works(tokens["access_token"]) is (model is OAuthRefreshToken)
    with sqlite_flows.units.reading() as uow:
        lengths = {row.expires_at - row.created_at for row in uow.db.scalars(sa.select(OAuthCode))}
    assert lengths == {timedelta(seconds=60)}


def test_person_takes_back_what_they_allowed(flows: Flows) -> None:
    first, second = flows.tokens(), flows.tokens(flows.program)
    with flows.units.writing() as uow:
        person = flows.person(uow)
        apps = allowed_apps(uow, flows.people.account_id)
        assert [each.client.name for each in apps] == ["Demo program", "Demo app"]
        for stranger in (Actor(), Actor(account_id=flows.people.person_id)):
            with pytest.raises(Refused, match="NOT_FOUND"):
                take_back(uow, stranger, apps[0].grant.id)
        take_back(uow, person, apps[0].grant.id)

    assert (flows.works(first["access_token"]), flows.works(second["access_token"])) == (True, False)
    assert flows.refresh(second["refresh_token"], flows.program).json()["error"] == "invalid_grant"
    with flows.units.writing() as uow:
        take_back_all(uow, flows.person(uow), flows.people.account_id)
    assert not flows.works(first["access_token"])
    assert {why for _, _, why in flows.audited("client:grant:end")} == {GrantEnd.BY_PERSON}


def test_app_hears_who_answers_whatever_the_answer_is(sqlite_flows: Flows) -> None:
    """RFC 9207: `iss` stands with a code, with a refusal by the person, and with a fault of the request."""
    allowed = sqlite_flows.allow(sqlite_flows.request(), issuer="http://127.0.0.1:8000")
    asked: Any = sqlite_flows.ask(sqlite_flows.request())
    denied = parameters_of(consent.deny(asked))
    faulty: Any = sqlite_flows.ask(sqlite_flows.request(scope="nothing"))

    assert allowed["iss"] == "http://127.0.0.1:8000"
    assert denied == {
        "error": "access_denied",
        "error_description": "The resource owner or authorization server denied the request",
        "state": "a state & more",
        "iss": ISSUER,
        "from": "coalition",
    }
    assert parameters_of(faulty.redirect)["iss"] == ISSUER


def test_nobody_but_a_signed_in_person_allows_anything(sqlite_flows: Flows) -> None:
    """Least of all an app in the person's name, which could give itself more."""
    asked: Any = sqlite_flows.ask(sqlite_flows.request())
    with sqlite_flows.units.writing() as uow:
        person = sqlite_flows.person(uow)
        for actor in (Actor(), replace(person, client_id=sqlite_flows.app.client_id)):
            with pytest.raises(Refused, match="UNAUTHENTICATED"):
                consent.grant(uow, sqlite_flows.state.secrets, actor, asked)
        uow.db.execute(sa.update(Account).values(is_active=False))
        with pytest.raises(Refused, match="UNAUTHENTICATED"):
            consent.grant(uow, sqlite_flows.state.secrets, person, asked)
    assert sqlite_flows.count(OAuthCode) == 0
