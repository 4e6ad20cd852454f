"""Comparing redirect addresses: letter by letter (RFC 9700 section 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

# By number, not by name (RFC 8252 section 8.3); groups: what comes before the port, and after it.
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?((?:/[!-~]*)?)")
_LAST_PORT = 65535


def is_registered(address: str, registered: Iterable[str], *, any_port: bool) -> bool:
    """Whether an address is one of those registered.

    With `any_port`, for programs on somebody's own machine, the port of a loopback address is free, since
    such a program takes whichever the system gives it (RFC 8252 section 7.3).
    """
    if address in registered:
        return True
    if not any_port:
        return False
    wished = _program(address)
    return wished is not None and wished in map(_program, registered)


def _program(address: str) -> tuple[str, str] | None:
    """A loopback address without its port: what comes before it, and after it."""
    found = _LOOPBACK.fullmatch(address)
    if found is None or "#" in address or int(found[2] or 0) > _LAST_PORT:
        return None
    return found[1], found[3]
