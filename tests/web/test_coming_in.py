"""Invitations by mail, text and paper, new passwords by mail, own sign-ins, and whom wrong passwords slow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from coalition.access.models import Account, OneTimeLink
from coalition.access.slowdown import FREE_TRIES
from coalition.audit.models import AuditEntry
from coalition.notifications.sending import Post
from coalition.notifications.smtp import SMTPMailer, read_address, read_server
from tests.support.application import quick_passwords
from tests.support.mail import MailServer, mail_server
from tests.web.site import ShownPage, Site
from tests.web.test_people import EMAIL, invite

NEW = "patru cuvinte simple, lungi"
LINK = re.compile(r"http://127\.0\.0\.1(/\S+)")


@pytest.fixture
def letters(site: Site) -> Iterator[MailServer]:
    """The mail of `site`, which tries once."""
    state = site.client.app.state  # type: ignore[attr-defined]
    with mail_server() as server, quick_passwords():
        state.mailer = SMTPMailer(read_server(server.url), read_address("Demo <noreply@demo.invalid>"))
        state.post.close()
        state.post, state.reset_delay = Post(pauses=()), (0.0, 0.0)
        yield server


def link_in(page: ShownPage) -> str:
    found = re.search(r'readonly value="http://127\.0\.0\.1(/\w\w/welcome/\w+)"', page.html)
    assert found
    return found[1]


def handed(site: Site, page: ShownPage, way: str, **changes: str) -> ShownPage:
    return site.send(page.form("/en/people/invited"), way=way, **changes)


def without_token(page: ShownPage) -> str:
    """A page as somebody reads it: each form carries a token of its own."""
    return re.sub(r'name="form_token" value="[^"]*"', "", page.html)


def test_invitation_goes_by_mail_and_paper_and_opens_by_its_typed_code(
    site: Site, letters: MailServer
) -> None:
    site.sign_in("coordinator", "bes")
    invited = invite(site, languages="ru")

    mailed = handed(site, invited, "mail")
    sheet = handed(site, mailed, "print")

    letter = letters.next()
    link = link_in(invited)
    assert f"The letter is on its way to {EMAIL}." in mailed.text
    assert letter["To"] == EMAIL
    assert letter["Subject"] == "Приглашение в коалицию"
    assert link in letter.get_content()
    assert link.startswith("/ru/welcome/")
    assert "Demo Maria" not in letter.as_string()
    code = re.search(r'<p class="code"[^>]*>([^<]+)</p>', sheet.html)
    assert code
    assert code[1] in letter.get_content()
    assert '<html lang="ru">' in sheet.html
    assert "<svg" in sheet.html
    assert EMAIL in sheet.text
    assert [each.headers["cache-control"] for each in (invited, mailed, sheet)] == ["no-store"] * 3

    site.client.cookies.clear()
    form = site.open("/ro/welcome").form("/ro/welcome")
    assert "douăzeci" in site.send(form, code="7HQD-5V4Y").text
    opened = site.send(form, code=f" {code[1].lower().replace('-', ' ')} ")
    inside = site.send(opened.form(opened.address), password=NEW)
    assert opened.address == f"/ro/welcome/{code[1].replace('-', '')}"
    assert inside.address == "/ro"
    assert site.open("/ro/log").status == 200
    assert site.open(opened.address).status == 404
    again = site.open("/ro/welcome").form("/ro/welcome")
    assert site.send(again, code=code[1]).status == 422


def test_letter_that_cannot_be_sent_is_told_at_once_with_the_link(site: Site, letters: MailServer) -> None:
    site.sign_in("coordinator", "bes")
    letters.answer = "550 no"

    invited = invite(site)
    page = handed(site, invited, "mail")

    assert "It could not be sent." in page.text
    assert link_in(page) == link_in(invited)
    letters.answer = "250 OK"
    assert "is on its way" in handed(site, page, "mail", language="ro").text
    assert letters.next()["Subject"] == "Invitație în coaliție"
    handed(site, page, "mail")
    refused = handed(site, page, "mail")
    assert refused.status == 422
    assert "There were too many attempts." in refused.text
    assert len(letters.envelopes) == 2


def test_without_a_mail_server_nothing_is_offered_that_cannot_be_done(site: Site) -> None:
    site.sign_in("coordinator", "bes")

    invited = invite(site)

    assert "No mail server is set here" in invited.text
    assert 'value="mail"' not in invited.html
    assert 'value="text"' not in invited.html
    assert "You are invited to the coalition." in invited.text


def ask_for_reset(site: Site, email: str, language: str = "ro") -> ShownPage:
    path = f"/{language}/forgot"
    return site.send(site.open(path).form(path), email=email)


def test_reset_by_mail(site: Site, letters: MailServer) -> None:
    account = site.account("reporter")
    site.sign_in("reporter")
    signed_in = site.client.cookies["coalition_sign_in"]
    site.client.cookies.clear()

    asked = ask_for_reset(site, account["email"])

    letter = letters.next()
    found = LINK.search(letter.get_content())
    assert found
    assert letter["To"] == account["email"]
    assert letter["Subject"] == "O parolă nouă"
    page = site.open(f"/ro{found[1]}")
    weak = site.send(page.form(page.address), password="parola123456")
    assert weak.status == 422
    assert "listele" in weak.text
    done = site.send(page.form(page.address), password=NEW)
    assert done.address == "/ro"
    assert site.open(page.address).status == 404
    # Every sign-in from before has ended, and so has the password.
    site.client.cookies.clear()
    site.client.cookies.set("coalition_sign_in", signed_in)
    assert site.open("/ro/log").address.startswith("/ro/sign-in")
    visitor = Visitor(site)
    assert visitor.sign_in(account["email"], account["password"]) == 422
    assert visitor.sign_in(account["email"], NEW) == 303
    assert "Dacă există un cont" in asked.text


class Visitor:
    """Somebody at `host` with the sign-in page open."""

    def __init__(self, site: Site, host: str = "192.0.2.7") -> None:
        client = TestClient(site.client.app, base_url="http://127.0.0.1", client=(host, 5000))
        self.site = Site(client, site.data)
        self.form = self.site.open("/en/sign-in").form("/en/sign-in")

    def sign_in(self, email: str, password: str) -> int:
        """What the page answers; the visitor stays one."""
        data = {**self.form.fields, "email": email, "password": password}
        answer = self.site.client.post(self.form.action, data=data, follow_redirects=False)
        self.site.client.cookies.delete("coalition_sign_in")
        return int(answer.status_code)


def test_reset_of_an_unknown_address_looks_the_same_and_sends_nothing(
    site: Site, letters: MailServer
) -> None:
    site.sign_in("coordinator", "bes")
    invite(site)
    site.client.cookies.clear()

    known = ask_for_reset(site, site.account("reporter")["email"])
    strangers = [ask_for_reset(site, email) for email in ("nobody@demo.invalid", "no address", EMAIL)]

    # What came before has been done once this one has come, or is under way in the other thread.
    ask_for_reset(site, site.account("trainer")["email"])
    came = {letters.next()["To"], letters.next()["To"]}
    assert came == {site.account("reporter")["email"], site.account("trainer")["email"]}
    assert {without_token(page) for page in strangers} == {without_token(known)}
    site.client.app.state.post.close()  # type: ignore[attr-defined]
    assert letters.is_empty()
    assert len(letters.asked) == 2


def test_reset_leads_to_this_site_whatever_host_was_named(site: Site, letters: MailServer) -> None:
    form = site.open("/en/forgot").form("/en/forgot")
    email = site.account("reporter")["email"]

    site.client.post(form.action, data={**form.fields, "email": email}, headers={"Host": "evil.example"})

    assert "evil.example" not in letters.next().as_string()


def test_reset_asked_too_often_is_slowed_for_that_address_here(site: Site, letters: MailServer) -> None:
    for _ in range(FREE_TRIES):
        assert ask_for_reset(site, "nobody@demo.invalid").status == 200

    slowed = ask_for_reset(site, "nobody@demo.invalid", "en")

    assert slowed.status == 429
    assert re.search(r"The next one counts in \d+ seconds?;", slowed.text)
    assert ask_for_reset(site, site.account("reporter")["email"]).status == 200


def test_reset_does_not_stand_for_the_second_factor(site: Site, letters: MailServer) -> None:
    email = site.account("auditor")["email"]
    ask_for_reset(site, email, "en")
    found = LINK.search(letters.next().get_content())
    assert found
    page = site.open(f"/en{found[1]}")

    answer = site.send(page.form(page.address), password=NEW)

    assert answer.address.startswith("/en/sign-in/second")
    assert "coalition_sign_in" not in site.client.cookies
    assert site.open("/en/me").address.startswith("/en/sign-in")


def test_nothing_of_a_link_is_kept_but_its_hash(site: Site, letters: MailServer) -> None:
    ask_for_reset(site, site.account("reporter")["email"])
    found = LINK.search(letters.next().get_content())
    assert found
    code = found[1].removeprefix("/reset/").replace("-", "")
    state = site.client.app.state  # type: ignore[attr-defined]

    with state.units.reading() as uow:
        row = uow.db.scalars(sa.select(OneTimeLink)).one()
        assert len(row.token_hash) == 64
        assert code not in repr(row)
        assert uow.db.scalars(sa.select(Account.id).where(Account.id == row.account_id)).one()


def test_own_sign_ins_are_seen_and_ended(site: Site) -> None:
    other = Site(TestClient(site.client.app, base_url="http://127.0.0.1"), site.data)
    other.client.headers["User-Agent"] = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Firefox/140.0"
    with quick_passwords():
        for each in (site, other):
            each.sign_in("reporter")

    page = site.open("/en/me/sign-ins")

    assert "Firefox on Android" in page.text
    assert page.text.count("this browser") == 1
    assert "password" in page.text
    ends = [form for form in page.forms if form.action == "/en/me/sign-ins/end"]
    assert len(ends) == 3
    forged = site.send(ends[0], signIn="nonsense")
    assert forged.status == 404
    assert other.open("/en/log").status == 200
    done = site.send(ends[-1])
    assert done.address == "/en/me/sign-ins?done=others"
    assert "Firefox on Android" not in done.text
    assert other.open("/en/log").address.startswith("/en/sign-in")
    own = site.send(next(form for form in done.forms if form.action == "/en/me/sign-ins/end"))
    assert own.address == "/en"
    assert site.open("/en/me/sign-ins").address.startswith("/en/sign-in")


def test_twenty_wrong_passwords_slow_the_attacker_and_nobody_else(site: Site) -> None:
    victim, neighbour = site.account("reporter"), site.account("trainer")
    here, elsewhere = Visitor(site), Visitor(site, "198.51.100.9")

    told = [here.sign_in(victim["email"], f"wrong {number}") for number in range(20)]
    unknown = [here.sign_in("nobody@demo.invalid", f"wrong {number}") for number in range(8)]

    # A try that was not heard is answered like a wrong one, with the seconds to wait.
    assert (told, unknown) == ([422] * 20, [422] * 8)
    page = here.site.send(here.form, email=victim["email"], password=victim["password"])
    assert re.search(r"There were several wrong tries. The next one counts in \d+ seconds?;", page.text)
    assert here.sign_in(neighbour["email"], neighbour["password"]) == 303
    assert elsewhere.sign_in(victim["email"], victim["password"]) == 303
    assert refused_in_audit(site) == 2 * FREE_TRIES


def refused_in_audit(site: Site) -> int:
    """How many wrong passwords were heard at all."""
    state = site.client.app.state  # type: ignore[attr-defined]
    with state.units.reading() as uow:
        found = sa.select(sa.func.count()).where(AuditEntry.action == "account:sign_in:refuse")
        count: int = uow.db.execute(found).scalar_one()
        return count
