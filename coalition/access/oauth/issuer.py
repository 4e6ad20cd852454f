"""The address by which clients know this coalition, and the one of the API that tokens are good for."""

from __future__ import annotations

import re

from starlette.requests import HTTPConnection

_OF_SOCKETS = {"ws": "http", "wss": "https"}
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


def issuer_of(connection: HTTPConnection) -> str:
    """The public address of the settings; without one the address by which this request came.

    Empty when the request names no host that could be one: then no token is good.
    """
    set_one: str = connection.app.state.settings.url
    if set_one:
        return set_one
    scheme, host = connection.scope["scheme"], connection.headers.get("host", "")
    return f"{_OF_SOCKETS.get(scheme, scheme)}://{host.lower()}" if _HOST.fullmatch(host) else ""


def resource_of(issuer: str) -> str:
    """What stands in a token as its audience (RFC 8707, RFC 9068)."""
    return f"{issuer}/graphql"
