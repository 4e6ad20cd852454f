"""Which addresses an app may name to be come back to after consent."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST_ADDRESS = 500
# By number and not by name: what `localhost` is decides the machine's table of names (RFC 8252 section 8.3).
LOOPBACK = ("127.0.0.1", "::1")
# A wildcard, a way to read an address in two ways, and what browsers take for something else.
_NEVER = frozenset("*\\\"'<>{}|^`#")


def is_redirect_address(text: str, *, installed: bool) -> bool:
    """Whether an app can be sent back to this address: https, or loopback for one that is `installed`.

    It stands for exactly itself (RFC 9700 section 2.1): no wildcard, fragment, user or step upwards.
    """
    if not (0 < len(text) <= LONGEST_ADDRESS) or not text.isascii() or not text.isprintable():
        return False
    if _NEVER & set(text) or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc or not {".", ".."}.isdisjoint(parts.path.split("/")):
        return False
    if parts.scheme == "https":
        return "." in host and not host.endswith(".")
    return installed and parts.scheme == "http" and host in LOOPBACK
