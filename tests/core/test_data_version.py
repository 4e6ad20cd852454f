"""The version of the data rises with every change that answers can show, and with no other."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.core.actor import ANONYMOUS, Actor, ActorKind, Reach, Visibility
from coalition.core.data_version import DataVersion, tables_changed
from coalition.core.ids import new_id
from coalition.core.job_runs import claim_run
from coalition.core.lookups import Lookup
from coalition.core.unit_of_work import UnitOfWork, Units, data_number, newest_data_number
from coalition.members.models import Organisation, Role
from tests import factories
from tests.factories import NOW, TODAY


def version(units: Units) -> tuple[int, int]:
    """The version of the data, and that of what decides access."""
    with units.reading() as uow:
        asked = sa.select(sa.func.sum(DataVersion.number), sa.func.sum(DataVersion.access_number))
        data, access = uow.db.execute(asked).one()
    return int(data), int(access)


def topic(uow: UnitOfWork) -> None:
    factories.topic(uow, f"topic-{new_id()}")


def rename(uow: UnitOfWork) -> None:
    uow.db.execute(sa.update(Organisation).values(place="Orhei"))


def end_roles(uow: UnitOfWork) -> None:
    uow.db.execute(sa.delete(Role))


def by_hand(uow: UnitOfWork) -> None:
    uow.db.connection().exec_driver_sql("UPDATE organisation SET place = 'Soroca'")


def claim(uow: UnitOfWork) -> None:
    assert claim_run(uow, name="x", period=NOW)


def read(uow: UnitOfWork) -> None:
    uow.db.scalars(sa.select(Organisation)).all()


@pytest.mark.parametrize(
    ("work", "raised"),
    [
        (topic, (1, 0)),
        (rename, (1, 1)),
        (end_roles, (1, 1)),
        (by_hand, (1, 1)),
        (claim, (0, 0)),
        (read, (0, 0)),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_version_rises_with_what_answers_show(units: Units, work: Any, raised: tuple[int, int]) -> None:
    data, access = version(units)

    with units.writing() as uow:
        work(uow)

    assert version(units) == (data + raised[0], access + raised[1])
    assert newest_data_number(units.database) == data + raised[0]


def test_what_is_rolled_back_raises_nothing(units: Units) -> None:
    before = version(units)

    def fail(uow: UnitOfWork) -> None:
        rename(uow)
        raise LookupError

    with pytest.raises(LookupError), units.writing() as uow:
        fail(uow)

    assert version(units) == before


def test_a_snapshot_keeps_its_version(units: Units) -> None:
    with units.reading() as uow:
        seen = data_number(uow)
        with units.writing() as other:
            topic(other)

        assert data_number(uow) == seen
    assert newest_data_number(units.database) == (seen or 0) + 1


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT a FROM role", set()),
        ("INSERT INTO role (a) VALUES (?)", {"role"}),
        ('INSERT INTO "role" (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET b = 1', {"role"}),
        ("INSERT OR REPLACE INTO role VALUES (1)", {"role"}),
        ("WITH x AS (DELETE FROM role RETURNING a), y AS (update organisation SET a = 1) SELECT 1",
         {"role", "organisation"}),
        ("SELECT a FROM role FOR UPDATE", set()),
    ],
)  # fmt: skip
def test_tables_changed(statement: str, tables: set[str]) -> None:
    assert tables_changed(statement) == tables


def test_lookup_reads_what_sqlalchemy_reads(units: Units) -> None:
    with units.writing() as uow:
        made = factories.organisation(uow, "one")
        identity = made.id
    columns = sa.select(
        Organisation.id, Organisation.name, Organisation.kind, Organisation.created_at, Organisation.place
    )
    lookup = Lookup(columns.where(Organisation.slug == sa.bindparam("slug")))

    glanced = lookup.glance(units.database, slug="one")
    with units.reading() as uow:
        row = uow.db.execute(lookup.statement, {"slug": "one"}).one()
        within = lookup.within(uow.db.connection(), slug="one")

    assert tuple(glanced) == tuple(within) == tuple(row)
    assert (glanced.id, lookup.glance(units.database, slug="two")) == (identity, None)


def test_scope_of_an_actor_tells_every_field_apart() -> None:
    changed = {
        "kind": ActorKind.PERSON, "subject": "account:1", "person_id": new_id(), "account_id": new_id(),
        "client_id": "c", "language": "ro", "organisations": (new_id(),), "shared": frozenset(Visibility),
        "permissions": {"a": Reach(organisations=frozenset({new_id()}))}, "cost_budget": 1, "as_of": TODAY,
        "desk_subjects": ("d",),
    }  # fmt: skip
    assert set(changed) == {each.name for each in fields(Actor)}
    others = [replace(ANONYMOUS, **{name: value}) for name, value in changed.items()]  # type: ignore[arg-type]
    everywhere = replace(ANONYMOUS, permissions={"a": Reach(everything=True)})

    assert len({each.scope for each in (ANONYMOUS, everywhere, *others)}) == len(others) + 2
    assert Actor().scope == ANONYMOUS.scope
