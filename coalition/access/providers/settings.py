"""What the environment says of the outside provider, if there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True)
class ProviderSettings:
    """An OpenID provider that is believed about who somebody is; `name` is how pages call it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str


def is_issuer(text: str) -> bool:
    """An https address without query and fragment (OpenID Connect Discovery 1.0, section 2)."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  Raises for one that is no number.
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return bool(plain and parts.hostname and is_protected(text))


def is_protected(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent: TLS, or it never leaves this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
