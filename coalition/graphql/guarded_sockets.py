"""Sockets keep the limits of requests: size, shape, nesting, characters, and how many operations at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage

from coalition.graphql.gate import NotAdmitted, check_message
from coalition.graphql.persisted import DocumentRefused, document_asked
from coalition.graphql.problems import refusal_words
from coalition.graphql.sockets import CountedOperations

# Operations under way on one socket; a page has a few.
MOST_OPERATIONS = 20
# From opening a socket to saying who it is.
LONGEST_SILENCE = timedelta(seconds=10)
LONGEST_ID = 100
# The protocol has 125 bytes for a closing frame, two of which are the code.
_LONGEST_REASON = 120


class GuardedSocket(ASGIWebSocketAdapter):
    """Reads messages that keep the limits, and ends a socket at the first that does not."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Each message as JSON."""
        del ignore_parsing_errors
        while self.ws.application_state != WebSocketState.DISCONNECTED:
            try:
                message = check_message(await self.ws.receive_text())
            except WebSocketDisconnect:
                return
            except KeyError:
                await self.close(4400, "Messages must be text.")
                return
            except NotAdmitted as refused:
                await self.close(4413 if refused.status == 413 else 4400, refused.text)
                return
            yield message

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message, unless the socket was closed in the meantime."""
        if self.ws.application_state != WebSocketState.DISCONNECTED:
            await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        """Close with a reason that fits into the closing frame, whatever somebody typed stands in it."""
        if self.ws.application_state != WebSocketState.DISCONNECTED:
            shortened = reason.encode()[:_LONGEST_REASON].decode("utf-8", "ignore")
            await super().close(code, shortened)


class GuardedOperations(CountedOperations):
    """Operations whose document may be given by its hash."""

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, with the document that it means."""
        if len(message["id"]) > LONGEST_ID:
            await self.websocket.close(4400, f"An id may have {LONGEST_ID} characters at most.")
            return
        asked: dict[str, Any] = cast("dict[str, Any]", message["payload"])
        terms = self.context.runtime.terms
        try:
            text = document_asked(asked, persisted=terms.persisted, trusted=terms.trusted)
        except DocumentRefused as refused:
            await self._refuse(message["id"], refused.code)
            return
        if len(self.operations) >= MOST_OPERATIONS and message["id"] not in self.operations:
            await self._refuse(message["id"], "TOO_COMPLEX")
            return
        payload = cast(Any, {**asked, "query": text or ""})
        await super().handle_subscribe({**message, "payload": payload})

    async def _refuse(self, operation_id: str, code: str) -> None:
        error = GraphQLError(refusal_words(code, self.context.language), extensions={"code": code})
        await self.send_message({"id": operation_id, "type": "error", "payload": [error.formatted]})

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        # A document that cannot be read ends its operation; others on the socket go on.
        del error
        return None
