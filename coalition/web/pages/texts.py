"""Pages that are only words."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from coalition.web import gateway
from coalition.web.render import page


async def privacy(request: Request) -> Response:
    """The privacy notice, with the periods that hold here."""
    return page(request, "privacy.html", gateway.notice(request))
