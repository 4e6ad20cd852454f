from __future__ import annotations

import sqlalchemy as sa

from coalition.core.actor import ANONYMOUS, Actor, Reach, Visibility, system_actor
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.members.models import Organisation
from coalition.members.policies import reads_line_of, visible_organisations
from tests import factories as make


def seen(uow: UnitOfWork, condition: sa.ColumnElement[bool]) -> set[str]:
    return set(uow.db.scalars(sa.select(Organisation.slug).where(condition)))


def test_visible_organisations_by_visibility_and_line(units: Units) -> None:
    with units.writing() as uow:
        make.foundations(uow)
        union = make.organisation(uow, "union", visibility=Visibility.PRIVATE)
        make.organisation(uow, "parish", parent=union, visibility=Visibility.PRIVATE)
        for visibility in Visibility:
            make.organisation(uow, visibility.value.lower(), visibility=visibility)
        actors = {
            "anonymous": ANONYMOUS,
            "reporter": make.actor(uow, ("reporter", union)),
            "coordinator": make.actor(uow, ("coordinator", union)),
            "administrator": make.actor(uow, ("administrator", union)),
        }

    with units.reading() as uow:
        found = {name: seen(uow, visible_organisations(actor)) for name, actor in actors.items()}
        everything = seen(uow, visible_organisations(system_actor("load")))

    shared = {"coalition", "partners", "public"}
    assert found == {
        "anonymous": {"public"},
        "reporter": shared | {"union"},
        "coordinator": shared | {"union", "parish"},
        "administrator": {"public"},
    }
    assert everything == shared | {"union", "parish", "private"}


def test_reads_line_of_is_the_own_line_whatever_is_shared(units: Units) -> None:
    with units.writing() as uow:
        own, other = make.organisation(uow, "own"), make.organisation(uow, "other")
    reader = Actor(permissions={"records:read": Reach(organisations=frozenset({own.id}))})

    with units.reading() as uow:
        found = [
            seen(uow, reads_line_of(actor, Organisation.id))
            for actor in (ANONYMOUS, reader, system_actor("load"))
        ]

    assert found == [set(), {"own"}, {"own", other.slug}]
