"""Own sign-ins: what is told of them, when they end by themselves, and ending them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from coalition.access import service
from coalition.access.actors import actor_for_cookie
from coalition.access.models import Account, SignIn
from coalition.access.secrets import Secrets
from coalition.access.sign_ins import (
    Idle,
    browser_word,
    end_all_sign_ins,
    end_other_sign_ins,
    end_own_sign_in,
    is_seen_anew,
    note_seen,
    own_sign_ins,
)
from coalition.core.actor import Actor
from coalition.core.errors import Fault
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.access.conftest import TESTER, People
from tests.access.test_service import faults_of, last_entry, rows
from tests.factories import NOW

IDLE = Idle(timedelta(days=14), timedelta(hours=12))
HOUR = timedelta(hours=1)


ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
SAMSUNG = "Mozilla/5.0 (Linux; Android 10; K) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "word"),
    [
        (ANDROID, "Firefox on Android"),
        (SAMSUNG, "Samsung Internet on Android"),
        (IPHONE, "Safari on iPhone"),
        (EDGE, "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),
        ("curl/8.0", ""),
        (None, ""),
        ("<script>alert(1)</script> Firefox/1 " + "x" * 100_000, "Firefox"),
    ],
)
def test_browser_word(user_agent: str | None, word: str) -> None:
    assert browser_word(user_agent) == word


def begun(uow: UnitOfWork, secrets: Secrets, people: People, browser: str = "Firefox on Android") -> str:
    return service.begin_sign_in(uow, secrets, people.account_id, browser=browser).token


def me_of(people: People) -> Actor:
    return Actor(subject=f"account:{people.account_id}", account_id=people.account_id)


def test_own_sign_ins_are_shown_without_ids(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        begun(uow, secrets, people)
        begun(uow, secrets, people, "")
        this = uow.db.scalars(sa.select(SignIn.id).where(SignIn.browser == "")).one()

        shown = own_sign_ins(uow, secrets, me_of(people), this=this, idle=IDLE)

        assert [(each.browser, each.system, each.is_this) for each in shown if not each.is_this] == [
            ("Firefox", "Android", False)
        ]
        assert [each.is_this for each in shown].count(True) == 1
        assert {each.ends_at for each in shown} == {NOW + timedelta(days=30)}
        assert not [each for each in shown if str(this) in repr(each)]
        assert own_sign_ins(uow, secrets, Actor(account_id=people.person_id), this=None, idle=IDLE) == []


def test_visits_are_written_to_the_hour_and_once_in_it(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        begun(uow, secrets, people)
        row = uow.db.scalars(sa.select(SignIn)).one()
        hour = NOW.replace(minute=0, second=0, microsecond=0)
        assert row.last_seen_at == hour
        later: dict[datetime, bool] = {
            hour + HOUR - timedelta(seconds=1): False,
            hour + HOUR: True,
            hour + 3 * HOUR: True,
        }
        assert {moment: is_seen_anew(row, moment) for moment in later} == later

        uow.now = NOW + 3 * HOUR
        note_seen(uow, row.id)
        uow.db.refresh(row)

        assert row.last_seen_at == hour + 3 * HOUR
        assert not is_seen_anew(row, uow.now)
        uow.now = NOW
        note_seen(uow, row.id)
        uow.db.refresh(row)
        assert row.last_seen_at == hour + 3 * HOUR


@pytest.mark.parametrize(
    ("role", "away", "is_in"),
    [
        ("reporter", timedelta(days=13), True),
        ("reporter", timedelta(days=14, hours=1), False),
        ("administrator", timedelta(hours=11), True),
        ("administrator", timedelta(hours=13), False),
    ],
)
def test_idle_sign_in_ends(
    units: Units, secrets: Secrets, people: People, role: str, away: timedelta, *, is_in: bool
) -> None:
    with units.writing() as uow:
        if role != "reporter":
            at = {"person_id": people.person_id, "organisation_id": people.ubceb}
            service.give_role(uow, TESTER, role_type=role, **at)
        token = begun(uow, secrets, people)
        uow.now = NOW.replace(minute=0, second=0, microsecond=0) + away

        assert (actor_for_cookie(uow, secrets, token, IDLE) is not None) is is_in
        assert bool(own_sign_ins(uow, secrets, me_of(people), this=None, idle=IDLE)) is is_in


def test_ending_one_by_its_handle(units: Units, secrets: Secrets, people: People) -> None:
    me = me_of(people)
    with units.writing() as uow:
        kept, ended = begun(uow, secrets, people), begun(uow, secrets, people, "Edge on Windows")
        shown = own_sign_ins(uow, secrets, me, this=None, idle=IDLE)
        handle = next(each.handle for each in shown if each.browser == "Edge")

        stranger = Actor(subject="account:x", account_id=people.person_id)
        for actor, given in ((stranger, handle), (me, "nonsense"), (me, "")):
            faults = faults_of(end_own_sign_in, uow, secrets, actor, handle=given)
            assert faults == [Fault("NOT_FOUND")]
        assert rows(uow, SignIn) == 2
        end_own_sign_in(uow, secrets, me, handle=handle)

        assert actor_for_cookie(uow, secrets, ended, IDLE) is None
        assert actor_for_cookie(uow, secrets, kept, IDLE) is not None
        assert last_entry(uow)[:2] == (me.subject, "account:sign_in:end")


def test_ending_all_others_and_all(units: Units, secrets: Secrets, people: People) -> None:
    me = me_of(people)
    with units.writing() as uow:
        for _ in range(3):
            token = begun(uow, secrets, people)
        found = actor_for_cookie(uow, secrets, token, IDLE)
        assert found is not None
        this = found[1].id

        assert end_other_sign_ins(uow, me, this=this) == 2

        assert uow.db.scalars(sa.select(SignIn.id)).all() == [this]
        entry = ("account:sign_in:end_all", "Account", people.account_id)
        assert last_entry(uow) == (me.subject, *entry, "count=2")
        assert end_all_sign_ins(uow, TESTER, uow.db.get_one(Account, people.account_id)) == 1
        assert last_entry(uow) == (TESTER.subject, *entry, "count=1")
