"""How long one request may work: what is under way when the time is over ends by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from coalition.core.errors import DatabaseFault

# When the work of this context must be over, on the monotonic clock; without one nothing hurries.
_ENDS_AT: ContextVar[float | None] = ContextVar("ends_at", default=None)


class TimedOut(DatabaseFault):
    """The time for this request is over; the transaction under way was rolled back."""

    code = "TIMEOUT"

    def __init__(self) -> None:
        super().__init__(self.code)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Everything within must be over in so many seconds; an earlier end that was set before stays."""
    ends_at = time.monotonic() + seconds
    outer = _ENDS_AT.get()
    token = _ENDS_AT.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


def begin_time(seconds: float) -> None:
    """From here on this context has so many seconds, whatever it had before: for each event of a stream."""
    _ENDS_AT.set(time.monotonic() + seconds)


def seconds_left() -> float | None:
    """What is left of the time, never below zero; None where nothing is limited."""
    ends_at = _ENDS_AT.get()
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


def ends_at() -> float | None:
    """When the time is over, on the monotonic clock."""
    return _ENDS_AT.get()


def check_time() -> None:
    """Raise `TimedOut` when the time is over."""
    if seconds_left() == 0.0:
        raise TimedOut
