"""The demo: one account per role type, secrets that stay, and nothing of it without `--demo`."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlmodel import select

from coalition.access.models import Account, PersonalAccessToken
from coalition.access.oauth.enums import ClientState
from coalition.access.oauth.models import OAuthClient
from coalition.access.secrets import Secrets
from coalition.core.database import Database
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.demo import DemoImpossible, prepare_demo
from coalition.members.models import Body, Mandate, Organisation, Person, Seat
from coalition.members.role_types import ROLE_TYPES
from coalition.outreach.models import PartnershipAssessment
from tests.support.application import application, quick_passwords, settings_for, with_record
from tests.support.databases import Databases
from tests.support.keys import AUDIT_KEY
from tests.support.server import running_server, start_server

URL = "http://127.0.0.1:8000"
SECRETS = Secrets(b"t" * 32, b"f" * 32, AUDIT_KEY)
POSTS = [
    ("reporter", "ubceb"),
    ("coordinator", "bes"),
    ("coordinator", "moc"),
    ("council_member", "coalition"),
    ("council_secretary", "coalition"),
    ("expert", "coalition"),
    ("trainer", "coalition"),
    ("auditor", "coalition"),
    ("administrator", "coalition"),
]

Prepare = Callable[..., dict[str, Any]]


@pytest.fixture
def recorded(databases: Databases, database_kind: str) -> Iterator[Units]:
    """The public record, loaded."""
    url = databases.migrated(database_kind, prepared_by=with_record)
    database = Database(url)
    yield Units(database, audit_key=AUDIT_KEY)
    database.dispose()
    databases.drop(database_kind, url)


@pytest.fixture
def prepare(recorded: Units, tmp_path: Path) -> Iterator[Prepare]:
    """Prepare the demo and give back what `demo.json` says then, and what was printed."""

    def prepared(url: str = URL) -> dict[str, Any]:
        said: list[str] = []
        prepare_demo(recorded, SECRETS, data_folder=tmp_path, url=url, say=said.append)
        content: dict[str, Any] = json.loads((tmp_path / "demo.json").read_text("utf-8"))
        return {**content, "said": "\n".join(said)}

    with quick_passwords():
        yield prepared


def counts(units: Units) -> list[int]:
    with units.reading() as uow:
        return [
            uow.db.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()
            for model in (Account, Person, Mandate, PersonalAccessToken, OAuthClient)
        ]


def viewer(units: Units, tmp_path: Path, token: str) -> dict[str, Any] | None:
    url = units.database.url.render_as_string(hide_password=False)
    with application(settings_for(url, tmp_path)) as client:
        query = "{ viewer { permissions organisations { slug } } }"
        headers = {"Authorization": f"Bearer {token}"}
        body: dict[str, Any] = client.post("/graphql", json={"query": query}, headers=headers).json()
    return body["data"]["viewer"] if "data" in body else None


def test_first_start(prepare: Prepare, recorded: Units, tmp_path: Path) -> None:
    content = prepare()

    assert set(content) == {"url", "accounts", "clients", "said"}
    assert content["url"] == URL
    assert [(entry["role"], entry["organisation"]) for entry in content["accounts"]] == POSTS
    usual = ["role", "email", "password", "organisation", "token"]
    with_app = {"council_secretary", "auditor", "administrator"}
    assert all(
        list(e) == [*usual, "totp_secret"] if e["role"] in with_app else list(e) == usual
        for e in content["accounts"]
    )
    assert {entry["email"].rpartition("@")[2] for entry in content["accounts"]} == {"demo.invalid"}
    [client] = content["clients"]
    assert list(client) == ["role", "client_id", "client_secret", "organisation"]
    assert (client["role"], client["organisation"]) == ("partner_client", "lastrada")
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600
    check_secrets(content)
    with recorded.reading() as uow:
        check_council(uow)
        people = uow.db.scalars(sa.select(Person)).all()
        assert all(p.is_demo and p.name.startswith("Demo ") and "invented" in p.name for p in people)
        assert set(uow.db.scalars(sa.select(PersonalAccessToken.expires_at))) == {None}


def check_secrets(content: dict[str, Any]) -> None:
    """All different, and none of them printed."""
    entries = [*content["accounts"], *content["clients"]]
    names = ("password", "token", "client_secret", "totp_secret")
    secrets = {e[name] for e in entries for name in names if name in e}
    assert len(secrets) == 22
    assert not any(secret in content["said"] for secret in secrets)
    assert "demo.json" in content["said"]


def check_council(uow: UnitOfWork) -> None:
    """One invented person for each church body."""
    rows = uow.db.execute(
        select(Organisation.slug, Person.name, Person.is_demo)
        .join(Seat, Seat.held_for_id == Organisation.id)
        .join(Mandate, Mandate.seat_id == Seat.id)
        .join(Person, Person.id == Mandate.person_id)
        .join(Body, Body.id == Seat.body_id)
        .where(Body.code == "council")
    ).all()
    assert {row.slug for row in rows} == {"bes", "elc", "moc", "ubceb"}
    assert {row.name for row in rows} == {f"Demo Person {n} (invented)" for n in (1, 2, 3, 4)}


def test_there_is_an_account_or_client_for_each_role_type() -> None:
    assert {role for role, _ in POSTS} | {"partner_client"} == {each.code for each in ROLE_TYPES}


def test_again_nothing_changes_but_the_address(prepare: Prepare, recorded: Units, tmp_path: Path) -> None:
    first = prepare()
    before = counts(recorded)

    second = prepare("http://127.0.0.1:9000")

    assert second == {**first, "url": "http://127.0.0.1:9000", "said": second["said"]}
    assert counts(recorded) == before == [9, 13, 4, 9, 2]
    assert viewer(recorded, tmp_path, first["accounts"][0]["token"]) == {
        "permissions": ["activity:log", "coalition:read", "records:read"],
        "organisations": [{"slug": "ubceb"}],
    }


def test_a_damaged_file_is_made_anew_and_old_secrets_end(
    prepare: Prepare, recorded: Units, tmp_path: Path
) -> None:
    first = prepare()
    (tmp_path / "demo.json").write_text('{"accounts": [')

    second = prepare()

    old, new = first["accounts"][0], second["accounts"][0]
    assert old["email"] == new["email"]
    assert {old["token"], old["password"]} & {new["token"], new["password"]} == set()
    assert viewer(recorded, tmp_path, old["token"]) is None
    assert viewer(recorded, tmp_path, new["token"]) is not None
    with recorded.reading() as uow:
        # Our own program, which has no organisation, is no demo.
        working = sa.and_(OAuthClient.state == ClientState.ACTIVE, OAuthClient.organisation_id.is_not(None))
        active = uow.db.scalars(sa.select(OAuthClient.client_id).where(working)).all()
    assert active == [second["clients"][0]["client_id"]]


def test_a_fresh_database_takes_the_secrets_of_the_file(
    prepare: Prepare, databases: Databases, database_kind: str, tmp_path: Path
) -> None:
    first = prepare()
    url = databases.migrated(database_kind, prepared_by=with_record)
    database = Database(url)
    units = Units(database, audit_key=AUDIT_KEY)

    prepare_demo(units, SECRETS, data_folder=tmp_path, url=URL, say=lambda _: None)

    second = json.loads((tmp_path / "demo.json").read_text("utf-8"))
    assert second["accounts"] == first["accounts"]
    assert viewer(units, tmp_path, first["accounts"][0]["token"]) is not None
    database.dispose()
    databases.drop(database_kind, url)


def oauth(base: str, content: dict[str, Any]) -> int:
    client = content["clients"][0]
    basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
    return httpx2.post(
        f"{base}/oauth/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    ).status_code


def test_served_demo_is_ready_with_its_file_and_keeps_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_server(data, arguments=("--demo",)) as server:
        first = json.loads((data / "demo.json").read_text("utf-8"))
        assert first["url"] == server.url
        assert oauth(server.url, first) == 200
        assert server.stop() == 0
    with running_server(data, arguments=("--demo",)) as server:
        second = json.loads((data / "demo.json").read_text("utf-8"))
        assert second == {**first, "url": server.url}
        assert oauth(server.url, second) == 200
        # The record was not loaded again.
        assert "Loading the public record" not in server.log_text()


@pytest.mark.slow
def test_two_demo_servers_started_at_once_share_everything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with ThreadPoolExecutor(2) as starters:
        starting = [starters.submit(start_server, data, arguments=("--demo",)) for _ in range(2)]
    servers = [each.result() for each in starting]
    try:
        content = json.loads((data / "demo.json").read_text("utf-8"))
        assert [oauth(server.url, content) for server in servers] == [200, 200]
        assert sum("Loading the public record" in server.log_text() for server in servers) == 1
    finally:
        for server in servers:
            server.kill()


def test_record_that_was_loaded_half_is_loaded_on(prepare: Prepare, recorded: Units) -> None:
    with recorded.writing() as uow:
        uow.db.execute(sa.delete(PartnershipAssessment))

    prepare()

    with recorded.reading() as uow:
        assert len(uow.db.scalars(sa.select(PartnershipAssessment)).all()) == 4


def test_demo_without_a_record_to_stand_on(
    units: Units, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coalition.intake.record.SHIPPED", tmp_path)

    with pytest.raises(DemoImpossible, match=r"^The record lacks the organisations bes, coalition, lastrada"):
        prepare_demo(units, SECRETS, data_folder=tmp_path, url=URL, say=lambda _: None)

    assert list(tmp_path.iterdir()) == []
