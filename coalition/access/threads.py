"""Database work and password hashing away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")

# Fewer than the database has connections, so that finding out who calls never starves what they asked for.
_WORKERS = ThreadPoolExecutor(8, thread_name_prefix="access")


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread and wait for it, without holding up other requests."""
    return await asyncio.get_running_loop().run_in_executor(_WORKERS, copy_context().run, work)
