"""Whatever ends, ends every token with the very next request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.access.models import Account
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.service import create_personal_access_token
from coalition.core.actor import Actor, Visibility
from coalition.members.models import Organisation, Role
from tests.access.oauth.flows import VIEWER, Flows


def change_client(**values: Any) -> Callable[[Flows], None]:
    return lambda flows: flows.set(OAuthClient, **values)


def run_out(flows: Flows) -> None:
    with flows.units.reading() as uow:
        now = uow.now
    flows.set(OAuthClient, expires_at=now)


@pytest.mark.parametrize(
    "end",
    [
        *(change_client(state=state) for state in ClientState if state is not ClientState.ACTIVE),
        run_out,
    ],
    ids=[*(state.value for state in ClientState if state is not ClientState.ACTIVE), "run out"],
)
def test_client_that_ended_or_was_paused(sqlite_flows: Flows, end: Callable[[Flows], None]) -> None:
    tokens, code = sqlite_flows.tokens(), sqlite_flows.allow(sqlite_flows.request())["code"]
    system = sqlite_flows.system_token()
    assert sqlite_flows.works(tokens["access_token"])
    assert sqlite_flows.works(system)

    end(sqlite_flows)

    assert not sqlite_flows.works(tokens["access_token"])
    assert not sqlite_flows.works(system)
    for answer in (sqlite_flows.refresh(tokens["refresh_token"]), sqlite_flows.redeem(code)):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    refused: Any = sqlite_flows.ask(sqlite_flows.request())
    assert (refused.error, refused.redirect) == ("invalid_client", None)


def test_client_that_was_paused_goes_on_after_it(flows: Flows) -> None:
    tokens = flows.tokens()
    flows.set(OAuthClient, state=ClientState.PAUSED)
    assert not flows.works(tokens["access_token"])

    flows.set(OAuthClient, state=ClientState.ACTIVE)

    assert flows.works(tokens["access_token"])
    assert flows.refresh(tokens["refresh_token"]).status_code == 200


def test_account_that_was_closed(flows: Flows) -> None:
    tokens, code = flows.tokens(), flows.allow(flows.request())["code"]

    flows.set(Account, is_active=False)

    assert not flows.works(tokens["access_token"])
    assert flows.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert flows.redeem(code).json()["error"] == "invalid_grant"


def test_role_that_ended_takes_its_permissions_along(flows: Flows) -> None:
    token = flows.tokens()["access_token"]
    assert len(flows.viewer(token)["permissions"]) == 3
    with flows.units.writing() as uow:
        days = {"starts_on": uow.today - timedelta(days=9), "ends_on": uow.today - timedelta(days=1)}
        uow.db.execute(sa.update(Role).values(**days))

    assert flows.viewer(token)["permissions"] == []


def test_scope_that_a_client_lost_is_lost_at_once(sqlite_flows: Flows) -> None:
    tokens = sqlite_flows.tokens()

    sqlite_flows.set(OAuthClient, scopes=["records:read"])

    assert sqlite_flows.viewer(tokens["access_token"])["permissions"] == ["records:read"]
    assert sqlite_flows.refresh(tokens["refresh_token"]).json()["scope"] == "records:read"


def test_token_that_was_revoked(flows: Flows) -> None:
    first, second = flows.tokens(), flows.tokens()

    for token in (first["access_token"], second["refresh_token"]):
        answer = flows.post("/oauth/revoke", {"token": token, **flows.app.credentials})
        assert (answer.status_code, answer.json()) == (200, {})

    # An access token ends alone, a refresh token with its family.
    assert not flows.works(first["access_token"])
    assert flows.refresh(first["refresh_token"]).status_code == 200
    assert not flows.works(second["access_token"])
    assert flows.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    client = f"client:{flows.app.client_id}"
    assert flows.audited("client:token:revoke", "client:grant:end") == [
        (client, "client:token:revoke", None),
        (client, "client:grant:end", "BY_CLIENT"),
    ]


def test_secret_before_a_rotation_works_until_its_end(sqlite_flows: Flows) -> None:
    with sqlite_flows.units.writing() as uow:
        row = uow.db.get_one(OAuthClient, sqlite_flows.app.client_id)
        row.previous_secret_hash, row.secret_hash = row.secret_hash, "another"
        row.previous_secret_ends_at = uow.now + timedelta(hours=1)
    tokens = sqlite_flows.tokens()

    with sqlite_flows.units.writing() as uow:
        uow.db.get_one(OAuthClient, sqlite_flows.app.client_id).previous_secret_ends_at = uow.now

    assert sqlite_flows.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"


# ------------------------------------------------------------------ what an app is, in a person's name


def test_app_reads_what_it_was_allowed_and_no_more(sqlite_flows: Flows) -> None:
    """The person sees every organisation; without `coalition:read` the app sees those that are public."""
    query = {"query": "{ organisations { totalCount } ownData { name } }"}

    def counts(scope: str) -> tuple[int, Any]:
        token = sqlite_flows.tokens(scope=scope)["access_token"]
        found = sqlite_flows.http.post("/graphql", json=query, headers={"Authorization": f"Bearer {token}"})
        return found.json()["data"]["organisations"]["totalCount"], found.json()["data"]["ownData"]

    sqlite_flows.set(Organisation, visibility=Visibility.COALITION)

    assert [counts("activity:log")[0], counts("coalition:read")[0]] == [0, 2]
    assert counts("records:read") == (1, None)


def test_app_cannot_do_what_only_the_person_may(sqlite_flows: Flows) -> None:
    deed = "mutation { withdrawConsent(input: {purpose: NAME_IN_COALITION}) { userErrors { code } } }"
    with sqlite_flows.units.writing() as uow:
        own = create_personal_access_token(
            uow, sqlite_flows.state.secrets, Actor(), account_id=sqlite_flows.people.account_id, name="Own"
        )

    def codes(token: str) -> list[str]:
        headers = {"Authorization": f"Bearer {token}"}
        body = sqlite_flows.http.post("/graphql", json={"query": deed}, headers=headers).json()
        return [each["code"] for each in body["data"]["withdrawConsent"]["userErrors"]]

    assert codes(own) == []
    assert codes(sqlite_flows.tokens()["access_token"]) == ["NOT_PERMITTED"]


def test_app_has_the_api_and_not_the_pages(sqlite_flows: Flows) -> None:
    headers = {"Authorization": f"Bearer {sqlite_flows.tokens()['access_token']}"}

    pages = [sqlite_flows.http.get(path, headers=headers).status_code for path in ("/", "/me", "/log")]

    assert pages == [401, 401, 401]
    assert sqlite_flows.http.post("/graphql", json={"query": VIEWER}, headers=headers).status_code == 200
