"""Sending from threads, with a bounded number of tries and of letters under way.

Nothing is stored: a letter can hold a one-time link, of which only the hash is ever kept. What could not be
sent when the process ends is lost, and whoever asked for it asks again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from coalition.notifications.mail import NotSent

log = logging.getLogger("coalition.mail")

THREADS = 2
# Deeds that may wait for a thread; more are refused at once, so that nobody fills the memory.
MOST_WAITING = 100
# Seconds between the tries; a server that asks to come back later is asked three times in all.
PAUSES = (1.0, 5.0)


@dataclass(frozen=True)
class Outcome:
    """Whether something was taken over for sending; else why not, without contents."""

    sent: bool
    reason: str = ""


class Post:
    """Two threads that send; one for the whole process."""

    def __init__(self, *, pauses: Sequence[float] = PAUSES, most_waiting: int = MOST_WAITING) -> None:
        self._pauses = tuple(pauses)
        self._room = threading.BoundedSemaphore(most_waiting)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="post")
        self._closing = threading.Event()

    def later(self, work: Callable[[], Outcome | None]) -> Future[Outcome | None]:
        """Do `work` once, in a thread, and never wait for it here; what goes wrong is logged."""
        if not self._room.acquire(blocking=False):
            log.error("too many letters are waiting, so one was not sent")
            return _done(Outcome(sent=False, reason="too many waiting"))
        try:
            return self._threads.submit(self._work, work)
        except RuntimeError:
            # The process is ending.
            self._room.release()
            return _done(Outcome(sent=False, reason="closing"))

    def try_to_send(self, send: Callable[[], None]) -> Outcome:
        """Send in this thread, again after pauses while the fault may pass; what is left is logged."""
        for pause in (*self._pauses, None):
            try:
                send()
            except NotSent as fault:
                if fault.is_lasting or pause is None or self._closing.wait(pause):
                    _log_fault(fault.reason)
                    return Outcome(sent=False, reason=fault.reason)
            else:
                break
        return Outcome(sent=True)

    def _work(self, work: Callable[[], Outcome | None]) -> Outcome | None:
        try:
            return work()
        except Exception as fault:  # noqa: BLE001  Nobody else would say it.
            reason = type(fault).__name__
            _log_fault(reason)
            return Outcome(sent=False, reason=reason)
        finally:
            self._room.release()

    def close(self) -> None:
        """Let what is under way end, without further tries; what waits is dropped."""
        self._closing.set()
        self._threads.shutdown(wait=True, cancel_futures=True)


def _log_fault(reason: str) -> None:
    # Without the exception: its text could hold an address.
    log.error("a message was not sent", extra={"fields": {"reason": reason}})


def _done(outcome: Outcome) -> Future[Outcome | None]:
    made: Future[Outcome | None] = Future()
    made.set_result(outcome)
    return made
