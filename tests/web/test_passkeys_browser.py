"""Passkeys and codes in a real Chromium with a virtual device: accessible, on small and large screens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, CDPSession, Page

from coalition.access.factors.ways import forget_factors
from coalition.access.models import Account
from coalition.access.secrets import load_secrets
from coalition.core.database import Database
from coalition.core.i18n import LANGUAGES
from coalition.core.unit_of_work import Units
from tests.support.browser import (
    DESKTOP_WIDTH,
    PHONE_WIDTH,
    accessibility_violations,
    record_foreign_requests,
)
from tests.support.server import RunningServer

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
HOME = re.compile(r"/en/?$")
_TOO_WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Seat:
    """A window with a virtual device, at the name for which browsers allow passkeys without TLS."""

    page: Page
    tools: CDPSession
    device: str
    url: str
    data: Path
    foreign: list[str]

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def account(self, role: str, organisation: str = "coalition") -> dict[str, Any]:
        accounts = json.loads((self.data / "demo.json").read_text("utf-8"))["accounts"]
        return next(a for a in accounts if (a["role"], a["organisation"]) == (role, organisation))

    def first_step(self, account: dict[str, Any], path: str = "/en/sign-in") -> None:
        self.open(path)
        self.page.locator("#email").fill(account["email"])
        self.page.locator("#password").fill(account["password"])
        self.page.locator("form:has(#password) button").click()

    def press(self, name: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=name, exact=True).click()

    def verifies(self, value: bool) -> None:
        self.tools.send("WebAuthn.setUserVerified", {"authenticatorId": self.device, "isUserVerified": value})

    def faults(self, name: str) -> list[str]:
        """What is wrong with the page as it stands, in both widths."""
        found = []
        for width in (PHONE_WIDTH, DESKTOP_WIDTH):
            self.page.set_viewport_size({"width": width, "height": 740})
            found += [f"{name} {width}: {each}" for each in accessibility_violations(self.page)]
            if self.page.evaluate(_TOO_WIDE):
                found.append(f"{name} {width}: wider than the screen")
        return found


@contextmanager
def seat(browser: Browser, server: RunningServer) -> Iterator[Seat]:
    context = browser.new_context(viewport={"width": PHONE_WIDTH, "height": 740})
    page = context.new_page()
    page.set_default_timeout(30_000)
    tools = context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    device = tools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    url = f"http://localhost:{urlsplit(server.url).port}"
    try:
        yield Seat(page, tools, device, url, server.data, record_foreign_requests(page))
    finally:
        context.close()


@pytest.mark.browser
@pytest.mark.slow
def test_a_passkey_is_made_and_signs_in_alone_and_beside_a_password(
    browser: Browser, demo_server: RunningServer
) -> None:
    with seat(browser, demo_server) as seen:
        account = seen.account("expert")
        seen.first_step(account)
        seen.page.wait_for_url(HOME)
        seen.open("/en/me/security")
        seen.page.get_by_label("What you call this passkey").fill("Demo telephone")
        seen.press("Make a passkey")
        seen.page.wait_for_url("**/en/me/security?saved=yes")
        assert "Demo telephone" in seen.page.get_by_role("main").inner_text()

        # Alone, in another window's place.
        seen.page.context.clear_cookies()
        seen.open("/en/sign-in?next=/en/me")
        seen.press("Sign in with a passkey")
        seen.page.wait_for_url("**/en/me")

        # A device that does not know its user is not enough alone.
        seen.page.context.clear_cookies()
        seen.verifies(False)
        seen.open("/en/sign-in")
        seen.press("Sign in with a passkey")
        seen.page.get_by_text("That did not work, or it was cancelled.").wait_for()
        seen.verifies(True)

        # With an app turned on, the passkey is the second step after the password.
        seen.first_step(account)
        seen.page.wait_for_url(HOME)
        seen.open("/en/me/security")
        seen.press("Set up an app")
        key = seen.page.locator("code.key").inner_text().replace(" ", "")
        seen.page.get_by_label("Code").fill(pyotp.TOTP(key).now())
        seen.press("Confirm")
        seen.page.wait_for_url("**/en/me/security/codes*")
        seen.press("Make ten codes")
        assert seen.page.locator("ul.codes li").count() == 10
        assert seen.faults("codes") == []
        seen.page.context.clear_cookies()
        seen.first_step(account)
        seen.page.wait_for_url("**/en/sign-in/second*")
        seen.press("Use a passkey")
        seen.page.wait_for_url(HOME)
        assert seen.foreign == []


@pytest.mark.browser
@pytest.mark.slow
def test_pages_of_signing_in_are_accessible_in_every_language_and_width(
    browser: Browser, demo_server: RunningServer
) -> None:
    faults: list[str] = []
    with seat(browser, demo_server) as seen:
        administrator, auditor = seen.account("administrator"), seen.account("auditor")
        forget(demo_server.data, administrator["email"])
        for language in LANGUAGES:
            seen.page.context.clear_cookies()
            seen.first_step(administrator, f"/{language}/sign-in")
            faults += seen.faults(f"enrol {language}")
            seen.page.locator("button[name=begin]").click()
            faults += seen.faults(f"app {language}")
            seen.page.locator("#code").fill("1")
            seen.page.locator("form:has(#code) button").click()
            faults += seen.faults(f"app refused {language}")
            seen.page.context.clear_cookies()
            seen.first_step(auditor, f"/{language}/sign-in")
            faults += seen.faults(f"second {language}")
        # An administrator's phone enrols with a passkey alone.
        seen.page.context.clear_cookies()
        seen.first_step(administrator)
        seen.press("Make a passkey")
        seen.page.wait_for_url("**/en/me/security/codes*")
        for language in LANGUAGES:
            for path in ("", "/proof", "/password", "/codes"):
                seen.open(f"/{language}/me/security{path}")
                faults += seen.faults(f"{path} {language}")
        assert seen.foreign == []
    assert faults == []


def forget(data: Path, email: str) -> None:
    """As `coalition reset-factors` does."""
    database = Database(f"sqlite:///{data / 'coalition.sqlite3'}")
    units = Units(database, audit_key=load_secrets(data, {}).audit_key)
    with units.writing() as uow:
        account = uow.db.scalars(sa.select(Account).where(Account.email == email)).one()
        forget_factors(uow, account.id)
    database.dispose()
