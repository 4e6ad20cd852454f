"""Signing in and out, one-time links, accounts and tokens; each deed is in the audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from coalition.access import service
from coalition.access.models import Account, PersonalAccessToken, SignIn
from coalition.access.secrets import Secrets
from coalition.access.service import NOBODY
from coalition.access.tokens import token_hash
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor
from coalition.core.errors import Fault, Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.models import Role
from tests.access.conftest import PASSWORD, TESTER, People
from tests.factories import NOW


def last_entry(uow: UnitOfWork) -> tuple[str, str, str, object, str | None]:
    uow.db.flush()
    entry = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry is not None
    return entry.actor, entry.action, entry.subject_type, entry.subject_id, entry.reason


def rows(uow: UnitOfWork, model: type) -> int:
    uow.db.flush()
    return uow.db.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def faults_of(deed: object, *args: object, **kwargs: object) -> list[Fault]:
    with pytest.raises(Refused) as caught:
        deed(*args, **kwargs)  # type: ignore[operator]
    return list(caught.value.faults)


@pytest.mark.parametrize("email", ["ana@example.org", " ANA@EXAMPLE.ORG "])
def test_sign_in_with_the_right_password(units: Units, secrets: Secrets, people: People, email: str) -> None:
    with units.writing() as uow:
        result = service.sign_in(uow, secrets, email=email, password=PASSWORD)

        assert result is not None
        assert result.token.startswith("cs_")
        assert (result.account_id, result.expires_at) == (people.account_id, NOW + timedelta(days=30))
        kept = uow.db.scalars(sa.select(SignIn)).one()
        assert (kept.token_hash, kept.expires_at) == (token_hash(secrets, result.token), result.expires_at)
        me = f"account:{people.account_id}"
        assert last_entry(uow) == (me, "account:sign_in:start", "Account", people.account_id, None)


@pytest.mark.parametrize(
    ("email", "password", "known"),
    [
        ("ana@example.org", PASSWORD + " ", True),
        ("ana@example.org", "", True),
        ("other@example.org", PASSWORD, False),
        ("no address", PASSWORD, False),
        ("a\x00na@example.org", PASSWORD, False),
        ("ana@example.org", "x" * 2000, True),
    ],
)
def test_sign_in_refused(
    units: Units, secrets: Secrets, people: People, email: str, password: str, *, known: bool
) -> None:
    with units.writing() as uow:
        result = service.sign_in(uow, secrets, email=email, password=password)

        assert result is None
        assert rows(uow, SignIn) == 0
        subject, reason = (people.account_id, None) if known else (NOBODY, "no such account")
        assert last_entry(uow) == ("anonymous", "account:sign_in:refuse", "Account", subject, reason)


def test_sign_in_of_an_inactive_account(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        uow.db.execute(sa.update(Account).values(is_active=False))

        assert service.sign_in(uow, secrets, email="ana@example.org", password=PASSWORD) is None


def test_sign_in_removes_only_ended_sign_ins(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        ended = service.begin_sign_in(uow, secrets, people.account_id)
        uow.db.execute(sa.update(SignIn).values(expires_at=NOW))
        service.begin_sign_in(uow, secrets, people.account_id)
        service.begin_sign_in(uow, secrets, people.account_id)

        hashes = set(uow.db.scalars(sa.select(SignIn.token_hash)))

    assert len(hashes) == 2
    assert token_hash(secrets, ended.token) not in hashes


def test_sign_out_ends_one_sign_in_of_ones_own(units: Units, secrets: Secrets, people: People) -> None:
    me = Actor(subject=f"account:{people.account_id}", account_id=people.account_id)
    with units.writing() as uow:
        service.begin_sign_in(uow, secrets, people.account_id)
        service.begin_sign_in(uow, secrets, people.account_id)
        first, second = uow.db.scalars(sa.select(SignIn.id))

        service.sign_out(uow, Actor(account_id=NOBODY), first)
        assert rows(uow, SignIn) == 2

        service.sign_out(uow, me, first)
        assert list(uow.db.scalars(sa.select(SignIn.id))) == [second]
        entry = (me.subject, "account:sign_in:end", "Account", people.account_id, None)
        assert last_entry(uow) == entry

        audited = rows(uow, AuditEntry)
        service.sign_out(uow, me, first)
        assert rows(uow, AuditEntry) == audited


@pytest.mark.parametrize(
    "email",
    ["", "ana", "@example.org", "ana@", "a na@example.org", "ana@example.org\x07", f"{'a' * 250}@b.md"],
)
def test_create_account_needs_an_address(units: Units, email: str) -> None:
    with units.writing() as uow:
        faults = faults_of(service.create_account, uow, TESTER, email=email, name="Demo")

        assert faults == [Fault("BAD_EMAIL", ("email",))]
        assert rows(uow, Account) == 0


def test_create_account_twice_at_one_address(units: Units, people: People) -> None:
    with units.writing() as uow:
        faults = faults_of(service.create_account, uow, TESTER, email="ANA@example.org", name="Demo")

        assert faults == [Fault("DUPLICATE", ("email",))]
        assert rows(uow, Account) == 1


def test_audit_names_fields_and_no_address(units: Units, people: People) -> None:
    with units.reading() as uow:
        entries = uow.db.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()

    assert [(entry.action, entry.fields) for entry in entries] == [
        ("account:account:create", ["email", "name"]),
        ("account:role:add", ["role_type"]),
        ("client:client:create", ["role_type", "scopes"]),
    ]
    assert "example.org" not in repr(entries)


def test_give_role_twice_is_one_role(units: Units, people: People) -> None:
    with units.writing() as uow:
        service.give_role(
            uow, TESTER, person_id=people.person_id, organisation_id=people.ubceb, role_type="reporter"
        )

        assert rows(uow, Role) == 1


def test_personal_access_token_is_kept_as_a_hash(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        token = service.create_personal_access_token(
            uow, secrets, TESTER, account_id=people.account_id, name="Demo script"
        )

        kept = uow.db.scalars(sa.select(PersonalAccessToken)).one()
        assert (kept.token_hash, kept.expires_at) == (token_hash(secrets, token), None)
        assert last_entry(uow)[1:4] == ("account:token:issue", "PersonalAccessToken", kept.id)
