"""What went wrong, as clients read it: expected failures in words, unexpected ones masked."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import MaskErrors
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from coalition.core.errors import BadUserInput, DatabaseFault
from coalition.core.messages import message

log = logging.getLogger("coalition.graphql")

MOST_ERRORS = 100
# Messages repeat what was typed, which may be as long as the document.
LONGEST_MESSAGE = 500


def shorten_text(text: str) -> str:
    """A message that does not repeat pages of what somebody typed."""
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def is_expected(error: GraphQLError) -> bool:
    """Whether a caller can expect this: a fault of the request, or of the database's state."""
    original = error.original_error
    if error.path is None and error.nodes:
        # A place in the document but none in the answer: its values do not fit their types.
        return True
    return original is None or isinstance(original, BadUserInput | DatabaseFault | GraphQLError)


class ErrorsInWords(MaskErrors):
    """Every error gets a code and a sentence in the reader's language; what is unexpected is masked."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda _error: True)

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        # Each row of a list can fail in the same way; nobody reads thousands of them.
        return super()._process_errors(errors[:MOST_ERRORS])

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """The error as it is answered."""
        text, extensions = _in_words(error, self.execution_context.context.language)
        return GraphQLError(
            shorten_text(text),
            nodes=error.nodes,
            source=error.source,
            positions=error.positions,
            path=error.path,
            extensions=extensions,
        )


def _in_words(error: GraphQLError, language: str) -> tuple[str, dict[str, Any]]:
    original = error.original_error
    if isinstance(original, BadUserInput):
        return message(original.code, original.params, language), {"code": original.code}
    if isinstance(original, DatabaseFault):
        return message(original.code, {}, language), {"code": original.code}
    if isinstance(original, CannotGetOperationTypeError):
        return original.as_http_error_reason(), {"code": "GRAPHQL_VALIDATION_FAILED"}
    if isinstance(original, InvalidOperationTypeError):
        # Over plain HTTP a status says it; a stream has only this.
        return message("METHOD_NOT_ALLOWED", {}, language), {"code": "METHOD_NOT_ALLOWED"}
    if is_expected(error):
        return error.message, error.extensions or {"code": request_code(error)}
    # The reference stands in the log beside the whole story; the caller can name it when asking for help.
    reference = uuid.uuid4().hex[:12]
    log.error("masked error %s", reference, exc_info=original)
    return message("INTERNAL", {"reference": reference}, language), {
        "code": "INTERNAL",
        "reference": reference,
    }


def request_code(error: GraphQLError) -> str:
    """The code of a fault of the request itself."""
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if error.path else "GRAPHQL_VALIDATION_FAILED"


def refusal_words(code: str, language: str) -> str:
    """Why a document is not answered; clients know two of the codes by fixed words."""
    fixed = {
        "PERSISTED_QUERY_NOT_FOUND": "PersistedQueryNotFound",
        "BAD_REQUEST": "`persistedQuery` needs version 1, and a hash must be a SHA-256 in hexadecimal.",
    }
    return fixed.get(code) or message(code, {}, language)


def refusal(code: str, text: str) -> dict[str, Any]:
    """The body of a request that is refused before it is executed."""
    return {"errors": [{"message": text, "extensions": {"code": code}}]}
