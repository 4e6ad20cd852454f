"""One log line for each request, and an id by which to find it."""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coalition.server.logs import request_id

log = logging.getLogger("coalition.request")

HEADER = "X-Request-Id"
_FIT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What follows in these addresses is a secret.
_SECRET = re.compile(r"^((?:/[a-z]{2})?/(?:welcome|reset)/).+")
_LONGEST_PATH = 200


class RequestLog:
    """Gives each request an id, or takes a fit one from a proxy, and logs it when its answer has ended."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(HEADER, "")
        name = sent if _FIT_ID.fullmatch(sent) else uuid4().hex
        seen = _Seen(name, send)
        started = time.perf_counter()
        mark = request_id.set(name)
        try:
            await self.app(scope, receive, seen)
        finally:
            _write(scope, seen.status, time.perf_counter() - started)
            request_id.reset(mark)


class _Seen:
    """A `send` that remembers the status and adds the id to the answer."""

    def __init__(self, name: str, send: Send) -> None:
        self.status: int | None = None
        self._name = name
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self._name
        elif message["type"] == "websocket.accept":
            self.status = 101
        await self._send(message)


def _write(scope: Scope, status: int | None, seconds: float) -> None:
    # Without a status the answer was never begun: the client went away, or a fault ended the connection.
    level = logging.ERROR if status is not None and status >= 500 else logging.INFO
    fields = {
        "method": scope.get("method", "WEBSOCKET"),
        "path": shown_path(scope["path"]),
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
    }
    log.log(level, "request", extra={"fields": fields})


def shown_path(path: str) -> str:
    """A path as logs may show it: without the token of a one-time link, and not endless."""
    return _SECRET.sub(r"\1…", path)[:_LONGEST_PATH]
