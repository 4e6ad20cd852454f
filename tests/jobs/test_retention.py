"""Each kind is forgotten when its time is up, not a second before, and the log says how many went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlmodel import SQLModel

from coalition.access.desks.models import Desk, DeskOperator, DeskTurn
from coalition.access.enums import LinkPurpose, SignInMethod
from coalition.access.factors.enums import ChallengePurpose
from coalition.access.factors.models import Authenticator, PasskeyChallenge, RecoveryCode, SignInStep
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.oauth.models import (
    OAuthCode,
    OAuthDeviceRequest,
    OAuthGrant,
    OAuthRefreshToken,
    OAuthToken,
    SigningKey,
)
from coalition.access.retention import KINDS, MANY, RetentionPeriods, enforce_retention, idle_persons
from coalition.assistance.enums import CanTake, HoldStatus
from coalition.assistance.models import Hold, HoldAttempt, PoolWord
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import DeedKey
from coalition.core.ids import new_id
from coalition.core.job_runs import JobRun
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.models import Person, Role
from tests import factories
from tests.factories import NOW
from tests.graphql.world import CLIENT, add_client

PERIODS = RetentionPeriods()
SECOND = timedelta(seconds=1)
LATER = NOW + timedelta(days=90)


@pytest.fixture
def made(units: Units) -> Iterator[UnitOfWork]:
    with units.writing() as uow:
        factories.foundations(uow)
        yield uow


def _account(uow: UnitOfWork, *, since: datetime = NOW) -> Account:
    person = Person(name="Ana", created_at=since)
    uow.db.add(person)
    uow.db.flush()
    account = Account(person_id=person.id, email=f"{person.id}@demo.invalid", created_at=since)
    uow.db.add(account)
    uow.db.flush()
    return account


def _hash() -> str:
    return new_id().hex


def begin_sign_in_of(uow: UnitOfWork, account_id: UUID) -> UUID:
    """A sign-in that goes on."""
    found = SignIn(
        account_id=account_id, token_hash=_hash(), method=SignInMethod.PASSWORD, created_at=NOW,
        proven_at=NOW, last_seen_at=NOW, expires_at=LATER, with_second_factor=False,
    )  # fmt: skip
    uow.db.add(found)
    uow.db.flush()
    return found.id


def _rows(uow: UnitOfWork) -> dict[str, Callable[[datetime], list[SQLModel]]]:
    """For each table something that ended at a moment."""
    account, host = _account(uow), factories.organisation(uow, "lastrada")
    add_client(uow, "lastrada", CLIENT)
    service = factories.service(uow, host)
    pool = factories.pool(uow, service)
    token = {"account_id": account.id, "created_at": NOW, "name": "Test"}
    hold = {
        "pool_id": pool.id, "service_id": service.id, "organisation_id": host.id, "quantity": 1,
        "created_at": NOW, "created_by": "system:test",
    }  # fmt: skip
    app = {"client_id": CLIENT.client_id, "account_id": account.id, "created_at": NOW}
    grant = OAuthGrant(**app, expires_at=LATER)
    uow.db.add(grant)
    uow.db.flush()
    desk = Desk(account_id=account.id, organisation_id=host.id, created_at=NOW)
    uow.db.add(desk)
    uow.db.flush()
    numbers = count(1)

    def operator(ended_at: datetime | None) -> DeskOperator:
        made = {"desk_id": account.id, "number": next(numbers), "label": "AB", "created_at": NOW}
        return DeskOperator(**made, ended_at=ended_at)

    def turn(at: datetime) -> DeskTurn:
        going_on, there = begin_sign_in_of(uow, account.id), operator(None)
        uow.db.add(there)
        uow.db.flush()
        return DeskTurn(sign_in_id=going_on, operator_id=there.id, began_at=NOW, ends_at=at)

    own = {"account_id": account.id, "created_at": NOW}
    link = {"account_id": account.id, "created_at": NOW, "purpose": LinkPurpose.INVITATION}
    return {
        "desk_turn": lambda at: [turn(at)],
        "desk_operator": lambda at: [operator(at)],
        "sign_in": lambda at: [
            SignIn(
                account_id=account.id,
                token_hash=_hash(),
                method=SignInMethod.PASSWORD,
                with_second_factor=False,
                created_at=NOW,
                proven_at=NOW,
                last_seen_at=NOW,
                expires_at=at,
            )
        ],
        "one_time_link": lambda at: [
            OneTimeLink(**link, token_hash=_hash(), expires_at=at),
            OneTimeLink(**link, token_hash=_hash(), expires_at=NOW, used_at=at),
        ],
        "personal_access_token": lambda at: [
            PersonalAccessToken(**token, token_hash=_hash(), expires_at=at),
            PersonalAccessToken(**token, token_hash=_hash(), revoked_at=at),
        ],
        "sign_in_step": lambda at: [
            SignInStep(**own, token_hash=_hash(), method=SignInMethod.PASSWORD, expires_at=at)
        ],
        "passkey_challenge": lambda at: [
            PasskeyChallenge(
                **own, challenge=_hash(), purpose=ChallengePurpose.PROVE, browser_hash="", expires_at=at
            )
        ],
        "authenticator": lambda at: [
            Authenticator(account_id=account.id, sealed_secret="", begun_in=new_id(), created_at=at)
        ],
        "recovery_code": lambda at: [RecoveryCode(**own, code_hash=_hash(), used_at=at)],
        "oauth_token": lambda at: [
            OAuthToken(
                client_id=CLIENT.client_id, created_at=NOW, expires_at=at
            )
        ],
        "oauth_code": lambda at: [
            OAuthCode(**app, code_hash=_hash(), redirect_uri="", code_challenge="", expires_at=at)
        ],
        "oauth_device_request": lambda at: [
            OAuthDeviceRequest(
                **app, device_code_hash=_hash(), user_code_hash=_hash(), interval_seconds=5, expires_at=at
            )
        ],
        "oauth_refresh_token": lambda at: [
            OAuthRefreshToken(grant_id=grant.id, token_hash=_hash(), created_at=NOW, expires_at=at)
        ],
        "oauth_grant": lambda at: [
            OAuthGrant(**app, expires_at=at), OAuthGrant(**app, expires_at=LATER, ended_at=at),
        ],
        "signing_key": lambda at: [
            SigningKey(
                kid=_hash(), public_key={}, private_key="", created_at=NOW, retired_at=NOW, ends_at=at
            )
        ],
        "hold": lambda at: [
            Hold(**hold, reference=_hash(), status=HoldStatus.HELD, expires_at=at),
            Hold(**hold, reference=_hash(), status=HoldStatus.RELEASED, expires_at=NOW, ended_at=at),
        ],
        "hold_attempt": lambda at: [
            HoldAttempt(
                service_id=service.id, organisation_id=host.id, attempted_at=at, attempted_on=NOW.date(),
                code="NOT_ENOUGH_PLACES", created_by="system:test",
            )
        ],
        "deed_key": lambda at: [
            DeedKey(
                organisation_id=host.id, mutation="logActivity", client_id=new_id(), input_hash="",
                subject_id=new_id(), created_at=at,
            )
        ],
        "outbox": lambda at: [OutboxEntry(name="a.b", subject_id=new_id(), payload={}, happened_at=at)],
        "job_run": lambda at: [JobRun(name=_hash(), period=at, started_at=NOW)],
    }  # fmt: skip


def _length(table: str) -> timedelta:
    periods = {str(kind.model.__tablename__): kind.period for kind in KINDS}
    return timedelta(days=getattr(PERIODS, periods[table]))


def test_each_kind_is_forgotten_after_its_time_and_not_before(made: UnitOfWork) -> None:
    rows = _rows(made)
    expected = {}
    for table, make in rows.items():
        made.db.add_all([*make(NOW - _length(table) - SECOND), *make(NOW - _length(table) + SECOND)])
        expected[table] = len(make(NOW))
    made.db.flush()

    counts = enforce_retention(made, PERIODS)

    assert counts == {**expected, "pool_word": 0, "person": 0}
    assert set(rows) | {"pool_word"} == {str(kind.model.__tablename__) for kind in KINDS}
    assert {kind.period for kind in KINDS} | {"idle_persons_months"} == {
        each.name for each in fields(PERIODS)
    }
    made.db.flush()
    kept = {
        table: made.db.scalar(sa.select(sa.func.count()).select_from(kind.model))
        for kind in KINDS
        if (table := str(kind.model.__tablename__)) in rows
    }
    # The family of the refresh tokens goes on, and so do the three sign-ins and operators of turns.
    further = {"oauth_grant": 1, "sign_in": 3, "desk_operator": 3}
    assert kept == {table: number + further.get(table, 0) for table, number in expected.items()}
    entries = made.db.scalars(sa.select(AuditEntry).where(AuditEntry.actor == "system:retention")).all()
    assert {(entry.action, entry.subject_id, entry.reason) for entry in entries} == {
        (f"retention:{table}:delete", MANY, f"count={count}") for table, count in expected.items()
    }
    assert set(enforce_retention(made, PERIODS).values()) == {0}


def test_key_goes_with_its_hold_so_that_none_leads_to_nothing(made: UnitOfWork) -> None:
    [hold, _] = _rows(made)["hold"](NOW - _length("hold") - SECOND)
    made.db.add(hold)
    made.db.flush()
    made.db.add(
        DeedKey(
            organisation_id=hold.organisation_id, mutation="holdPlaces", client_id=new_id(), input_hash="",
            subject_id=hold.id, created_at=NOW,
        )
    )  # fmt: skip
    made.db.flush()

    counts = enforce_retention(made, PERIODS)

    assert (counts["hold"], counts["deed_key"]) == (1, 1)


def test_last_word_of_a_pool_stays_however_old_it_is(made: UnitOfWork) -> None:
    pool = factories.pool(made, factories.service(made, factories.organisation(made, "lastrada")))
    old, older = NOW - timedelta(days=100), NOW - timedelta(days=200)
    for sequence, moment in enumerate((older, old, old)):
        made.db.add(
            PoolWord(
                pool_id=pool.id, sequence=sequence, word=CanTake.YES, true_at=moment, shown_at=moment + SECOND
            )
        )
    made.db.flush()

    assert enforce_retention(made, PERIODS)["pool_word"] == 2
    assert made.db.scalars(sa.select(PoolWord.sequence)).all() == [2]


def test_persons_are_idle_without_role_seat_or_deed_for_long(made: UnitOfWork) -> None:
    before = NOW - relativedelta(months=PERIODS.idle_persons_months)
    long_ago = before - timedelta(days=10)
    host = factories.organisation(made, "host")

    def person(role_ended: date | None = None, *, holds: bool = False, since: datetime = long_ago) -> Account:
        account = _account(made, since=since)
        if holds or role_ended:
            made.db.add(
                Role(
                    person_id=account.person_id, organisation_id=host.id, role_type="reporter",
                    starts_on=date(2020, 1, 1), ends_on=role_ended,
                )
            )  # fmt: skip
        made.db.flush()
        return account

    idle = [person(), person(before.date() - timedelta(days=1))]
    person(holds=True)
    person(before.date() + timedelta(days=2))
    person(since=before + timedelta(days=1))
    person(NOW.date() + timedelta(days=30))
    active = person()
    _enter(made, active, before + SECOND)
    _enter(made, idle[0], before - SECOND)

    # Erasing their accounts takes what is known of them away.
    account_id, persons = idle[0].id, sorted(each.person_id for each in idle)
    assert idle_persons(made, before) == persons
    assert enforce_retention(made, PERIODS)["person"] == 2
    names = made.db.execute(sa.select(Person.id, Person.name)).all()
    assert sorted(row.id for row in names if not row.name) == persons
    assert made.db.get(Account, account_id) is None
    assert enforce_retention(made, PERIODS)["person"] == 0


def _enter(uow: UnitOfWork, account: Account, moment: datetime) -> None:
    """An entry in the audit log, of that moment."""
    now, uow.now = uow.now, moment
    record(uow, Actor(subject=f"account:{account.id}"), action="a:b:c", subject=("Account", account.id))
    uow.db.flush()
    uow.now = now


def test_audit_log_is_never_shortened(made: UnitOfWork) -> None:
    account = _account(made)
    _enter(made, account, NOW - timedelta(days=10_000))
    before = made.db.scalar(sa.select(sa.func.count()).select_from(AuditEntry))

    enforce_retention(made, PERIODS)

    assert made.db.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) >= before
    assert all(kind.model is not AuditEntry for kind in KINDS)
