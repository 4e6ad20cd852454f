"""The address by which clients know this coalition, and the one of the API that tokens are good for."""

from __future__ import annotations

from starlette.requests import HTTPConnection

_OF_SOCKETS = {"ws": "http", "wss": "https"}


def issuer_of(connection: HTTPConnection) -> str:
    """The public address of the settings; without one the address by which this request came."""
    set_one: str = connection.app.state.settings.url
    if set_one:
        return set_one
    base = connection.base_url
    return str(base.replace(scheme=_OF_SOCKETS.get(base.scheme, base.scheme))).rstrip("/")


def resource_of(issuer: str) -> str:
    """What stands in a token as its audience (RFC 8707, RFC 9068)."""
    return f"{issuer}/graphql"
