"""Refusals that carry more than their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coalition.core.errors import Fault, Refused
from coalition.outreach.models import Activity


@dataclass(frozen=True)
class Attempt:
    """An activity as somebody wanted it: a copy that is in no session, and the rows that belong to it.

    `children` holds "districts" (`Territory`), "participants" (`ActivityParticipant`), "topics" (`Topic`),
    "reach" (`ActivityReach`) and "quantities" (`ActivityQuantity`).
    """

    activity: Activity
    children: dict[str, list[Any]]


class StaleRevision(Refused):
    """A change to an activity that somebody changed meanwhile; both versions are shown."""

    def __init__(self, current: Activity, attempted: Attempt) -> None:
        super().__init__([Fault("STALE_REVISION", ("revision",))])
        self.current = current
        self.attempted = attempted
