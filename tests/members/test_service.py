from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from coalition.core.actor import Reach, Visibility
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.lines import place_under
from coalition.members.models import Organisation, Person, Role
from coalition.members.service import Grants, HeldRole, resolve_grants, roles_of_person
from tests import factories as make

EVERYTHING = Reach(everything=True)
OPEN = frozenset({Visibility.PUBLIC})
PARTNERS = OPEN | {Visibility.PARTNERS}
COALITION = PARTNERS | {Visibility.COALITION}


def at(*organisations: Organisation) -> Reach:
    return Reach(organisations=frozenset(each.id for each in organisations))


def grants(uow: UnitOfWork, *roles: tuple[str, Organisation]) -> Grants:
    return resolve_grants(uow, [HeldRole(role_type, organisation.id) for role_type, organisation in roles])


def test_roles_of_person_are_those_of_today(units: Units) -> None:
    yesterday, tomorrow = make.TODAY - timedelta(days=1), make.TODAY + timedelta(days=1)
    spans: dict[str, tuple[date, date | None]] = {
        "reporter": (make.TODAY, None),
        "expert": (yesterday, make.TODAY),
        "trainer": (tomorrow, None),
        "auditor": (date(2020, 1, 1), yesterday),
    }
    with units.writing() as uow:
        make.foundations(uow)
        organisation = make.organisation(uow, "ubceb")
        person, other = (Person(name=name, created_at=uow.now) for name in ("Demo One", "Demo Two"))
        uow.db.add_all([person, other])
        uow.db.flush()
        key = {"organisation_id": organisation.id}
        uow.db.add_all(
            Role(person_id=person.id, role_type=each, starts_on=start, ends_on=end, **key)
            for each, (start, end) in spans.items()
        )
        uow.db.add(Role(person_id=other.id, role_type="administrator", starts_on=make.TODAY, **key))

    with units.reading() as uow:
        held = {role.role_type for role in roles_of_person(uow, person.id)}

    assert held == {"reporter", "expert"}


def test_resolve_grants_without_roles(units: Units) -> None:
    with units.reading() as uow:
        assert resolve_grants(uow, []) == Grants({}, OPEN)


def test_resolve_grants_of_a_reporter_stay_in_the_organisation(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        union = make.organisation(uow, "union")
        make.organisation(uow, "parish", parent=union)

        found = grants(uow, ("reporter", union))

    expected = {"activity:log": at(union), "records:read": at(union), "coalition:read": EVERYTHING}
    assert found == Grants(expected, COALITION, 100_000)


def test_resolve_grants_of_a_coordinator_reach_below(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        union = make.organisation(uow, "union")
        deanery = make.organisation(uow, "deanery", parent=union)
        parish = make.organisation(uow, "parish", parent=deanery)
        make.organisation(uow, "other")

        found = grants(uow, ("coordinator", deanery))

    assert found.permissions["training:plan"] == at(deanery, parish)
    assert found.permissions["capacity:read"] == EVERYTHING


def test_resolve_grants_follow_the_line_of_today(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        old, new = make.organisation(uow, "old"), make.organisation(uow, "new")
        parish = make.organisation(uow, "parish", parent=old)
        leaving = make.organisation(uow, "leaving", parent=old)
        place_under(uow, parish, new, since=make.TODAY)
        place_under(uow, leaving, new, since=make.TODAY + timedelta(days=1))

        reaches = [grants(uow, ("coordinator", each)).permissions["activity:log"] for each in (old, new)]

    assert reaches == [at(old, leaving), at(new, parish)]


def test_resolve_grants_of_several_roles_add_up(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        one, two = make.organisation(uow, "one"), make.organisation(uow, "two")

        found = grants(uow, ("reporter", one), ("reporter", two), ("auditor", two))

    assert found.permissions["activity:log"] == at(one, two)
    assert found.permissions["records:read"].everything
    assert found.permissions["audit:read"] == EVERYTHING


def test_resolve_grants_where_the_organisation_has_left(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        left = make.organisation(uow, "left", status=MembershipStatus.LEFT)

        found = grants(uow, ("coordinator", left))

    assert found == Grants({}, OPEN)


def test_resolve_grants_of_law_enforcement_hold_nothing_about_persons(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        police = make.organisation(uow, "police", kind=OrganisationKind.LAW_ENFORCEMENT)

        found = grants(uow, ("coordinator", police), ("partner_client", police))

    assert sorted(found.permissions) == [
        "activity:log",
        "activity:review",
        # What its system could do is barred where one is asked for.
        "client:request",
        "coalition:read",
        "partners:read",
        "records:read",
        "training:assign",
        "training:plan",
    ]
    # Membership does not open what others share with the coalition.
    assert found.shared == OPEN


@pytest.mark.parametrize(
    ("role_type", "values", "shared"),
    [
        ("reporter", {"status": MembershipStatus.MEMBER}, COALITION),
        ("reporter", {"status": MembershipStatus.NONE}, OPEN),
        ("reporter", {"status": MembershipStatus.APPLICANT}, OPEN),
        ("reporter", {"status": MembershipStatus.SUSPENDED}, OPEN),
        ("reporter", {"status": MembershipStatus.PARTNER}, PARTNERS),
        ("partner_client", {"status": MembershipStatus.PARTNER}, PARTNERS),
        ("partner_client", {"status": MembershipStatus.MEMBER}, OPEN),
        ("administrator", {"status": MembershipStatus.MEMBER}, OPEN),
        ("administrator", {"status": MembershipStatus.PARTNER}, OPEN),
        ("auditor", {"kind": OrganisationKind.COALITION, "status": MembershipStatus.NONE}, COALITION),
    ],
)
def test_resolve_grants_open_what_others_share(
    units: Units, role_type: str, values: dict[str, Any], shared: frozenset[Visibility]
) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        organisation = make.organisation(uow, "one", **values)

        found = grants(uow, (role_type, organisation))

    assert found.shared == shared


def test_resolve_grants_open_the_coalition_to_who_stands_below_a_member(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        union = make.organisation(uow, "union", status=MembershipStatus.MEMBER)
        parish = make.organisation(uow, "parish", parent=union, status=MembershipStatus.NONE)

        before = grants(uow, ("reporter", parish)).shared
        place_under(uow, parish, None, since=make.TODAY)
        after = grants(uow, ("reporter", parish)).shared

    assert (before, after) == (COALITION, OPEN)
