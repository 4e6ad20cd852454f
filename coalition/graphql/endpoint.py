"""GraphQL over HTTP, server-sent events and graphql-transport-ws, at one address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from cross_web import AsyncHTTPRequestAdapter, HTTPException, StarletteRequestAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.http.ides import GraphQL_IDE
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult

from coalition.access.middleware import bearer_token, resolve_again, resolve_bearer
from coalition.access.oauth.issuer import issuer_of
from coalition.core.actor import Actor
from coalition.core.errors import DatabaseFault
from coalition.core.i18n import negotiate
from coalition.core.messages import message
from coalition.graphql.accept import GRAPHQL_RESPONSE, prefers_graphql_response, wants_page
from coalition.graphql.context import Context, Runtime
from coalition.graphql.gate import NotAdmitted, admit
from coalition.graphql.guarded_sockets import (
    LONGEST_SILENCE,
    MOST_OPERATIONS,
    GuardedOperations,
    GuardedSocket,
)
from coalition.graphql.persisted import DocumentRefused, document_asked
from coalition.graphql.plain import answer_plainly, reader_language, worded
from coalition.graphql.problems import refusal, refusal_words, shorten_text
from coalition.graphql.schema import schema
from coalition.graphql.terms import Terms

# Shows the playground to browsers; the room of pages has it, which this one may not import.
Page = Callable[[Request], Response]


class Admitted(StarletteRequestAdapter):
    """A request that came through the gate."""

    @property
    def asked(self) -> dict[str, Any]:
        """What it asks: `query`, `variables` and so on."""
        asked: dict[str, Any] = self._request.state.asked
        return asked

    @property
    def terms(self) -> Terms:
        """The terms on which it is answered."""
        runtime: Runtime = self._request.app.state.runtime
        return runtime.terms


class Endpoint(GraphQL[Context, None]):
    """The one endpoint. GET is answered as anonymous or Bearer; the cookie counts on POST only."""

    graphql_ide: GraphQL_IDE | None = None
    graphql_transport_ws_handler_class = GuardedOperations
    request_adapter_class = Admitted
    websocket_adapter_class = GuardedSocket

    def __init__(self, page: Page | None = None) -> None:
        self._page = page
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=LONGEST_SILENCE,
            max_subscriptions_per_connection=MOST_OPERATIONS,
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
            if not self._is_stream(request):
                return await answer_plainly(request)
            response: Response = await self.run(await admit(request))
            return response
        except NotAdmitted as refused:
            return JSONResponse(refusal(refused.code, refused.text), refused.status)
        except DocumentRefused as refused:
            return _refused_document(refused.code, request)
        except HTTPException as error:
            return _refused_by_protocol(error, request.method)
        except DatabaseFault as fault:
            text = message(fault.code, {}, negotiate(request.headers.get("accept-language")))
            return JSONResponse(refusal(fault.code, text), 503, {"Retry-After": "5"})

    async def get_context(self, request: Request | WebSocket, response: Any) -> Context:
        """Who is calling; a socket says so later, in `connection_init`."""
        runtime: Runtime = request.app.state.runtime
        if isinstance(request, WebSocket):
            language = negotiate(request.headers.get("accept-language"))
            return Context(runtime, language=language, issuer=issuer_of(request))
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
        resolved = await resolve_bearer(context.runtime, token, issuer=context.issuer)
        if resolved.bad_token:
            raise ConnectionRejectionError

        async def again() -> Actor | None:
            asked = await resolve_bearer(context.runtime, token, issuer=context.issuer)
            return None if asked.bad_token else asked.actor

        context.actor = resolved.actor
        context.language = resolved.actor.language or context.language
        context.reauthenticate = again
        return None

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Never: whoever comes to look was shown a page before."""
        return False

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """What the gate has read, with the document that is meant where only its hash was given."""
        asked = cast(Admitted, request).asked
        terms = cast(Admitted, request).terms
        text = document_asked(asked, persisted=terms.persisted, trusted=terms.trusted)
        if text is None:
            raise NotAdmitted(400, "BAD_REQUEST", "`query` must hold a GraphQL document.")
        transport = self._get_stream_transport_from_headers(request.headers)
        return GraphQLRequestData(
            query=text,
            variables=asked.get("variables"),
            operation_name=asked.get("operationName"),
            extensions=asked.get("extensions"),
            protocol=transport.protocol if transport else "http",
        )

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """One answer of a stream."""
        return cast(GraphQLHTTPResponse, worded(result)[0])

    def _is_stream(self, request: Request) -> bool:
        return self._get_stream_transport_from_headers(request.headers) is not None


def _refused_document(code: str, request: Request) -> Response:
    text = refusal_words(code, negotiate(request.headers.get("accept-language")))
    # A client that asks by hash is meant to send the document next, so this is an answer in plain JSON.
    newer = prefers_graphql_response(request.headers.get("accept"))
    status = 200 if code == "PERSISTED_QUERY_NOT_FOUND" and not newer else 400
    return JSONResponse(
        refusal(code, text),
        status,
        {"Cache-Control": "no-store"},
        media_type=GRAPHQL_RESPONSE if newer else "application/json",
    )


def _refused_by_protocol(error: HTTPException, method: str) -> Response:
    codes = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}
    # GET is refused for a document with a deed only.
    allowed = "POST" if method == "GET" else "GET, POST"
    headers = {"Allow": allowed} if error.status_code == 405 else None
    body = refusal(codes.get(error.status_code, "BAD_REQUEST"), shorten_text(error.reason))
    return JSONResponse(body, error.status_code, headers)


def _asks_for_page(request: Request) -> bool:
    return (
        request.method == "GET"
        and not {"query", "documentId", "extensions"} & request.query_params.keys()
        and wants_page(request.headers.get("accept"))
    )


def graphql_routes(page: Page | None = None) -> list[BaseRoute]:
    """The endpoint over HTTP and over sockets; `page` answers browsers that come to look."""
    endpoint = cast(Any, Endpoint(page))
    return [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
