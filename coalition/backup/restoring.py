"""Bringing back a backup: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coalition.access.secrets import SecretsUnset, load_secrets, make_missing_secrets, secrets_file
from coalition.audit.chain import Unreadable
from coalition.audit.heads import head_file
from coalition.audit.models import AuditEntry
from coalition.audit.sealing import SealedLog, begin_head_anew
from coalition.backup.archive import DATABASE, DEMO, SECRETS, BackupFault, Manifest, unpack
from coalition.backup.rows import (
    check_references,
    check_references_later,
    copy_rows,
    count_rows,
    delete_rows,
    lift_guards,
    lower_guards,
    revision_in,
    set_sequences,
    tables_of,
)
from coalition.core import migrate
from coalition.core.data_version import begin_versions_anew
from coalition.core.database import Database, translated_faults
from coalition.core.migrate import SchemaState
from coalition.core.private_files import write_private
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation, Person

# A database with a row in one of these is a coalition; seeds and migrations write none.
TELLING = {str(model.__tablename__) for model in (Organisation, Person, AuditEntry)}
# Marks the moment between the commit of the rows and the keys that belong to them.
UNFINISHED = "restore-unfinished"


def restore_backup(
    file: Path, database_url: str, data_folder: Path, *, replace: bool, keys: Mapping[str, str] | None = None
) -> Manifest:
    """Put what a backup holds in the place of what is there.

    `keys` are those of the environment. Older backups are migrated on the way. An audit entry says what
    was restored, and the head of the audit log follows from the restored one; without any audit key
    there is no head until `coalition audit accept`.

    Raises `BackupFault` when the backup is damaged or newer, or when the coalition here is not empty and
    `replace` was not said; nothing has changed then.
    """
    _remove_leftovers(data_folder)
    with TemporaryDirectory(prefix=".restore-", dir=data_folder) as name:
        folder = Path(name)
        manifest = unpack(file, folder)
        copy_url = f"sqlite:///{folder / DATABASE}"
        if migrate.state_of(manifest.revision) is SchemaState.NEWER:
            raise BackupFault(
                f"{file} is of a newer release. Install that release, and restore it with that."
            )
        _check_copy(copy_url, manifest, file)
        if not replace:
            _refuse_other_secrets(folder, data_folder)
        migrate.upgrade(copy_url)
        _prepare_target(database_url)
        _put_rows(copy_url, database_url, data_folder, replace=replace)
        _put_files(folder, data_folder)
        _follow_restored_log(manifest, database_url, data_folder, keys or {})
        (data_folder / UNFINISHED).unlink()
    return manifest


def is_unfinished(data_folder: Path) -> bool:
    """Whether a restore was ended between the rows and the keys, so that they do not fit together."""
    return (data_folder / UNFINISHED).exists()


def _remove_leftovers(data_folder: Path) -> None:
    for leftover in data_folder.glob(".restore-*"):
        rmtree(leftover, ignore_errors=True)


def _check_copy(copy_url: str, manifest: Manifest, file: Path) -> None:
    engine = sa.create_engine(copy_url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            sound = connection.exec_driver_sql("PRAGMA quick_check").scalar_one() == "ok"
            fits = sound and revision_in(connection) == manifest.revision
            fits = fits and count_rows(connection, tables_of(connection)) == dict(manifest.tables)
    except sa.exc.DatabaseError:
        fits = False
    if not fits:
        raise BackupFault(f"{file} is damaged: its database is not what the manifest says.")


def _refuse_other_secrets(folder: Path, data_folder: Path) -> None:
    here, there = secrets_file(data_folder), folder / SECRETS
    if here.exists() and there.exists() and here.read_bytes() != there.read_bytes():
        raise BackupFault(
            f"{here} holds other keys than the backup. To replace them, and everything else: --replace."
        )


def _prepare_target(database_url: str) -> None:
    state = migrate.schema_state(database_url)
    if state is SchemaState.EMPTY:
        migrate.upgrade(database_url)
    elif state is not SchemaState.CURRENT:
        raise BackupFault(
            f"The database here is of {'an older' if state is SchemaState.OLDER else 'a newer'} release."
            " Migrate it first, or restore into an empty one."
        )


def _put_rows(copy_url: str, database_url: str, data_folder: Path, *, replace: bool) -> None:
    """One transaction: whoever reads meanwhile sees all of the old rows or all of the new ones."""
    source_engine = sa.create_engine(copy_url, poolclass=sa.NullPool)
    database = Database(database_url)
    try:
        with translated_faults(), source_engine.connect() as source, database.write_engine.begin() as target:
            if not database.is_sqlite:
                target.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            tables = tables_of(target)
            _refuse_other_columns(tables, tables_of(source))
            if not replace:
                _refuse_rows(target, tables)
            guards = lift_guards(target)
            put_back = check_references_later(target)
            delete_rows(target, tables)
            copy_rows(source, target, tables)
            check_references(target, put_back)
            lower_guards(target, guards)
            set_sequences(target, tables)
            target.execute(begin_versions_anew())
            (data_folder / UNFINISHED).touch()
    except BaseException as error:
        (data_folder / UNFINISHED).unlink(missing_ok=True)
        if isinstance(error, sa.exc.IntegrityError | sa.exc.DataError):
            raise BackupFault("The rows of the backup do not fit together; nothing was changed.") from error
        raise
    finally:
        database.dispose()


def _refuse_other_columns(here: list[sa.Table], there: list[sa.Table]) -> None:
    """Two schemas of one revision are the same; were one changed by hand, rows would be lost in silence."""
    differing = {(table.name, column.name) for table in here for column in table.c}
    differing ^= {(table.name, column.name) for table in there for column in table.c}
    if differing:
        names = ", ".join(sorted(f"{table}.{column}" for table, column in differing))
        raise BackupFault(f"The tables here and those of the backup differ in {names}.")


def _refuse_rows(target: Connection, tables: list[sa.Table]) -> None:
    counts = count_rows(target, [table for table in tables if table.name in TELLING])
    if sum(counts.values()):
        raise BackupFault("The coalition here is not empty. To replace all that it holds: --replace.")


def _put_files(folder: Path, data_folder: Path) -> None:
    if (folder / SECRETS).exists():
        write_private(secrets_file(data_folder), (folder / SECRETS).read_text("utf-8"))
    if (folder / DEMO).exists():
        write_private(data_folder / DEMO, (folder / DEMO).read_text("utf-8"))
    else:
        # Its secrets would fit no account any more.
        (data_folder / DEMO).unlink(missing_ok=True)


def _follow_restored_log(
    manifest: Manifest, database_url: str, data_folder: Path, keys: Mapping[str, str]
) -> None:
    head = head_file(data_folder)
    if secrets_file(data_folder).exists():
        # A backup of an older release has no audit key yet.
        make_missing_secrets(data_folder, keys)
    try:
        secrets = load_secrets(data_folder, keys)
    except SecretsUnset:
        head.unlink(missing_ok=True)
        return
    database = Database(database_url)
    try:
        units = Units(database, audit_key=secrets.audit_key)
        begin_head_anew(SealedLog(units, head), "restore", f"backup of {manifest.created_at} restored")
    except Unreadable:
        head.unlink(missing_ok=True)
    finally:
        database.dispose()
