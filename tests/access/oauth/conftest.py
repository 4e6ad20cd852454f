"""The application with clients of every kind, on one database or on SQLite alone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.access.conftest import People
from tests.access.oauth.flows import Flows, make_flows


@pytest.fixture
def flows(client: TestClient, served_people: People) -> Flows:
    return make_flows(client, served_people)


@pytest.fixture
def sqlite_flows(sqlite_client: TestClient, sqlite_people: People) -> Flows:
    """As `flows`, for what cannot depend on the database."""
    return make_flows(sqlite_client, sqlite_people)
