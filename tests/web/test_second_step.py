"""The second step on pages without scripts, and every way around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from coalition.access.factors.models import SignInStep
from coalition.access.factors.ways import forget_factors
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import Account, SignIn
from coalition.access.tokens import token_hash
from coalition.access.web_second_step import MOST_WRONG_CODES
from coalition.access.web_sign_in import STEP_COOKIE
from coalition.audit.models import AuditEntry
from tests.support.device import Device
from tests.web.site import HTMLForm, ShownPage, Site

ELSEWHERE = (
    "//example.org",
    "https://example.org",
    "/\\example.org",
    "/\t/example.org",
    "javascript:alert(1)",
)


def state(site: Site) -> Any:
    return site.client.app.state  # type: ignore[attr-defined]


def codes(account: dict[str, Any]) -> list[str]:
    """Codes of the half minutes around now, the oldest first: each counts once, in this order."""
    app, now = pyotp.TOTP(account["totp_secret"]), datetime.now(UTC)
    return [app.at(now + timedelta(seconds=30 * around)) for around in (0, 1)]


def wrong_code(account: dict[str, Any]) -> str:
    app, now = pyotp.TOTP(account["totp_secret"]), datetime.now(UTC)
    near = {app.at(now + timedelta(seconds=30 * around)) for around in range(-4, 5)}
    return next(f"{number:06}" for number in range(20) if f"{number:06}" not in near)


def first_step(site: Site, account: dict[str, Any], path: str = "/en/sign-in") -> ShownPage:
    page = site.open(path)
    form = page.form(path.partition("?")[0])
    return site.send(form, email=account["email"], password=account["password"])


def end_factors(site: Site, account: dict[str, Any]) -> None:
    """As an administrator's command does, so that enrolment is asked for."""
    with state(site).units.writing() as uow:
        found = uow.db.scalars(sa.select(Account).where(Account.email == account["email"])).one()
        forget_factors(uow, found.id)


def named(page: ShownPage, action: str, field: str) -> HTMLForm:
    """The form to `action` that has a field of this name."""
    return next(form for form in page.forms if form.action == action and field in form.fields)


def count(site: Site, model: Any) -> int:
    with state(site).units.reading() as uow:
        found: int = uow.db.scalars(sa.select(sa.func.count()).select_from(model)).one()
        return found


def test_password_and_code_sign_in_and_lead_on(site: Site) -> None:
    account = site.account("auditor")

    asked = first_step(site, account, "/ro/sign-in?next=%2Fro%2Factivities")
    between = site.open("/ro/log").address
    answer = site.send(named(asked, "/ro/sign-in/second", "code"), code=codes(account)[0])

    assert asked.address == "/ro/sign-in/second?next=%2Fro%2Factivities"
    assert asked.headers["cache-control"] == "no-store"
    # The step opens nothing by itself.
    assert between.startswith("/ro/sign-in?")
    assert answer.address == "/ro/activities"
    assert "Ieșiți din cont" in answer.text
    assert STEP_COOKIE not in site.client.cookies
    assert count(site, SignInStep) == 0


def test_cookie_of_the_step_is_out_of_reach_and_short_lived(site: Site) -> None:
    account = site.account("auditor")
    form = site.open("/en/sign-in").form("/en/sign-in")
    sent = {**form.fields, "email": account["email"], "password": account["password"]}

    response = site.client.post(form.action, data=sent, follow_redirects=False)

    [cookie] = [each for each in response.headers.get_list("set-cookie") if STEP_COOKIE in each]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "max-age=600", "path=/", "samesite=lax"}
    assert SIGN_IN_COOKIE not in site.client.cookies
    with state(site).units.reading() as uow:
        kept = uow.db.scalars(sa.select(SignInStep.token_hash)).one()
    assert kept not in cookie


def test_wrong_codes_end_the_step_and_say_nothing(site: Site) -> None:
    account = site.account("auditor")
    asked = first_step(site, account)
    form, wrong = named(asked, "/en/sign-in/second", "code"), wrong_code(account)

    # The slow-down has tests of its own.
    forget = state(site).slowdown.rates
    answers = []
    for _ in range(5):
        answers.append(site.send(form, code=wrong))
        forget.on_counters(lambda counters: counters.reset())
    after = site.send(form, code=codes(account)[0])

    assert [(each.status, each.address) for each in answers[:4]] == [(422, "/en/sign-in/second")] * 4
    assert "This code is not right" in answers[0].text
    assert wrong not in answers[0].html
    assert answers[4].address == after.address == "/en/sign-in?next=%2Fen%2F&ended=yes"
    assert "Begin again." in after.text
    assert SIGN_IN_COOKIE not in site.client.cookies


def test_wrong_codes_of_an_account_are_limited_over_steps(site: Site) -> None:
    account = site.account("auditor")
    asked = first_step(site, account)
    with state(site).units.writing() as uow:
        found = uow.db.scalars(sa.select(Account).where(Account.email == account["email"])).one()
        for number in range(MOST_WRONG_CODES):
            uow.db.add(
                AuditEntry(
                    happened_at=uow.now - timedelta(minutes=number),
                    actor=f"account:{found.id}",
                    action="account:second_factor:refuse",
                    subject_type="Account",
                    subject_id=found.id,
                    reason="code",
                )
            )

    answer = site.send(named(asked, "/en/sign-in/second", "code"), code=codes(account)[0])

    assert (answer.status, SIGN_IN_COOKIE in site.client.cookies) == (422, False)
    assert "There were several wrong tries." in answer.text


def test_a_code_signs_in_once(site: Site) -> None:
    account = site.account("auditor")
    code, later = codes(account)
    site.send(named(first_step(site, account), "/en/sign-in/second", "code"), code=code)
    site.client.cookies.clear()

    again = site.send(named(first_step(site, account), "/en/sign-in/second", "code"), code=code)
    then = site.send(named(again, "/en/sign-in/second", "code"), code=later)

    assert (again.status, then.status, then.address) == (422, 200, "/en")


def test_steps_of_others_and_without_a_password_lead_back(site: Site) -> None:
    auditor, reporter = site.account("auditor"), site.account("reporter")
    first_step(site, auditor)
    stolen = site.client.cookies[STEP_COOKIE]
    site.client.cookies.clear()

    for path in ("/en/sign-in/second", "/en/sign-in/enrol", "/en/sign-in/enrol/app"):
        assert site.open(path).address.startswith("/en/sign-in?ended=yes")
    # Whoever has a factor never enrols another one beside it.
    site.client.cookies.set(STEP_COOKIE, stolen)
    assert site.open("/en/sign-in/enrol").address.startswith("/en/sign-in?ended=yes")
    # Another sign-in takes the step's place.
    assert first_step(site, reporter).address == "/en"
    assert site.open("/en/sign-in/second").address.startswith("/en/sign-in?ended=yes")


def test_fixed_cookies_are_never_taken_over(site: Site) -> None:
    account = site.account("auditor")
    planted = {SIGN_IN_COOKIE: "cs_planted", STEP_COOKIE: "css_planted"}
    for name, value in planted.items():
        site.client.cookies.set(name, value)

    asked = first_step(site, account)
    step = [each.value for each in site.client.cookies.jar if each.name == STEP_COOKIE]
    answer = site.send(named(asked, "/en/sign-in/second", "code"), code=codes(account)[0])

    held = [each.value for each in site.client.cookies.jar if each.name == SIGN_IN_COOKIE]
    assert answer.address == "/en"
    fresh = {*step, *held} - set(planted.values())
    assert sorted(each.partition("_")[0] for each in fresh) == ["cs", "css"]
    with state(site).units.reading() as uow:
        [kept] = uow.db.scalars(sa.select(SignIn.token_hash))
    assert kept != token_hash(state(site).secrets, "cs_planted")


def test_a_new_sign_in_ends_the_one_before_in_the_browser(site: Site) -> None:
    site.sign_in("reporter", "ubceb")
    old = site.client.cookies[SIGN_IN_COOKIE]

    first_step(site, site.account("trainer"))

    assert site.client.cookies[SIGN_IN_COOKIE] != old
    site.client.cookies.clear()
    site.client.cookies.set(SIGN_IN_COOKIE, old)
    assert site.open("/en/me").address.startswith("/en/sign-in")


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_step_leads_to_another_site(site: Site, target: str) -> None:
    account = site.account("auditor")
    page = site.open("/en/sign-in")
    sent = {"email": account["email"], "password": account["password"], "next": target}
    asked = site.send(page.form("/en/sign-in"), **sent)
    form = named(asked, "/en/sign-in/second", "code")
    data = {**form.fields, "code": codes(account)[0], "next": target}

    answer = site.client.post(form.action, data=data, follow_redirects=False)
    proof = site.open("/en/me/security/proof").form("/en/me/security/proof")
    proven = site.client.post(
        proof.action,
        data={**proof.fields, "password": account["password"], "next": target},
        follow_redirects=False,
    )
    codes_page = site.open("/en/me/security/codes").form("/en/me/security/codes")
    made = site.send(codes_page, next=target)

    assert (asked.status, "example.org" in asked.address) == (200, False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (proven.status_code, proven.headers["location"]) == (303, "/")
    assert made.status == 200
    assert "example.org" not in made.html
    assert "javascript:" not in made.html


def test_enrolment_is_demanded_before_anything_else(site: Site) -> None:
    account = site.account("administrator")
    end_factors(site, account)

    asked = first_step(site, account, "/ru/sign-in?next=%2Fru%2Fpeople")
    blocked = site.open("/ru/people").address
    shown = site.send(named(asked, "/ru/sign-in/enrol", "next"), begin="yes")
    key = shown.html.partition('translate="no">')[2].partition("</code>")[0].replace(" ", "")
    form = named(shown, "/ru/sign-in/enrol/app", "code")
    wrong = site.send(form, code="000000" if pyotp.TOTP(key).now() != "000000" else "111111")
    enrolled = site.send(form, code=pyotp.TOTP(key).now(), next="//example.org")
    made = site.send(enrolled.form("/ru/me/security/codes"))

    assert asked.address == "/ru/sign-in/enrol?next=%2Fru%2Fpeople"
    assert blocked.startswith("/ru/sign-in?")
    assert shown.address == "/ru/sign-in/enrol/app?next=%2Fru%2Fpeople"
    assert "<svg" in shown.html
    assert "style=" not in shown.html
    assert (wrong.status, wrong.address) == (422, "/ru/sign-in/enrol/app")
    assert enrolled.address == "/ru/me/security/codes?next=%2F"
    paper = [part.partition("</code>")[0] for part in made.html.split("<li><code>")[1:]]
    assert len(paper) == 10
    assert "no-store" in made.headers["cache-control"]

    site.client.cookies.clear()
    asked = first_step(site, account, "/ru/sign-in")
    back = site.send(named(asked, "/ru/sign-in/second", "code"), code=paper[3].lower())
    assert back.address == "/ru"
    assert "Осталось 9" in site.open("/ru/me/security").text


def test_ways_in_are_changed_after_a_fresh_proof_only(site: Site) -> None:
    site.sign_in("reporter", "ubceb")
    account = site.account("reporter", "ubceb")
    fresh = site.open("/en/me/security")
    begin = named(fresh, "/en/me/security/app", "form_token")
    with state(site).units.writing() as uow:
        uow.db.execute(sa.update(SignIn).values(proven_at=uow.now - timedelta(minutes=10)))

    refused = site.send(begin, begin="yes")
    stale = site.open("/en/me/security")
    wrong = site.send(refused.form("/en/me/security/proof"), password="wrong")
    proven = site.send(wrong.form("/en/me/security/proof"), password=account["password"])
    shown = site.send(begin, begin="yes")

    assert refused.address == "/en/me/security/proof?next=%2Fen%2Fme%2Fsecurity"
    assert [form.action for form in stale.forms if "/me/security" in form.action] == []
    assert (wrong.status, "This is not the password" in wrong.text) == (422, True)
    assert (proven.address, shown.address) == ("/en/me/security", "/en/me/security/app")


def options(site: Site, form: HTMLForm) -> str:
    answer = site.client.post("/en/passkey/options", data=form.fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_passkey_page_adds_signs_in_and_removes(site: Site) -> None:
    device = Device(origin="http://127.0.0.1")
    account = site.account("reporter", "ubceb")
    site.sign_in("reporter", "ubceb")
    form = named(site.open("/en/me/security"), "/en/me/security/passkeys", "passkeyName")
    added = site.send(form, answer=device.register(options(site, form)), passkeyName="Demo <telephone>")
    site.client.cookies.clear()

    form = site.open("/en/sign-in?next=%2Fen%2Flog").form("/en/sign-in/passkey")
    told = json.loads(options(site, form))
    answer = device.sign(options(site, form))
    signed = site.send(form, answer=answer)
    replayed = site.send(form, answer=answer)

    assert added.address == "/en/me/security?saved=yes"
    assert "Demo &lt;telephone&gt;" in added.html
    assert (told["allowCredentials"], account["email"] in json.dumps(told)) == ([], False)
    assert signed.address == "/en/log"
    # The form belongs to a visitor, who is gone.
    assert replayed.status == 403
    gone = site.send(named(site.open("/en/me/security"), "/en/me/security/passkeys/remove", "id"))
    assert "Demo &lt;telephone&gt;" not in gone.html
    site.client.cookies.clear()
    form = site.open("/en/sign-in").form("/en/sign-in/passkey")
    refused = site.send(form, answer=device.sign(options(site, form)))
    assert (refused.status, refused.address) == (422, "/en/sign-in/passkey")
    assert "This passkey was not accepted." in refused.text


def test_one_sign_in_takes_the_place_of_another(site: Site) -> None:
    site.sign_in("auditor")
    site.sign_in("reporter", "ubceb")

    held = [each.value for each in site.client.cookies.jar if each.name == SIGN_IN_COOKIE]

    assert len(held) == 1
    assert count(site, SignIn) == 1


def test_passkeys_are_asked_for_by_whom_it_concerns_only(site: Site) -> None:
    form = site.open("/en/sign-in").form("/en/sign-in/passkey")

    for purpose in ("REGISTER", "SECOND_STEP", "PROVE", "OTHER", ""):
        answer = site.client.post("/en/passkey/options", data={**form.fields, "purpose": purpose})
        assert answer.status_code == 404, purpose
    first_step(site, site.account("auditor"))
    answer = site.client.post("/en/passkey/options", data={**form.fields, "purpose": "REGISTER"})
    assert answer.status_code == 404
