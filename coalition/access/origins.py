"""Whether a browser sends a request because a page of another site told it to."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

# What browsers say of requests that a page of ours, or the person at the address bar, has caused.
OWN = ("same-origin", "none")


def is_from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether a page of another site, a neighbour under the same domain included, caused this request.

    Browsers tell in `Sec-Fetch-Site`, older ones in `Origin`; programs tell nothing and are believed, since
    nobody can make them send somebody else's cookie.
    """
    told = connection.headers.getlist("sec-fetch-site")
    if told:
        return any(site not in OWN for site in told)
    return any(not _is_own(connection, origin) for origin in connection.headers.getlist("origin"))


def _is_own(connection: HTTPConnection, origin: str) -> bool:
    """Whether `Origin` names this host; the scheme is a proxy's matter, and it may have another outside."""
    public = connection.app.state.settings.url
    hosts = {_host(f"//{connection.headers.get('host', '')}"), _host(public)}
    return _host(origin) in hosts - {""}


def _host(address: str) -> str:
    """Host and port, without the port that goes without saying."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    name = parts.hostname or ""
    return name if port in (None, 80, 443) else f"{name}:{port}"
