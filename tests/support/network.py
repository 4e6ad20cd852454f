"""Keeps tests from reaching anything but this machine."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event

_guarding = Event()


class ForeignAddress(Exception):
    """A test tried to reach something beyond loopback and unix sockets."""

    def __init__(self, address: object) -> None:
        super().__init__(f"tests reach only loopback and unix sockets, not {address!r}")


@contextmanager
def loopback_and_unix_sockets_only() -> Iterator[None]:
    """Refuse connections and name look-ups that leave this machine, for as long as the context lasts.

    Processes that tests start are not covered, nor are connections made by C libraries.
    """
    _install_hook()
    _guarding.set()
    try:
        yield
    finally:
        _guarding.clear()


@cache
def _install_hook() -> None:
    """See every Python socket, however it was made; an audit hook stays for good, so it asks `_guarding`."""
    sys.addaudithook(_refuse_foreign_addresses)


def _refuse_foreign_addresses(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket.") or not _guarding.is_set():
        return
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise ForeignAddress(address)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_loopback(arguments[0]):
        raise ForeignAddress(arguments[0])


def _is_loopback(host: object) -> bool:
    text = host.decode() if isinstance(host, bytes) else host
    # No host at all means the wildcard address of a listening socket.
    if text is None or text in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(str(text)).is_loopback
    except ValueError:
        return False
