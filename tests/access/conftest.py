"""Accounts and clients to sign in with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from coalition.access import service
from coalition.access.passwords import hash_password
from coalition.access.secrets import Secrets
from coalition.access.service import ClientCredentials
from coalition.core.actor import system_actor
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import MembershipStatus
from tests import factories
from tests.support.application import application, quick_passwords, settings_for
from tests.support.databases import Databases
from tests.support.keys import AUDIT_KEY

PASSWORD = "an apple a day"
with quick_passwords():
    HASH = hash_password(PASSWORD)
TESTER = system_actor("test")


@dataclass(frozen=True)
class People:
    """A reporter of `ubceb` who can sign in, and the system of the partner `lastrada`."""

    account_id: UUID
    person_id: UUID
    ubceb: UUID
    lastrada: UUID
    credentials: ClientCredentials


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(token_key=b"t" * 32, form_key=b"f" * 32, audit_key=AUDIT_KEY)


def make_people(uow: UnitOfWork, secrets: Secrets) -> People:
    factories.foundations(uow)
    ubceb = factories.church_body(uow, "ubceb", denomination="baptist")
    lastrada = factories.organisation(uow, "lastrada", status=MembershipStatus.PARTNER)
    account = service.create_account(
        uow, TESTER, email="Ana@Example.org", name="Demo Ana", password_hash=HASH, is_demo=True
    )
    service.give_role(
        uow, TESTER, person_id=account.person_id, organisation_id=ubceb.id, role_type="reporter"
    )
    credentials = service.create_client(
        uow,
        secrets,
        TESTER,
        name="Demo system",
        organisation_id=lastrada.id,
        role_type="partner_client",
        scopes=["capacity:read", "capacity:hold", "records:read", "partners:read"],
    )
    return People(account.id, account.person_id, ubceb.id, lastrada.id, credentials)


@pytest.fixture
def people(units: Units, secrets: Secrets) -> People:
    with units.writing() as uow:
        return make_people(uow, secrets)


@pytest.fixture
def client(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The whole application, with the clock of the machine; `served_people` are in its database."""
    with application(settings_for(database_url, tmp_path)) as found:
        yield found


@pytest.fixture
def served_people(client: TestClient) -> People:
    with client.app.state.units.writing() as uow:
        return make_people(uow, client.app.state.secrets)


@pytest.fixture
def sqlite_client(databases: Databases, tmp_path: Path) -> Iterator[TestClient]:
    """As `client`, for what cannot depend on the database."""
    url = databases.migrated("sqlite")
    with application(settings_for(url, tmp_path)) as found:
        yield found
    databases.drop("sqlite", url)


@pytest.fixture
def sqlite_people(sqlite_client: TestClient) -> People:
    with sqlite_client.app.state.units.writing() as uow:
        return make_people(uow, sqlite_client.app.state.secrets)
