"""The load: a few connections that each send the next request when the last one is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Next = Callable[[], bytes]
_UNCHANGED = b"HTTP/1.1 304"


@dataclass
class Load:
    """What was sent until `ends_at`, and how long each answer took, in seconds."""

    next_request: Next
    ends_at: float
    taken: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection, reading no more of an answer than its length and whether it has errors."""

    def __init__(self, load: Load, ended: asyncio.Future[None]) -> None:
        self._load, self._ended = load, ended
        self._parts: list[bytes] = []
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: Any = transport
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        if self._began >= self._load.ends_at:
            self._transport.close()
            return
        self._transport.write(self._load.next_request())

    def data_received(self, data: bytes) -> None:
        """Take what came, and go on when the answer is whole."""
        self._parts.append(data)
        if self._missing < 0:
            whole = b"".join(self._parts)
            self._parts = [whole]
            head, found, body = whole.partition(b"\r\n\r\n")
            if not found:
                return
            # Nothing follows when the answer is the one that the asker has.
            length = 0 if head.startswith(_UNCHANGED) else _length(head)
            if length is None:
                if whole.endswith(b"0\r\n\r\n"):
                    self._answered()
                return
            self._missing = length - len(body)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._answered()

    def _answered(self) -> None:
        taken = time.perf_counter() - self._began
        answer = b"".join(self._parts)
        self._parts, self._missing = [], -1
        if not answer.startswith((b"HTTP/1.1 200", _UNCHANGED)) or b'"errors":' in answer:
            self._load.wrong.append(answer[:1000].decode("utf-8", "replace"))
        else:
            self._load.taken.append(taken)
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        """The end of this connection."""
        if not self._ended.done():
            self._ended.set_result(None)


def _length(head: bytes) -> int | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


async def apply_load(port: int, next_request: Next, *, connections: int, seconds: float) -> Load:
    """Load a server until the time is over and the last answers are there.

    An answer that is none, by its status or for errors in it, counts as `wrong` and not as an answer.
    """
    loop = asyncio.get_running_loop()
    load = Load(next_request, time.perf_counter() + seconds)
    ends = []
    for _ in range(connections):
        ended: asyncio.Future[None] = loop.create_future()
        await loop.create_connection(lambda ended=ended: Connection(load, ended), "127.0.0.1", port)  # type: ignore[misc]
        ends.append(ended)
    await asyncio.wait(ends, timeout=seconds + 60)
    return load
