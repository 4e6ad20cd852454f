"""Signing in by an outside provider: who is let in, who is linked, and every answer that is not believed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col
from starlette.testclient import TestClient

from coalition.access import service
from coalition.access.enums import LinkPurpose
from coalition.access.links import issue_one_time_link
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import Account, OneTimeLink, SignIn
from coalition.access.providers.client import Provider
from coalition.access.providers.models import ProviderIdentity
from coalition.access.providers.settings import ProviderSettings, is_issuer
from coalition.access.web_providers import COOKIE
from coalition.audit.models import AuditEntry
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Organisation
from tests import factories
from tests.access.conftest import TESTER
from tests.support.application import application, settings_for
from tests.support.databases import Databases
from tests.support.openid import CLIENT_ID, CLIENT_SECRET, LyingProvider, lying_provider

EMAIL = "ana@example.org"
CALLBACK = "/sign-in/provider/callback"


@dataclass
class Outside:
    """A coalition that believes a provider, a browser without scripts, and an invited reporter."""

    client: TestClient
    provider: LyingProvider
    account_id: UUID
    link: str

    @property
    def state(self) -> Any:
        return self.client.app.state  # type: ignore[attr-defined]

    def begin(self, path: str = "/en/sign-in/provider") -> str:
        answer = self.client.get(path, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    def come_back(self, query: dict[str, str]) -> tuple[str, int, str]:
        """Where the answer leads to, and the status and words of the page there."""
        answer = self.client.get(CALLBACK, params=query, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        shown = self.client.get(answer.headers["location"])
        return answer.headers["location"], shown.status_code, shown.text

    def refusal(self, query: dict[str, str]) -> str:
        """Why the answer was refused; nobody is signed in and nothing is linked."""
        address, status, text = self.come_back(query)
        assert "<h1>You are not signed in</h1>" in text
        assert 400 <= status < 600
        assert self.signed_in() == self.linked() == []
        return parse_qs(urlsplit(address).query)["why"][0]

    def signed_in(self) -> list[UUID]:
        return self._rows(SignIn)

    def linked(self) -> list[UUID]:
        return self._rows(ProviderIdentity)

    def _rows(self, model: Any) -> list[UUID]:
        with self.state.units.reading() as uow:
            return [row.account_id for row in uow.db.scalars(sa.select(model).order_by(model.created_at))]

    def identify(self, subject: str = "somebody") -> None:
        with self.state.units.writing() as uow:
            uow.db.add(
                ProviderIdentity(
                    account_id=self.account_id,
                    issuer=self.provider.issuer,
                    subject=subject,
                    created_at=uow.now,
                )
            )

    def change(self, work: Callable[[UnitOfWork, Account], Any]) -> Any:
        with self.state.units.writing() as uow:
            return work(uow, uow.db.get_one(Account, self.account_id))

    def audited(self, action: str) -> list[AuditEntry]:
        with self.state.units.reading() as uow:
            return list(uow.db.scalars(sa.select(AuditEntry).where(col(AuditEntry.action) == action)))

    def anew(self) -> None:
        """A browser that knows nothing, an honest provider, and a server that has asked it nothing yet."""
        self.client.cookies.clear()
        self.provider.be_honest()
        self.state.provider = Provider(self.state.provider.settings)

    def sign_in_by_cookie(self) -> None:
        with self.state.units.writing() as uow:
            token = service.begin_sign_in(uow, self.state.secrets, self.account_id).token
        self.client.cookies.set(SIGN_IN_COOKIE, token)

    def post(self, form_page: str, path: str, **fields: str) -> Any:
        token = re.search(r'name="form_token" value="([^"]+)"', self.client.get(form_page).text)
        assert token
        return self.client.post(path, data={"form_token": token[1], **fields}, follow_redirects=False)


@pytest.fixture(scope="module")
def provider() -> Iterator[LyingProvider]:
    with lying_provider() as found:
        yield found


@pytest.fixture
def outside(databases: Databases, tmp_path: Path, provider: LyingProvider) -> Iterator[Outside]:
    url = databases.migrated("sqlite")
    provider.be_honest()
    settings = replace(
        settings_for(url, tmp_path),
        provider=ProviderSettings(provider.issuer, CLIENT_ID, CLIENT_SECRET, "Parish mail"),
    )
    with application(settings) as client:
        client.headers["Accept-Language"] = "en"
        state = client.app.state  # type: ignore[attr-defined]
        with state.units.writing() as uow:
            factories.foundations(uow)
            at = factories.church_body(uow, "ubceb", denomination="baptist")
            account = service.create_account(uow, TESTER, email=EMAIL, name="Demo Ana")
            service.give_role(
                uow, TESTER, person_id=account.person_id, organisation_id=at.id, role_type="reporter"
            )
            link = issue_one_time_link(uow, state.secrets, TESTER, account.id)
            account_id = account.id
        yield Outside(client, provider, account_id, link)
    databases.drop("sqlite", url)


# ------------------------------------------------------------------ who is let in


def test_a_linked_person_is_signed_in_and_goes_on(outside: Outside) -> None:
    outside.identify()
    address = outside.begin("/ru/sign-in/provider?next=/ru/log")

    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email")
    assert asked["redirect_uri"] == "http://127.0.0.1" + CALLBACK
    assert outside.come_back(outside.provider.authorized(address))[:2] == ("/ru/log", 200)
    assert outside.signed_in() == [outside.account_id]
    [entry] = outside.audited("account:sign_in:start")
    assert entry.actor == f"account:{outside.account_id}"


def test_a_stranger_is_refused_and_nothing_is_kept_of_them(outside: Outside) -> None:
    answer = outside.provider.authorized(
        outside.begin(), subject="stranger", email="eve@example.org", email_verified=True
    )

    assert outside.refusal(answer) == "STRANGER"
    [entry] = outside.audited("account:sign_in:refuse")
    assert (entry.reason, entry.actor, entry.subject_id) == ("not invited", "anonymous", UUID(int=0))
    with outside.state.units.reading() as uow:
        accounts = uow.db.scalars(sa.select(Account.email)).all()
        kept = str([vars(each) for each in uow.db.scalars(sa.select(AuditEntry))])
    assert accounts == [EMAIL]
    assert "eve" not in kept
    assert "stranger" not in kept


def test_the_address_opens_an_invitation_that_is_open(outside: Outside) -> None:
    answer = outside.provider.authorized(outside.begin(), email="Ana@Example.org", email_verified=True)

    assert outside.come_back(answer)[0] == "/en"
    assert outside.signed_in() == outside.linked() == [outside.account_id]
    assert outside.client.get(outside.link).status_code == 404


def test_the_address_may_come_from_the_userinfo_endpoint(outside: Outside) -> None:
    outside.provider.userinfo = {"email": EMAIL, "email_verified": True}

    assert outside.come_back(outside.provider.authorized(outside.begin()))[0] == "/en"

    outside.client.cookies.clear()
    outside.provider.userinfo |= {"sub": "somebody else"}
    address, _, _ = outside.come_back(outside.provider.authorized(outside.begin(), subject="third"))
    assert address.endswith("why=FAULTY")


def _came_in(uow: UnitOfWork, account: Account) -> None:
    account.joined_at = uow.now


def _is_away(_: UnitOfWork, account: Account) -> None:
    account.is_active = False


def _no_link(uow: UnitOfWork, _: Account) -> None:
    uow.db.execute(sa.update(OneTimeLink).values(expires_at=uow.now - timedelta(seconds=1)))


def _a_reset(uow: UnitOfWork, _: Account) -> None:
    uow.db.execute(sa.update(OneTimeLink).values(purpose=LinkPurpose.RESET))


def _administers(uow: UnitOfWork, account: Account) -> None:
    at = uow.db.scalars(sa.select(Organisation.id)).first()
    assert at
    service.give_role(uow, TESTER, person_id=account.person_id, organisation_id=at, role_type="administrator")


@pytest.mark.parametrize("change", [_came_in, _is_away, _no_link, _a_reset, _administers])
def test_the_address_alone_opens_nothing_else(
    outside: Outside, change: Callable[[UnitOfWork, Account], None]
) -> None:
    outside.change(change)

    answer = outside.provider.authorized(outside.begin(), email=EMAIL, email_verified=True)

    assert outside.refusal(answer) == "STRANGER"


def test_an_address_that_was_not_verified_counts_for_nothing(outside: Outside) -> None:
    for verified in (None, False, "true", 1):
        answer = outside.provider.authorized(outside.begin(), email=EMAIL, email_verified=verified)

        assert outside.refusal(answer) == "STRANGER"


def test_somebody_who_was_shut_out_is_a_stranger(outside: Outside) -> None:
    outside.identify()
    outside.change(_is_away)

    address, _, _ = outside.come_back(outside.provider.authorized(outside.begin()))

    assert address.endswith("why=STRANGER")
    assert outside.signed_in() == []


def test_a_role_that_needs_a_second_factor_needs_it_here_too(outside: Outside) -> None:
    outside.identify()
    outside.change(_administers)

    address, status, _ = outside.come_back(outside.provider.authorized(outside.begin()))

    assert (urlsplit(address).path, status) == ("/en/sign-in/enrol", 200)
    assert outside.signed_in() == []


# ------------------------------------------------------------------ taking an invitation up, and adding


def take_up(outside: Outside, path: str) -> str:
    sent = outside.post(path, f"{path}/provider")
    assert (sent.status_code, sent.headers["cache-control"]) == (200, "no-store")
    seconds, _, address = sent.headers["refresh"].partition("; url=")
    assert seconds == "0"
    assert address.replace("&", "&amp;") in sent.text
    return str(address)


def test_an_invitation_is_taken_up_with_any_address(outside: Outside) -> None:
    address = take_up(outside, f"/en{outside.link}")

    assert outside.come_back(outside.provider.authorized(address, email="other@example.org"))[0] == "/en"
    assert outside.signed_in() == outside.linked() == [outside.account_id]
    # It was used up.
    again, status, _ = outside.come_back(outside.provider.authorized(outside.begin(), subject="another"))
    assert (again, status) == ("/en/sign-in/provider/refused?why=STRANGER", 403)


def test_an_invitation_that_ended_meanwhile_is_not_taken_up(outside: Outside) -> None:
    address = take_up(outside, f"/en{outside.link}")
    outside.change(_no_link)

    assert outside.refusal(outside.provider.authorized(address)) == "LINK_ENDED"


def test_a_signed_in_person_adds_and_removes_an_identity(outside: Outside) -> None:
    outside.change(_came_in)
    outside.change(lambda _, account: setattr(account, "password_hash", "x"))
    outside.sign_in_by_cookie()
    sent = outside.post("/en/me/providers", "/en/me/providers")
    address = sent.headers["refresh"].partition("; url=")[2]

    back = outside.come_back(outside.provider.authorized(address))

    assert back[:2] == ("/en/me/providers?done=added", 200)
    assert outside.linked() == [outside.account_id]
    found = re.search(r'name="id" value="([^"]+)"', back[2])
    assert found
    removed = outside.post("/en/me/providers", "/en/me/providers/remove", id=found[1])
    assert removed.headers["location"] == "/en/me/providers?done=removed"
    assert outside.linked() == []
    entries = [*outside.audited("account:identity:add"), *outside.audited("account:identity:remove")]
    assert [entry.actor for entry in entries] == [f"account:{outside.account_id}"] * 2


def test_the_only_way_in_is_not_removed(outside: Outside) -> None:
    outside.identify()
    outside.sign_in_by_cookie()
    with outside.state.units.reading() as uow:
        identity = uow.db.scalars(sa.select(ProviderIdentity.id)).one()

    answer = outside.post("/en/privacy", "/en/me/providers/remove", id=str(identity))

    assert answer.status_code == 422
    assert outside.linked() == [outside.account_id]


def test_an_old_proof_does_not_add_a_way_in(outside: Outside) -> None:
    outside.sign_in_by_cookie()
    with outside.state.units.writing() as uow:
        uow.db.execute(sa.update(SignIn).values(proven_at=uow.now - timedelta(hours=1)))

    answer = outside.post("/en/me/providers", "/en/me/providers")

    assert urlsplit(answer.headers["location"]).path == "/en/me/security/proof"


def test_what_is_added_goes_to_whoever_asked_for_it(outside: Outside) -> None:
    """Somebody else signs in in this browser before the answer comes."""
    outside.sign_in_by_cookie()
    sent = outside.post("/en/me/providers", "/en/me/providers")
    address = sent.headers["refresh"].partition("; url=")[2]
    outside.sign_in_by_cookie()

    back, _, _ = outside.come_back(outside.provider.authorized(address))

    assert back.endswith("why=STALE")
    assert outside.linked() == []


def test_an_identity_lets_one_account_in(outside: Outside) -> None:
    outside.identify()

    def other(uow: UnitOfWork, _: Account) -> str:
        made = service.create_account(uow, TESTER, email="ion@example.org", name="Demo Ion")
        return issue_one_time_link(uow, outside.state.secrets, TESTER, made.id)

    address = take_up(outside, f"/en{outside.change(other)}")

    back, status, _ = outside.come_back(outside.provider.authorized(address))

    assert (back, status) == ("/en/sign-in/provider/refused?why=IDENTITY_TAKEN", 409)
    assert outside.linked() == [outside.account_id]


# ------------------------------------------------------------------ answers that are not believed

LIES: dict[str, Callable[[LyingProvider], None]] = {
    "wrong issuer": lambda provider: provider.claims.update(iss="https://elsewhere.example"),
    "wrong audience": lambda provider: provider.claims.update(aud="somebody"),
    "other audience, our azp": lambda provider: provider.claims.update(aud="somebody", azp=CLIENT_ID),
    "two audiences, other azp": lambda p: p.claims.update(aud=[CLIENT_ID, "x"], azp="x"),
    "wrong nonce": lambda provider: provider.claims.update(nonce="another"),
    "no nonce": lambda provider: provider.claims.update(nonce=None),
    "expired": lambda provider: provider.claims.update(exp=1_700_000_000),
    "no end": lambda provider: provider.claims.update(exp=None),
    "from the future": lambda provider: provider.claims.update(iat=4_000_000_000),
    "no subject": lambda provider: provider.claims.update(sub=None),
    "empty subject": lambda provider: provider.claims.update(sub=""),
    "subject that is no text": lambda provider: provider.claims.update(sub=["somebody"]),
    "endless subject": lambda provider: provider.claims.update(sub="x" * 256),
    "alg none": lambda provider: setattr(provider, "sign", provider.unsigned),
    "signed with the client's secret": lambda p: setattr(p, "sign", p.signed_by_secret),
    "signed with another key": lambda p: setattr(p, "sign", p.signed_by_another),
    "no id token": lambda provider: setattr(provider, "sign", lambda _: ""),
    "no token at all": lambda provider: setattr(provider, "sign", lambda _: "x.y.z"),
    "keys that are none": lambda provider: provider.answers.update({"/jwks": (200, {"keys": "x"})}),
    "keys that are no JSON": lambda provider: provider.answers.update({"/jwks": (200, b"<html>")}),
    "a token answer that is none": lambda provider: provider.answers.update({"/token": (200, ["x"])}),
    "an error for the code": lambda p: p.answers.update({"/token": (400, {"error": "invalid_grant"})}),
}


def test_a_lie_signs_nobody_in(outside: Outside) -> None:
    outside.identify()
    found = {}
    for lie, tell in LIES.items():
        outside.anew()
        answer = outside.provider.authorized(outside.begin())
        tell(outside.provider)
        found[lie] = outside.come_back(answer)[:2]

    assert found == dict.fromkeys(LIES, ("/en/sign-in/provider/refused?why=FAULTY", 400))
    assert outside.signed_in() == []


def test_a_provider_that_describes_itself_wrongly_is_not_gone_to(outside: Outside) -> None:
    for metadata in (
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ):
        outside.anew()
        outside.provider.metadata = metadata

        assert outside.begin() == "/en/sign-in/provider/refused?why=FAULTY", metadata


@pytest.mark.parametrize("fault", ["broken", "silent"])
def test_a_provider_that_is_away_or_slow_holds_nobody_up(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    outside.identify()
    away = "/en/sign-in/provider/refused?why=AWAY"
    for place in ("/token", "/jwks", "/.well-known/openid-configuration"):
        outside.anew()
        at_start = place.startswith("/.well-known")
        answer = {} if at_start else outside.provider.authorized(outside.begin())
        outside.provider.answers = {place: (503, {})}
        outside.provider.silent_at = place if fault == "silent" else ""
        with monkeypatch.context() as patch:
            if fault == "silent":
                patch.setattr("coalition.access.providers.client.STEP_SECONDS", 0.3)

            found = (outside.begin(), 424) if at_start else outside.come_back(answer)[:2]

        assert found == (away, 424)
        outside.provider.closing.set()
    assert outside.signed_in() == []


def test_somebody_who_says_no_there_is_told_so(outside: Outside) -> None:
    state = outside.provider.authorized(outside.begin())["state"]

    said = {"error": "access_denied", "state": state, "iss": outside.provider.issuer}

    assert outside.refusal(said) == "CANCELLED"
    assert outside.refusal(said) == "STALE"


# ------------------------------------------------------------------ answers that belong to nobody here


def test_an_answer_of_another_browser_signs_nobody_in(outside: Outside) -> None:
    """Login CSRF: an attacker's own answer, put before somebody else."""
    outside.identify()
    answer = outside.provider.authorized(outside.begin())
    outside.client.cookies.clear()

    assert outside.come_back(answer)[0] == "/sign-in/provider/refused?why=STALE"
    outside.begin()
    assert outside.come_back(answer)[0] == "/en/sign-in/provider/refused?why=STALE"
    assert outside.signed_in() == []
    assert outside.provider.asked == []


def test_an_answer_that_nobody_asked_for(outside: Outside) -> None:
    outside.begin()

    for query in ({}, {"state": ""}, {"code": "x"}, {"error": "x"}, {"state": "é", "code": "x"}):
        assert outside.refusal(query) == "STALE"


def test_an_answer_counts_once(outside: Outside) -> None:
    outside.identify()
    answer = outside.provider.authorized(outside.begin())
    outside.come_back(answer)

    assert outside.come_back(answer)[0] == "/sign-in/provider/refused?why=STALE"
    assert outside.signed_in() == [outside.account_id]


def test_an_old_cookie_does_not_let_an_answer_count_again(outside: Outside) -> None:
    outside.identify()
    answer = outside.provider.authorized(outside.begin())
    kept = outside.client.cookies[COOKIE]
    outside.come_back(answer)
    outside.client.cookies.clear()
    outside.client.cookies.set(COOKIE, kept)

    assert outside.come_back(answer)[0] == "/en/sign-in/provider/refused?why=FAULTY"
    assert outside.signed_in() == [outside.account_id]


def test_an_answer_of_another_provider_is_mixed_up(outside: Outside) -> None:
    outside.identify()
    for named in ({}, {"iss": "https://elsewhere.example"}, {"iss": ""}):
        answer = outside.provider.authorized(outside.begin())
        del answer["iss"]

        assert outside.come_back(answer | named)[0] == "/en/sign-in/provider/refused?why=FAULTY"
    assert outside.signed_in() == []
    # The code was not handed to anybody.
    assert outside.provider.asked == []


def test_a_provider_that_names_itself_never_is_believed_without(outside: Outside) -> None:
    outside.identify()
    outside.provider.metadata = {"authorization_response_iss_parameter_supported": False}
    answer = outside.provider.authorized(outside.begin())
    del answer["iss"]

    assert outside.come_back(answer)[0] == "/en"


def test_a_cookie_that_was_changed_is_none(outside: Outside) -> None:
    answer = outside.provider.authorized(outside.begin())
    kept = outside.client.cookies[COOKIE]
    outside.client.cookies.clear()
    outside.client.cookies.set(COOKIE, "x" + kept)

    assert outside.refusal(answer) == "STALE"


def test_the_cookie_is_short_and_for_this_host_only(outside: Outside) -> None:
    for address, secure in (("http://127.0.0.1", False), ("https://coalition.md", True)):
        answer = outside.client.get(f"{address}/en/sign-in/provider", follow_redirects=False)

        [cookie] = [each for each in answer.headers.get_list("set-cookie") if COOKIE in each]
        name, _, rest = cookie.partition("=")
        assert name == (f"__Host-{COOKIE}" if secure else COOKIE)
        attributes = {part.strip().lower() for part in rest.split(";")[1:]}
        expected = {"path=/", "max-age=600", "httponly", "samesite=lax"}
        assert attributes == expected | ({"secure"} if secure else set())
        elsewhere = outside.client.get(f"{address}/en/sign-in")
        assert COOKIE not in str(elsewhere.headers.get_list("set-cookie"))


def test_nobody_is_sent_elsewhere_afterwards(outside: Outside) -> None:
    outside.identify()
    for target in ("//example.org", "https://example.org", "/\\example.org", "javascript:x"):
        answer = outside.provider.authorized(outside.begin(f"/en/sign-in/provider?next={target}"))

        assert outside.come_back(answer)[0] == "/"


def test_another_site_does_not_begin_it(outside: Outside) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}

    answer = outside.client.get("/en/sign-in/provider?next=/en/log", headers=headers, follow_redirects=False)

    assert answer.headers["location"] == "/en/sign-in?next=%2Fen%2Flog"


def test_without_a_provider_nothing_is_offered(sqlite_plain: TestClient) -> None:
    assert "/sign-in/provider" not in sqlite_plain.get("/en/sign-in").text
    answer = sqlite_plain.get("/en/sign-in/provider", follow_redirects=False)
    assert answer.headers["location"] == "/en/sign-in/provider/refused?why=STALE"
    assert sqlite_plain.get(CALLBACK).status_code == 400


@pytest.fixture
def sqlite_plain(databases: Databases, tmp_path: Path) -> Iterator[TestClient]:
    url = databases.migrated("sqlite")
    with application(settings_for(url, tmp_path)) as client:
        yield client
    databases.drop("sqlite", url)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://id.example.org", True),
        ("https://id.example.org/realms/x", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost:8080", False),
        ("http://id.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("https://id.example.org/?x=1", False),
        ("https://user:word@id.example.org", False),
        ("https://", False),
        ("https://id.example.org:x", False),
        ("id.example.org", False),
    ],
)
def test_an_issuer_is_https_or_on_this_machine(text: str, *, good: bool) -> None:
    assert is_issuer(text) is good
