"""A bounded memory of what was used lately, safe to share between threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key; what was used longest ago goes first once there are too many or they weigh too much."""

    def __init__(self, *, most: int, heaviest: int) -> None:
        self._most = most
        self._heaviest = heaviest
        self._held: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """The value, which then counts as used just now."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, weight: int) -> None:
        """Keep a value; one that is heavier than everything may be together is not kept."""
        if weight > self._heaviest:
            return
        with self._lock:
            self._drop(key)
            self._held[key] = (value, weight)
            self._weight += weight
            while len(self._held) > self._most or self._weight > self._heaviest:
                self._drop(next(iter(self._held)))

    def __len__(self) -> int:
        return len(self._held)

    @property
    def weight(self) -> int:
        """What all values weigh together."""
        return self._weight

    def _drop(self, key: Hashable) -> None:
        found = self._held.pop(key, None)
        if found is not None:
            self._weight -= found[1]
