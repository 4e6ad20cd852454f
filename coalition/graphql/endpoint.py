"""GraphQL over HTTP, server-sent events and graphql-transport-ws, at one address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.ides import GraphQL_IDE
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from coalition.access.middleware import bearer_token, resolve_again, resolve_bearer
from coalition.core.actor import Actor
from coalition.core.errors import DatabaseFault
from coalition.core.i18n import negotiate
from coalition.core.messages import message
from coalition.graphql.accept import GRAPHQL_RESPONSE, prefers_graphql_response, wants_page
from coalition.graphql.context import Context, Runtime
from coalition.graphql.gate import NotAdmitted, admit
from coalition.graphql.problems import refusal, request_code
from coalition.graphql.run import execute
from coalition.graphql.schema import schema
from coalition.graphql.sockets import CountedOperations

# Shows the playground to browsers; the room of pages has it, which this one may not import.
Page = Callable[[Request], Response]


def reader_language(connection: HTTPConnection, actor: Actor) -> str:
    """The language of answers: the account's, then what the client accepts, then English."""
    return actor.language or negotiate(connection.headers.get("accept-language"))


def is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was executed: no error has a path, and there is no data."""
    if isinstance(result, PreExecutionError):
        return True
    return result.data is None and bool(result.errors) and all(e.path is None for e in result.errors or [])


class Endpoint(GraphQL[Context, None]):
    """The one endpoint. GET is answered as anonymous or Bearer; the cookie counts on POST only."""

    graphql_ide: GraphQL_IDE | None = None
    graphql_transport_ws_handler_class = CountedOperations

    def __init__(self, page: Page | None = None) -> None:
        self._page = page
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; every refusal is JSON with a code."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        try:
            if self._page and _asks_for_page(request):
                return self._page(request)
            response: Response = await self.run(await admit(request))
            return response
        except NotAdmitted as refused:
            return JSONResponse(refusal(refused.code, refused.text), refused.status)
        except HTTPException as error:
            return _refused_by_protocol(error, request.method)
        except DatabaseFault as fault:
            text = message(fault.code, {}, negotiate(request.headers.get("accept-language")))
            return JSONResponse(refusal(fault.code, text), 503, {"Retry-After": "5"})

    async def get_context(self, request: Request | WebSocket, response: Any) -> Context:
        """Who is calling; a socket says so later, in `connection_init`."""
        runtime: Runtime = request.app.state.runtime
        if isinstance(request, WebSocket):
            return Context(runtime, language=negotiate(request.headers.get("accept-language")))
        # Found out by `Identify`, before this request was looked at.
        actor: Actor = request.state.actor
        by_cookie = request.method == "POST"
        return Context(
            runtime,
            actor=actor,
            language=reader_language(request, actor),
            reauthenticate=lambda: resolve_again(request, cookie=by_cookie),
        )

    async def on_ws_connect(self, context: Context) -> Any:
        """Read `authorization` from `connection_init`; without one the socket is anonymous."""
        given = context.connection_params.get("authorization") if context.connection_params else None
        if given is None:
            return None
        token = bearer_token(given) if isinstance(given, str) else None
        if token is None:
            raise ConnectionRejectionError
        resolved = await resolve_bearer(context.runtime, token)
        if resolved.bad_token:
            raise ConnectionRejectionError

        async def again() -> Actor | None:
            asked = await resolve_bearer(context.runtime, token)
            return None if asked.bad_token else asked.actor

        context.actor = resolved.actor
        context.language = resolved.actor.language or context.language
        context.reauthenticate = again
        return None

    async def execute_single(
        self,
        request: Request,
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Execute off the event loop; subscriptions need a stream, so they are refused here."""
        allowed = OperationType.from_http(request_adapter.method) - {OperationType.SUBSCRIPTION}
        try:
            return await execute(
                context.runtime,
                request_data.query,
                request_data.variables,
                actor=context.actor,
                language=context.language,
                operation_name=request_data.operation_name,
                operation_extensions=request_data.extensions,
                allowed_operation_types=allowed,
            )
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason()) from error
        except InvalidOperationTypeError as error:
            raise _not_over_this_method(error, request_adapter.method) from error
        except MissingQueryError as error:
            raise HTTPException(400, "No GraphQL query found in the request") from error

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """A request that was not executed has no `data`."""
        answer = await super().process_result(request, result)
        shown: list[Any] = list(answer.get("errors") or [])
        for error, formatted in zip(result.errors or [], shown, strict=True):
            # What an extension of the schema refuses has not been put into words on its way here.
            formatted.setdefault("extensions", {"code": request_code(error)})
        if is_request_error(result):
            answer.pop("data", None)
            request.state.nothing_executed = True
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        """The answer as JSON; `run` chooses media type and status."""
        response = super().create_response(response_data, sub_response)
        response.headers["Cache-Control"] = "no-store"
        return response

    async def run(self, request: Any, context: Any = None, root_value: Any = None) -> Any:
        """Answer in the media type that the client prefers; GraphQL over HTTP gives 4xx in the newer one."""
        if isinstance(request, WebSocket):
            return await super().run(request)
        response: Response = await super().run(request)
        if response.media_type == "application/json" and prefers_graphql_response(
            request.headers.get("accept")
        ):
            response.headers["content-type"] = f"{GRAPHQL_RESPONSE}; charset=utf-8"
            if getattr(request.state, "nothing_executed", False):
                response.status_code = 400
        return response


def _not_over_this_method(error: InvalidOperationTypeError, method: str) -> HTTPException:
    if error.operation_type is OperationType.SUBSCRIPTION:
        return HTTPException(400, "Subscriptions need Accept: text/event-stream, or graphql-transport-ws.")
    return HTTPException(405 if method == "GET" else 400, error.as_http_error_reason(method))


def _refused_by_protocol(error: HTTPException, method: str) -> Response:
    codes = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
    # GET is refused for a document with a deed only.
    allowed = "POST" if method == "GET" else "GET, POST"
    headers = {"Allow": allowed} if error.status_code == 405 else None
    body = refusal(codes.get(error.status_code, "BAD_REQUEST"), error.reason)
    return JSONResponse(body, error.status_code, headers)


def _asks_for_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and "query" not in request.query_params
        and wants_page(request.headers.get("accept"))
    )


def graphql_routes(page: Page | None = None) -> list[BaseRoute]:
    """The endpoint over HTTP and over sockets; `page` answers browsers that come to look."""
    endpoint = cast(Any, Endpoint(page))
    return [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
