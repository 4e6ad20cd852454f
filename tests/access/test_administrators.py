"""The first administrator comes from the command line, through a one-time link."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from coalition.access import links, service
from coalition.access.actors import actor_for_account
from coalition.access.administrators import create_administrator, end_sign_ins_at, reset_password_of
from coalition.access.enums import LinkPurpose
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.audit.models import AuditEntry
from coalition.core.actor import Reach
from coalition.core.errors import Refused
from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from coalition.members.models import Organisation
from coalition.members.seed import seed
from tests.access.conftest import People


def test_create_administrator_before_any_record_is_loaded(units: Units, secrets: Secrets) -> None:
    with units.writing() as uow:
        seed(uow)
        path = create_administrator(uow, secrets, "Chair@Example.org")

    with units.reading() as uow:
        account = links.account_of_link(uow, secrets, path.removeprefix("/welcome/"))
        assert account is not None
        assert (account.email, account.password_hash) == ("chair@example.org", None)
        assert actor_for_account(uow, account).permissions == {"access:administer": Reach(everything=True)}
        assert list(uow.db.scalars(sa.select(Organisation.slug))) == ["coalition"]


def test_the_record_loads_over_the_coalition_that_was_made(units: Units, secrets: Secrets) -> None:
    with units.writing() as uow:
        seed(uow)
        create_administrator(uow, secrets, "chair@example.org")

    report = load_record(units)

    assert [(file.updated, file.created) for file in report.files[:2]] == [(0, 37), (1, 66)]
    assert report.problems == []
    with units.reading() as uow:
        assert uow.db.execute(sa.select(sa.func.count()).select_from(Organisation)).scalar_one() == 67


def test_create_administrator_again_gives_another_link(units: Units, secrets: Secrets) -> None:
    with units.writing() as uow:
        seed(uow)
        first = create_administrator(uow, secrets, "chair@example.org")
        second = create_administrator(uow, secrets, "chair@example.org")

        assert first != second
        assert links.account_of_link(uow, secrets, first.removeprefix("/welcome/")) is None
        assert len(uow.db.scalars(sa.select(Account)).all()) == 1


def test_create_administrator_needs_an_address(units: Units, secrets: Secrets) -> None:
    with pytest.raises(Refused) as caught, units.writing() as uow:
        create_administrator(uow, secrets, "chair")

    assert [fault.code for fault in caught.value.faults] == ["BAD_EMAIL"]
    with units.reading() as uow:
        assert uow.db.scalars(sa.select(Account)).all() == []


def test_what_the_operator_does_for_somebody_by_address(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        service.begin_sign_in(uow, secrets, people.account_id)

        path = reset_password_of(uow, secrets, " Ana@example.org")
        count = end_sign_ins_at(uow, "ana@example.org")

        assert count == 1
        account = links.account_of_link(uow, secrets, path.removeprefix("/reset/"), LinkPurpose.RESET)
        assert account is not None
        assert account.id == people.account_id
        uow.db.flush()
        entries = uow.db.execute(sa.select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id)).all()
        assert [tuple(entry) for entry in entries[-2:]] == [
            ("system:reset-password", "account:link:issue"),
            ("system:end-sign-ins", "account:sign_in:end_all"),
        ]
        for deed in (lambda: reset_password_of(uow, secrets, "x@y.md"), lambda: end_sign_ins_at(uow, "x")):
            with pytest.raises(Refused) as caught:
                deed()
            assert [fault.code for fault in caught.value.faults] == ["NOT_FOUND"]
