"""Passkeys: what is taken, and every way of lying that is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.models import Passkey, PasskeyChallenge
from coalition.access.factors.passkeys import (
    Asked,
    Place,
    register_passkey,
    registration_options,
    signing_options,
    take_signature,
)
from coalition.access.factors.ways import remove_passkey, remove_password, ways_of
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.access.service import create_account
from coalition.audit.models import AuditEntry
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.access.conftest import TESTER, People
from tests.support.device import Device, another_challenge, changed

PLACE = Place("localhost", "http://localhost")
ALONE = Asked(PLACE, "visitor:a", ChallengePurpose.SIGN_IN)


def registering(people: People) -> Asked:
    return Asked(PLACE, "sign-in:a", ChallengePurpose.REGISTER, people.account_id)


def register(uow: UnitOfWork, secrets: Secrets, people: People, device: Device) -> Passkey:
    asked = registering(people)
    answer = device.register(registration_options(uow, secrets, asked))
    made = register_passkey(uow, secrets, TESTER, asked, answer=answer, name="Demo telephone")
    assert made is not None
    return made


def test_a_passkey_signs_in_alone(units: Units, secrets: Secrets, people: People) -> None:
    device = Device()
    with units.writing() as uow:
        made = register(uow, secrets, people, device)
        options = signing_options(uow, secrets, ALONE)
        asked = json.loads(options)

        signed = take_signature(uow, secrets, ALONE, device.sign(options))

        assert signed is not None
        assert (signed.passkey.account_id, signed.verified_user) == (people.account_id, True)
        # Nobody learns from the options who has a passkey, or which.
        assert (asked["allowCredentials"], asked["userVerification"]) == ([], "required")
        uow.db.refresh(made)
        assert (made.name, made.sign_count, made.last_used_on) == ("Demo telephone", 1, uow.today)
        assert uow.db.scalars(sa.select(PasskeyChallenge)).all() == []


LIES: list[tuple[str, dict[str, Any]]] = [
    ("origin", {"origin": "https://example.org"}),
    ("origin of another port", {"origin": "http://localhost:81"}),
    ("host", {"host": "example.org"}),
    ("challenge", {"challenge": another_challenge()}),
    ("kind", {"type": "webauthn.create"}),
    ("handle", {"handle": ""}),
    ("handle of somebody else", {"handle": "AAAAAAAAAAAAAAAAAAAAAA"}),
]


@pytest.mark.parametrize("changes", [each for _, each in LIES], ids=[name for name, _ in LIES])
def test_a_signature_for_something_else_is_refused(
    units: Units, secrets: Secrets, people: People, changes: dict[str, Any]
) -> None:
    device = Device()
    with units.writing() as uow:
        register(uow, secrets, people, device)
        lie = device.sign(signing_options(uow, secrets, ALONE), **changes)
        truth = device.sign(signing_options(uow, secrets, ALONE))

        assert take_signature(uow, secrets, ALONE, lie) is None
        assert take_signature(uow, secrets, ALONE, truth) is not None


def test_a_challenge_counts_once_in_its_browser_for_its_purpose(
    units: Units, secrets: Secrets, people: People
) -> None:
    device = Device(counts=False)
    with units.writing() as uow:
        register(uow, secrets, people, device)
        second = replace(ALONE, purpose=ChallengePurpose.SECOND_STEP, account_id=people.account_id)

        def answer(asked: Asked = ALONE) -> str:
            return device.sign(signing_options(uow, secrets, asked))

        twice = answer()
        tried = [
            take_signature(uow, secrets, ALONE, twice),
            take_signature(uow, secrets, ALONE, twice),
            take_signature(uow, secrets, replace(ALONE, browser="visitor:b"), answer()),
            take_signature(uow, secrets, second, answer()),
            take_signature(uow, secrets, ALONE, answer(second)),
            take_signature(uow, secrets, replace(second, account_id=uuid4()), answer(second)),
            take_signature(uow, secrets, ALONE, changed(answer())),
            take_signature(uow, secrets, ALONE, "{}"),
            take_signature(uow, secrets, ALONE, "no JSON"),
            take_signature(uow, secrets, ALONE, answer() + " " * 40_000),
        ]
        late = answer()
        uow.db.execute(sa.update(PasskeyChallenge).values(expires_at=uow.now))

        assert [each is not None for each in tried] == [True] + [False] * 9
        assert take_signature(uow, secrets, ALONE, late) is None


def test_alone_the_device_must_know_its_user_beside_a_password_not(
    units: Units, secrets: Secrets, people: People
) -> None:
    device = Device()
    with units.writing() as uow:
        register(uow, secrets, people, device)
        device.verifies = False
        second = replace(ALONE, purpose=ChallengePurpose.SECOND_STEP, account_id=people.account_id)
        prove = replace(second, purpose=ChallengePurpose.PROVE)

        def taken(asked: Asked) -> bool:
            answer = device.sign(signing_options(uow, secrets, asked))
            return take_signature(uow, secrets, asked, answer) is not None

        assert [taken(ALONE), taken(prove), taken(second)] == [False, False, True]


def test_a_device_that_counts_backwards_is_refused_and_audited(
    units: Units, secrets: Secrets, people: People
) -> None:
    device = Device()
    with units.writing() as uow:
        register(uow, secrets, people, device)
        for count, taken in ((6, True), (6, False), (2, False), (7, True)):
            device.count = count - 1
            answer = device.sign(signing_options(uow, secrets, ALONE))

            assert (take_signature(uow, secrets, ALONE, answer) is not None) is taken

        refused = sa.select(AuditEntry.reason).where(AuditEntry.action == "account:passkey:refuse")
        assert uow.db.scalars(refused).all() == ["the device counts backwards"] * 2


def test_another_host_is_another_place(units: Units, secrets: Secrets, people: People) -> None:
    device = Device()
    elsewhere = replace(ALONE, place=Place("coalition.example", "https://coalition.example"))
    with units.writing() as uow:
        register(uow, secrets, people, device)
        device.origin = "https://coalition.example"

        answer = device.sign(signing_options(uow, secrets, elsewhere))

        assert take_signature(uow, secrets, elsewhere, answer) is None


@pytest.mark.parametrize("fault", ["unverified", "origin", "known", "other account", "ended account"])
def test_a_passkey_is_registered_by_the_right_answer_only(
    units: Units, secrets: Secrets, people: People, fault: str
) -> None:
    device = Device()
    with units.writing() as uow:
        asked = registering(people)
        if fault == "known":
            other = create_account(uow, TESTER, email="other@example.org", name="Demo Other")
            register(uow, secrets, replace(people, account_id=other.id), device)
        device.verifies = fault != "unverified"
        changes = {"origin": "https://example.org"} if fault == "origin" else {}
        answer = device.register(registration_options(uow, secrets, asked), **changes)
        if fault == "other account":
            asked = replace(asked, account_id=uuid4())
        before = len(uow.db.scalars(sa.select(Passkey)).all())
        if fault == "ended account":
            uow.db.execute(sa.update(PasskeyChallenge).values(expires_at=uow.now))

        assert register_passkey(uow, secrets, TESTER, asked, answer=answer, name="x") is None
        assert len(uow.db.scalars(sa.select(Passkey)).all()) == before


def test_an_account_that_was_ended_does_not_sign_in(units: Units, secrets: Secrets, people: People) -> None:
    device = Device()
    with units.writing() as uow:
        register(uow, secrets, people, device)
        uow.db.execute(sa.update(Account).values(is_active=False))

        answer = device.sign(signing_options(uow, secrets, ALONE))

        assert take_signature(uow, secrets, ALONE, answer) is None


def test_the_last_of_password_and_passkeys_stays(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        first, second = (register(uow, secrets, people, Device()).id for _ in range(2))
        with pytest.raises(Refused, match="NOT_FOUND"):
            remove_passkey(uow, TESTER, people.account_id, uuid4())
        remove_password(uow, TESTER, people.account_id)
        remove_passkey(uow, TESTER, people.account_id, first)

        with pytest.raises(Refused, match="LAST_WAY_IN"):
            remove_passkey(uow, TESTER, people.account_id, second)

        assert [each.id for each in ways_of(uow, people.account_id).passkeys] == [second]
