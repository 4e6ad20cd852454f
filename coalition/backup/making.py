"""Making a backup while the coalition runs."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from coalition.access.secrets import secrets_file
from coalition.backup.archive import DATABASE, DEMO, SECRETS, BackupFault, Manifest, write_archive
from coalition.backup.rows import copy_rows, count_rows, revision_in, tables_of
from coalition.core import migrate
from coalition.core.database import translated_faults
from coalition.core.migrate import SchemaState


def make_backup(database_url: str, file: Path, data_folder: Path) -> Manifest:
    """Write everything that the coalition holds into `file`, as it was at one moment.

    An older schema is backed up as it is. Writers go on meanwhile. Raises `BackupFault` for an empty
    or newer database, and `DatabaseFault`.
    """
    file = file.absolute()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        raise BackupFault(f"There is no database at {url.database}.")
    # Beside the target, where there has to be room anyway, and not in a /tmp that others share.
    with TemporaryDirectory(prefix=".backup-", dir=file.parent) as name:
        folder = Path(name)
        created_at = datetime.now(UTC).isoformat(timespec="seconds")
        copy = folder / DATABASE
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(url, copy)
        else:
            _copy_postgresql(database_url, copy)
        revision, tables = _examined(copy)
        _copy_beside(secrets_file(data_folder), folder / SECRETS)
        _copy_beside(data_folder / "demo.json", folder / DEMO)
        return write_archive(file, folder, revision=revision, created_at=created_at, tables=tables)


def _copy_sqlite(url: URL, copy: Path) -> None:
    source_file = f"file:{Path(url.database or '').absolute()}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(source_file, uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            # In one step: it sees one moment, and in WAL mode it holds nobody up.
            source.backup(target)
            # The copy is one file, not a file with a log beside it.
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise BackupFault(f"The database {url.database} could not be copied: {error}.") from error


def _copy_postgresql(database_url: str, copy: Path) -> None:
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with translated_faults(), snapshot.begin() as source:
            migrate.upgrade(f"sqlite:///{copy}", _known_revision(source))
            _fill(source, copy)
    finally:
        engine.dispose()


def _fill(source: Connection, copy: Path) -> None:
    target_engine = sa.create_engine(f"sqlite:///{copy}", poolclass=sa.NullPool)
    with target_engine.begin() as target:
        tables = tables_of(source)
        # What the migrations wrote is in the source as well.
        for table in tables:
            target.execute(sa.delete(table))
        copy_rows(source, target, tables)


def _examined(copy: Path) -> tuple[str, dict[str, int]]:
    """The revision and the row counts of a copy that is sound."""
    engine = sa.create_engine(f"sqlite:///{copy}", poolclass=sa.NullPool)
    with engine.connect() as connection:
        verdict = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
        if verdict != "ok":
            raise BackupFault(f"The database is damaged, so no backup was made: {verdict}")
        return _known_revision(connection), count_rows(connection, tables_of(connection))


def _known_revision(connection: Connection) -> str:
    revision = revision_in(connection)
    if revision is None:
        raise BackupFault("The database is empty: there is nothing to back up.")
    if migrate.state_of(revision) is SchemaState.NEWER:
        raise BackupFault("The database is of a newer release. Make the backup with that release.")
    return revision


def _copy_beside(source: Path, target: Path) -> None:
    if source.exists():
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(source, target)
