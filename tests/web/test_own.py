"""A person's own data on pages: seen, corrected, agreed to, taken along, erased; without scripts."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser

from coalition.access.own_data import FORMAT, PARTS
from coalition.core.i18n import LANGUAGES
from coalition.members.consents import NOTICE_VERSION
from tests.support.browser import DESKTOP_WIDTH, PHONE_WIDTH
from tests.support.server import RunningServer
from tests.web.site import Site
from tests.web.test_browser import _faults, visit

OWN_PAGES = ("/me", "/me/erase", "/me/erased", "/privacy")


def test_visitor_is_asked_to_sign_in(reader: Site) -> None:
    for path in ("/en/me", "/en/me.json", "/en/me/erase"):
        answer = reader.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/en/sign-in?next={path.replace('/', '%2F')}",
        )


def test_own_data_are_shown_and_linked_from_every_page(site: Site) -> None:
    assert "/en/me" not in site.open("/en").html
    site.sign_in("reporter", "ubceb")

    assert 'href="/en/me"' in site.open("/en/log").html
    shown = site.open("/en/me")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    assert site.account("reporter", "ubceb")["email"] in shown.text
    assert "Reporter" in shown.text
    assert "signed in" in shown.text


def test_name_and_languages_are_corrected(site: Site) -> None:
    site.sign_in("reporter", "ubceb")

    refused = site.send(site.open("/en/me").form("/en/me"), yourName="Ana 069 123 456")
    assert refused.status == 422
    assert "Your name: This text seems to contain a telephone number" in refused.text

    done = site.send(
        refused.form("/en/me"), yourName="Ana Nouă", languages=["ro", "gag"], accountLanguage="ru"
    )
    assert done.address == "/en/me?saved=data"
    form = done.form("/en/me")
    assert form.fields["yourName"] == ["Ana Nouă"]
    assert (form.fields["languages"], form.fields["accountLanguage"]) == (["ro", "gag"], ["ru"])


def test_consent_is_given_and_withdrawn(site: Site) -> None:
    site.sign_in("reporter", "ubceb")
    assert site.open("/en/me").text.count("You do not agree") == 2

    given = site.send(site.open("/en/me").form("/en/me/consent"))
    assert given.address == "/en/me?saved=consent"
    assert given.text.count("You do not agree") == 1

    withdrawn = site.send(given.form("/en/me/consent"), withdraw="yes")
    assert withdrawn.text.count("You do not agree") == 2

    outdated = site.send(withdrawn.form("/en/me/consent"), version="2000-01-01")
    assert outdated.status == 422
    assert "The privacy notice has changed since you read it" in outdated.text


def test_file_holds_everything_and_is_kept_nowhere(site: Site) -> None:
    site.sign_in("reporter", "ubceb")

    answer = site.client.get("/me.json")

    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="coalition-own-data.json"'
    found = json.loads(answer.text)
    assert (found["format"], found["notice_version"]) == (FORMAT, NOTICE_VERSION)
    assert {part.name for part in PARTS} <= set(found)
    assert [account["email"] for account in found["account"]] == [site.account("reporter", "ubceb")["email"]]
    token = site.account("reporter", "ubceb")["token"]
    site.client.cookies.clear()
    by_token = site.client.get("/me.json", headers={"Authorization": f"Bearer {token}"})
    assert by_token.json()["person"] == found["person"]
    assert token not in by_token.text


def test_erasing_needs_the_password_and_ends_everything(site: Site) -> None:
    site.sign_in("reporter", "ubceb")
    account = site.account("reporter", "ubceb")

    refused = site.send(site.open("/en/me/erase").form("/en/me/erase"), confirmation="wrong")
    assert refused.status == 422
    assert "Your password: This is not what was to be typed" in refused.text

    erased = site.send(refused.form("/en/me/erase"), confirmation=account["password"])
    assert erased.address == "/en/me/erased"
    assert '/en/me"' not in erased.html
    assert site.open("/en/me").address.startswith("/en/sign-in")
    form = site.open("/en/sign-in").form("/en/sign-in")
    again = site.send(form, email=account["email"], password=account["password"])
    assert again.status == 422


@pytest.mark.parametrize("width", [PHONE_WIDTH, DESKTOP_WIDTH])
@pytest.mark.parametrize("language", LANGUAGES)
def test_own_pages_are_without_fault(
    browser: Browser, demo_server: RunningServer, language: str, width: int
) -> None:
    faults: list[str] = []
    with visit(browser, demo_server, width=width, scheme="dark" if width == PHONE_WIDTH else "light") as seen:
        seen.sign_in("reporter", "ubceb")
        for path in OWN_PAGES:
            seen.open(f"/{language}{path}")
            faults += _faults(seen)

    assert faults == []
