"""What every operation must keep, whatever way it comes in, before anything of it is executed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from coalition.core.messages import message
from coalition.core.time_limit import TimedOut, check_time, seconds_left
from coalition.graphql.context import Context
from coalition.graphql.cost import (
    DEEPEST_DOCUMENT,
    LONGEST_ALIAS,
    Cost,
    TooDeep,
    Weighed,
    analyse,
    answered_cost,
    budget_of,
)
from coalition.graphql.documents import RULES, KnownDocument, known_document, remember
from coalition.graphql.planning.answering import Plans, answer


class OwnContext(SchemaExtension):
    """Operations that share a socket read their own snapshots, not one another's."""

    def on_operation(self) -> Iterator[None]:
        """Give the operation a context of its own before it runs."""
        self.execution_context.context = self.execution_context.context.for_operation()
        yield


class Rules(SchemaExtension):
    """Reads a document once, and refuses what is too much, not to be answered here, or does not fit."""

    _known: KnownDocument | None = None
    _cost: Cost | None = None
    _budget = 0

    def on_parse(self) -> Iterator[None]:
        """A document that was found valid before is not parsed again."""
        execution = self.execution_context
        if execution.query:
            self._known = known_document(execution.query, own=self._context.own_document)
            if self._known is not None:
                execution.graphql_document = self._known.document
        yield

    def on_validate(self) -> Iterator[None]:
        """All checks in the order of what they cost; the first that finds a fault ends it."""
        # An exception would leave streams without an answer, so faults are handed on as a list.
        self.execution_context.pre_execution_errors = self._faults()
        yield

    def get_results(self) -> dict[str, Any]:
        """What the operation came to at most, and what it could have come to."""
        return {"cost": self._answered_cost()} if self._cost is not None else {}

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context

    def _faults(self) -> list[GraphQLError]:
        execution, context = self.execution_context, self._context
        document, text = execution.graphql_document, execution.query
        if document is None or text is None:
            return []
        trusted = context.runtime.terms.trusted
        if trusted is not None and not context.own_document and not trusted.holds(text):
            return [self._refusal("UNTRUSTED_DOCUMENT")]
        known = self._known
        found = known or self._read(document)
        if not isinstance(found, KnownDocument):
            return [found]
        context.plans = found.plans
        faults = self._faults_of(found)
        if not faults and known is None:
            faults = validate(
                execution.schema._schema,  # noqa: SLF001
                document,
                RULES,
                hide_suggestions=not context.runtime.terms.introspection,
            )
            if faults:
                self._cost = None
            else:
                remember(text, found, own=context.own_document)
        if not faults and "persistedQuery" in (execution.operation_extensions or {}):
            context.runtime.terms.persisted.put(text)
        return faults

    def _read(self, document: DocumentNode) -> KnownDocument | GraphQLError:
        try:
            return KnownDocument(document, analyse(self.execution_context.schema._schema, document))  # noqa: SLF001
        except TooDeep:
            return self._refusal("TOO_COMPLEX", levels=DEEPEST_DOCUMENT)

    def _faults_of(self, found: KnownDocument) -> list[GraphQLError]:
        execution, context = self.execution_context, self._context
        # Its public property falls back on the first operation's name, which would be a guess.
        name = execution._provided_operation_name  # noqa: SLF001
        if name is None and _operations(found.document) > 1:
            return [_fault("The document holds several operations: say in operationName which one is meant.")]
        if found.analysis.long_alias:
            return [_fault(f"A name given to a field may have {LONGEST_ALIAS} characters at most.")]
        if context.own_document:
            return []
        if found.analysis.introspects and not context.runtime.terms.introspection:
            return [_fault("The schema cannot be asked for here; it is published as schema.graphql.")]
        weighed = found.analysis.operation(name)
        return self._faults_of_cost(weighed) if weighed is not None else []

    def _faults_of_cost(self, weighed: Weighed) -> list[GraphQLError]:
        self._budget = budget_of(weighed, self._context.actor.cost_budget)
        self._cost = cost = weighed.cost(self.execution_context.variables)
        if cost.requested <= self._budget:
            return []
        return [self._refusal("TOO_COMPLEX", requested=cost.requested, budget=self._budget)]

    def _answered_cost(self) -> dict[str, int]:
        return answered_cost(self._cost or Cost(0, 0), self._budget)

    def _refusal(self, code: str, **params: int) -> GraphQLError:
        extensions: dict[str, Any] = {"code": code}
        if self._cost is not None:
            extensions["cost"] = self._answered_cost()
        return GraphQLError(message(code, params, self._context.language), extensions=extensions)


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(each, OperationDefinitionNode) for each in document.definitions)


def _fault(text: str) -> GraphQLError:
    return GraphQLError(text, extensions={"code": "GRAPHQL_VALIDATION_FAILED"})


class LimitedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Looks at the clock before each object, and suggests nothing where the schema is not told."""

    @classmethod
    def build(  # type: ignore[override]
        cls, schema: Any, document: Any, root_value: Any, context_value: Context, *rest: Any, **options: Any
    ) -> Any:
        """The executor of one operation."""
        options["hide_suggestions"] = not context_value.runtime.terms.introspection
        return super().build(schema, document, root_value, context_value, *rest, **options)

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Answer from a plan where there is one, else field by field."""
        context: Context = self.context_value
        if self.operation.operation is OperationType.QUERY and context.inline:
            data = self._planned(context)
            if data is not None:
                return ExecutionResult(data, None)
            if seconds_left() == 0.0:
                late = TimedOut()
                return ExecutionResult(None, [GraphQLError(late.code, original_error=late)])
        return super().execute_operation(serially)

    def _planned(self, context: Context) -> dict[str, Any] | None:
        plans = context.plans
        if plans is None:
            return None
        name = self.operation.name.value if self.operation.name else None
        found = plans.get(name)
        if found is None:
            fragments = {key: each.definition for key, each in self.fragments.items()}
            found = plans[name] = Plans(self.schema, self.operation, fragments)
        return answer(context, found, self.variable_values)

    def execute_fields(self, *arguments: Any, **options: Any) -> Any:
        """The fields of one object."""
        check_time()
        return super().execute_fields(*arguments, **options)
