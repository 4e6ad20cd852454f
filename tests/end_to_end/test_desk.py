"""A desk in a real Chromium: made, opened with a PIN, handed over; three languages and two widths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from coalition.access import service
from coalition.access.desks.service import add_operator, make_desk
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import Account
from coalition.access.secrets import load_secrets
from coalition.core.database import Database
from coalition.core.i18n import LANGUAGES, translations
from coalition.core.unit_of_work import Units
from coalition.members.models import Person
from tests import factories
from tests.support.application import KEYS
from tests.support.browser import (
    DESKTOP_WIDTH,
    PHONE_WIDTH,
    accessibility_violations,
    record_foreign_requests,
)
from tests.support.databases import Databases
from tests.support.server import RunningServer, running_server
from tests.web.test_browser import Visit, _faults_of_layout

PIN = "804213"


@dataclass
class Night:
    """A server with a desk, whose first operator has a code; cookies of its coordinator and of the desk."""

    server: RunningServer
    desk: str
    code: str
    coordinators_cookie: str
    desks_cookie: str


@pytest.fixture
def night(databases: Databases, tmp_path: Path) -> Iterator[Night]:
    url = databases.migrated("sqlite")
    secrets = load_secrets(tmp_path, KEYS)
    database = Database(url)
    with Units(database, audit_key=secrets.audit_key).writing() as uow:
        factories.foundations(uow)
        at = factories.church_body(
            uow, "ubceb", denomination="baptist", name={"en": "Union", "ro": "Uniunea"}
        )
        actor = factories.actor(uow, ("coordinator", at))
        assert actor.person_id
        account = Account(person_id=actor.person_id, email="lead@example.org", created_at=uow.now)
        uow.db.add(account)
        uow.db.get_one(Person, actor.person_id).name = "Demo Lead"
        uow.db.flush()
        made = make_desk(
            uow, secrets, actor, organisation_id=at.id, label="Night desk", role_type="coordinator"
        )
        desk = made.desk.account_id
        code = add_operator(uow, secrets, actor, desk_id=desk, label="AB")
        add_operator(uow, secrets, actor, desk_id=desk, label="Sister 2")
        cookies = [service.begin_sign_in(uow, secrets, each).token for each in (account.id, desk)]
    database.dispose()
    keys = {f"COALITION_{name.upper()}": value for name, value in KEYS.items()}
    with running_server(tmp_path / "data", database_url=url, environment=keys) as server:
        yield Night(server, str(desk), code, *cookies)
    databases.drop("sqlite", url)


def looked_at(page: Page, night: Night, foreign: list[str], *paths: str) -> list[str]:
    """What is wrong with pages in every language and width."""
    faults = []
    for language in LANGUAGES:
        for path in paths:
            page.goto(f"{night.server.url}/{language}{path}")
            for width in (PHONE_WIDTH, DESKTOP_WIDTH):
                page.set_viewport_size({"width": width, "height": 740})
                seen = Visit(page, night.server, foreign)
                faults += [*accessibility_violations(page), *_faults_of_layout(seen)]
    return faults


@pytest.mark.slow
def test_a_night_at_the_desk(night: Night, browser: Browser) -> None:
    url = night.server.url
    context = browser.new_context(viewport={"width": PHONE_WIDTH, "height": 740}, java_script_enabled=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    foreign = record_foreign_requests(page)
    say = translations("ro").gettext

    context.add_cookies([{"name": SIGN_IN_COOKIE, "value": night.coordinators_cookie, "url": url}])
    own = ("/people/desks", "/people/desks/new", f"/people/desks/{night.desk}")
    faults = looked_at(page, night, foreign, *own)
    page.goto(f"{url}/ro/people/desks/{night.desk}")
    page.get_by_label(say("Initials or a word")).fill("CD")
    page.get_by_role("button", name=say("Add, and get a code")).click()
    expect(page.get_by_label(say("Write it down now: it is shown only this once."))).to_have_value(
        page.locator("#code").input_value()
    )
    faults += [*accessibility_violations(page), *_faults_of_layout(Visit(page, night.server, foreign))]

    context.add_cookies([{"name": SIGN_IN_COOKIE, "value": night.desks_cookie, "url": url}])
    faults += looked_at(page, night, foreign, "/desk", "/desk/first")
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 740})
    page.goto(f"{url}/ro/log")
    expect(page.get_by_role("heading", name=say("Who is at the desk?"))).to_be_visible()
    page.get_by_role("link", name=say("Set my PIN with a code")).click()
    page.get_by_text("AB", exact=True).click()
    page.get_by_label(say("The code from the coordinator")).fill(night.code)
    page.get_by_label(say("Your new PIN")).fill(PIN)
    page.get_by_label(say("Once more the same PIN")).fill(PIN)
    page.get_by_role("button", name=say("Save and begin")).click()
    page.wait_for_url(f"{url}/ro")
    faults += looked_at(page, night, foreign, "/desk", "")
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 740})

    page.goto(f"{url}/ro/desk")
    page.get_by_role("main").get_by_role("button", name=say("Hand over")).click()
    page.wait_for_url(f"{url}/ro/desk")
    # Nobody is there: what was open before is not.
    page.goto(f"{url}/ro/places?x=1")
    page.wait_for_url(f"{url}/ro/desk?next=**")
    page.get_by_label(say("Your PIN")).fill("111111")
    page.get_by_role("button", name=say("Begin")).click()
    faults += [*accessibility_violations(page), *_faults_of_layout(Visit(page, night.server, foreign))]
    page.get_by_label(say("Your PIN")).fill(PIN)
    page.get_by_role("button", name=say("Begin")).click()
    page.wait_for_url(f"{url}/ro/places?x=1")

    assert faults == []
    context.close()
