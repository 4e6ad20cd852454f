"""The addresses of the pages, each with and without a language before it."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from coalition.web.assets import FOLDER, Assets
from coalition.web.desk_gate import DeskGate
from coalition.web.listings import LISTINGS
from coalition.web.outside import CALLBACK, ProviderCookie
from coalition.web.pages import (
    activities,
    apps,
    at_desk,
    capacity,
    clients,
    coming_in,
    details,
    home,
    log,
    own,
    own_desks,
    people,
    places,
    plan,
    playground,
    providers,
    second_step,
    security,
    sign_ins,
    signing,
    texts,
)
from coalition.web.pages.lists import CsvExport, ListPage
from coalition.web.security import BodyLimit, PageHeaders

_READ = ["GET"]
_FORM = ["GET", "POST"]
_DEED = ["POST"]
_AROUND = [Middleware(PageHeaders), Middleware(BodyLimit), Middleware(DeskGate)]
# Where something is begun or answered that a browser must remember until then.
_TO_PROVIDER = ("/sign-in/provider", CALLBACK, "/welcome/{token}/provider", "/me/providers")

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
    ("/people/invited", people.hand_over, _DEED),
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
    ("/sign-in/provider", providers.sign_in, _READ),
    (CALLBACK, providers.callback, _READ),
    (providers.REFUSED, providers.refused, _READ),
    ("/welcome/{token}/provider", providers.take_up, _DEED),
    ("/me/providers", providers.providers, _FORM),
    ("/me/providers/remove", providers.remove, _DEED),
    ("/desk", at_desk.desk, _FORM),
    ("/desk/first", at_desk.first, _FORM),
    ("/desk/hand-over", at_desk.hand_over, _DEED),
    ("/people/desks", own_desks.desks_page, _READ),
    ("/people/desks/new", own_desks.new, _FORM),
    ("/people/desks/{id}", own_desks.desk, _FORM),
    ("/sign-out", signing.sign_out, _DEED),
    ("/welcome", coming_in.code, _FORM),
    ("/welcome/passkey", coming_in.welcome_by_passkey, _DEED),
    ("/welcome/{token}", coming_in.welcome, _FORM),
    ("/forgot", coming_in.forgot, _FORM),
    ("/reset/{token}", coming_in.reset, _FORM),
    ("/me/sign-ins", sign_ins.sign_ins, _READ),
    ("/me/sign-ins/end", sign_ins.end, _DEED),
    ("/privacy", texts.privacy, _READ),
    ("/me", own.me, _FORM),
    ("/me.json", own.export, _READ),
    ("/me/consent", own.consent, _DEED),
    ("/me/apps", apps.apps, _READ),
    ("/me/apps/end", apps.end, _DEED),
    ("/oauth/authorize", apps.authorize, _FORM),
    ("/device", apps.device, _FORM),
    ("/device/answer", apps.answer_device, _DEED),
    ("/clients", clients.clients, _READ),
    ("/clients/new", clients.new, _FORM),
    ("/clients/approve", clients.approve, _DEED),
    ("/clients/refuse", clients.refuse, _DEED),
    ("/clients/secret", clients.secret, _DEED),
    ("/clients/pause", clients.pause, _DEED),
    ("/clients/resume", clients.resume, _DEED),
    ("/clients/end", clients.end, _DEED),
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
            yield Route(address, endpoint, methods=methods, middleware=_around(path))


def _around(path: str) -> list[Middleware]:
    return [*_AROUND, Middleware(ProviderCookie)] if path in _TO_PROVIDER else _AROUND
