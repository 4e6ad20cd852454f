"""The record with everybody who asks, as in tests/graphql."""

from __future__ import annotations

from tests.graphql.conftest import record, record_of, workers, world

__all__ = ["record", "record_of", "workers", "world"]
