"""What is exported of a person is all that is held: no table can forget to be in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import sqlalchemy as sa

from coalition.access.own_data import FORMAT, PARTS, Named, export_own_data
from coalition.core.ids import new_id
from coalition.members.consents import NOTICE_VERSION
from coalition.tables import metadata
from tests.graphql.world import World

PAGE = Path(__file__).parents[2] / "docs" / "privacy" / "own-data.md"
PEOPLE = {"person.id", "account.id"}
# Columns that name who acted: `account:<id>`, `client:<id>` or `system:<task>`.
ACTS = re.compile(r"(^|_)by$|^actor$")
# Why a column that looks like one names nobody.
NOBODY = {"partnership_assessment.actor": "a group of partners in a presentation of 2008"}


def _columns_about_somebody() -> set[str]:
    found = set(PEOPLE)
    for table in metadata.tables.values():
        for column in table.columns:
            refers = any(key.target_fullname in PEOPLE for key in column.foreign_keys)
            if refers or ACTS.search(column.name):
                found.add(f"{table.name}.{column.name}")
    return found - set(NOBODY)


def test_every_column_that_names_somebody_is_exported() -> None:
    exported = {f"{part.model.__tablename__}.{part.column}" for part in PARTS}
    # The account is found by its person, and so are its own rows.
    assert _columns_about_somebody() - {"account.id"} == exported


def test_every_column_of_ones_own_rows_is_exported_or_said_why_not() -> None:
    for part in PARTS:
        columns = {column.name for column in metadata.tables[str(part.model.__tablename__)].columns}
        told = {*part.columns, *part.withheld}
        assert set(part.columns) <= columns, part.name
        if part.named is Named.SUBJECT:
            assert "*" in part.withheld, part.name
        else:
            assert told == columns, part.name
        assert set(part.columns) & set(part.withheld) == set()


def test_secrets_are_never_exported() -> None:
    for part in PARTS:
        assert [name for name in part.columns if re.search(r"hash|secret|token", name)] == []


def test_export_holds_ones_own_rows_and_nobody_elses(world: World) -> None:
    given = {
        "organisation": world.organisation("ubceb"), "kind": "AWARENESS", "title": {"ro": "Lecție"},
        "startsOn": {"date": "2026-03-01"}, "districts": [],
    }  # fmt: skip
    logged = world.deed("logActivity", "reporter", given, "activity { code }")["activity"]["code"]
    world.deed("giveConsent", "reporter", {"purpose": "NAME_IN_COALITION", "version": NOTICE_VERSION})

    with world.units.reading() as uow:
        found = json.loads(json.dumps(export_own_data(uow, world.actor("reporter"))))
        others = export_own_data(uow, world.actor("bes"))

    assert (found["format"], found["notice_version"]) == (FORMAT, NOTICE_VERSION)
    assert set(found) == {"format", "exported_at", "notice_version", "withheld", *(p.name for p in PARTS)}
    assert [row["name"] for row in found["person"]] == ["Demo reporter"]
    assert [row["email"] for row in found["account"]] == ["reporter@demo.invalid"]
    assert [row["name"] for row in found["tokens"]] == ["Test"]
    assert [row["role_type"] for row in found["roles"]] == ["reporter"]
    assert [row["purpose"] for row in found["consents"]] == ["NAME_IN_COALITION"]
    assert [row["action"] for row in found["deeds"]] == ["outreach:activity:log", "members:consent:give"]
    assert [row["code"] for row in found["activities_logged"]] == [logged]
    assert others["activities_logged"] == others["consents"] == []
    assert not set(map(str, others["person"])) & set(map(str, found["person"]))


def test_every_part_is_read_for_a_person_without_account(world: World) -> None:
    from coalition.access.own_data import Holder, rows_about

    with world.units.reading() as uow:
        holder = Holder(new_id(), None)
        assert [list(rows_about(uow, holder, part.name)) for part in PARTS] == [[] for _ in PARTS]


def test_every_part_is_documented() -> None:
    documented = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert documented == ["format", "exported_at", "notice_version", *(p.name for p in PARTS), "withheld"]
    assert f"`{FORMAT}`" in PAGE.read_text("utf-8")


def test_what_acts_is_told_by_its_name() -> None:
    columns = [c.name for table in metadata.tables.values() for c in table.columns]
    assert ACTS.search("created_by")
    assert {name for name in columns if ACTS.search(name)} >= {"created_by", "confirmed_by", "actor"}
    assert isinstance(metadata.tables["audit_entry"].columns["actor"].type, sa.String)
