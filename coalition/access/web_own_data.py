"""The file with everything held about the caller, for the pages."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from coalition.access.own_data import export_own_data
from coalition.access.threads import in_thread


async def export(request: Request) -> dict[str, Any]:
    """What is held about the caller as JSON values. Raises `Refused` when no person is calling."""
    state, actor = request.app.state, request.state.actor

    def work() -> dict[str, Any]:
        with state.units.reading() as uow:
            return export_own_data(uow, actor)

    return await in_thread(work)
