"""Roles that two people give or end at the same moment, and the last administrator."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.core.actor import Actor, system_actor
from coalition.core.errors import Refused
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.drafts import RoleDraft
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation, Person, Role
from coalition.members.roles import end_all_roles, end_role, give_role, is_last_administrator
from coalition.members.service import HeldRole, resolve_grants
from tests import factories as make

DAY = timedelta(days=1)


def office(uow: UnitOfWork) -> Organisation:
    make.foundations(uow)
    return make.organisation(uow, "coalition", kind=OrganisationKind.COALITION, status=MembershipStatus.NONE)


def role_id(uow: UnitOfWork, actor: Actor) -> UUID:
    return uow.db.scalars(sa.select(Role.id).where(Role.person_id == actor.person_id)).one()


def at_once(*deeds: object) -> list[str]:
    """What came of deeds that begin at the same moment: done, or the code of the refusal."""
    start = Barrier(len(deeds))

    def run(deed: object) -> str:
        start.wait(timeout=10)
        try:
            deed()  # type: ignore[operator]
        except Refused as refused:
            return refused.faults[0].code
        return "done"

    with ThreadPoolExecutor(len(deeds)) as threads:
        return sorted(threads.map(run, deeds))


def test_two_administrators_who_end_each_other_leave_one(units: Units) -> None:
    with units.writing() as uow:
        at = office(uow)
        first, second = make.actor(uow, ("administrator", at)), make.actor(uow, ("administrator", at))
        pairs = [(first, role_id(uow, second)), (second, role_id(uow, first))]

    def end(actor: Actor, role: UUID) -> None:
        with units.writing() as uow:
            end_role(uow, actor, role_id=role)

    outcomes = at_once(*(lambda pair=pair: end(*pair) for pair in pairs))

    assert outcomes == ["LAST_ADMINISTRATOR", "done"]
    with units.reading() as uow:
        standing = sa.select(Role).where(Role.ends_on.is_(None))
        assert len(uow.db.scalars(standing).all()) == 1


def test_two_administrators_who_leave_at_once_leave_one(units: Units) -> None:
    with units.writing() as uow:
        at = office(uow)
        people = [make.actor(uow, ("administrator", at), ("trainer", at)).person_id for _ in range(2)]

    def leave(person_id: UUID | None) -> None:
        assert person_id is not None
        with units.writing() as uow:
            end_all_roles(uow, system_actor("test"), person_id)

    outcomes = at_once(*(lambda each=each: leave(each) for each in people))

    assert outcomes == ["LAST_ADMINISTRATOR", "done"]
    with units.reading() as uow:
        # Of who was refused, nothing has ended.
        assert len(uow.db.scalars(sa.select(Role).where(Role.ends_on.is_(None))).all()) == 2


def test_the_same_role_given_twice_at_once_is_one(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        bes = make.church_body(uow, "bes", denomination="orthodox")
        givers = [make.actor(uow, ("coordinator", bes)) for _ in range(2)]
        reporter = make.actor(uow, ("reporter", bes)).person_id

    def give(actor: Actor) -> None:
        with units.writing() as uow:
            give_role(uow, actor, person_id=reporter, draft=RoleDraft(bes.id, "trainer"))

    assert at_once(*(lambda actor=actor: give(actor) for actor in givers)) == ["DUPLICATE", "done"]


@pytest.mark.parametrize(
    ("others", "is_last"),
    [
        ([], True),
        ([(0, None)], False),
        ([(0, 9)], True),
        ([(0, 9), (10, None)], False),
        ([(0, 9), (11, None)], True),
        ([(10, None), (0, 20)], False),
        ([(1, None)], True),
        ([(0, -1)], True),
    ],
)
def test_last_administrator_by_days(
    units: Units, others: list[tuple[int, int | None]], *, is_last: bool
) -> None:
    with units.writing() as uow:
        at = office(uow)
        person_id = make.actor(uow, ("administrator", at)).person_id
        for starts, ends in others:
            other = Person(name="Demo", created_at=uow.now)
            uow.db.add(other)
            uow.db.flush()
            ends_on = None if ends is None else make.TODAY + ends * DAY
            days = {"starts_on": make.TODAY + starts * DAY, "ends_on": ends_on}
            uow.db.add(Role(person_id=other.id, organisation_id=at.id, role_type="administrator", **days))
        uow.db.flush()

        assert person_id is not None
        assert is_last_administrator(uow, person_id) is is_last


def test_an_anonymised_administrator_is_none(units: Units) -> None:
    with units.writing() as uow:
        at = office(uow)
        first, second = (make.actor(uow, ("administrator", at)).person_id for _ in range(2))
        assert first is not None
        assert not is_last_administrator(uow, first)

        uow.db.get_one(Person, second).anonymised_at = uow.now
        uow.db.flush()

        assert is_last_administrator(uow, first)


def test_whatever_role_a_police_body_gets_by_mistake_carries_no_such_right(units: Units) -> None:
    """The second lock: even a row that no rule let in is stripped when grants are resolved."""
    with units.writing() as uow:
        make.foundations(uow)
        police = make.organisation(uow, "police", kind=OrganisationKind.LAW_ENFORCEMENT)

        held = resolve_grants(uow, [HeldRole("coordinator", police.id)]).permissions

    assert [name for name in held if name.startswith(("capacity:", "referral:", "people:", "service:"))] == []
