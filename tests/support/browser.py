"""Pages in a real Chromium, and what axe-core says about them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

PHONE_WIDTH = 360
DESKTOP_WIDTH = 1280

AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_OWN_HOSTS = {"127.0.0.1", "localhost"}
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
_CHROMIUM_ARGUMENTS = (
    "--headless",
    # Tests may run as root, where Chromium's sandbox refuses to start; they open only our own pages.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Without these it calls home at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_AXE = Path(__file__).parents[1] / "tools" / "node_modules" / "axe-core" / "axe.min.js"


class BrowserToolMissing(Exception):
    """Chromium or axe-core is not installed; browser tests fail rather than pass unseen."""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """A headless Chromium of this machine; `COALITION_TEST_CHROMIUM` names one off the path."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium_path(), args=list(_CHROMIUM_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def record_foreign_requests(page: Page) -> list[str]:
    """A list that grows by every address beyond 127.0.0.1 that the page asks for."""
    foreign: list[str] = []

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname not in _OWN_HOSTS:
            foreign.append(request.url)

    page.on("request", note)
    return foreign


def accessibility_violations(page: Page) -> list[str]:
    """What axe-core holds against the page as it stands, one line per element at fault; empty is well.

    The source goes in through the debugger, so that the page's content security policy stays in force.
    """
    if not _AXE.exists():
        raise BrowserToolMissing("axe-core is not installed; run script/node-tools")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    result: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, { runOnly: { type: 'tag', values: tags } })", list(AXE_TAGS)
    )
    return [
        f"{violation['id']} ({violation['impact']}) at {node['target']}: {violation['help']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def _chromium_path() -> str:
    given = os.environ.get("COALITION_TEST_CHROMIUM")
    found = given or next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)
    if found is None:
        raise BrowserToolMissing("Chromium is not installed; on Debian: apt-get install chromium")
    return found
