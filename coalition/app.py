"""The application: parts put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from coalition.access.middleware import CountRequests, Identify
from coalition.access.oauth.routes import oauth_routes
from coalition.access.providers.client import Provider
from coalition.access.rates import make_rates
from coalition.access.secrets import load_secrets
from coalition.access.sign_ins import Idle
from coalition.access.slowdown import Slowdown
from coalition.access.web_links import RESET_DELAY
from coalition.audit.heads import head_file
from coalition.audit.sealing import SealedLog, Sealer
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.graphql.answers import answers_of
from coalition.graphql.context import Runtime
from coalition.graphql.endpoint import graphql_routes
from coalition.graphql.feed import Feed
from coalition.graphql.persisted import load_trusted
from coalition.graphql.terms import Terms
from coalition.graphql.workers import make_workers
from coalition.jobs.scheduler import make_scheduler
from coalition.notifications.sending import Post
from coalition.notifications.sms import LogTextSender
from coalition.notifications.smtp import make_mailer
from coalition.server.database_file import follow_file
from coalition.server.faults import Faults, refusals
from coalition.server.headers import SecurityHeaders
from coalition.server.health import health_routes
from coalition.server.request_log import RequestLog
from coalition.settings import Settings
from coalition.web.pages.errors import error_page
from coalition.web.pages.playground import graphiql_page
from coalition.web.routes import routes as web_routes


def create_app(settings: Settings) -> Starlette:
    """The whole application on the database of `settings`.

    Raises `SecretsUnset`, `SecretsUnreadable` and `NotTrustedDocuments`.
    """
    secrets = load_secrets(settings.data, settings.keys)
    units = Units(Database(settings.database_url), audit_key=secrets.audit_key)
    follow_file(units.database)
    feed = Feed(units.database)
    app = Starlette(
        # What is asked most stands first: routes are tried in turn.
        routes=[*graphql_routes(graphiql_page), *health_routes(), *oauth_routes(), *web_routes()],
        lifespan=_lifespan,
        # The outermost comes first: every request is logged, whatever becomes of it.
        middleware=[
            Middleware(RequestLog),
            Middleware(SecurityHeaders),
            Middleware(Faults, page_of=error_page),
            Middleware(CountRequests),
            Middleware(Identify),
        ],
        exception_handlers={HTTPException: refusals(error_page)},
    )
    app.state.settings = settings
    app.state.retention = settings.retention
    app.state.public_url = settings.url
    app.state.privacy_contact = settings.privacy_contact
    app.state.desk_idle = timedelta(minutes=settings.desk_idle_minutes)
    app.state.provider = Provider(settings.provider) if settings.provider else None
    app.state.sign_in_idle = Idle(
        timedelta(days=settings.sign_in_idle_days), timedelta(hours=settings.strict_idle_hours)
    )
    app.state.secrets = secrets
    app.state.units = units
    app.state.feed = feed
    app.state.sealer = Sealer(SealedLog(units, head_file(settings.data)))
    app.state.rates = make_rates(
        caller=settings.rate_limit,
        network=settings.network_rate_limit,
        data=settings.data,
        database_url=settings.database_url,
        secrets=secrets,
    )
    app.state.slowdown = Slowdown(app.state.rates)
    app.state.mailer = make_mailer(smtp_url=settings.smtp_url, mail_from=settings.mail_from)
    app.state.texts = LogTextSender()
    app.state.post = Post()
    app.state.reset_delay = RESET_DELAY
    app.state.runtime = Runtime(
        units, secrets, feed, make_workers(), _terms(settings), answers_of(settings.kept_answers_mb)
    )
    return app


def _terms(settings: Settings) -> Terms:
    return Terms(
        time_limit_seconds=settings.time_limit_seconds,
        introspection=bool(settings.introspection),
        trusted=load_trusted(settings.trusted_documents) if settings.trusted_documents else None,
    )


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.feed.start()
    app.state.sealer.start()
    scheduler = make_scheduler(app.state.units, app.state.settings.retention)
    scheduler.start()
    try:
        yield
    finally:
        app.state.feed.stop()
        scheduler.shutdown(wait=True)
        app.state.post.close()
        app.state.runtime.workers.shutdown()
        # After everybody who writes entries.
        app.state.sealer.stop()
        app.state.rates.close()
        app.state.units.database.dispose()
