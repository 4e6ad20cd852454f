"""The whole application in this process, answering a test client."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from tests.support.keys import AUDIT_KEY

if TYPE_CHECKING:
    from coalition.settings import Settings

# The keys that the `secrets` fixture of tests/access has.
KEYS = {
    "token_key": base64.b64encode(b"t" * 32).decode(),
    "form_key": base64.b64encode(b"f" * 32).decode(),
    "audit_key": base64.b64encode(AUDIT_KEY).decode(),
}


def settings_for(database_url: str, data: Path) -> Settings:
    """Settings on a database, with keys, nothing in the data folder, and no limit to how fast one may ask."""
    from coalition.settings import Settings

    return Settings(
        host="127.0.0.1",
        port=0,
        data=data,
        database_url=database_url,
        rate_limit="off",
        network_rate_limit="off",
        keys=KEYS,
    )


@contextmanager
def application(settings: Settings) -> Iterator[TestClient]:
    """A client of the application; errors are answered as a server would."""
    from coalition.app import create_app

    with pytest.MonkeyPatch.context() as patch:
        # How long stopping takes at most; nobody here listens for hours.
        patch.setattr("coalition.graphql.feed.POSTGRESQL_WAIT_SECONDS", 0.05)
        app = create_app(settings)
        with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
            yield client


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Within it, hashing a password takes no time; what was hashed before is checked as it was hashed."""
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr("coalition.access.passwords._HASHER", quick)
        yield


def with_record(database_url: str) -> None:
    """Load the public record; for `databases.migrated(kind, prepared_by=with_record)`."""
    from coalition.core.database import Database
    from coalition.core.unit_of_work import Units
    from coalition.intake.record import load_record

    database = Database(database_url)
    load_record(Units(database, audit_key=AUDIT_KEY))
    database.dispose()
