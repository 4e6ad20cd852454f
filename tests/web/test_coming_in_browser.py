"""From the invitation to a new password in a real Chromium, in three languages, on a phone and a desktop."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.core.i18n import LANGUAGES
from tests.support.browser import DESKTOP_WIDTH, PHONE_WIDTH, accessibility_violations
from tests.support.mail import mail_server
from tests.support.server import RunningServer, running_server
from tests.support.signed_in import cookie_on_server

COORDINATOR = "coordinator.bes@demo.invalid"
FIRST, SECOND = "patru cuvinte simple, lungi", "samovar chai med i varenie"


class Walk:
    """One browser; every page that is looked at is checked in both widths."""

    def __init__(self, page: Page, server: RunningServer, language: str) -> None:
        self.page, self.server, self.language = page, server, language
        self.faults: list[str] = []

    def open(self, path: str) -> None:
        self.page.goto(f"{self.server.url}/{self.language}{path}")

    def look(self) -> None:
        """Note what is wrong with the page as it stands."""
        for width in (PHONE_WIDTH, DESKTOP_WIDTH):
            self.page.set_viewport_size({"width": width, "height": 800})
            wide = self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            found = accessibility_violations(self.page) + ([f"{wide} px too wide"] if wide > 0 else [])
            self.faults += [f"{self.page.url} at {width}: {each}" for each in found]

    def press(self, form: str, button: str = "") -> None:
        """Send the form with this address, by its button with this value or its only one."""
        chosen = f'button[value="{button}"]' if button else "button"
        self.page.locator(f'main form[action$="{form}"] {chosen}').last.click()


@pytest.mark.slow
def test_from_invitation_to_new_password(browser: Browser, tmp_path: Path) -> None:
    with mail_server() as mail:
        settings = {"COALITION_SMTP_URL": mail.url, "COALITION_MAIL_FROM": "noreply@demo.invalid"}
        data = tmp_path / "data"
        with running_server(data, arguments=("--demo",), environment=settings) as server:
            for language in LANGUAGES:
                context = browser.new_context()
                walk = Walk(context.new_page(), server, language)
                email = f"maria.{language}@demo.invalid"
                code = invited(walk, email)
                context.clear_cookies()
                comes_in(walk, code)
                context.clear_cookies()
                walk.open("/forgot")
                walk.look()
                walk.page.fill("#email", email)
                walk.press("/forgot")
                walk.look()
                letter = mail.next()
                link = re.search(r"http://\S+/reset/\S+", letter.get_content())
                assert link
                assert letter["To"] == email
                walk.page.goto(link[0].replace("/reset/", f"/{language}/reset/"))
                walk.look()
                walk.page.fill("#password", SECOND)
                walk.press(link[0].partition("/reset")[2])
                assert walk.page.locator('form[action$="/sign-out"]').count() == 1
                assert walk.faults == []
                context.close()


def invited(walk: Walk, email: str) -> str:
    """Invite somebody as a coordinator and look at the sheet; the code on it."""
    cookie = cookie_on_server(walk.server.data, COORDINATOR)
    walk.page.context.add_cookies([{"name": SIGN_IN_COOKIE, "value": cookie, "url": walk.server.url}])
    walk.open("/people/invite")
    walk.page.fill("#personName", "Demo Maria")
    walk.page.fill("#email", email)
    walk.page.select_option("#organisation", index=1)
    walk.page.select_option("#roleType", "reporter")
    walk.press("/people/invite")
    walk.look()
    walk.press("/people/invited", "print")
    walk.look()
    return walk.page.locator("p.code").inner_text()


def comes_in(walk: Walk, code: str) -> None:
    """Type the code, choose a password, and look at the own sign-ins."""
    walk.open("/welcome")
    walk.page.fill("#code", "7HQD")
    walk.press("/welcome")
    walk.look()
    walk.page.fill("#code", code.lower())
    walk.press("/welcome")
    walk.look()
    walk.page.fill("#password", "parola123456")
    walk.press(code.replace("-", ""))
    walk.look()
    walk.page.fill("#password", FIRST)
    walk.press(code.replace("-", ""))
    walk.open("/me/sign-ins")
    assert "Chrom" in walk.page.locator("main").inner_text()
    walk.look()
