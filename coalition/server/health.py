"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from coalition.access.threads import in_thread
from coalition.core.errors import DatabaseFault
from coalition.core.migrate import SchemaState, head_revision, state_of
from coalition.core.unit_of_work import Units

_NOT_STORED = {"Cache-Control": "no-store"}


def health_routes() -> list[BaseRoute]:
    """`/healthz` and `/readyz`; neither asks who calls."""
    return [Route("/healthz", healthz), Route("/readyz", readyz)]


async def healthz(_request: Request) -> Response:
    """200 as long as the process answers at all."""
    return JSONResponse({"status": "alive"}, headers=_NOT_STORED)


async def readyz(request: Request) -> Response:
    """200 when the database answers and its schema is this release's, else 503 with the reason."""
    units: Units = request.app.state.units
    reason = await in_thread(lambda: obstacle(units))
    if reason is None:
        return JSONResponse({"status": "ready"}, headers=_NOT_STORED)
    headers = {**_NOT_STORED, "Retry-After": "5"}
    return JSONResponse({"status": "unavailable", "reason": reason}, 503, headers)


def obstacle(units: Units) -> str | None:
    """Why it cannot work now: a code of `DatabaseFault`, SCHEMA_OLDER, SCHEMA_NEWER or SCHEMA_EMPTY."""
    try:
        with units.reading() as uow:
            revision = uow.db.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DatabaseFault as fault:
        return fault.code
    except DBAPIError:
        revision = None
    # Reading the folder of migrations takes longer than the whole rest.
    if revision == head_revision():
        return None
    state = state_of(revision)
    return None if state is SchemaState.CURRENT else f"SCHEMA_{state}"
