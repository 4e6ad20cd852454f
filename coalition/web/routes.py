"""The addresses of the pages, each with and without a language before it."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from coalition.web.assets import FOLDER, Assets
from coalition.web.listings import LISTINGS
from coalition.web.pages import (
    activities,
    capacity,
    details,
    home,
    log,
    own,
    people,
    places,
    plan,
    playground,
    second_step,
    security,
    signing,
    texts,
)
from coalition.web.pages.lists import CsvExport, ListPage
from coalition.web.security import BodyLimit, PageHeaders

_READ = ["GET"]
_FORM = ["GET", "POST"]
_DEED = ["POST"]
_AROUND = [Middleware(PageHeaders), Middleware(BodyLimit)]

PAGES = (
    ("/", home.home, _READ),
    ("/log", log.log, _FORM),
    ("/log/new", activities.new, _FORM),
    ("/a/{code}/amend", activities.amend, _FORM),
    ("/a/{code}/cancel", activities.cancel, _FORM),
    ("/places", places.places, _READ),
    ("/places/offer", places.offer, _FORM),
    ("/places/confirm", places.confirm, _DEED),
    ("/places/release", places.release, _DEED),
    ("/capacity", capacity.capacity, _READ),
    ("/capacity/hold/{id}", capacity.hold, _FORM),
    ("/capacity/release", capacity.release, _DEED),
    ("/trainings/plan", plan.plan, _FORM),
    ("/people", people.people, _READ),
    ("/people/invite", people.invite, _FORM),
    ("/people/end", people.end, _DEED),
    ("/people/{id}/role", people.give, _FORM),
    ("/o/{slug}", details.organisation, _READ),
    ("/a/{code}", details.activity, _READ),
    ("/t/{id}", details.training, _READ),
    ("/s/{id}", details.service, _READ),
    ("/sign-in", signing.sign_in, _FORM),
    ("/sign-in/passkey", signing.passkey, _DEED),
    ("/sign-in/second", second_step.second, _FORM),
    ("/sign-in/enrol", second_step.enrol, _FORM),
    ("/sign-in/enrol/app", second_step.enrol_app, _FORM),
    ("/passkey/options", signing.passkey_options, _DEED),
    ("/me/security", security.security, _READ),
    ("/me/security/proof", security.proof, _FORM),
    ("/me/security/password", security.password, _FORM),
    ("/me/security/password/remove", security.remove_password, _DEED),
    ("/me/security/passkeys", security.add_passkey, _DEED),
    ("/me/security/passkeys/remove", security.remove_passkey, _DEED),
    ("/me/security/app", security.app, _FORM),
    ("/me/security/app/remove", security.remove_app, _DEED),
    ("/me/security/codes", security.codes, _FORM),
    ("/sign-out", signing.sign_out, _DEED),
    ("/welcome/{token}", signing.welcome, _FORM),
    ("/privacy", texts.privacy, _READ),
    ("/me", own.me, _FORM),
    ("/me.json", own.export, _READ),
    ("/me/consent", own.consent, _DEED),
    ("/me/erase", own.erase, _FORM),
    ("/me/erased", own.erased, _READ),
    ("/graphql/plain", playground.plain, _FORM),
    *((f"/{listing.name}", ListPage(listing).answer, _READ) for listing in LISTINGS),
    *((f"/{listing.name}.csv", CsvExport(listing).answer, _READ) for listing in LISTINGS),
)


def routes() -> list[BaseRoute]:
    """All routes of the pages and their static files."""
    return [Mount("/static", Assets(directory=FOLDER), name="static"), *_pages()]


def _pages() -> Iterator[BaseRoute]:
    for path, endpoint, methods in PAGES:
        with_language = "/{language:language}" + ("" if path == "/" else path)
        for address in (path, with_language):
            yield Route(address, endpoint, methods=methods, middleware=_AROUND)
