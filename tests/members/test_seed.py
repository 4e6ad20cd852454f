from __future__ import annotations

import sqlalchemy as sa

from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.enums import Scope
from coalition.members.models import Body, Denomination, RoleType, RoleTypePermission, Territory
from coalition.members.role_types import ROLE_TYPES
from coalition.members.seed import seed
from tests.support.threads import at_once


def permissions(uow: UnitOfWork) -> set[tuple[str, str, Scope]]:
    rows = uow.db.scalars(sa.select(RoleTypePermission))
    return {(row.role_type, row.permission, row.scope) for row in rows}


def counts(uow: UnitOfWork) -> list[int]:
    return [
        uow.db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in (Denomination, Territory, Body, RoleType)
    ]


OF_THIS_RELEASE = {
    (role_type.code, permission, scope)
    for role_type in ROLE_TYPES
    for permission, scope in role_type.permissions.items()
}


def test_seed_twice_changes_nothing(units: Units) -> None:
    with units.writing() as uow:
        seed(uow)
    with units.writing() as uow:
        seed(uow)

    with units.reading() as uow:
        assert counts(uow) == [6, 4, 4, len(ROLE_TYPES)]
        assert permissions(uow) == OF_THIS_RELEASE


def test_seed_by_two_servers_that_start_together(units: Units) -> None:
    def run(_: int) -> None:
        with units.writing() as uow:
            seed(uow)

    assert at_once(2, run) == [None, None]
    with units.reading() as uow:
        assert counts(uow) == [6, 4, 4, len(ROLE_TYPES)]


def test_seed_makes_role_types_follow_this_release(units: Units) -> None:
    with units.writing() as uow:
        seed(uow)
        uow.db.execute(sa.delete(RoleTypePermission).where(RoleTypePermission.role_type == "auditor"))
        uow.db.execute(sa.update(RoleTypePermission).values(scope=Scope.ORGANISATION))
        uow.db.add(RoleTypePermission(role_type="reporter", permission="old:right", scope=Scope.COALITION))
        uow.db.get_one(RoleType, "reporter").name = {"en": "Old name"}

    with units.writing() as uow:
        seed(uow)

    with units.reading() as uow:
        assert permissions(uow) == OF_THIS_RELEASE
        assert uow.db.get_one(RoleType, "reporter").name["en"] == "Reporter"


def test_seed_leaves_what_people_renamed(units: Units) -> None:
    with units.writing() as uow:
        seed(uow)
        uow.db.execute(sa.update(Denomination).values(name={"ro": "Alt nume"}))

    with units.writing() as uow:
        seed(uow)

    with units.reading() as uow:
        assert set(map(str, uow.db.scalars(sa.select(Denomination.name)))) == {"{'ro': 'Alt nume'}"}
