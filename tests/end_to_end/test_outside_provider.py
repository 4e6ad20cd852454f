"""An independent OpenID provider signs an invited person in, and nobody else: real servers, real Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from coalition.access import service
from coalition.access.links import issue_one_time_link
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.secrets import load_secrets
from coalition.core.actor import system_actor
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from tests import factories
from tests.support.application import KEYS
from tests.support.browser import (
    DESKTOP_WIDTH,
    PHONE_WIDTH,
    accessibility_violations,
    record_foreign_requests,
)
from tests.support.databases import Databases
from tests.support.node import start_node_tool
from tests.support.server import RunningServer, running_server
from tests.web.test_browser import Visit, _faults_of_layout

CLIENT = ("coalition", "a secret between two servers")
NAME = "Parish mail"
TEST = system_actor("test")


@dataclass
class Both:
    """The coalition and the provider it believes; Ana is invited, Ion has been in for long."""

    server: RunningServer
    issuer: str
    link: str
    ions_cookie: str

    @contextmanager
    def browser(self, browser: Browser, width: int = PHONE_WIDTH) -> Iterator[Page]:
        """A browser that nobody has used before; the provider's pages would like fonts of somebody else."""
        context = browser.new_context(viewport={"width": width, "height": 740})
        page = context.new_page()
        page.set_default_timeout(60_000)
        context.route(re.compile(r"^(?!http://127\.0\.0\.1:)"), lambda route: route.abort())
        try:
            yield page
        finally:
            context.close()


@pytest.fixture
def both(databases: Databases, tmp_path: Path) -> Iterator[Both]:
    url = databases.migrated("sqlite")
    link, cookie = _people(url, tmp_path)
    keys = {f"COALITION_{name.upper()}": value for name, value in KEYS.items()}
    tool = start_node_tool("provider.mjs", *CLIENT)
    try:
        issuer = _line(tool, "http://")
        environment = {
            "COALITION_OIDC_ISSUER": issuer,
            "COALITION_OIDC_CLIENT_ID": CLIENT[0],
            "COALITION_OIDC_CLIENT_SECRET": CLIENT[1],
            "COALITION_OIDC_NAME": NAME,
        }
        with running_server(tmp_path / "data", database_url=url, environment=keys | environment) as server:
            assert tool.stdin
            tool.stdin.write(f"{server.url}/sign-in/provider/callback\n")
            tool.stdin.flush()
            _line(tool, "ready")
            yield Both(server, issuer, link, cookie)
    finally:
        # Its standard input ends, and so does it.
        tool.communicate(timeout=30)
        databases.drop("sqlite", url)


def _people(url: str, folder: Path) -> tuple[str, str]:
    """Ana's link and Ion's cookie."""
    secrets = load_secrets(folder, KEYS)
    database = Database(url)
    with Units(database, audit_key=secrets.audit_key).writing() as uow:
        factories.foundations(uow)
        at = factories.church_body(uow, "ubceb", denomination="baptist")

        def made(name: str) -> UUID:
            account = service.create_account(uow, TEST, email=f"{name}@example.org", name=f"Demo {name}")
            service.give_role(
                uow, TEST, person_id=account.person_id, organisation_id=at.id, role_type="reporter"
            )
            return account.id

        link = issue_one_time_link(uow, secrets, TEST, made("ana"))
        cookie = service.begin_sign_in(uow, secrets, made("ion")).token
    database.dispose()
    return link, cookie


def _line(tool: Popen[str], beginning: str) -> str:
    """The next line that it says with this beginning; warnings about its runtime come before."""
    assert tool.stdout
    for line in tool.stdout:
        if line.startswith(beginning):
            return line.strip()
    raise AssertionError("the provider ended")


def say_who(page: Page, name: str) -> None:
    """On the provider's pages: sign in there, and agree."""
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("whatever")
    page.locator("button[type=submit]").click()
    page.get_by_role("button", name="Continue").click()


@pytest.mark.slow
def test_an_invited_person_comes_in_and_a_stranger_does_not(both: Both, browser: Browser) -> None:
    url = both.server.url
    with both.browser(browser) as page:
        page.goto(f"{url}/ro{both.link}")
        page.get_by_role("button", name=re.compile(NAME)).click()
        page.wait_for_url(f"{both.issuer}/**")
        say_who(page, "somebody")
        page.wait_for_url(f"{url}/ro")
        page.goto(f"{url}/ro/me")
        expect(page.get_by_label("Numele dumneavoastră")).to_have_value("Demo ana")

    # The second time, in another browser, the account is known.
    with both.browser(browser) as page:
        page.goto(f"{url}/ro/sign-in?next=/ro/log")
        page.get_by_role("link", name=re.compile(NAME)).click()
        say_who(page, "somebody")
        page.wait_for_url(f"{url}/ro/log")

    # Ana's own address was verified there, but she has come in already: it opens nothing more.
    for language, name in (("ru", "eve"), ("en", "ana")):
        with both.browser(browser) as page:
            page.goto(f"{url}/{language}/sign-in/provider")
            say_who(page, name)
            page.wait_for_url(f"{url}/{language}/sign-in/provider/refused?why=STRANGER")
            page.goto(f"{url}/{language}/me")
            page.wait_for_url(f"{url}/{language}/sign-in?next=**")


@pytest.mark.slow
def test_the_pages_are_without_fault_and_an_account_is_added(both: Both, browser: Browser) -> None:
    url = both.server.url
    with both.browser(browser, DESKTOP_WIDTH) as page:
        page.context.add_cookies([{"name": SIGN_IN_COOKIE, "value": both.ions_cookie, "url": url}])
        seen, faults = Visit(page, both.server, record_foreign_requests(page)), []
        for language in ("ro", "ru", "en"):
            for path in ("me/providers", "sign-in/provider/refused?why=STRANGER", "sign-in"):
                for width in (PHONE_WIDTH, DESKTOP_WIDTH):
                    page.set_viewport_size({"width": width, "height": 740})
                    page.goto(f"{url}/{language}/{path}")
                    faults += [*accessibility_violations(page), *_faults_of_layout(seen)]
        assert faults == []

        page.goto(f"{url}/en/me/providers")
        page.get_by_role("button", name="Add an account").click()
        page.wait_for_url(f"{both.issuer}/**")
        say_who(page, "eve")
        page.wait_for_url(f"{url}/en/me/providers?done=added")
        expect(page.get_by_role("status")).to_contain_text("Added.")
