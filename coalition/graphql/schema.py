"""The public schema: types, queries, deeds and live events put together."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import (
    MaxTokensLimiter,
    ParserCache,
    SchemaExtension,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from coalition.graphql.cost import refuse_too_much
from coalition.graphql.declare import VIEWS
from coalition.graphql.mutations.assistance import AssistanceMutations
from coalition.graphql.mutations.outreach import OutreachMutations
from coalition.graphql.mutations.privacy import PrivacyMutations
from coalition.graphql.mutations.training import TrainingMutations
from coalition.graphql.problems import ErrorsInWords
from coalition.graphql.queries.assistance import AssistanceQueries
from coalition.graphql.queries.members import MemberQueries
from coalition.graphql.queries.outreach import OutreachQueries
from coalition.graphql.queries.privacy import PrivacyQueries
from coalition.graphql.queries.reports import ReportQueries
from coalition.graphql.queries.training import TrainingQueries
from coalition.graphql.scalars import SCALARS
from coalition.graphql.subscriptions import Subscription
from coalition.graphql.types.common import InputError

LARGEST_DOCUMENT_TOKENS = 2000


@strawberry.type(description="What can be asked. Without sign-in: PUBLIC records only.")
class Query(
    MemberQueries, OutreachQueries, TrainingQueries, AssistanceQueries, ReportQueries, PrivacyQueries
):
    """Root of questions."""


@strawberry.type(description="What can be done; each deed is one transaction.")
class Mutation(OutreachMutations, TrainingMutations, AssistanceMutations, PrivacyMutations):
    """Root of deeds."""


class OneOperation(SchemaExtension):
    """A document with several operations must say which one is meant."""

    def on_validate(self) -> Any:
        """Refuse it before it is validated: running the first one would be a guess."""
        execution = self.execution_context
        document = execution.graphql_document
        # Its public property falls back on the first operation's name, which is the guess to avoid.
        if document is not None and execution._provided_operation_name is None:  # noqa: SLF001
            operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
            if len(operations) > 1:
                raise GraphQLError(
                    "The document holds several operations: say in operationName which one is meant."
                )
        yield


class Affordable(SchemaExtension):
    """A document must not ask for too much at once; those of our own pages are known."""

    def on_validate(self) -> Any:
        """Refuse it before anything is read."""
        execution = self.execution_context
        if execution.graphql_document is not None and not execution.context.own_document:
            refuse_too_much(execution.schema._schema, execution.graphql_document)  # noqa: SLF001
        yield


class OwnContext(SchemaExtension):
    """Operations that share a socket read their own snapshots, not one another's."""

    def on_operation(self) -> Any:
        """Give the operation a context of its own before it runs."""
        self.execution_context.context = self.execution_context.context.for_operation()
        yield


class CoalitionSchema(strawberry.Schema):
    """The schema; errors are logged where they are put into words, once."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here: most errors are the caller's, and their text can hold what they typed."""


schema = CoalitionSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[InputError, *(shown.python_type for shown in VIEWS.values())],
    config=StrawberryConfig(scalar_map=SCALARS),
    extensions=[
        lambda: MaxTokensLimiter(max_token_count=LARGEST_DOCUMENT_TOKENS),
        OwnContext,
        ErrorsInWords,
        OneOperation,
        Affordable,
        ParserCache,
        ValidationCache,
    ],
)
