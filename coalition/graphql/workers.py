"""The threads that execute requests, each with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")

# Each worker holds at most one connection while it works; more threads would only wait for the database.
WORKERS = 10
_own = threading.local()


class Workers(ThreadPoolExecutor):
    """The threads that execute requests, each with an event loop of its own that ends with them."""

    def __init__(self) -> None:
        self._runners: list[asyncio.Runner] = []
        super().__init__(WORKERS, thread_name_prefix="worker", initializer=self._begin)

    def _begin(self) -> None:
        _own.runner = asyncio.Runner()
        self._runners.append(_own.runner)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the threads; once they have ended, their loops too."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            for runner in self._runners:
                runner.get_loop().close()


def make_workers() -> ThreadPoolExecutor:
    """The threads that execute requests, each with an event loop of its own."""
    return Workers()


def _run_here(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on this worker's own loop, where database work may simply be done."""
    runner: asyncio.Runner = _own.runner
    # A runner keeps the variables of its first run unless it is told; log lines would name the wrong request.
    return runner.run(make(), context=copy_context())


async def in_worker(workers: ThreadPoolExecutor, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Execute a coroutine in a worker thread, with this request's log context and time limit."""
    context = copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(workers, lambda: context.run(_run_here, make))


async def end_stragglers() -> None:
    """Cancel what an answer that failed has left under way on this worker's loop.

    The executor answers at the first error that nothing catches and lets sibling fields settle in the
    background; here they would go on within the next request.
    """
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
