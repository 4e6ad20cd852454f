"""The record with everybody who asks, as in tests/graphql, and the demo's pages, as in tests/web."""

from __future__ import annotations

from tests.graphql.conftest import record, record_of, workers, world
from tests.web.conftest import _shared, demo_data, prepare, reader

__all__ = ["_shared", "demo_data", "prepare", "reader", "record", "record_of", "workers", "world"]
