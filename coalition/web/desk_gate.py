"""Before any page at a shared desk: who is there?"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from coalition.web import desks
from coalition.web.language import link

# What a desk opens while nobody is at it: its own page, what is said about data, and the way out.
OPEN = ("/desk", "/desk/first", "/sign-out", "/privacy")
# Signing in as somebody else leaves the desk, and a new link of its own lets it in again.
OPEN_BEGINNINGS = ("/sign-in", "/welcome", "/reset", "/forgot")
_LANGUAGE = re.compile(r"^/(ro|ru|en)(?=/|$)")


class DeskGate:
    """Leads to the desk's own page instead of any other until an operator has typed the PIN."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        at = desks.standing(request)
        if at is None or at.is_open or _is_open(request.url.path):
            await self.app(scope, receive, send)
            return
        back = request.url.path if request.method in ("GET", "HEAD") else ""
        if back and request.url.query:
            back = f"{back}?{request.url.query}"
        # What was typed when the time was over is not saved; the desk's page says so.
        query = [("next", back)] if back else [("over", "yes")]
        await RedirectResponse(link(request, "/desk", query), 303)(scope, receive, send)


def _is_open(path: str) -> bool:
    plain = _LANGUAGE.sub("", path) or "/"
    return plain in OPEN or any(plain == each or plain.startswith(f"{each}/") for each in OPEN_BEGINNINGS)
