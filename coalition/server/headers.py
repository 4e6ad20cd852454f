"""What browsers are told with every answer: to run nothing foreign, guess nothing, and keep nothing."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coalition.access.middleware import is_secure

# For what is no page; pages bring a policy of their own, which is set before this one.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
FEATURES = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
    "midi", "payment", "usb",
)  # fmt: skip
ALWAYS = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    # The token of a one-time link stands in its address.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in FEATURES),
    "Cache-Control": "no-store",
}
# A year. Other hosts under the same domain are their owners' concern, so they are not included.
STRICT_TRANSPORT = "max-age=31536000"
_ALWAYS_SENT = [(name.lower().encode(), value.encode()) for name, value in ALWAYS.items()]
_STRICT = (b"strict-transport-security", STRICT_TRANSPORT.encode())


class SecurityHeaders:
    """Adds to every answer what its route has not set itself; a new route is covered by itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            # The second is how a socket is refused.
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                # A list may be missing or shared with others.
                message["headers"] = [*message.get("headers", ()), *_missing(message, scope)]
            await send(message)

        await self.app(scope, receive, sending)


def _missing(message: Message, scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """What is not set already."""
    given = {name.lower() for name, _ in message.get("headers", ())}
    for header in _ALWAYS_SENT:
        if header[0] not in given:
            yield header
    if is_secure(scope) and _STRICT[0] not in given:
        yield _STRICT
