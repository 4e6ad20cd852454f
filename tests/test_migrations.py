"""Migrations make the tables that the models describe, up and down, on both databases."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from coalition.core import migrate
from coalition.core.migrate import SchemaState
from coalition.tables import metadata
from tests.support.revisions import LATER, later_release


def table_names(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(bare_database_url: str) -> None:
    every_table = set(metadata.tables)

    assert migrate.schema_state(bare_database_url) is SchemaState.EMPTY
    migrate.upgrade(bare_database_url)
    assert (table_names(bare_database_url), migrate.schema_state(bare_database_url)) == (
        every_table,
        SchemaState.CURRENT,
    )
    migrate.downgrade(bare_database_url, "base")
    assert (table_names(bare_database_url), migrate.schema_state(bare_database_url)) == (
        set(),
        SchemaState.EMPTY,
    )
    migrate.upgrade(bare_database_url)
    assert table_names(bare_database_url) == every_table


def test_upgrade_again_changes_nothing(database_url: str) -> None:
    migrate.upgrade(database_url)

    assert migrate.revision_on_disk(database_url) == migrate.head_revision()


def test_migrated_schema_is_what_the_models_describe(database_url: str) -> None:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def words_in(condition: object) -> frozenset[str]:
    return frozenset(re.findall(r"'([^']*)'", str(condition)))


def test_checks_of_closed_sets_have_the_same_words(database_url: str) -> None:
    """Autogenerate does not see CHECK constraints, so a new value could be forgotten."""
    described = {
        (table.name, check.name): words_in(check.sqltext.compile(compile_kwargs={"literal_binds": True}))
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
    }
    inspector = sa.inspect(sa.create_engine(database_url, poolclass=sa.NullPool))
    found = {
        (table, check["name"]): words_in(check["sqltext"])
        for table in metadata.tables
        for check in inspector.get_check_constraints(table)
    }

    assert found == described


def test_older_and_newer_schemas(database_url: str) -> None:
    with later_release():
        assert migrate.schema_state(database_url) is SchemaState.OLDER
        migrate.upgrade(database_url)
        assert migrate.schema_state(database_url) is SchemaState.CURRENT
        assert migrate.revision_on_disk(database_url) == LATER

    assert migrate.schema_state(database_url) is SchemaState.NEWER

    with later_release():
        migrate.downgrade(database_url, "-1")
    assert migrate.schema_state(database_url) is SchemaState.CURRENT
