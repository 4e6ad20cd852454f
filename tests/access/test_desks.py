"""Desks that several people share: who may make them, PINs, turns, and what a desk may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col

from coalition.access import service as accounts
from coalition.access.actors import actor_for_account, actor_for_bearer, actor_for_cookie, actor_named
from coalition.access.desks import service, turns
from coalition.access.desks.acting import AT_A_DESK, desk_of, subjects_named
from coalition.access.desks.models import Desk, DeskOperator, DeskTurn
from coalition.access.desks.pins import MOST_TRIES, begin_try, check_pin, is_code
from coalition.access.models import Account, SignIn
from coalition.access.secrets import Secrets
from coalition.audit.models import AuditEntry
from coalition.core.actor import Actor, ActorKind
from coalition.core.errors import Refused
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation, Role
from tests import factories
from tests.access.conftest import TESTER
from tests.factories import NOW
from tests.support.application import quick_passwords

PIN = "804213"
IDLE = timedelta(minutes=15)


@dataclass
class Shelter:
    """A church body with a parish below it, its coordinator, and a desk with one operator and a cookie."""

    units: Units
    secrets: Secrets
    coordinator: Actor
    organisation_id: UUID
    parish_id: UUID
    desk_id: UUID
    cookie: str
    code: str

    def actor(self) -> Actor:
        with self.units.reading() as uow:
            found = actor_for_cookie(uow, self.secrets, self.cookie)
            assert found
            return found[0]

    def sign_in_id(self) -> UUID:
        with self.units.reading() as uow:
            found = actor_for_cookie(uow, self.secrets, self.cookie)
            assert found
            return found[1].id

    def set_pin(self, number: int = 1) -> None:
        with self.units.writing() as uow, quick_passwords():
            tried = begin_try(uow, self.desk_id, number)
            service.use_code(uow, tried=tried, pin_hash=service.hashed_pin(PIN))

    def begin(self, number: int = 1) -> None:
        sign_in_id = self.sign_in_id()
        with self.units.writing() as uow:
            tried = begin_try(uow, self.desk_id, number)
            turns.begin_turn(uow, sign_in_id=sign_in_id, tried=tried, idle=IDLE)

    def later(self, by: timedelta) -> None:
        self.units.clock = lambda: NOW + by

    def audited(self) -> list[tuple[str, str]]:
        with self.units.reading() as uow:
            found = uow.db.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id)))
            return [(entry.actor, entry.action) for entry in found if entry.action.startswith("desk:")]


@pytest.fixture
def shelter(units: Units, secrets: Secrets) -> Shelter:
    with units.writing() as uow:
        factories.foundations(uow)
        body = factories.church_body(uow, "ubceb", denomination="baptist")
        parish = factories.organisation(uow, "parish", parent=body)
        coordinator = factories.actor(uow, ("coordinator", body))
        made = service.make_desk(
            uow, secrets, coordinator, organisation_id=body.id, label="Night desk", role_type="coordinator"
        )
        code = service.add_operator(uow, secrets, coordinator, desk_id=made.desk.account_id, label="AB")
        cookie = accounts.begin_sign_in(uow, secrets, made.desk.account_id).token
        return Shelter(units, secrets, coordinator, body.id, parish.id, made.desk.account_id, cookie, code)


def refusal(work: object, *arguments: object, **named: object) -> tuple[str, tuple[str, ...]]:
    with pytest.raises(Refused) as caught:
        work(*arguments, **named)  # type: ignore[operator]
    [fault] = caught.value.faults
    return fault.code, fault.path


# ------------------------------------------------------------------ what a desk may do


def test_a_desk_without_operator_may_do_nothing(shelter: Shelter) -> None:
    actor = shelter.actor()

    assert (actor.kind, actor.permissions, actor.organisations) == (ActorKind.DESK, {}, ())
    assert (actor.person_id, actor.shared) == (None, Actor().shared)
    assert actor.subject == f"account:{shelter.desk_id}"


def test_an_operator_has_part_of_the_role_in_the_desks_own_organisation(shelter: Shelter) -> None:
    shelter.set_pin()
    shelter.begin()

    actor = shelter.actor()

    assert actor.subject == f"account:{shelter.desk_id}/operator:1"
    assert len(actor.subject) <= 80
    assert (actor.person_id, actor.organisations) == (None, (shelter.organisation_id,))
    assert set(actor.permissions) == AT_A_DESK
    assert set(actor.permissions) < set(shelter.coordinator.permissions)
    assert actor.may("capacity:confirm", shelter.organisation_id)
    # The coordinator's role reaches the parishes below; the desk's does not.
    assert shelter.coordinator.may("capacity:confirm", shelter.parish_id)
    assert not actor.may("capacity:confirm", shelter.parish_id)
    assert not actor.may("records:read", shelter.parish_id)


def test_a_desk_has_no_way_in_but_the_browsers(shelter: Shelter) -> None:
    shelter.set_pin()
    shelter.begin()
    with shelter.units.writing() as uow:
        token = accounts.create_personal_access_token(
            uow, shelter.secrets, TESTER, account_id=shelter.desk_id, name="x"
        )

    with shelter.units.reading() as uow:
        by_token = actor_for_bearer(uow, shelter.secrets, token, issuer="http://127.0.0.1")
        by_account = actor_for_account(uow, uow.db.get_one(Account, shelter.desk_id))
        explained = actor_named(uow, str(shelter.desk_id))

    assert by_token is not None
    assert by_token.permissions == by_account.permissions == {}
    assert explained is not None
    assert set(explained.permissions) == AT_A_DESK


def test_roles_given_to_a_desk_elsewhere_are_not_the_desks(shelter: Shelter) -> None:
    shelter.set_pin()
    shelter.begin()
    with shelter.units.writing() as uow:
        coalition = uow.db.scalars(
            sa.select(Organisation.id).where(Organisation.id == shelter.parish_id)
        ).one()
        person_id = uow.db.get_one(Account, shelter.desk_id).person_id
        accounts.give_role(
            uow, TESTER, person_id=person_id, organisation_id=coalition, role_type="coordinator"
        )
        accounts.give_role(
            uow,
            TESTER,
            person_id=person_id,
            organisation_id=shelter.organisation_id,
            role_type="administrator",
        )

    actor = shelter.actor()

    assert actor.organisations == (shelter.organisation_id,)
    assert set(actor.permissions) == AT_A_DESK
    assert not actor.may("activity:log", shelter.parish_id)


# ------------------------------------------------------------------ turns


def test_a_turn_ends_when_nobody_does_anything(shelter: Shelter) -> None:
    shelter.set_pin()
    shelter.begin()
    sign_in_id = shelter.sign_in_id()

    shelter.later(IDLE - timedelta(seconds=1))
    assert shelter.actor().permissions
    with shelter.units.writing() as uow:
        turns.extend_turn(uow, sign_in_id=sign_in_id, idle=IDLE)
    shelter.later(2 * IDLE - timedelta(seconds=2))
    assert shelter.actor().permissions
    shelter.later(2 * IDLE)
    assert not shelter.actor().permissions
    # What is over is not begun again by somebody who passes by.
    with shelter.units.writing() as uow:
        turns.extend_turn(uow, sign_in_id=sign_in_id, idle=IDLE)
    assert not shelter.actor().permissions


def test_every_turn_is_audited_as_the_operators(shelter: Shelter) -> None:
    with shelter.units.writing() as uow:
        service.add_operator(uow, shelter.secrets, shelter.coordinator, desk_id=shelter.desk_id, label="CD")
    shelter.set_pin(1)
    shelter.set_pin(2)
    shelter.begin(1)
    shelter.begin(2)
    sign_in_id = shelter.sign_in_id()

    assert shelter.actor().subject.endswith("/operator:2")
    with shelter.units.writing() as uow:
        turns.end_turn(uow, sign_in_id=sign_in_id)
        turns.end_turn(uow, sign_in_id=sign_in_id)

    assert not shelter.actor().permissions
    desk = f"account:{shelter.desk_id}"
    assert shelter.audited()[-3:] == [
        (f"{desk}/operator:1", "desk:turn:start"),
        (f"{desk}/operator:2", "desk:turn:start"),
        (f"{desk}/operator:2", "desk:turn:end"),
    ]
    assert shelter.actor().subjects == (desk, f"{desk}/operator:1", f"{desk}/operator:2")
    with shelter.units.reading() as uow:
        for name in (desk, f"{desk}/operator:1", shelter.coordinator.subject, "account:x", "client:x"):
            meant = shelter.actor().subjects if name == desk else (name,)
            assert subjects_named(uow, name) == meant


def test_signing_out_ends_the_turn_in_that_browser_only(shelter: Shelter) -> None:
    shelter.set_pin()
    shelter.begin()
    with shelter.units.writing() as uow:
        other = accounts.begin_sign_in(uow, shelter.secrets, shelter.desk_id).token
        accounts.sign_out(uow, Actor(account_id=shelter.desk_id), shelter_sign_in(uow, shelter))

    with shelter.units.reading() as uow:
        assert uow.db.scalars(sa.select(DeskTurn)).all() == []
        found = actor_for_cookie(uow, shelter.secrets, other)
        assert found is not None
        standing = desk_of(uow, found[0], found[1].id)
        assert standing is not None
        assert not standing.is_open


def shelter_sign_in(uow: object, shelter: Shelter) -> UUID:
    found = actor_for_cookie(uow, shelter.secrets, shelter.cookie)  # type: ignore[arg-type]
    assert found
    return found[1].id


@pytest.mark.parametrize("deed", ["reset", "end", "renew", "close"])
def test_the_coordinator_ends_a_turn_at_once(shelter: Shelter, deed: str) -> None:
    shelter.set_pin()
    shelter.begin()
    given = {"desk_id": shelter.desk_id}

    with shelter.units.writing() as uow:
        if deed == "reset":
            service.reset_pin(uow, shelter.secrets, shelter.coordinator, **given, number=1)
        elif deed == "end":
            service.end_operator(uow, shelter.coordinator, **given, number=1)
        elif deed == "renew":
            service.renew_link(uow, shelter.secrets, shelter.coordinator, **given)
        else:
            service.close_desk(uow, shelter.coordinator, **given)

    with shelter.units.reading() as uow:
        found = actor_for_cookie(uow, shelter.secrets, shelter.cookie)
        is_out = deed in ("renew", "close")
        assert (found is None) == is_out
        assert found is None or not found[0].permissions
        left = uow.db.scalars(sa.select(SignIn).where(SignIn.account_id == shelter.desk_id)).all()
        assert bool(left) != is_out


# ------------------------------------------------------------------ PINs and codes


@pytest.mark.parametrize("pin", ["12345", "1234567890123", "12 345", "１２３４５６", "", "12345a"])
def test_a_pin_is_six_to_twelve_digits(pin: str) -> None:
    assert refusal(check_pin, pin, "pin") == ("PIN_MALFORMED", ("pin",))


SIMPLE = [
    "111111",
    "123456",
    "654321",
    "890123",
    "135791",
    "112211",
    "190190",
    "12341234",
    "123412",
    "000001",
]


@pytest.mark.parametrize("pin", SIMPLE)
def test_a_simple_pin_is_refused(pin: str) -> None:
    if pin == "123412":
        check_pin(pin, "pin")
        return
    assert refusal(check_pin, pin, "pin") == ("PIN_TOO_SIMPLE", ("pin",))


def test_twenty_wrong_tries_in_a_row_end_the_pin(shelter: Shelter) -> None:
    shelter.set_pin()
    with shelter.units.writing() as uow:
        # Setting the PIN was the first try since the code was given, and nobody came in yet.
        for _ in range(MOST_TRIES - 1):
            turns.note_wrong(uow, begin_try(uow, shelter.desk_id, 1))

    with shelter.units.writing() as uow:
        assert refusal(begin_try, uow, shelter.desk_id, 1) == ("PIN_ENDED", ("pin",))
    tries = [entry for entry in shelter.audited() if entry[1] == "desk:turn:refuse"]
    assert tries == [(f"account:{shelter.desk_id}", "desk:turn:refuse")] * (MOST_TRIES - 1)
    # The coordinator's new code begins anew.
    with shelter.units.writing() as uow:
        service.reset_pin(uow, shelter.secrets, shelter.coordinator, desk_id=shelter.desk_id, number=1)
        assert begin_try(uow, shelter.desk_id, 1).pin_hash is None


def test_a_right_pin_forgets_the_wrong_ones(shelter: Shelter) -> None:
    shelter.set_pin()
    with shelter.units.writing() as uow:
        for _ in range(3):
            begin_try(uow, shelter.desk_id, 1)
    shelter.begin()

    with shelter.units.reading() as uow:
        [operator] = uow.db.scalars(sa.select(DeskOperator))
        assert operator.wrong_count == 0


def test_a_code_counts_for_its_operator_for_a_week(shelter: Shelter) -> None:
    with shelter.units.writing() as uow:
        tried = begin_try(uow, shelter.desk_id, 1)

    typed = shelter.code.lower().replace("-", " ")
    assert is_code(shelter.secrets, tried, typed, NOW)
    assert not is_code(shelter.secrets, tried, "AAAAA-AAAAA", NOW)
    assert not is_code(shelter.secrets, tried, typed, NOW + timedelta(days=7))
    with shelter.units.writing() as uow:
        service.add_operator(uow, shelter.secrets, shelter.coordinator, desk_id=shelter.desk_id, label="CD")
        assert not is_code(shelter.secrets, begin_try(uow, shelter.desk_id, 2), typed, NOW)


def test_the_pin_changed_while_it_was_looked_at(shelter: Shelter) -> None:
    shelter.set_pin()
    sign_in_id = shelter.sign_in_id()
    with shelter.units.writing() as uow:
        tried = begin_try(uow, shelter.desk_id, 1)
    with shelter.units.writing() as uow:
        service.reset_pin(uow, shelter.secrets, shelter.coordinator, desk_id=shelter.desk_id, number=1)

    with shelter.units.writing() as uow:
        begun = {"sign_in_id": sign_in_id, "tried": tried, "idle": IDLE}
        assert refusal(turns.begin_turn, uow, **begun) == ("PIN_REFUSED", ("pin",))
    assert not shelter.actor().permissions


# ------------------------------------------------------------------ the coordinator's part


def test_only_who_manages_people_there_leads_a_desk(shelter: Shelter) -> None:
    with shelter.units.writing() as uow:
        other = factories.church_body(uow, "bes", denomination="lutheran")
        elsewhere = factories.actor(uow, ("coordinator", other))
        reporter = factories.actor(uow, ("reporter", uow.db.get_one(Organisation, shelter.organisation_id)))
        administrator = factories.actor(uow, ("administrator", other))
    given = {"desk_id": shelter.desk_id}
    for actor in (elsewhere, reporter, administrator, shelter.actor(), Actor()):
        with shelter.units.writing() as uow:
            assert service.desks_led(uow, actor) == []
            for work, arguments in (
                (service.renew_link, (uow, shelter.secrets, actor)),
                (service.close_desk, (uow, actor)),
            ):
                assert refusal(work, *arguments, **given) == ("NOT_FOUND", ("desk",))
            made = {"organisation_id": shelter.organisation_id, "label": "x", "role_type": "reporter"}
            assert refusal(service.make_desk, uow, shelter.secrets, actor, **made)[1] == ("organisation",)
    with shelter.units.reading() as uow:
        assert [desk.account_id for desk in service.desks_led(uow, shelter.coordinator)] == [shelter.desk_id]


def test_a_desk_holds_no_other_role(shelter: Shelter) -> None:
    given = {"organisation_id": shelter.organisation_id, "label": "Desk", "role_type": "expert"}
    with shelter.units.writing() as uow:
        found = refusal(service.make_desk, uow, shelter.secrets, shelter.coordinator, **given)
    assert found == ("ROLE_NOT_ALLOWED_HERE", ("roleType",))


@pytest.mark.parametrize(
    ("label", "code"),
    [("", "REQUIRED"), ("ab", "LABEL_TAKEN"), ("x" * 21, "TOO_LONG"), ("2000000000007", "PERSONAL_NUMBER")],
)
def test_labels_are_short_and_different(shelter: Shelter, label: str, code: str) -> None:
    with shelter.units.writing() as uow:
        found = refusal(
            service.add_operator, uow, shelter.secrets, shelter.coordinator, desk_id=shelter.desk_id,
            label=label,
        )  # fmt: skip
    assert found == (code, ("label",))


def test_numbers_are_never_given_twice(shelter: Shelter) -> None:
    given = {"desk_id": shelter.desk_id}
    with shelter.units.writing() as uow:
        service.end_operator(uow, shelter.coordinator, **given, number=1)
        service.add_operator(uow, shelter.secrets, shelter.coordinator, **given, label="AB")
        desk = uow.db.get_one(Desk, shelter.desk_id)
        assert [each.number for each in service.operators_of(uow, desk)] == [2]
        gone = refusal(service.end_operator, uow, shelter.coordinator, **given, number=1)
        assert gone == ("NOT_FOUND", ("operator",))


def test_a_closed_desk_holds_nothing(shelter: Shelter) -> None:
    with shelter.units.writing() as uow:
        service.close_desk(uow, shelter.coordinator, desk_id=shelter.desk_id)

    with shelter.units.reading() as uow:
        account = uow.db.get_one(Account, shelter.desk_id)
        roles = uow.db.scalars(sa.select(Role).where(Role.person_id == account.person_id)).all()
        assert [role.ends_on is not None for role in roles] == [True]
        assert (account.is_active, account.password_hash) == (False, None)
        assert service.desks_led(uow, shelter.coordinator) == []
