"""A question and its answer as JSON: the short way of all requests that are neither sockets nor streams."""

from __future__ import annotations

from typing import Any

from cross_web import HTTPException
from graphql import DocumentNode
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.operation import get_operation_type

from coalition.access.threads import in_thread
from coalition.core.actor import Actor, ActorKind
from coalition.core.clock import civil_date
from coalition.core.i18n import negotiate
from coalition.core.unit_of_work import newest_data_number
from coalition.graphql.accept import GRAPHQL_RESPONSE, JSON, prefers_graphql_response
from coalition.graphql.answers import Asked, KeptAnswer, encoded, names_tag, tag_of
from coalition.graphql.context import Runtime
from coalition.graphql.dependence import Dependence, watched_dependence
from coalition.graphql.documents import known_document
from coalition.graphql.gate import NotAdmitted, asked_by
from coalition.graphql.persisted import document_asked
from coalition.graphql.problems import request_code
from coalition.graphql.run import execute

ALLOWED = {
    "GET": OperationType.from_http("GET") - {OperationType.SUBSCRIPTION},
    "POST": OperationType.from_http("POST") - {OperationType.SUBSCRIPTION},
}
# Nobody but the asker may keep such an answer, and it must ask whether it still holds. What somebody known
# was told lies in no cache at all; a program that keeps it by itself may ask all the same.
_ASK_AGAIN = "private, no-cache"
_NO_STORE = "no-store"
_VARIES = "Accept, Accept-Language, Authorization"


def reader_language(connection: HTTPConnection, actor: Actor) -> str:
    """The language of answers: the account's, then what the client accepts, then English."""
    return actor.language or negotiate(connection.headers.get("accept-language"))


async def answer_plainly(request: Request) -> Response:
    """The answer to a request by GET or POST. Raises `NotAdmitted`, `DocumentRefused` and `HTTPException`."""
    if request.method not in ALLOWED:
        raise HTTPException(405, "GraphQL only supports GET and POST requests.")
    asked = await asked_by(request)
    runtime: Runtime = request.app.state.runtime
    question = _question(request, runtime, asked)
    day = civil_date(runtime.units.clock())
    key = question.key(day)
    kept = runtime.answers.kept.get(key) if key else None
    if kept and await _still_holds(request, runtime, kept):
        if "persistedQuery" in (asked.get("extensions") or {}):
            # As if it had been executed: a client that sent a document with its hash may send the hash alone.
            runtime.terms.persisted.put(question.document)
        return _sent(request, kept.body, tag=kept.tag)
    if key is None or not (request.method == "GET" or runtime.answers.is_asked_again(key)):
        result = await _executed(request, runtime, question, asked)
        answer, is_executed = worded(result)
        return _sent(request, encoded(answer), is_executed=is_executed)
    with watched_dependence() as found:
        result = await _executed(request, runtime, question, asked)
    answer, is_executed = worded(result)
    body = encoded(answer)
    if not _may_be_kept(question, result, found) or civil_date(runtime.units.clock()) != day:
        return _sent(request, body, is_executed=is_executed)
    made = KeptAnswer(body, tag_of(body), found.data_number)
    runtime.answers.keep(key, made)
    return _sent(request, body, tag=made.tag)


def _question(request: Request, runtime: Runtime, asked: dict[str, Any]) -> Asked:
    terms, actor = runtime.terms, request.state.actor
    text = document_asked(asked, persisted=terms.persisted, trusted=terms.trusted)
    if text is None:
        raise NotAdmitted(400, "BAD_REQUEST", "`query` must hold a GraphQL document.")
    return Asked(
        document=text,
        operation_name=asked.get("operationName"),
        variables=asked.get("variables"),
        actor=actor,
        language=reader_language(request, actor),
        introspection=terms.introspection,
    )


async def _still_holds(request: Request, runtime: Runtime, kept: KeptAnswer) -> bool:
    if kept.data_number is None:
        return True
    number: int | None = request.state.data_number
    if number is None:
        number = await in_thread(lambda: newest_data_number(runtime.units.database))
    return number == kept.data_number


async def _executed(
    request: Request, runtime: Runtime, question: Asked, asked: dict[str, Any]
) -> ExecutionResult:
    """Execute off the event loop; subscriptions need a stream, so they are refused here."""
    try:
        return await execute(
            runtime,
            question.document,
            asked.get("variables"),
            actor=question.actor,
            language=question.language,
            operation_name=question.operation_name,
            operation_extensions=asked.get("extensions"),
            allowed_operation_types=ALLOWED[request.method],
        )
    except CannotGetOperationTypeError as error:
        raise HTTPException(400, error.as_http_error_reason()) from error
    except InvalidOperationTypeError as error:
        raise _not_over_this_method(error, request.method) from error
    except MissingQueryError as error:
        raise HTTPException(400, "No GraphQL query found in the request") from error


def _may_be_kept(question: Asked, result: ExecutionResult, found: Dependence) -> bool:
    """Whether the same would be answered again: a question without errors that lasts."""
    known = known_document(question.document, own=False)
    return (
        known is not None
        and not result.errors
        and found.is_lasting
        and _is_question(known.document, question.operation_name)
    )


def _is_question(document: DocumentNode, name: str | None) -> bool:
    return get_operation_type(document, name) is OperationType.QUERY


def worded(result: ExecutionResult) -> tuple[dict[str, Any], bool]:
    """The answer as it is encoded, and whether anything was executed; else it has no `data`."""
    answer: dict[str, Any] = {"data": result.data}
    errors: list[Any] = [error.formatted for error in result.errors or []]
    for error, formatted in zip(result.errors or [], errors, strict=True):
        # What an extension of the schema refuses has not been put into words on its way here.
        formatted.setdefault("extensions", {"code": request_code(error)})
    if errors:
        answer["errors"] = errors
    if result.extensions:
        answer["extensions"] = result.extensions
    if not is_request_error(result):
        return answer, True
    del answer["data"]
    if not any("cost" in error["extensions"] for error in errors):
        answer.pop("extensions", None)
    return answer, False


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed: no error has a path, and there is no data."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(e.path is None for e in result.errors or [])


def _sent(request: Request, body: bytes, *, is_executed: bool = True, tag: str | None = None) -> Response:
    """In the media type that the client prefers; GraphQL over HTTP gives 4xx in the newer one."""
    newer = prefers_graphql_response(request.headers.get("accept"))
    headers = {"Cache-Control": _NO_STORE}
    if tag is not None and request.method == "GET":
        is_known = request.state.actor.kind is not ActorKind.ANONYMOUS
        storing = _NO_STORE if is_known else _ASK_AGAIN
        headers = {"Cache-Control": storing, "ETag": tag, "Vary": _VARIES}
        if names_tag(request.headers.get("if-none-match"), tag):
            return Response(status_code=304, headers=headers)
    media_type = f"{GRAPHQL_RESPONSE}; charset=utf-8" if newer else JSON
    return Response(body, 200 if is_executed or not newer else 400, headers, media_type)


def _not_over_this_method(error: InvalidOperationTypeError, method: str) -> HTTPException:
    if error.operation_type is OperationType.SUBSCRIPTION:
        return HTTPException(400, "Subscriptions need Accept: text/event-stream, or graphql-transport-ws.")
    return HTTPException(405 if method == "GET" else 400, error.as_http_error_reason(method))
