"""Several people at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Result = TypeVar("Result")


def at_once(count: int, deed: Callable[[int], Result]) -> list[Result | BaseException]:
    """What `deed(0)`, `deed(1)` … gave or raised, each in a thread of its own, all started together."""
    start = Barrier(count)

    def run(number: int) -> Result:
        start.wait()
        return deed(number)

    with ThreadPoolExecutor(count) as threads:
        running = [threads.submit(run, number) for number in range(count)]
    return [each.exception() or each.result() for each in running]
