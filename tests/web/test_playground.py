"""The playground in a real Chromium, under its policy."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.server import RunningServer

_NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener(
  'securitypolicyviolation', event => window.violations.push(event.violatedDirective)
);
"""
DIALOGS = (
    "Show Documentation Explorer",
    "Show History",
    "Open short keys dialog",
    "Open settings dialog",
)


def test_playground_works_without_permission_for_inline_styles(
    browser: Browser, demo_server: RunningServer
) -> None:
    page = browser.new_page()
    page.add_init_script(_NOTE_VIOLATIONS)

    page.goto(f"{demo_server.url}/graphql")
    page.click("button.graphiql-execute-button")
    page.get_by_text('"totalCount"').wait_for()
    for name in DIALOGS:
        page.click(f"[aria-label='{name}']")
        page.wait_for_timeout(300)
        page.keyboard.press("Escape")

    assert page.evaluate("window.violations") == []
    page.close()
