"""The whole record, counted through every list."""

from __future__ import annotations

from coalition.intake.record import load_record
from tests.graphql.world import World

COUNTS = """
query {
  organisations { totalCount }
  activities { totalCount }
  trainingSessions { totalCount }
  services { totalCount }
  advocacyTargets { totalCount }
  statistics { totalCount }
  programmes { totalCount }
  districts { code }
}
"""
PUBLISHED = {
    "organisations": 67,
    "activities": 89,
    "trainingSessions": 42,
    "services": 31,
    "advocacyTargets": 50,
    "statistics": 85,
    "programmes": 27,
    "districts": 37,
}


def counts(world: World, actor: str) -> dict[str, int]:
    found = world.ask(COUNTS, actor)
    return {name: len(part) if isinstance(part, list) else part["totalCount"] for name, part in found.items()}


def test_auditor_counts_the_whole_record(record: World) -> None:
    assert counts(record, "auditor") == PUBLISHED


def test_record_loaded_again_counts_the_same(world: World) -> None:
    load_record(world.units)

    assert counts(world, "auditor") == PUBLISHED
