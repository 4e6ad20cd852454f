"""One-time links: typed or opened, used once, for one purpose, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from coalition.access import links, service
from coalition.access.enums import LinkPurpose
from coalition.access.factors.ways import ResetReason, reset_factors
from coalition.access.links import PATHS, NewPassword
from coalition.access.models import Account, OneTimeLink, SignIn
from coalition.access.oauth.families import allowed_apps, begin_grant
from coalition.access.oauth.models import OAuthClient
from coalition.access.passwords import is_password
from coalition.access.secrets import Secrets
from coalition.access.sign_ins import end_all_sign_ins
from coalition.access.tokens import read_code, token_hash
from coalition.core.errors import Fault, Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.access.conftest import TESTER, People
from tests.access.test_service import faults_of, last_entry, rows
from tests.factories import NOW
from tests.support.application import quick_passwords

INVITATION, RESET = LinkPurpose.INVITATION, LinkPurpose.RESET
HASHED = NewPassword("a hash")


def code_of(
    uow: UnitOfWork, secrets: Secrets, people: People, purpose: LinkPurpose = LinkPurpose.INVITATION
) -> str:
    path = links.issue_one_time_link(uow, secrets, TESTER, people.account_id, purpose)
    assert path.startswith(PATHS[purpose])
    return path.removeprefix(PATHS[purpose])


def test_link_sets_the_password_once(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow, quick_passwords():
        code = code_of(uow, secrets, people)
        service.begin_sign_in(uow, secrets, people.account_id)
        new = links.new_password_by_link(uow, secrets, code=code, password="another long one")

        used_by = links.use_one_time_link(uow, secrets, code=code, new=new)

        assert used_by == people.account_id
        kept = uow.db.execute(sa.select(Account.password_hash)).scalar_one()
        assert is_password(kept, "another long one")
        assert rows(uow, SignIn) == 0
        assert last_entry(uow)[:3] == (f"account:{people.account_id}", "account:password:set", "Account")
        again = faults_of(links.use_one_time_link, uow, secrets, code=code, new=new)
        assert again == [Fault("LINK_ENDED")]
        assert faults_of(links.new_password_by_link, uow, secrets, code=code, password="x") == again


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("eleven char", Fault("PASSWORD_TOO_SHORT", ("password",), {"minimum": 12})),
        ("x" * 1001, Fault("TOO_LONG", ("password",), {"limit": 1000})),
        ("ana@example.org", Fault("PASSWORD_OWN_WORDS", ("password",))),
    ],
)
def test_link_with_a_password_that_will_not_do(
    units: Units, secrets: Secrets, people: People, password: str, fault: Fault
) -> None:
    with units.writing() as uow:
        code = code_of(uow, secrets, people)

        faults = faults_of(links.new_password_by_link, uow, secrets, code=code, password=password)

        assert faults == [fault]
        assert links.account_of_link(uow, secrets, code) is not None


@pytest.mark.parametrize(("purpose", "hours"), [(INVITATION, 48), (RESET, 1)])
def test_link_ends(units: Units, secrets: Secrets, people: People, purpose: LinkPurpose, hours: int) -> None:
    with units.writing() as uow:
        code = code_of(uow, secrets, people, purpose)
    with units.reading() as uow:
        uow.now = NOW + timedelta(hours=hours, minutes=-1)
        assert links.account_of_link(uow, secrets, code, purpose) is not None
        uow.now = NOW + timedelta(hours=hours)
        assert links.account_of_link(uow, secrets, code, purpose) is None


def test_a_new_link_ends_the_one_before_of_its_kind_only(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        first, invited = code_of(uow, secrets, people, RESET), code_of(uow, secrets, people)

        second = code_of(uow, secrets, people, RESET)

        assert links.account_of_link(uow, secrets, first, RESET) is None
        assert links.account_of_link(uow, secrets, second, RESET) is not None
        # Anybody can ask for a reset; the invitation is not theirs to end.
        assert links.account_of_link(uow, secrets, invited) is not None


def test_a_link_is_for_one_purpose(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        invited, reset = code_of(uow, secrets, people), code_of(uow, secrets, people, RESET)

        for code, other in ((invited, RESET), (reset, INVITATION)):
            assert links.account_of_link(uow, secrets, code, other) is None
            faults = faults_of(links.use_one_time_link, uow, secrets, code=code, new=HASHED, purpose=other)
            assert faults == [Fault("LINK_ENDED")]


def test_using_one_link_ends_the_others(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        invited, reset = code_of(uow, secrets, people), code_of(uow, secrets, people, RESET)

        links.use_one_time_link(uow, secrets, code=reset, new=HASHED, purpose=RESET)

        assert links.account_of_link(uow, secrets, invited) is None


def test_apps_end_with_what_may_have_let_them_in(units: Units, secrets: Secrets, people: People) -> None:
    """Whoever had the password or the browser for a while may have allowed an app of their own."""

    def reset(uow: UnitOfWork) -> None:
        code = code_of(uow, secrets, people, RESET)
        links.use_one_time_link(uow, secrets, code=code, new=HASHED, purpose=RESET)

    def sign_out(uow: UnitOfWork) -> None:
        end_all_sign_ins(uow, TESTER, uow.db.get_one(Account, people.account_id))

    def take_factors(uow: UnitOfWork) -> None:
        reset_factors(uow, TESTER, people.account_id, ResetReason.STOLEN)

    for deed in (reset, sign_out, take_factors):
        with units.writing() as uow:
            client = uow.db.get_one(OAuthClient, people.credentials.client_id)
            begin_grant(uow, client=client, account_id=people.account_id, scopes=[])
            assert len(allowed_apps(uow, people.account_id)) == 1

            deed(uow)

            assert allowed_apps(uow, people.account_id) == []


def test_code_is_typed_in_any_way_and_kept_as_a_hash(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        code = code_of(uow, secrets, people)
        letters = code.replace("-", "")
        typed = letters.lower().replace("1", "l").replace("0", "o")

        assert len(letters) == 20
        for form in (code, letters, typed, f" {' '.join(letters)}\n", code.replace("-", " – ")):
            assert links.account_of_link(uow, secrets, form) is not None
        assert links.account_of_link(uow, secrets, letters[:-1]) is None
        kept = uow.db.scalars(sa.select(OneTimeLink.token_hash)).one()
        assert kept == token_hash(secrets, letters)


@pytest.mark.parametrize("typed", ["", "col_x", "U" * 20, "A" * 21, "é" * 20, "A" * 100_000])
def test_no_code(typed: str, units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        code_of(uow, secrets, people)

        assert read_code(typed) is None
        assert links.account_of_link(uow, secrets, typed) is None


def test_reset_is_for_whoever_came_in_and_three_times_an_hour(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        account = uow.db.get_one(Account, people.account_id)
        new = service.create_account(uow, TESTER, email="new@example.org", name="Demo New")
        assert not links.may_be_sent_a_reset(uow, new)
        links.join(uow, new.id)
        uow.db.refresh(new)
        assert links.may_be_sent_a_reset(uow, new)

        for _ in range(3):
            assert links.may_be_sent_a_reset(uow, account)
            code_of(uow, secrets, people, RESET)
        assert not links.may_be_sent_a_reset(uow, account)

        uow.now = NOW + timedelta(hours=1)
        assert links.may_be_sent_a_reset(uow, account)
        account.is_active = False
        assert not links.may_be_sent_a_reset(uow, account)


def test_passkey_in_the_place_of_a_password(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        code = code_of(uow, secrets, people)
        service.begin_sign_in(uow, secrets, people.account_id)

        assert links.use_link_for_passkey(uow, secrets, code) == people.account_id

        assert uow.db.execute(sa.select(Account.password_hash)).scalar_one() is None
        assert rows(uow, SignIn) == 0
        assert last_entry(uow)[1] == "account:password:remove"
        with pytest.raises(Refused):
            links.use_link_for_passkey(uow, secrets, code)
