"""Headers that pages carry beside those of every answer, and how large their forms may be."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coalition.access.middleware import is_secure, own_cookie
from coalition.web.forms import VISITOR_COOKIE

POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"


def policy_for_forms_to(address: str) -> str:
    """The policy of a page whose form ends at another site, in the end: at this address's and no other.

    A policy has no word for an address of IPv6 by number, so that such a one stands for its scheme.
    """
    parts = urlsplit(address)
    target = f"{parts.scheme}:" if "[" in parts.netloc else f"{parts.scheme}://{parts.netloc}"
    return POLICY.replace("form-action 'self'", f"form-action 'self' {target}")


class PageHeaders:
    """Adds the headers of a page, and the cookie of a visitor who was shown a form."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                protect(MutableHeaders(raw=message["headers"]), Request(scope))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def protect(headers: MutableHeaders, request: Request) -> None:
    """Set what is not set already; pages that are anybody's own are never stored.

    What every answer carries beside this is set by `coalition.server.headers`.
    """
    headers.setdefault("Content-Security-Policy", POLICY)
    new_visitor_id = getattr(request.state, "new_visitor_id", None)
    personal = getattr(request.state, "sign_in_id", None) or new_visitor_id or request.cookies
    headers.setdefault("Cache-Control", "no-store" if personal else "no-cache")
    headers.add_vary_header("Accept-Language")
    headers.add_vary_header("Cookie")
    if new_visitor_id:
        name = own_cookie(request.scope, VISITOR_COOKIE)
        secure = "; Secure" if is_secure(request.scope) else ""
        # Lax, as for the sign-in: links in messages lead to pages with forms.
        headers.append("Set-Cookie", f"{name}={new_visitor_id}; Path=/; HttpOnly; SameSite=Lax{secure}")


class BodyLimit:
    """Refuses a form that is larger than any of ours."""

    LARGEST = 128 * 1024

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.LARGEST:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_limited, send)
