"""Consent, codes of devices and allowed apps, by a browser without scripts."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from coalition.access.oauth.seed import COMMAND_LINE_CLIENT
from tests.web.site import ShownPage, Site
from tests.web.test_clients import BACK, change_to, connected

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def authorize(client_id: str, **changes: str) -> str:
    given = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": "activity:log",
        "state": "xyz",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return f"/oauth/authorize?{urlencode(given)}"


def sent_to(site: Site, shown: ShownPage, answer: str, **changes: str) -> tuple[int, str]:
    """Status and target of an answer on the consent page, which leads to another site."""
    form = shown.form("/oauth/authorize")
    given = {**form.fields, "answer": answer, **changes}
    response = site.client.post(form.action, data=given, follow_redirects=False)
    return response.status_code, response.headers.get("location", "")


def token(site: Site, **form: str) -> Any:
    return site.client.post("/oauth/token", data=form).json()


def viewer(site: Site, access_token: str) -> Any:
    site.client.cookies.clear()
    headers = {"Authorization": f"Bearer {access_token}"}
    answer = site.client.post("/graphql", json={"query": "{ viewer { permissions } }"}, headers=headers)
    return answer.status_code, answer.json()


def test_consent_is_given_used_seen_and_ended(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP", scopes=["activity:log", "coalition:read"])

    shown = site.open(authorize(client_id, scope="activity:log"))
    assert "Night desk" in shown.text
    assert "Log, change and cancel activities" in shown.text
    assert "Read what members share" not in shown.text
    assert "Demo coordinator of bes" in shown.text
    assert "form-action 'self' http://127.0.0.1:8400;" in shown.headers["content-security-policy"]
    assert shown.headers["cache-control"] == "no-store"
    status, target = sent_to(site, shown, "allow")

    given = parse_qs(urlsplit(target).query)
    assert (status, target.partition("?")[0], given["state"]) == (303, BACK, ["xyz"])
    form = {"grant_type": "authorization_code", "client_id": client_id, "redirect_uri": BACK}
    made = token(site, **form, code=given["code"][0], code_verifier=VERIFIER)
    assert viewer(site, made["access_token"])[1]["data"]["viewer"]["permissions"] == ["activity:log"]

    change_to(site, "coordinator", "bes")
    apps = site.open("/en/me/apps")
    assert "Night desk" in apps.text
    change_to(site, "reporter")
    assert "Night desk" not in site.open("/en/me/apps").text
    change_to(site, "coordinator", "bes")
    ended = site.send(site.open("/en/me/apps").form("/en/me/apps/end"))
    assert "You have allowed nothing" in ended.text
    assert viewer(site, made["access_token"])[0] == 401


def test_denied_consent_says_so_to_the_app(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP")

    status, target = sent_to(site, site.open(authorize(client_id)), "deny")

    found = parse_qs(urlsplit(target).query)
    assert (status, target.partition("?")[0]) == (303, BACK)
    assert (found["error"], found["state"]) == (["access_denied"], ["xyz"])
    assert "You have allowed nothing" in site.open("/en/me/apps").text


def test_consent_sends_nobody_to_an_address_that_is_not_registered(site: Site) -> None:
    """Neither when asked, nor when the form is changed before it is sent, whatever the answer."""
    client_id, _ = connected(site, "INSTALLED_APP")
    elsewhere = (
        "https://evil.example.org/",
        f"{BACK}/more",
        "//evil.example.org",
        "http://localhost:8400/back",
    )

    for address in elsewhere:
        refused = site.client.get(authorize(client_id, redirect_uri=address), follow_redirects=False)
        assert (refused.status_code, refused.headers.get("location")) == (400, None), address
        shown = site.open(authorize(client_id))
        for answer in ("allow", "deny"):
            changed = {"asked.redirect_uri": address}
            assert sent_to(site, shown, answer, **changed) == (400, ""), (address, answer)
    unknown = site.client.get(authorize(COMMAND_LINE_CLIENT), follow_redirects=False)
    assert unknown.status_code == 400


def test_what_is_wrong_is_said_to_the_app_before_anybody_signs_in(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP")
    site.client.cookies.clear()

    answer = site.client.get(authorize(client_id, scope="people:manage"), follow_redirects=False)

    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == BACK
    assert parse_qs(target.query)["error"] == ["invalid_scope"]


def test_visitor_signs_in_first_and_comes_back(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP")
    account = site.account("coordinator", "bes")
    site.client.cookies.clear()

    asked = site.open(authorize(client_id))
    assert asked.address.startswith("/sign-in?next=")
    shown = site.send(asked.form("/sign-in"), email=account["email"], password=account["password"])

    assert shown.address == authorize(client_id)
    assert "Night desk" in shown.text


def test_consent_is_for_a_browser_that_is_signed_in_and_no_token(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP")
    bearer = {"Authorization": f"Bearer {site.account('coordinator', 'bes')['token']}"}
    site.client.cookies.clear()

    answer = site.client.get(authorize(client_id), headers=bearer, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_paused_app_gets_no_consent(site: Site) -> None:
    client_id, _ = connected(site, "INSTALLED_APP")
    shown = site.open(authorize(client_id))
    site.send(site.open("/en/clients").form("/en/clients/pause"))

    assert site.open(authorize(client_id)).status == 400
    assert sent_to(site, shown, "allow") == (400, "")


# ------------------------------------------------------------------ devices


def waiting_device(site: Site) -> Any:
    answer = site.client.post("/oauth/device_authorization", data={"client_id": COMMAND_LINE_CLIENT})
    assert answer.status_code == 200
    return answer.json()


def polled(site: Site, device: Any) -> Any:
    form = {"grant_type": DEVICE_GRANT, "client_id": COMMAND_LINE_CLIENT}
    return token(site, **form, device_code=device["device_code"])


@pytest.mark.parametrize(("answer", "word"), [("allow", "is let in"), ("deny", "is not let in")])
def test_device_is_answered(site: Site, answer: str, word: str) -> None:
    site.sign_in("reporter")
    device = waiting_device(site)
    path = urlsplit(device["verification_uri_complete"])

    typed = site.open(f"{path.path}?{path.query}")
    asks = site.send(typed.form("/device"))
    assert "Coalition command line" in asks.text
    assert device["user_code"] in asks.text
    answered = site.send(asks.form("/device/answer"), answer=answer)

    assert word in answered.text
    made = polled(site, device)
    if answer == "deny":
        assert made["error"] == "access_denied"
    else:
        assert viewer(site, made["access_token"])[1]["data"]["viewer"] is not None
    change_to(site, "reporter")
    again = site.send(
        typed.form("/device"), form_token=site.open("/device").form("/device").fields["form_token"]
    )
    assert again.status == 422


def test_codes_cannot_be_guessed(site: Site) -> None:
    """Right codes of one's own are no way around: they count too. Tests share these counters."""
    site.sign_in("trainer")
    form = site.open("/device").form("/device")

    statuses = [site.send(form, userCode=f"BCDF-GHJ{letter}").status for letter in "KLMN"]
    statuses.append(site.send(form, userCode=waiting_device(site)["user_code"]).status)
    statuses += [site.send(form, userCode=waiting_device(site)["user_code"]).status for _ in range(2)]

    assert statuses == [422, 422, 422, 422, 200, 429, 429]
