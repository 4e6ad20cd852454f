"""Authenticator apps, recovery codes, steps, and which second factor is asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pyotp
import pytest
import sqlalchemy as sa

from coalition.access.actors import actor_for_cookie
from coalition.access.enums import SignInMethod
from coalition.access.factors import ways
from coalition.access.factors.authenticators import (
    begin_authenticator,
    confirm_authenticator,
    pending_secret,
    set_authenticator,
    take_app_code,
)
from coalition.access.factors.models import Authenticator, RecoveryCode, SignInStep
from coalition.access.factors.needs import Second, second_of
from coalition.access.factors.recovery import make_recovery_codes, recovery_codes_left, take_recovery_code
from coalition.access.factors.sealing import seal, unseal
from coalition.access.factors.steps import MOST_FAILED, begin_step, fail_step, finish_step, step_of
from coalition.access.factors.ways import ResetReason
from coalition.access.models import Account, SignIn
from coalition.access.secrets import Secrets
from coalition.access.service import begin_sign_in, give_role
from coalition.access.tokens import token_hash
from coalition.audit.models import AuditEntry
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.models import Organisation
from tests import factories
from tests.access.conftest import TESTER, People

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = factories.NOW


def code(at: datetime = NOW, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(at)


def administrator(uow: UnitOfWork, people: People) -> None:
    office = factories.organisation(uow, "coalition", kind="COALITION")
    give_role(uow, TESTER, person_id=people.person_id, organisation_id=office.id, role_type="administrator")


def test_an_app_counts_once_its_code_was_right(units: Units, secrets: Secrets, people: People) -> None:
    account, here, elsewhere = people.account_id, uuid4(), uuid4()
    with units.writing() as uow:
        begin_authenticator(uow, secrets, account, begun_in=here)
        secret = pending_secret(uow, secrets, account, begun_in=here) or ""
        hidden = pending_secret(uow, secrets, account, begun_in=elsewhere)
        right, wrong = code(secret=secret), code(NOW + timedelta(hours=1), secret)

        def confirm(begun_in: UUID, typed: str) -> bool:
            return confirm_authenticator(uow, secrets, TESTER, account, begun_in=begun_in, code=typed)

        tried = [confirm(here, wrong), confirm(elsewhere, right), take_app_code(uow, secrets, account, right)]
        asked_before = second_of(uow, account)

        assert (hidden, tried, asked_before) == (None, [False, False, False], Second.NOTHING)
        assert confirm(here, right)
        assert second_of(uow, account) is Second.FACTOR
        # The code that confirmed it is used already.
        assert not take_app_code(uow, secrets, account, right)
        stored = uow.db.scalars(sa.select(Authenticator.sealed_secret)).one()
        assert secret not in stored


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_codes_of_the_neighbouring_half_minutes_are_heard(
    units: Units, secrets: Secrets, people: People, steps: int, *, taken: bool
) -> None:
    with units.writing() as uow:
        set_authenticator(uow, secrets, TESTER, people.account_id, SECRET)

        found = take_app_code(uow, secrets, people.account_id, code(NOW + timedelta(seconds=30 * steps)))

        assert found is taken


def test_a_code_counts_once_and_none_before_it_after_it(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        set_authenticator(uow, secrets, TESTER, people.account_id, SECRET)

        def take(typed: str) -> bool:
            return take_app_code(uow, secrets, people.account_id, typed)

        before, later = code(NOW - timedelta(seconds=30)), code(NOW + timedelta(seconds=30))
        tried = [take(f" {code()[:3]} {code()[3:]}"), take(code()), take(before), take(later), take("")]

        assert tried == [True, False, False, True, False]


def test_a_sealed_secret_opens_for_its_account_and_key_only(secrets: Secrets) -> None:
    own, other = uuid4(), uuid4()
    sealed = seal(secrets, SECRET, account_id=own)
    other_key = Secrets(b"x" * 32, secrets.form_key, secrets.audit_key)

    assert unseal(secrets, sealed, account_id=own) == SECRET
    assert seal(secrets, SECRET, account_id=own) != sealed
    assert unseal(secrets, sealed, account_id=other) is None
    assert unseal(other_key, sealed, account_id=own) is None
    assert unseal(secrets, f"A{sealed[1:]}", account_id=own) in (None, SECRET if sealed[0] == "A" else None)
    assert unseal(secrets, "no base64", account_id=own) is None


def test_recovery_codes_count_once_each_for_their_account(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        old = make_recovery_codes(uow, secrets, TESTER, people.account_id)
        codes = make_recovery_codes(uow, secrets, TESTER, people.account_id)

        def take(typed: str, account_id: UUID = people.account_id) -> bool:
            return take_recovery_code(uow, secrets, TESTER, account_id, typed)

        assert len({*old, *codes}) == 20
        assert [take(old[0]), take(codes[0], uuid4()), take(codes[0][:-1]), take("")] == [False] * 4
        assert take(codes[0].lower().replace("-", " "))
        assert not take(codes[0])
        assert recovery_codes_left(uow, people.account_id) == 9
        kept = set(uow.db.scalars(sa.select(RecoveryCode.code_hash)))
        assert not any(part in "".join(kept) for each in codes for part in (each, each.replace("-", "")))


def test_a_step_ends_after_ten_minutes_five_failures_or_once_done(
    units: Units, secrets: Secrets, people: People
) -> None:
    def step(uow: UnitOfWork, token: str) -> SignInStep | None:
        return step_of(uow, secrets, token)

    with units.writing() as uow:
        old, failed, done = (
            begin_step(uow, secrets, people.account_id, SignInMethod.LINK).token for _ in range(3)
        )
        uow.db.execute(
            sa.update(SignInStep)
            .where(SignInStep.token_hash == token_hash(secrets, old))
            .values(expires_at=NOW)
        )
        for _ in range(MOST_FAILED):
            waiting = step(uow, failed)
            assert waiting is not None
            fail_step(uow, waiting)
            uow.db.expire_all()
        last = step(uow, done)
        assert last is not None

        result = finish_step(uow, secrets, last)

        assert result is not None
        assert finish_step(uow, secrets, last) is None
        assert [step(uow, each) for each in (old, failed, done, "", "css_unknown")] == [None] * 5
        row = uow.db.scalars(sa.select(SignIn)).one()
        assert (row.method, row.with_second_factor) == (SignInMethod.LINK, True)


def test_a_step_of_an_account_that_was_ended_is_none(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = begin_step(uow, secrets, people.account_id, SignInMethod.PASSWORD).token
        uow.db.execute(sa.update(Account).values(is_active=False))

        assert step_of(uow, secrets, token) is None


def test_a_role_that_needs_a_factor_ends_sign_ins_without_one(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        weak = begin_sign_in(uow, secrets, people.account_id, with_second_factor=False).token
        strong = begin_sign_in(uow, secrets, people.account_id, with_second_factor=True).token
        before = [actor_for_cookie(uow, secrets, token) is not None for token in (weak, strong)]
        asked_before = second_of(uow, people.account_id)
        administrator(uow, people)

        after = [actor_for_cookie(uow, secrets, token) is not None for token in (weak, strong)]

        assert (before, after) == ([True, True], [False, True])
        assert (asked_before, second_of(uow, people.account_id)) == (Second.NOTHING, Second.ENROLMENT)


def test_an_organisation_that_left_demands_nothing(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        administrator(uow, people)
        uow.db.execute(sa.update(Organisation).where(Organisation.slug == "coalition").values(status="LEFT"))

        assert second_of(uow, people.account_id) is Second.NOTHING


@pytest.mark.parametrize("demanded", [False, True])
def test_the_last_way_in_stays(units: Units, secrets: Secrets, people: People, *, demanded: bool) -> None:
    with units.writing() as uow:
        if demanded:
            administrator(uow, people)
        set_authenticator(uow, secrets, TESTER, people.account_id, SECRET)
        make_recovery_codes(uow, secrets, TESTER, people.account_id)

        def refusal(remove: Callable[..., None]) -> str:
            try:
                remove(uow, TESTER, people.account_id)
            except Refused as refused:
                return refused.faults[0].code
            return ""

        assert refusal(ways.remove_password) == "LAST_WAY_IN"
        assert refusal(ways.remove_app) == ("LAST_WAY_IN" if demanded else "")
        left = ways.ways_of(uow, people.account_id)
        assert (left.has_password, left.has_app, left.codes_left) == (
            True, demanded, 10 if demanded else 0
        )  # fmt: skip


def test_reset_takes_every_factor_and_sign_in_and_says_why(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        administrator(uow, people)
        set_authenticator(uow, secrets, TESTER, people.account_id, SECRET)
        make_recovery_codes(uow, secrets, TESTER, people.account_id)
        begin_step(uow, secrets, people.account_id, SignInMethod.PASSWORD)
        cookie = begin_sign_in(uow, secrets, people.account_id).token

        ways.reset_factors(uow, TESTER, people.account_id, ResetReason.LOST)
        uow.db.flush()

        assert actor_for_cookie(uow, secrets, cookie) is None
        for model in (Authenticator, RecoveryCode, SignInStep, SignIn):
            assert uow.db.scalars(sa.select(model)).all() == []
        assert second_of(uow, people.account_id) is Second.ENROLMENT
        entry = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (entry.action, entry.reason) == ("account:factors:reset", "lost")
        assert uow.db.get_one(Account, people.account_id).password_hash is not None
