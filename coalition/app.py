"""The application: parts put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from coalition.access.middleware import Identify
from coalition.access.routes import oauth_routes
from coalition.access.secrets import load_secrets
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.graphql.context import Runtime
from coalition.graphql.feed import Feed
from coalition.graphql.run import make_workers
from coalition.server.faults import Faults, refusals
from coalition.server.health import health_routes
from coalition.server.request_log import RequestLog
from coalition.settings import Settings


def create_app(settings: Settings) -> Starlette:
    """The whole application on the database of `settings`. Raises `SecretsUnset` and `SecretsUnreadable`."""
    secrets = load_secrets(settings.data, settings.keys)
    database = Database(settings.database_url)
    app = Starlette(
        routes=_routes(),
        lifespan=_lifespan,
        # The outermost comes first: every request is logged, whatever becomes of it.
        middleware=[Middleware(RequestLog), Middleware(Faults, page_of=_error_page), Middleware(Identify)],
        exception_handlers={HTTPException: refusals(_error_page)},
    )
    app.state.settings = settings
    app.state.secrets = secrets
    app.state.units = Units(database)
    app.state.feed = Feed(database)
    app.state.runtime = Runtime(app.state.units, secrets, app.state.feed, make_workers())
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.feed.start()
    try:
        yield
    finally:
        app.state.feed.stop()
        app.state.runtime.workers.shutdown(wait=True)
        app.state.units.database.dispose()


def _routes() -> list[BaseRoute]:
    routes = [*health_routes(), *oauth_routes()]
    if find_spec("coalition.graphql.endpoint"):
        from coalition.graphql.endpoint import graphql_routes
        from coalition.web.routes import routes as web_routes

        routes += [*graphql_routes(), *web_routes()]
    return routes


async def _error_page(_request: Request, error: HTTPException, words: str) -> Response:
    return PlainTextResponse(words, error.status_code)
