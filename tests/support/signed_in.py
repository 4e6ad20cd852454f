"""Sign-ins begun beside the pages, for tests that are about what comes after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from coalition.access.models import Account
from coalition.access.secrets import Secrets, load_secrets
from coalition.access.service import begin_sign_in
from coalition.core.database import Database
from coalition.core.unit_of_work import Units


def cookie_of(units: Units, secrets: Secrets, email: str) -> str:
    """The cookie of a new sign-in with every factor that the account's roles may ask for."""
    with units.writing() as uow:
        account = uow.db.scalars(sa.select(Account).where(Account.email == email)).one()
        return begin_sign_in(uow, secrets, account.id).token


def cookie_on_server(data: Path, email: str) -> str:
    """The same for a server that runs on the SQLite file of this data folder.

    A code of an authenticator app counts once, so tests that sign in several times a minute come in here.
    """
    database = Database(f"sqlite:///{data / 'coalition.sqlite3'}")
    secrets = load_secrets(data, {})
    try:
        return cookie_of(Units(database, audit_key=secrets.audit_key), secrets, email)
    finally:
        database.dispose()


def needs_code(account: dict[str, Any]) -> bool:
    """Whether this account of `demo.json` is asked for a code after its password."""
    return "totp_secret" in account
