"""Running documents: for the endpoint, and for our own pages, which have no other way to the data."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from strawberry.types import ExecutionResult

from coalition.core.actor import Actor
from coalition.graphql.context import Context, Runtime
from coalition.graphql.schema import schema

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


async def in_worker(runtime: Runtime, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Execute a coroutine in a worker thread, with this request's log context."""
    context = copy_context()
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(runtime.workers, lambda: context.run(_run_here, make))


async def execute(
    runtime: Runtime,
    document: str | None,
    variables: dict[str, Any] | None,
    *,
    actor: Actor,
    language: str,
    own_document: bool = False,
    **options: Any,
) -> ExecutionResult:
    """Execute one query or mutation on one snapshot, off the event loop."""

    async def work() -> ExecutionResult:
        context = Context(runtime, actor=actor, language=language, inline=True, own_document=own_document)
        try:
            return await schema.execute(document, variable_values=variables, context_value=context, **options)
        finally:
            context.close()

    return await in_worker(runtime, work)


@dataclass(frozen=True)
class DocumentResult:
    """What a page gets: data, and errors with message and `extensions.code`."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]] = field(default_factory=list)


async def run_document(
    runtime: Runtime,
    document: str,
    variables: dict[str, Any],
    *,
    actor: Actor,
    language: str,
    own_document: bool,
) -> DocumentResult:
    """Run a document for a page as `actor`, answering in `language`.

    `own_document` says that it is shipped with us and not typed by a visitor: then its size is known.
    """
    result = await execute(
        runtime, document, variables, actor=actor, language=language, own_document=own_document
    )
    return DocumentResult(result.data, [dict(error.formatted) for error in result.errors or []])
