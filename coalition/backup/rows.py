"""Copying all rows of one database into another, of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.types import NullType, TypeEngine

from coalition.core.database import UTCDateTime

VERSION_TABLE = "alembic_version"
# Marks columns whose values PostgreSQL takes from a sequence.
NUMBERED = "numbered"
_BATCH = 500


def revision_in(connection: Connection) -> str | None:
    """The revision of the schema; None when there is none."""
    return MigrationContext.configure(connection).get_current_revision()


def tables_of(connection: Connection) -> list[sa.Table]:
    """The tables of a database as they are there, by name, without the one that holds the revision.

    On PostgreSQL the columns have types that read and write the same values on both kinds. On SQLite
    they have none: between two SQLite files values go as they are stored.
    """
    as_stored = connection.dialect.name == "sqlite"
    # Keys and constraints are not asked for: that would take longer than copying a small coalition.
    found = sa.inspect(connection).get_multi_columns()
    tables = []
    for (_, name), columns in sorted(found.items(), key=lambda item: item[0][1]):
        if name != VERSION_TABLE:
            made = [
                sa.Column(
                    column["name"],
                    NullType() if as_stored else _common_type(column["type"]),
                    info={NUMBERED: column.get("autoincrement") is True},
                )
                for column in columns
            ]
            tables.append(sa.Table(name, sa.MetaData(), *made))
    return tables


def _common_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    common = kind.as_generic()
    if isinstance(common, sa.DateTime):
        return UTCDateTime()
    # No column of ours holds the JSON value null, so None always means that there is no value.
    return sa.JSON(none_as_null=True) if isinstance(common, sa.JSON) else common


def copy_rows(source: Connection, target: Connection, tables: list[sa.Table]) -> dict[str, int]:
    """Copy every row of `tables` and count them by table."""
    return {table.name: _copy_table(source, target, table) for table in tables}


def _copy_table(source: Connection, target: Connection, table: sa.Table) -> int:
    count = 0
    for batch in _batches(source, table):
        target.execute(sa.insert(table), batch)
        count += len(batch)
    return count


def _batches(source: Connection, table: sa.Table) -> Iterator[list[dict[str, Any]]]:
    rows = source.execute(
        sa.select(table), execution_options={"stream_results": True, "max_row_buffer": _BATCH}
    )
    for part in rows.mappings().partitions(_BATCH):
        yield [dict(row) for row in part]


def count_rows(connection: Connection, tables: list[sa.Table]) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in tables
    }


def delete_rows(connection: Connection, tables: list[sa.Table]) -> None:
    """Empty the tables in any order; foreign keys are to be checked later."""
    for table in tables:
        connection.execute(sa.delete(table))


def lift_guards(connection: Connection) -> list[str]:
    """Let rows that are only appended be replaced in this transaction; returns what `lower_guards` takes."""
    if connection.dialect.name == "sqlite":
        triggers = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        ).all()
        for name, _ in triggers:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        return [sql for _, sql in triggers]
    guarded = connection.exec_driver_sql(
        "SELECT DISTINCT CAST(CAST(t.tgrelid AS regclass) AS text) FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
    ).scalars()
    tables = list(guarded)
    for table in tables:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]


def lower_guards(connection: Connection, put_back: list[str]) -> None:
    """Guard again what `lift_guards` laid open."""
    for statement in put_back:
        connection.exec_driver_sql(statement)


def check_references_later(connection: Connection) -> list[str]:
    """Put foreign keys off to the end of this transaction; returns what `check_references` takes."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        return []
    constraints = connection.exec_driver_sql(
        "SELECT CAST(CAST(c.conrelid AS regclass) AS text), quote_ident(c.conname) FROM pg_constraint c"
        " JOIN pg_namespace n ON n.oid = c.connamespace"
        " WHERE c.contype = 'f' AND n.nspname = current_schema()"
    ).all()
    for table, name in constraints:
        connection.exec_driver_sql(
            f"ALTER TABLE {table} ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED"
        )
    return [f"ALTER TABLE {table} ALTER CONSTRAINT {name} NOT DEFERRABLE" for table, name in constraints]


def check_references(connection: Connection, put_back: list[str]) -> None:
    """Check all foreign keys now and make them strict again; on SQLite the commit checks."""
    if connection.dialect.name == "sqlite":
        return
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in put_back:
        connection.exec_driver_sql(statement)


def set_sequences(connection: Connection, tables: list[sa.Table]) -> None:
    """Let numbers that the database gives go on after the highest; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    numbered = [(table.name, column) for table in tables for column in table.c if column.info[NUMBERED]]
    for name, column in numbered:
        sequence = sa.func.pg_get_serial_sequence(name, column.name)
        highest = connection.execute(sa.select(sa.func.max(column))).scalar_one()
        connection.execute(sa.select(sa.func.setval(sequence, highest or 1, highest is not None)))
