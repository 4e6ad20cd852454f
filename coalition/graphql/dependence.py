"""What an answer hangs on besides its document and who asks: one state of the data, or also the moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Dependence:
    """What the answer under way was made of, as far as it has come.

    `data_number` is the version of the data in the one snapshot that it was read from; None when nothing
    was read. `is_momentary` means that the same question may be answered differently at the next moment,
    or that answering it is itself a deed: it changes something, or is written to the audit log.
    """

    data_number: int | None = None
    snapshots: int = 0
    is_momentary: bool = False
    is_watched: bool = False

    @property
    def is_lasting(self) -> bool:
        """Whether the answer stays as it is for as long as the data does."""
        return not self.is_momentary and self.snapshots <= 1


_WATCHED: ContextVar[Dependence | None] = ContextVar("dependence", default=None)


@contextmanager
def watched_dependence() -> Iterator[Dependence]:
    """Within it, whatever makes an answer says here what the answer depends on, without being told."""
    found = Dependence(is_watched=True)
    token = _WATCHED.set(found)
    try:
        yield found
    finally:
        _WATCHED.reset(token)


def dependence() -> Dependence:
    """Where to say it; nobody looks at it where nothing is watched."""
    return _WATCHED.get() or Dependence()
