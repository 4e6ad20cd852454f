"""The pages of systems: asked for, let in, the secret collected, paused and ended without a script."""

from __future__ import annotations

import re

from tests.web.site import ShownPage, Site

BACK = "http://127.0.0.1:8400/back"


def ask_for(site: Site, kind: str = "SERVER", **changes: str | list[str]) -> ShownPage:
    """What comes of asking for a system as who is signed in."""
    path = f"/en/clients/new?kind={kind}"
    shown = site.open(path)
    found = re.search(r'<select id="organisation".*?<option value="([^"]+)"', shown.html, re.DOTALL)
    assert found is not None
    usual: dict[str, str | list[str]] = {
        "clientName": "Night desk",
        "clientPurpose": "Asks for free places at night.",
        "organisation": found.group(1),
        "scopes": ["capacity:read"] if kind == "SERVER" else ["activity:log"],
    }
    if kind in ("WEB_APP", "INSTALLED_APP"):
        usual["redirectUris"] = BACK
    return site.send(shown.form("/en/clients/new"), **{**usual, **changes})


def change_to(site: Site, role: str, organisation: str = "") -> None:
    site.client.cookies.clear()
    site.sign_in(role, organisation)


def deeds(shown: ShownPage) -> list[str]:
    """Where the forms of the page go, apart from the menu's."""
    return [form.action for form in shown.forms if form.action.startswith("/en/clients/")]


def value_of(shown: ShownPage, field: str) -> str:
    found = re.search(rf'id="{field}" readonly value="([^"]+)"', shown.html)
    assert found is not None
    return found.group(1)


def test_pages_are_for_who_asks_or_decides(site: Site) -> None:
    assert site.open("/en/clients").address.startswith("/en/sign-in")
    for role, organisation, status, asks in (
        ("reporter", "ubceb", 403, 403),
        ("coordinator", "bes", 200, 200),
        ("council_secretary", "", 200, 403),
        ("administrator", "", 403, 403),
    ):
        change_to(site, role, organisation)
        assert site.open("/en/clients").status == status, role
        assert site.open("/en/clients/new").status == asks, role
        assert ('href="/en/clients"' in site.open("/en").html) is (status == 200), role


def test_system_is_let_in_and_comes_in_until_it_is_paused(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    asked = ask_for(site)
    assert asked.address == "/en/clients?done=requested"
    assert "waits for approval" in asked.text
    assert deeds(asked) == ["/en/clients/end"]

    change_to(site, "council_secretary")
    waiting = site.open("/en/clients?only=waiting")
    approved = site.send(waiting.form("/en/clients/approve"))
    assert approved.address == "/en/clients?done=approved"
    assert "/en/clients/secret" not in deeds(approved)

    change_to(site, "coordinator", "bes")
    form = site.open("/en/clients").form("/en/clients/secret")
    shown, again = site.send(form), site.send(form)
    assert shown.headers["cache-control"] == "no-store"
    pair = (value_of(shown, "identifier"), value_of(shown, "secret"))
    assert "client_secret" not in again.html
    assert pair[1] not in site.open("/en/clients").html

    def come_in() -> int:
        form = {"grant_type": "client_credentials"}
        return int(site.client.post("/oauth/token", data=form, auth=pair).status_code)

    assert come_in() == 200
    paused = site.send(site.open("/en/clients").form("/en/clients/pause"))
    assert "paused" in paused.text
    assert come_in() == 401
    site.send(paused.form("/en/clients/resume"))
    assert come_in() == 200
    ended = site.send(site.open("/en/clients").form("/en/clients/end"))
    assert come_in() == 401
    assert deeds(ended) == []


def test_refused_request_says_why(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    ask_for(site)
    change_to(site, "council_secretary")

    refused = site.send(site.open("/en/clients").form("/en/clients/refuse"), reason="TOO_MUCH")

    assert "It asks for more rights than it needs" in refused.text
    change_to(site, "coordinator", "bes")
    assert "It asks for more rights than it needs" in site.open("/en/clients").text


def test_what_is_wrong_stands_at_its_field(site: Site) -> None:
    site.sign_in("coordinator", "bes")

    refused = ask_for(
        site,
        "WEB_APP",
        clientName="",
        clientPurpose="",
        scopes=[],
        redirectUris=f"{BACK}\nnonsense",
        expiresOn="",
    )

    assert refused.status == 422
    assert 'id="expiresOn-error"' in refused.html
    refused = site.send(refused.form("/en/clients/new"), expiresOn="2020-01-01")
    for anchor in ("clientName", "clientPurpose", "scopes", "redirectUris", "expiresOn"):
        assert f'id="{anchor}-error"' in refused.html, anchor
    assert "nonsense" in refused.html


def test_new_secret_leaves_the_old_one_a_day_or_ends_it(site: Site) -> None:
    pair = connected(site)
    form = site.open("/en/clients").form("/en/clients/secret")

    new = value_of(site.send(form), "secret")

    def works(secret: str) -> bool:
        form = {"grant_type": "client_credentials"}
        return bool(site.client.post("/oauth/token", data=form, auth=(pair[0], secret)).status_code == 200)

    assert (works(pair[1]), works(new)) == (True, True)
    newest = value_of(
        site.send(site.open("/en/clients").form("/en/clients/secret"), endOldNow="yes"), "secret"
    )
    assert (works(pair[1]), works(new), works(newest)) == (False, False, True)


def connected(site: Site, kind: str = "SERVER", **changes: str | list[str]) -> tuple[str, str]:
    """The client_id and secret of a system let in; afterwards coordinator bes is signed in."""
    site.sign_in("coordinator", "bes")
    ask_for(site, kind, **changes)
    change_to(site, "council_secretary")
    site.send(site.open("/en/clients").form("/en/clients/approve"))
    change_to(site, "coordinator", "bes")
    if kind in ("SERVER", "WEB_APP"):
        shown = site.send(site.open("/en/clients").form("/en/clients/secret"))
        return value_of(shown, "identifier"), value_of(shown, "secret")
    found = re.search(r'<code class="long-word">([^<]+)</code>', site.open("/en/clients").html)
    assert found is not None
    return found.group(1), ""
