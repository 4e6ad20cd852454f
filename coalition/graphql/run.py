"""Running documents: for the endpoint, and for our own pages, which have no other way to the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from coalition.core.actor import Actor
from coalition.graphql.context import Runtime
from coalition.graphql.problems import refusal
from coalition.graphql.schema import schema


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
    return await schema.answer(
        runtime, document, variables, actor=actor, language=language, own_document=own_document, **options
    )


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
    try:
        result = await execute(
            runtime,
            document,
            variables,
            actor=actor,
            language=language,
            own_document=own_document,
            allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
        )
    except (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError):
        text = "The document holds no query and no mutation."
        return DocumentResult(None, refusal("BAD_REQUEST", text)["errors"])
    return DocumentResult(result.data, [dict(error.formatted) for error in result.errors or []])
