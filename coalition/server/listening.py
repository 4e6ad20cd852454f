"""The socket, and the server that ends well."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

BACKLOG = 2048
# Requests under way at SIGTERM get this long; live streams are ended at once.
GRACE_SECONDS = 10
LONGEST_SOCKET_MESSAGE = 128 * 1024


class CannotListen(Exception):
    """The address cannot be had; the text says why and what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address but not listening yet, so that nobody is kept waiting meanwhile."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"The address {host} is unknown: {error.strerror}.") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise CannotListen(_reason(host, port, error)) from error
    return bound


def listen(bound: socket.socket, host: str) -> None:
    """Begin to listen; another process may have been faster."""
    try:
        bound.listen(BACKLOG)
    except OSError as error:
        raise CannotListen(_reason(host, port_of(bound), error)) from error


def port_of(bound: socket.socket) -> int:
    """The port, also when the system chose it."""
    port: int = bound.getsockname()[1]
    return port


def address_of(host: str, port: int) -> str:
    """The base address under which a browser on this machine finds the server."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{name}:{port}"


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Stop the other program, or choose another port with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} is reserved for the system. Choose a port above 1023 with --port."
    return f"Cannot listen on {host} port {port}: {error.strerror}. Choose another address with --host."


class Server(uvicorn.Server):
    """A server that ends live streams when it is told to stop, and then finishes what it accepted."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finish; a second signal of the same kind does not wait any longer."""
        # Unlike its parent it does not raise the signal again at the end: to stop when asked is no failure.
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, end streams, wait for requests under way."""
        await asyncio.to_thread(self._end_streams)
        await super().shutdown(sockets)


def _spare_the_collector() -> None:
    """Let it not walk what stays for good, nor look after every few hundred objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def serve(
    app: Starlette, bound: socket.socket, *, trusted_proxies: str, end_streams: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT."""
    _spare_the_collector()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws_max_size=LONGEST_SOCKET_MESSAGE,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
    )
    Server(config, end_streams).run(sockets=[bound])
