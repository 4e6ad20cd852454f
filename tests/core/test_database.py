"""A database that is locked, full, read-only or gone: every unit of work says so in one of four codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coalition.core import database as module
from coalition.core.data_version import DataVersion
from coalition.core.database import Database, fault_code
from coalition.core.errors import DatabaseFault
from coalition.core.unit_of_work import Units
from coalition.members.models import Denomination
from tests.support.databases import Databases


@pytest.fixture
def sqlite_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SQLite file whose writers give up soon, with one denomination in it."""
    monkeypatch.setattr(module, "SQLITE_BUSY_MILLISECONDS", 50)
    path = tmp_path / "coalition.sqlite3"
    with opened(path) as units, units.writing() as uow:
        for model in (Denomination, DataVersion):
            model.__table__.create(uow.db.connection())  # type: ignore[attr-defined]
        uow.db.add(Denomination(code="one", name={}))
    return path


@contextmanager
def opened(path: Path) -> Iterator[Units]:
    database = Database(f"sqlite:///{path}")
    yield Units(database)
    database.dispose()


def write(units: Units, code: str = "two", name: str = "") -> None:
    with units.writing() as uow:
        uow.db.add(Denomination(code=code, name={"ro": name}))


def codes(units: Units) -> list[str]:
    with units.reading() as uow:
        return list(uow.db.scalars(sa.select(Denomination.code).order_by(Denomination.code)))


def fault_of(units: Units, **values: str) -> str:
    with pytest.raises(DatabaseFault) as fault:
        write(units, **values)
    return fault.value.code


def test_sqlite_that_is_locked_is_busy_and_can_be_read(sqlite_path: Path) -> None:
    with opened(sqlite_path) as units:
        with units.writing() as holder:
            holder.db.connection()
            code = fault_of(units)
            readable = codes(units)

        assert (code, readable, codes(units)) == ("DATABASE_BUSY", ["one"], ["one"])


def test_sqlite_that_is_full_keeps_what_it_has(sqlite_path: Path) -> None:
    with opened(sqlite_path) as units:
        sa.event.listen(
            units.database.write_engine,
            "connect",
            lambda connection, _: connection.execute("PRAGMA max_page_count = 1"),
        )
        code = fault_of(units, name="x" * 100_000)

        assert (code, codes(units)) == ("STORAGE_FULL", ["one"])


def test_sqlite_that_is_read_only_can_be_read(sqlite_path: Path) -> None:
    with opened(sqlite_path) as units:
        sa.event.listen(
            units.database.write_engine,
            "connect",
            lambda connection, _: connection.execute("PRAGMA query_only = ON"),
        )

        assert (fault_of(units), codes(units)) == ("DATABASE_READ_ONLY", ["one"])


@pytest.mark.parametrize("is_folder_there", [True, False])
def test_sqlite_that_is_gone_is_unavailable(tmp_path: Path, is_folder_there: bool) -> None:
    folder = tmp_path if is_folder_there else tmp_path / "absent"

    with opened(folder / "coalition.sqlite3") as units:
        assert fault_of(units) == "DATABASE_UNAVAILABLE"


def test_sqlite_that_is_something_else_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "coalition.sqlite3"
    path.write_text("This is no database." * 100)

    with opened(path) as units:
        assert fault_of(units) == "DATABASE_UNAVAILABLE"


def test_sqlite_is_prepared_to_survive_a_power_cut(sqlite_path: Path) -> None:
    with opened(sqlite_path) as units, units.reading() as uow:
        found = [
            uow.db.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        ]

    assert found == ["wal", 1, 2, 50]


def test_sqlite_writers_take_the_lock_before_they_read(sqlite_path: Path) -> None:
    with opened(sqlite_path) as units, units.writing() as first:
        first.db.scalars(sa.select(Denomination.code)).all()

        assert fault_of(units) == "DATABASE_BUSY"


def test_a_pool_that_is_used_up_is_busy(units: Units) -> None:
    engine = sa.create_engine(units.database.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    units.database.write_engine = engine
    with units.writing() as holder:
        holder.db.connection()

        code = fault_of(units)
    engine.dispose()

    assert code == "DATABASE_BUSY"


def test_a_fault_of_ours_is_not_hidden_behind_a_code(units: Units) -> None:
    write(units, "one")

    with pytest.raises(sa.exc.IntegrityError), units.writing() as uow:
        uow.db.add(Denomination(code="one", name={}))
    with pytest.raises(DBAPIError), units.reading() as uow:
        uow.db.execute(sa.text("SELECT no_such_column FROM denomination"))

    assert codes(units) == ["one"]


@pytest.fixture
def on_postgresql(databases: Databases, pytestconfig: pytest.Config) -> Iterator[Units]:
    """Units of work for what SQLite does not know."""
    if pytestconfig.getoption("--database") == "sqlite":
        pytest.skip("about PostgreSQL only")
    url = databases.migrated("postgresql")
    database = Database(url)
    yield Units(database)
    database.dispose()
    databases.drop("postgresql", url)


def test_postgresql_that_does_not_answer_is_unavailable() -> None:
    units = Units(Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing"))

    assert fault_of(units) == "DATABASE_UNAVAILABLE"


def test_postgresql_without_the_database_is_unavailable(on_postgresql: Units) -> None:
    absent = Database(on_postgresql.database.url.set(database="coalition_absent"))

    assert fault_of(Units(absent)) == "DATABASE_UNAVAILABLE"


def test_postgresql_that_breaks_off_is_unavailable_and_comes_back(on_postgresql: Units) -> None:
    def break_off() -> None:
        with on_postgresql.writing() as uow:
            own = uow.db.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
            with on_postgresql.writing() as other:
                other.db.execute(sa.select(sa.func.pg_terminate_backend(own)))
            uow.db.execute(sa.text("SELECT 1"))

    with pytest.raises(DatabaseFault) as fault:
        break_off()

    write(on_postgresql)
    assert (fault.value.code, codes(on_postgresql)) == ("DATABASE_UNAVAILABLE", ["two"])


def test_postgresql_read_only_is_said(on_postgresql: Units) -> None:
    with pytest.raises(DatabaseFault) as fault, on_postgresql.reading() as uow:
        uow.db.execute(sa.delete(Denomination))

    assert fault.value.code == "DATABASE_READ_ONLY"


def test_postgresql_that_waits_too_long_for_a_lock_is_busy(on_postgresql: Units) -> None:
    def set_timeout(connection: sa.Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = 50")

    with on_postgresql.writing() as holder:
        holder.db.execute(sa.text("LOCK TABLE denomination"))
        sa.event.listen(on_postgresql.database.write_engine, "begin", set_timeout)

        assert fault_of(on_postgresql) == "DATABASE_BUSY"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("database is locked", "DATABASE_BUSY"),
        ("database table is locked", "DATABASE_BUSY"),
        ("database or disk is full", "STORAGE_FULL"),
        ("attempt to write a readonly database", "DATABASE_READ_ONLY"),
        ("unable to open database file", "DATABASE_UNAVAILABLE"),
        ("disk I/O error", "DATABASE_UNAVAILABLE"),
        ("database disk image is malformed", "DATABASE_UNAVAILABLE"),
        ("no such table: activity", "DATABASE_UNAVAILABLE"),
        ("UNIQUE constraint failed: activity.code", None),
        ('near "SELEC": syntax error', None),
    ],
)
def test_fault_code_of_sqlite(message: str, code: str | None) -> None:
    error = sa.exc.OperationalError("", {}, sqlite3.OperationalError(message))

    assert fault_code(error) == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "STORAGE_FULL"),
        ("53300", "DATABASE_BUSY"),
        ("25006", "DATABASE_READ_ONLY"),
        ("55P03", "DATABASE_BUSY"),
        ("40001", "DATABASE_BUSY"),
        ("40P01", "DATABASE_BUSY"),
        ("57P01", "DATABASE_UNAVAILABLE"),
        ("08006", "DATABASE_UNAVAILABLE"),
        ("3D000", "DATABASE_UNAVAILABLE"),
        ("23505", None),
        ("42P01", "DATABASE_UNAVAILABLE"),
        ("42703", None),
    ],
)
def test_fault_code_of_postgresql(state: str, code: str | None) -> None:
    cause = type("DriverError", (Exception,), {"sqlstate": state})()

    assert fault_code(sa.exc.OperationalError("", {}, cause)) == code
