"""The schema as it is executed here: queries and deeds whole in a worker, whatever way they come in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from graphql import OperationType as GraphQLOperationType
from graphql.execution.values import get_variable_values
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError, StreamExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing

from coalition.core.actor import Actor
from coalition.core.errors import DatabaseFault
from coalition.core.messages import message
from coalition.core.time_limit import TimedOut, check_time, time_limit
from coalition.graphql.context import Context, Runtime
from coalition.graphql.cost import Weighed, answered_cost, budget_of
from coalition.graphql.documents import KnownDocument, known_document, read_live
from coalition.graphql.planning.answering import answer
from coalition.graphql.workers import end_stragglers, in_worker


class CoalitionSchema(strawberry.Schema):
    """The schema; errors are logged where they are put into words, once."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here: most errors are the caller's, and their text can hold what they typed."""

    async def answer(
        self,
        runtime: Runtime,
        document: str | None,
        variables: dict[str, Any] | None,
        *,
        actor: Actor,
        language: str,
        own_document: bool = False,
        **options: Any,
    ) -> ExecutionResult:
        """Execute one query or deed on one snapshot in a worker, within the time that a request has.

        Waiting for a worker counts too.
        """

        async def work() -> ExecutionResult:
            context = Context(runtime, actor=actor, language=language, inline=True, own_document=own_document)
            try:
                check_time()
                result = self._at_once(context, document, variables, **options)
                if result is None:
                    result = await self.execute(document, variables, context, **options)
                if result.errors:
                    await end_stragglers()
                recorded: ExecutionResult = await _recorded(_ended(result, context), context)
                return recorded
            except TimedOut:
                # Waiting for a worker took all of it.
                return PreExecutionError(None, [_timeout(language)])
            finally:
                context.close()

        with time_limit(runtime.terms.time_limit_seconds):
            return await in_worker(runtime.workers, work)

    def _at_once(
        self,
        context: Context,
        text: str | None,
        variables: dict[str, Any] | None,
        *,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] = (OperationType.QUERY,),
    ) -> ExecutionResult | None:
        """The answer to a question that has been asked before and has a plan; None for any other.

        What `Rules` looks at each time is looked at here too, and so is only what they found right.
        """
        known = known_document(text, own=context.own_document) if text else None
        if text is None or known is None or OperationType.QUERY not in allowed_operation_types:
            return None
        weighed = _meant(known, operation_name)
        plans = known.plans.get(_name_of(weighed.node)) if weighed is not None else None
        trusted = None if context.own_document else context.runtime.terms.trusted
        if weighed is None or plans is None or (trusted is not None and not trusted.holds(text)):
            return None
        values = get_variable_values(
            self._schema, weighed.node.variable_definitions or [], variables or {}, hide_suggestions=True
        )
        cost, budget = weighed.cost(variables), budget_of(weighed, context.actor.cost_budget)
        if isinstance(values, list) or not (context.own_document or cost.requested <= budget):
            return None
        data = answer(context, plans, values)
        if data is None:
            return None
        if "persistedQuery" in (operation_extensions or {}):
            context.runtime.terms.persisted.put(text)
        told = {} if context.own_document else {"cost": answered_cost(cost, budget)}
        return ExecutionResult(data, None, told)

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Any:
        """Execute over a stream or socket; only live events themselves are resolved on the server's loop."""
        context: Context = context_value  # type: ignore[assignment]
        options: dict[str, Any] = {"operation_name": operation_name}
        if allowed_operation_types is not None:
            options["allowed_operation_types"] = tuple(allowed_operation_types)
        if query and not await self._is_live(context, query, variable_values, operation_name):
            return self._single(context, query, variable_values, options)
        own = context.for_operation()
        events = await super().stream(
            query,
            variable_values,
            own,
            root_value,
            operation_extensions=operation_extensions,
            **options,
        )
        return self._live(events, own)

    async def _live(self, events: Any, context: Context) -> AsyncGenerator[StreamExecutionResult, None]:
        async with aclosing(events) as source:
            async for result in source:
                yield await _recorded(result, context)

    async def _single(
        self, context: Context, query: str | None, variables: dict[str, Any] | None, options: dict[str, Any]
    ) -> AsyncGenerator[StreamExecutionResult, None]:
        # A socket can outlive the token that opened it.
        actor = await context.reauthenticate() if context.reauthenticate else context.actor
        if actor is None:
            yield PreExecutionError(None, [_in_words("UNAUTHENTICATED", context.language)])
            return
        runtime = context.runtime
        try:
            yield await self.answer(
                runtime, query, variables, actor=actor, language=context.language, **options
            )
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            # Refused before anything is executed: here only to be put into the same words as ever.
            async with aclosing(await super().stream(query, variables, context, **options)) as source:
                async for result in source:
                    yield result

    async def _is_live(
        self, context: Context, query: str, variables: dict[str, Any] | None, name: str | None
    ) -> bool:
        def affordable(weighed: Weighed) -> bool:
            budget = budget_of(weighed, context.actor.cost_budget)
            return weighed.cost(variables).requested <= budget

        async def read() -> bool:
            return read_live(self._schema, query, name, affordable)

        return await in_worker(context.runtime.workers, read)


def _meant(known: KnownDocument, name: str | None) -> Weighed | None:
    """The question that is meant, if it is clear which, and if it is about data."""
    if known.analysis.introspects or (name is None and len(known.analysis.operations) > 1):
        return None
    weighed = known.analysis.operation(name)
    return weighed if weighed is not None and weighed.node.operation is GraphQLOperationType.QUERY else None


def _name_of(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


async def _recorded(result: Any, context: Context) -> Any:
    """The answer, once the audit log says which secrets it holds; unrecorded none is handed out."""
    try:
        await context.record_secret_reads()
    except (DatabaseFault, TimedOut) as fault:
        place = next(iter(result.data or {}), None)
        return ExecutionResult(None, [_in_words(fault.code, context.language, place)], result.extensions)
    return result


def _ended(result: ExecutionResult, context: Context) -> ExecutionResult:
    """When the time was over half-way, half an answer to a question would be misleading: none is given.

    What was done is done, and stays in the answer.
    """
    codes = [(error.extensions or {}).get("code") for error in result.errors or []]
    if context.has_written or TimedOut.code not in codes:
        return result
    return ExecutionResult(None, [_timeout(context.language)], result.extensions)


def _timeout(language: str) -> GraphQLError:
    return _in_words("TIMEOUT", language)


def _in_words(code: str, language: str, place: str | None = None) -> GraphQLError:
    path = [place] if place else None
    return GraphQLError(message(code, {}, language), path=path, extensions={"code": code})
