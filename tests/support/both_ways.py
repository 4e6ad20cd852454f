"""Every query answered twice: from its plan, and field by field; the answers must not differ in a byte.

`both_ways` puts this in place of the executor's own way. Tests that count statements are left alone.
"""

from __future__ import annotations

import inspect
import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType

from coalition.core.errors import CoalitionError, DatabaseFault
from coalition.core.time_limit import seconds_left
from coalition.graphql import rules
from coalition.graphql.executing import CoalitionSchema
from coalition.graphql.planning import answering


class Differs(AssertionError):
    """A plan gave another answer than the resolvers, or broke."""


class Both:
    """How often a plan answered; `paused` while statements are counted."""

    def __init__(self) -> None:
        self.planned = 0
        self.paused = False
        self.faults: list[str] = []
        self.at_once: Any = CoalitionSchema._at_once


BOTH = Both()


@contextmanager
def both_ways() -> Iterator[Both]:
    """Within, every query that has a plan is answered both ways and compared."""
    own, log = rules.LimitedExecutor.execute_operation, answering.log
    logged = log.exception, log.warning

    def broke(*_: Any, **__: Any) -> None:
        BOTH.faults.append("".join(traceback.format_exc()))

    def execute(self: Any, serially: bool | None = None) -> Any:
        context = self.context_value
        plannable = self.operation.operation is OperationType.QUERY and context.inline
        if BOTH.paused or not plannable:
            return own(self, serially)
        data = self._planned(context)
        if data is None:
            if seconds_left() == 0.0:
                return own(self, serially)
            return super(rules.LimitedExecutor, self).execute_operation(serially)
        BOTH.planned += 1
        reads = _reads(context.secret_reads)
        context.secret_reads.take()
        ordinary = super(rules.LimitedExecutor, self).execute_operation(serially)
        if inspect.isawaitable(ordinary):
            return _compared_later(ordinary, data, reads, context)
        _compare(ordinary, data, reads, context)
        return ordinary

    rules.LimitedExecutor.execute_operation = execute  # type: ignore[method-assign]
    log.exception = log.warning = broke  # type: ignore[method-assign]
    # It would pass the executor by; `test_both_ways.py` compares it.
    CoalitionSchema._at_once = lambda *_, **__: None  # type: ignore[method-assign,assignment]
    BOTH.faults = []
    try:
        yield BOTH
        # Raised within an answer they would be masked as any other fault.
        if BOTH.faults:
            raise Differs("\n\n".join(BOTH.faults[:3]))
    finally:
        CoalitionSchema._at_once = BOTH.at_once  # type: ignore[method-assign]
        rules.LimitedExecutor.execute_operation = own  # type: ignore[method-assign]
        log.exception, log.warning = logged  # type: ignore[method-assign]


def _reads(noted: Any) -> dict[Any, Any]:
    return {key: asdict(read) for key, read in noted._noted.items()}


def _is_made_to_fail(cause: Exception | None) -> bool:
    """Whether a resolver took too long, or fails because a test wants to see what becomes of that."""
    return isinstance(cause, DatabaseFault) or not isinstance(cause, CoalitionError | GraphQLError | None)


async def _compared_later(ordinary: Any, data: Any, reads: Any, context: Any) -> ExecutionResult:
    result = await ordinary
    _compare(result, data, reads, context)
    return result


def _compare(result: ExecutionResult, data: Any, reads: Any, context: Any) -> None:
    if any(_is_made_to_fail(error.original_error) for error in result.errors or []):
        return
    if result.errors:
        BOTH.faults.append(f"planned an answer where there are errors: {result.errors}")
        return
    planned, resolved = json.dumps(data, ensure_ascii=False), json.dumps(result.data, ensure_ascii=False)
    if planned != resolved:
        place = next((n for n, (a, b) in enumerate(zip(planned, resolved, strict=False)) if a != b), 0)
        around = slice(max(0, place - 200), place + 200)
        BOTH.faults.append(f"planned:  {planned[around]}\nresolved: {resolved[around]}")
    if reads != _reads(context.secret_reads):
        BOTH.faults.append(f"noted: {reads}\nresolved: {_reads(context.secret_reads)}")
