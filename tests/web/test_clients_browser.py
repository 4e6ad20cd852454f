"""Systems, consent and devices in a real Chromium, and signing in on a real command line."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser

from coalition.core.i18n import LANGUAGES
from tests.support.browser import DESKTOP_WIDTH, PHONE_WIDTH
from tests.support.server import RunningServer, run_coalition
from tests.web.test_apps import VERIFIER, authorize
from tests.web.test_browser import Visit, _faults, visit
from tests.web.test_clients import BACK

BES, OFFICE = ("coordinator", "bes"), ("council_secretary", "coalition")
HEIGHT = 740


def faults_at_all_widths(seen: Visit) -> list[str]:
    """What is wrong with the page as it stands, on a phone and on a desk."""
    faults = []
    for width in (PHONE_WIDTH, DESKTOP_WIDTH):
        seen.page.set_viewport_size({"width": width, "height": HEIGHT})
        faults += _faults(seen)
    return faults


def faults_of(seen: Visit, *paths: str) -> list[str]:
    """The same of pages in every language."""
    faults = []
    for language in LANGUAGES:
        for path in paths:
            seen.open(f"/{language}{path}")
            faults += faults_at_all_widths(seen)
    return faults


def ask_for(seen: Visit, kind: str, name: str, deed: str) -> None:
    seen.open("/en/clients/new")
    seen.page.locator(f'a[href$="kind={kind}"]').click()
    seen.page.get_by_label("What it is called").fill(name)
    seen.page.get_by_label("What it is for").fill("Asks for free places at night.")
    seen.page.get_by_label("Who answers for it").select_option(index=1)
    seen.page.get_by_label(deed).check()
    if seen.page.get_by_label("Addresses to come back to").count():
        seen.page.get_by_label("Addresses to come back to").fill(BACK)
    seen.button("Ask")
    seen.page.wait_for_url("**/en/clients?done=requested")


def press(seen: Visit, words: str, name: str) -> None:
    """A button whose words end, for who hears the page only, in what it is about."""
    whole = re.compile(rf"^{re.escape(words)}\s*: {re.escape(name)}$")
    seen.page.get_by_role("main").get_by_role("button", name=whole).click()


def tap(seen: Visit, words: str, name: str, done: str) -> None:
    press(seen, words, name)
    seen.page.wait_for_url(f"**/en/clients?done={done}")


def test_system_is_asked_for_let_in_connected_and_paused(
    browser: Browser, demo_server: RunningServer
) -> None:
    with visit(browser, demo_server) as seen, visit(browser, demo_server) as office:
        seen.sign_in(*BES)
        office.sign_in(*OFFICE)
        faults = faults_of(seen, "/clients", "/clients/new", "/clients/new?kind=SERVER")
        ask_for(seen, "SERVER", "Night desk", "See whether a service can take somebody")
        faults += faults_of(office, "/clients?only=waiting")
        office.open("/en/clients?only=waiting")
        tap(office, "Let in", "Night desk", "approved")
        faults += faults_of(seen, "/clients")

        seen.open("/en/clients")
        press(seen, "Collect the secret", "Night desk")
        pair = (seen.page.locator("#identifier").input_value(), seen.page.locator("#secret").input_value())
        faults += faults_at_all_widths(seen)
        for language in ("ro", "ru"):
            seen.open(f"/{language}/clients")
            seen.page.locator("summary").first.click()
            seen.page.locator('form[action$="/clients/secret"] button').click()
            faults += faults_at_all_widths(seen)

        def come_in() -> int:
            form = {"grant_type": "client_credentials"}
            return httpx2.post(f"{demo_server.url}/oauth/token", data=form, auth=pair).status_code

        # The secret of before the last change works no more, that of the last one does.
        assert come_in() == 401
        pair = (pair[0], seen.page.locator("#secret").input_value())
        assert come_in() == 200
        seen.open("/en/clients")
        tap(seen, "Pause", "Night desk", "paused")
        assert come_in() == 401
        tap(seen, "Resume", "Night desk", "resumed")
        assert come_in() == 200
        assert seen.page.get_by_text("Last use").count() == 1
        seen.page.locator("summary", has_text="End").click()
        tap(seen, "End for good", "Night desk", "ended")
        assert come_in() == 401

    assert faults == []


def test_consent_leads_to_the_app_and_can_be_taken_back(browser: Browser, demo_server: RunningServer) -> None:
    """The page lets its form end at the app, and nowhere else."""
    with visit(browser, demo_server) as seen, visit(browser, demo_server) as office, listening() as app:
        seen.sign_in(*BES)
        office.sign_in(*OFFICE)
        ask_for(seen, "INSTALLED_APP", "Pocket log", "Log, change and cancel activities")
        office.open("/en/clients?only=waiting")
        tap(office, "Let in", "Pocket log", "approved")
        seen.open("/en/clients")
        client_id = seen.page.locator("article", has_text="Pocket log").locator("code").inner_text()
        asked = authorize(client_id, redirect_uri=app.address)

        faults = faults_of(seen, asked, authorize("nobody"))
        seen.open(f"/en{asked}")
        seen.button("Allow")
        seen.page.wait_for_url(f"{app.address}**")
        given = parse_qs(urlsplit(seen.page.url).query)
        assert set(given) == {"code", "state", "iss"}
        form = {"grant_type": "authorization_code", "client_id": client_id, "redirect_uri": app.address}
        form |= {"code": given["code"][0], "code_verifier": VERIFIER}
        assert httpx2.post(f"{demo_server.url}/oauth/token", data=form).status_code == 200

        faults += faults_of(seen, "/me/apps")
        seen.open("/en/me/apps")
        press(seen, "End", "Pocket log (1)")
        assert seen.page.get_by_text("You have allowed nothing").count() == 1
        faults += faults_of(seen, "/me/apps")

    assert faults == []


class App:
    """A program that waits on loopback to be come back to."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/back"


class _Back(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>Back</title>")

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def listening() -> Iterator[App]:
    with HTTPServer(("127.0.0.1", 0), _Back) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield App(server.server_port)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """One command of somebody whose configuration is in a folder of its own."""

    def work(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"XDG_CONFIG_HOME": str(tmp_path)}
        return run_coalition(*arguments, data=tmp_path / "none", environment=environment)

    return work


def test_command_line_signs_in_asks_and_signs_out(
    browser: Browser,
    demo_server: RunningServer,
    tmp_path: Path,
    command: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    with visit(browser, demo_server) as seen:
        seen.sign_in(*BES)
        faults = faults_of(seen, "/device")
        with logging_in(demo_server, tmp_path) as process:
            code = code_of(process)
            seen.open(f"/en/device?user_code={code}")
            seen.button("Go on")
            assert seen.page.locator(".reference").inner_text() == code
            faults += faults_at_all_widths(seen)
            seen.button("Allow")
            seen.page.wait_for_url("**/en/device/answer")
            faults += faults_at_all_widths(seen)
            rest, _ = process.communicate(timeout=60)
        assert (process.returncode, "You are signed in at" in rest) == (0, True)

        file = tmp_path / "coalition" / "login.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        answered = command("ask", "{ viewer { person { name } } }")
        assert json.loads(answered.stdout)["data"]["viewer"]["person"]["name"].startswith("Demo coordinator")
        # An access token that has ended is taken anew.
        kept = json.loads(file.read_text("utf-8"))
        file.write_text(json.dumps({**kept, "expires_at": 0}), "utf-8")
        assert command("ask", "{ viewer { permissions } }").returncode == 0
        assert json.loads(file.read_text("utf-8"))["refresh_token"] != kept["refresh_token"]

        seen.open("/en/me/apps")
        assert seen.page.get_by_role("heading", name="Coalition command line").count() == 1
        assert command("logout").returncode == 0
        assert not file.exists()
        seen.open("/en/me/apps")
        assert seen.page.get_by_text("You have allowed nothing").count() == 1
        refused = command("ask", "{ viewer { permissions } }")
        assert (refused.returncode, "Run `coalition login URL` first" in refused.stderr) == (1, True)

    assert faults == []


@contextmanager
def logging_in(server: RunningServer, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "coalition.cli", "login", server.url],
        env=os.environ | {"XDG_CONFIG_HOME": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def code_of(process: subprocess.Popen[str]) -> str:
    """The code that the command shows; it waits for the person after that."""
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.search(r"type the code (\S+),", first)
    assert found is not None, first + process.stdout.read()
    return found.group(1)
