"""Clients that are not ours complete every grant against a server of its own."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from oauthlib.oauth2 import BackendApplicationClient, DeviceClient
from requests_oauthlib import OAuth2Session

from coalition.access.actors import actor_for_account
from coalition.access.models import Account
from coalition.access.oauth import consent
from coalition.access.oauth.seed import COMMAND_LINE_CLIENT, seed_clients
from coalition.access.secrets import Secrets
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from tests.access.conftest import People, make_people
from tests.access.oauth.flows import App, make_app
from tests.support.application import KEYS
from tests.support.databases import Databases
from tests.support.node import TOOLS, node_path
from tests.support.server import RunningServer, running_server

# openid-client takes everything after the question mark for the answer.
REDIRECT = "https://app.example/cb"
VIEWER = {"query": "{ viewer { client permissions } }"}


class Site:
    """A running server, and the person who says yes in a browser; what they see is tested elsewhere."""

    def __init__(
        self, server: RunningServer, units: Units, secrets: Secrets, people: People, app: App
    ) -> None:
        self.url = server.url
        self.people = people
        self.app = app
        self._units = units
        self._secrets = secrets

    def allow(self, address: str) -> str:
        """Where the browser is sent back to once the person has allowed what is asked at `address`."""
        query = consent_parameters(address)
        with self._units.writing() as uow:
            person = actor_for_account(uow, uow.db.get_one(Account, self.people.account_id))
            asked = consent.ask(uow, self._secrets, person, query, issuer=self.url)
            assert isinstance(asked, consent.Asked), asked
            return consent.grant(uow, self._secrets, person, asked)

    def allow_device(self, user_code: str) -> None:
        with self._units.writing() as uow:
            person = actor_for_account(uow, uow.db.get_one(Account, self.people.account_id))
            device = consent.device_by_user_code(uow, self._secrets, user_code)
            assert device is not None
            consent.allow_device(uow, person, device.id)


def consent_parameters(address: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(address).query, strict_parsing=True)


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """On SQLite: what comes over the network is the same on both."""
    url = databases.migrated("sqlite")
    keys = {name: base64.b64decode(value) for name, value in KEYS.items()}
    secrets = Secrets(**keys)
    database = Database(url)
    units = Units(database, audit_key=secrets.audit_key)
    environment = {f"COALITION_{name.upper()}": value for name, value in KEYS.items()}
    with units.writing() as uow:
        people = make_people(uow, secrets)
        seed_clients(uow)
        app = make_app(uow, secrets, people, "Demo app", REDIRECT, public=False)
    with running_server(
        tmp_path_factory.mktemp("site") / "data", database_url=url, environment=environment
    ) as server:
        yield Site(server, units, secrets, people, app)
    database.dispose()
    databases.drop("sqlite", url)


@pytest.mark.slow
def test_requests_oauthlib(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    # It wants https; this is loopback.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    token_url, credentials = f"{site.url}/oauth/token", site.people.credentials

    system = OAuth2Session(client=BackendApplicationClient(client_id=credentials.client_id))
    system.fetch_token(
        token_url,
        client_id=credentials.client_id,
        client_secret=credentials.client_secret,
        scope=["capacity:read"],
    )
    assert "capacity:read" in viewer(site, system)["permissions"]

    app = OAuth2Session(
        site.app.client_id, redirect_uri=REDIRECT, scope=["activity:log", "records:read"], pkce="S256"
    )
    address, _ = app.authorization_url(f"{site.url}/oauth/authorize")
    first = app.fetch_token(
        token_url, authorization_response=site.allow(address), client_secret=site.app.secret
    )
    assert viewer(site, app) == {
        "client": site.app.client_id,
        "permissions": ["activity:log", "records:read"],
    }
    secret = {"client_id": site.app.client_id, "client_secret": site.app.secret}
    second = app.refresh_token(token_url, **secret)
    assert second["refresh_token"] != first["refresh_token"]
    assert viewer(site, app)["client"] == site.app.client_id

    device = OAuth2Session(client=DeviceClient(client_id=COMMAND_LINE_CLIENT))
    asked = device.post(
        f"{site.url}/oauth/device_authorization",
        data={"client_id": COMMAND_LINE_CLIENT, "scope": "activity:log"},
        withhold_token=True,
    ).json()
    site.allow_device(asked["user_code"])
    device.fetch_token(token_url, device_code=asked["device_code"], include_client_id=True)
    assert viewer(site, device)["permissions"] == ["activity:log"]


def viewer(site: Site, session: OAuth2Session) -> Any:
    return session.post(f"{site.url}/graphql", json=VIEWER).json()["data"]["viewer"]


@pytest.mark.slow
def test_openid_client(site: Site) -> None:
    credentials = site.people.credentials
    clients = {
        "system": {"id": credentials.client_id, "secret": credentials.client_secret},
        "app": {"id": site.app.client_id, "secret": site.app.secret, "redirect": REDIRECT},
        "device": {"id": COMMAND_LINE_CLIENT},
    }
    with subprocess.Popen(
        [node_path(), str(TOOLS / "openid.mjs"), site.url, json.dumps(clients)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as client:
        done = _serve(site, client)
        errors = client.stderr.read() if client.stderr else ""

    assert errors == ""
    assert (done, errors) == (
        ["client_credentials", "authorization_code", "refresh_token", "device_code"],
        "",
    )


def _serve(site: Site, client: subprocess.Popen[str]) -> Any:
    """Do what the client asks of the person, until it is done or has failed."""
    assert client.stdin is not None
    assert client.stdout is not None
    for line in client.stdout:
        said = json.loads(line)
        if "done" in said:
            return said["done"]
        if "open" in said:
            client.stdin.write(site.allow(said["open"]) + "\n")
            client.stdin.flush()
        if "type" in said:
            site.allow_device(said["type"])
    return None
