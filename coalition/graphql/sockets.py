"""Operations over a socket, each counted like a request."""

from __future__ import annotations

from graphql import GraphQLError
from starlette.websockets import WebSocket
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)

from coalition.access.middleware import address_of_caller, rates_of
from coalition.access.rates import Party, PartyKind, RateLimited, caller_of, network_of
from coalition.core.messages import message
from coalition.graphql.context import Context


class CountedOperations(BaseGraphQLTransportWSHandler[Context, None]):
    """Refuses an operation that is one too many; the socket and what runs on it already go on."""

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        """Count an operation for the network and for who is calling, then run it."""
        try:
            await self._count()
        except RateLimited as limited:
            text = message(limited.code, {"seconds": limited.seconds}, self.context.language)
            extensions = {"code": limited.code, "retryAfter": limited.seconds}
            await operation.send_initial_errors([GraphQLError(text, extensions=extensions)])
            return
        await super().run_operation(operation)

    async def _count(self) -> None:
        socket: WebSocket = self.websocket.ws  # type: ignore[attr-defined]
        host = address_of_caller(socket)
        network = Party(PartyKind.NETWORK, network_of(host))
        await rates_of(socket).charge(network, caller_of(self.context.actor, host))
