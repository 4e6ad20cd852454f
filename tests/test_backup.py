"""Backups are whole, consistent while people work, and go back to either kind of database, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from coalition.access.secrets import make_missing_secrets
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.backup import restoring
from coalition.backup.archive import BackupFault
from coalition.backup.making import make_backup
from coalition.backup.restoring import restore_backup
from coalition.core import migrate
from coalition.core.actor import system_actor
from coalition.core.data_version import SLOTS
from coalition.core.database import Database
from coalition.core.errors import DatabaseFault
from coalition.core.events import Event, OutboxEntry
from coalition.core.ids import random_id
from coalition.core.migrate import SchemaState
from coalition.core.unit_of_work import UnitOfWork, Units, newest_data_number
from coalition.members.models import Organisation
from coalition.tables import metadata
from tests import factories
from tests.support.application import with_record
from tests.support.databases import KINDS, Databases
from tests.support.keys import AUDIT_KEY
from tests.support.revisions import LATER, later_release

TESTER = system_actor("test")
Rows = dict[str, list[tuple[Any, ...]]]
# `database_kind` is where the backup comes from; this is where it goes.
OTHER_KIND = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with keys and a demo.json."""
    folder = tmp_path / "data"
    make_missing_secrets(folder, {})
    (folder / "demo.json").write_text('{"url": "http://127.0.0.1:8000"}')
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def filled(database_url: str) -> str:
    """A database with a little of everything: trees, dates, JSON, counters, audit and outbox."""
    with opened(database_url) as units, units.writing() as uow:
        fill(uow)
    return database_url


def version_in(url: str) -> int:
    """The version of the data."""
    database = Database(url)
    number = newest_data_number(database)
    database.dispose()
    return number


@contextmanager
def opened(url: str) -> Iterator[Units]:
    database = Database(url)
    try:
        yield Units(database, audit_key=AUDIT_KEY)
    finally:
        database.dispose()


def fill(uow: UnitOfWork) -> None:
    factories.foundations(uow)
    # Children before their parents, so that no order of insertion fits by chance.
    young = factories.organisation(uow, "young", name={"ro": "Tânăr", "ru": "Молодой"})
    old = factories.church_body(uow, "old", denomination="orthodox")
    young.parent_id = old.id
    young.church_body_id = old.id
    factories.activity(uow, old)
    factories.pool(uow, factories.service(uow, old))
    change(uow)


def change(uow: UnitOfWork) -> None:
    """A deed with its audit entry and outbox entry, in one transaction."""
    subject = uow.db.scalars(sa.select(Organisation.id)).first() or random_id()
    record(uow, TESTER, action="test:deed:do", subject=("Organisation", subject))
    uow.emit(Event("test.done", subject, {"word": "ș"}))
    uow.db.flush()


def rows_in(url: str) -> Rows:
    """Every row of every table as Python values, in a stable order.

    Without what restoring adds: the entry that says so, seals, and a version that the data never had.
    """
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in ("audit_seal", "data_version")
        }
    rows["audit_entry"] = [row for row in rows["audit_entry"] if "audit:log:restore" not in row]
    return rows


@contextmanager
def target_of(databases: Databases, kind: str) -> Iterator[str]:
    url = databases.bare(kind)
    try:
        yield url
    finally:
        databases.drop(kind, url)


def manifest_of(file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        content: dict[str, Any] = json.loads(archive.read("manifest.json"))
        return content


def rewrite(file: Path, change_members: Callable[[dict[str, bytes]], None]) -> None:
    """Write the zip again with other members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change_members(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_backup_holds_everything_and_says_so(filled: str, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "new folder" / "backup.zip"

    manifest = make_backup(filled, file, data)

    expected = {name: len(rows) for name, rows in rows_in(filled).items()} | {
        "audit_seal": 0,
        "data_version": SLOTS,
    }
    assert (manifest.revision, manifest.tables) == (migrate.head_revision(), expected)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        names = ["manifest.json", "database.sqlite3", "keys/secrets.json", "demo.json"]
        assert archive.namelist() == names
        assert archive.read("keys/secrets.json") == (data / "keys" / "secrets.json").read_bytes()
        hashes = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in names[1:]}
    assert manifest_of(file) == {
        "format": 1,
        "revision": manifest.revision,
        "created_at": manifest.created_at,
        "tables": expected,
        "sha256": hashes,
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["backup.zip"]


def test_copy_in_the_backup_is_one_file_and_no_more(filled: str, data: Path, tmp_path: Path) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)

    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        archive.extract("database.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert rows_in(f"sqlite:///{tmp_path}/database.sqlite3") == rows_in(filled)


@pytest.mark.parametrize("target_kind", KINDS)
def test_restore_brings_back_every_row(
    filled: str, data: Path, elsewhere: Path, tmp_path: Path, databases: Databases, target_kind: str
) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)

    with target_of(databases, target_kind) as target:
        restore_backup(tmp_path / "backup.zip", target, elsewhere, replace=False)

        assert rows_in(target) == rows_in(filled)
        assert version_in(target) > version_in(filled)
    assert (elsewhere / "demo.json").read_bytes() == (data / "demo.json").read_bytes()
    secrets = elsewhere / "keys" / "secrets.json"
    assert secrets.read_bytes() == (data / "keys" / "secrets.json").read_bytes()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert sorted(path.name for path in elsewhere.iterdir()) == ["audit-head.json", "demo.json", "keys"]


def test_the_record_goes_to_the_other_kind_and_back(
    databases: Databases, database_kind: str, data: Path, elsewhere: Path, tmp_path: Path
) -> None:
    first = databases.migrated(database_kind, prepared_by=with_record)
    with (
        target_of(databases, OTHER_KIND[database_kind]) as second,
        target_of(databases, database_kind) as third,
    ):
        make_backup(first, tmp_path / "first.zip", data)
        restore_backup(tmp_path / "first.zip", second, elsewhere, replace=False)
        make_backup(second, tmp_path / "second.zip", elsewhere)
        restore_backup(tmp_path / "second.zip", third, elsewhere, replace=False)

        original = rows_in(first)
        assert rows_in(second) == original
        assert rows_in(third) == original
    databases.drop(database_kind, first)


@pytest.mark.parametrize("target_kind", KINDS)
def test_a_restored_coalition_works_on(
    filled: str, data: Path, elsewhere: Path, tmp_path: Path, databases: Databases, target_kind: str
) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)
    with target_of(databases, target_kind) as target:
        restore_backup(tmp_path / "backup.zip", target, elsewhere, replace=False)
        before = rows_in(target)

        with opened(target) as units, units.writing() as uow:
            change(uow)
            newest = uow.db.execute(sa.select(sa.func.max(OutboxEntry.id))).scalar_one()

        # Numbers go on after the highest, and foreign keys are as strict as they were.
        assert newest == max(row[0] for row in before["outbox"]) + 1
        old = sa.delete(Organisation).where(Organisation.slug == "old")
        with opened(target) as units, pytest.raises(sa.exc.IntegrityError), units.writing() as uow:
            uow.db.execute(old)
        assert rows_in(target)["organisation"] == before["organisation"]


def test_restore_refuses_a_coalition_that_is_not_empty(filled: str, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    make_backup(filled, file, data)
    with opened(filled) as units, units.writing() as uow:
        change(uow)
    before = rows_in(filled)

    with pytest.raises(BackupFault, match="not empty"):
        restore_backup(file, filled, data, replace=False)
    assert rows_in(filled) == before

    restore_backup(file, filled, data, replace=True)
    assert len(rows_in(filled)["outbox"]) == len(before["outbox"]) - 1


def test_restore_into_what_init_made(
    filled: str, data: Path, tmp_path: Path, databases: Databases, database_kind: str
) -> None:
    """Seeded tables are no coalition; other keys are replaced on demand only."""
    make_backup(filled, tmp_path / "backup.zip", data)
    other = tmp_path / "other"
    make_missing_secrets(other, {})
    keys = (other / "keys" / "secrets.json").read_bytes()
    url = databases.migrated(database_kind)
    with opened(url) as units, units.writing() as uow:
        factories.foundations(uow)

    with pytest.raises(BackupFault, match="other keys than the backup"):
        restore_backup(tmp_path / "backup.zip", url, other, replace=False)
    assert (other / "keys" / "secrets.json").read_bytes() == keys

    (other / "keys" / "secrets.json").unlink()
    restore_backup(tmp_path / "backup.zip", url, other, replace=False)
    assert rows_in(url) == rows_in(filled)
    databases.drop(database_kind, url)


def test_restore_without_demo_takes_a_demo_away(filled: str, data: Path, tmp_path: Path) -> None:
    (data / "demo.json").unlink()
    make_backup(filled, tmp_path / "backup.zip", data)
    (data / "demo.json").write_text("{}")

    restore_backup(tmp_path / "backup.zip", filled, data, replace=True)

    assert not (data / "demo.json").exists()


def test_older_backup_is_migrated_on_the_way(
    filled: str, data: Path, elsewhere: Path, tmp_path: Path, databases: Databases, database_kind: str
) -> None:
    file = tmp_path / "backup.zip"
    with later_release():
        assert migrate.schema_state(filled) is SchemaState.OLDER
        make_backup(filled, file, data)
        assert manifest_of(file)["revision"] != LATER

        with target_of(databases, database_kind) as target:
            restore_backup(file, target, elsewhere, replace=False)

            assert migrate.revision_on_disk(target) == LATER
            assert rows_in(target) == rows_in(filled)
            engine = sa.create_engine(target, poolclass=sa.NullPool)
            with engine.connect() as connection:
                rows = connection.execute(sa.text("SELECT id, word FROM later")).all()
            assert rows == [(1, "written by a migration")]


def test_newer_backups_and_databases_are_refused(
    filled: str, data: Path, elsewhere: Path, tmp_path: Path, databases: Databases, database_kind: str
) -> None:
    file = tmp_path / "backup.zip"
    with later_release():
        migrate.upgrade(filled)
        make_backup(filled, file, data)

    with target_of(databases, database_kind) as target:
        with pytest.raises(BackupFault, match="newer release"):
            restore_backup(file, target, elsewhere, replace=True)
        assert migrate.schema_state(target) is SchemaState.EMPTY
    with pytest.raises(BackupFault, match="newer release"):
        make_backup(filled, tmp_path / "again.zip", data)
    with pytest.raises(BackupFault, match="a newer release"):
        restore_backup(older_backup(tmp_path, databases, data), filled, data, replace=True)
    assert not (tmp_path / "again.zip").exists()
    assert list(elsewhere.iterdir()) == []


def older_backup(tmp_path: Path, databases: Databases, data: Path) -> Path:
    url = databases.migrated("sqlite")
    make_backup(url, tmp_path / "older.zip", data)
    databases.drop("sqlite", url)
    return tmp_path / "older.zip"


def test_restore_into_an_older_database_is_refused(filled: str, data: Path, tmp_path: Path) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)
    before = rows_in(filled)

    with later_release(), pytest.raises(BackupFault, match="Migrate it first"):
        restore_backup(tmp_path / "backup.zip", filled, data, replace=True)

    assert rows_in(filled) == before


def test_restore_where_somebody_changed_the_tables(filled: str, data: Path, tmp_path: Path) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)
    engine = sa.create_engine(filled, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE person DROP COLUMN is_demo"))

    with pytest.raises(BackupFault, match=r"differ in person\.is_demo"):
        restore_backup(tmp_path / "backup.zip", filled, data, replace=True)


def test_backup_of_nothing(bare_database_url: str, data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFault):
        make_backup(bare_database_url, tmp_path / "backup.zip", data)

    assert not (tmp_path / "backup.zip").exists()


def test_backup_of_a_database_that_is_not_there(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupFault, match="There is no database"):
        make_backup(f"sqlite:///{tmp_path}/nothing.sqlite3", tmp_path / "backup.zip", data)
    with pytest.raises(DatabaseFault):
        make_backup("postgresql+psycopg://nobody@/no?host=/nowhere", tmp_path / "backup.zip", data)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def no_zip(file: Path) -> None:
    file.write_bytes(b"something else")


def empty_file(file: Path) -> None:
    file.write_bytes(b"")


def without(name: str) -> Callable[[Path], None]:
    return lambda file: rewrite(file, lambda members: members.pop(name) and None)


def with_member(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda file: rewrite(file, lambda members: members.update({name: content}))


def with_manifest(**changes: Any) -> Callable[[Path], None]:
    def change_manifest(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        members["manifest.json"] = json.dumps({**manifest, **changes}).encode()

    return lambda file: rewrite(file, change_manifest)


def other_database(file: Path) -> None:
    """Hashes that fit, and a database that is not what the manifest says."""

    def swap(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        members["database.sqlite3"] = b"no database" * 1000
        manifest["sha256"]["database.sqlite3"] = hashlib.sha256(members["database.sqlite3"]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()

    rewrite(file, swap)


DAMAGES = {
    "cut short": cut_short,
    "one bit": flip_a_bit,
    "no zip": no_zip,
    "empty": empty_file,
    "gone": Path.unlink,
    "no manifest": without("manifest.json"),
    "no database": without("database.sqlite3"),
    "no keys": without("keys/secrets.json"),
    "other keys": with_member("keys/secrets.json", b"{}"),
    "manifest no JSON": with_member("manifest.json", b"{"),
    "manifest a list": with_member("manifest.json", b"[]"),
    "manifest endless": with_member("manifest.json", b" " * 2_000_000),
    "other format": with_manifest(format=2),
    "more in manifest": with_manifest(more=1),
    "path outside": with_manifest(sha256={"database.sqlite3": "", "../outside": ""}),
    "no hashes": with_manifest(sha256={}),
    "other revision": with_manifest(revision="0000"),
    "other counts": with_manifest(tables={"organisation": 1}),
    "other database": other_database,
}


@pytest.fixture(scope="module")
def sound_backup(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("sound")
    url = databases.migrated("sqlite")
    make_missing_secrets(folder, {})
    with opened(url) as units, units.writing() as uow:
        fill(uow)
    make_backup(url, folder / "backup.zip", folder)
    databases.drop("sqlite", url)
    return (folder / "backup.zip").read_bytes()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_backup_changes_nothing(
    sound_backup: bytes, tmp_path: Path, elsewhere: Path, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "backup.zip"
    file.write_bytes(sound_backup)
    damage(file)

    with pytest.raises(BackupFault):
        restore_backup(file, f"sqlite:///{tmp_path}/target.sqlite3", elsewhere, replace=True)

    assert not (tmp_path / "target.sqlite3").exists()
    assert not (tmp_path / "outside").exists()
    assert list(elsewhere.iterdir()) == []


def test_a_damaged_database_is_not_backed_up(data: Path, tmp_path: Path, databases: Databases) -> None:
    url = databases.migrated("sqlite")
    file = Path(str(sa.make_url(url).database))
    content = bytearray(file.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    file.write_bytes(bytes(content))

    with pytest.raises(BackupFault, match=r"damaged|could not be copied"):
        make_backup(url, tmp_path / "backup.zip", data)
    assert not (tmp_path / "backup.zip").exists()
    databases.drop("sqlite", url)


def test_a_backup_that_fails_leaves_the_one_before(
    filled: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    make_backup(filled, file, data)
    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))

    with pytest.raises(OSError, match="No space left"):
        make_backup(filled, file, data)

    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "data") == ["backup.zip"]


def test_restore_that_fails_in_the_middle_changes_nothing(
    filled: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)
    with opened(filled) as units, units.writing() as uow:
        change(uow)
    before = rows_in(filled)
    keys = (data / "keys" / "secrets.json").read_bytes()
    monkeypatch.setattr(restoring, "set_sequences", lambda *_: (_ for _ in ()).throw(OSError("pulled")))

    with pytest.raises(OSError, match="pulled"):
        restore_backup(tmp_path / "backup.zip", filled, data, replace=True)

    assert rows_in(filled) == before
    assert (data / "keys" / "secrets.json").read_bytes() == keys
    assert not restoring.is_unfinished(data)
    assert sorted(path.name for path in data.iterdir()) == ["demo.json", "keys"]


def test_restore_that_fails_between_rows_and_keys_is_told(
    filled: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(filled, tmp_path / "backup.zip", data)
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "write_private", lambda *_: (_ for _ in ()).throw(OSError("pulled")))
        with pytest.raises(OSError, match="pulled"):
            restore_backup(tmp_path / "backup.zip", filled, data, replace=True)
    assert restoring.is_unfinished(data)

    restore_backup(tmp_path / "backup.zip", filled, data, replace=True)

    assert not restoring.is_unfinished(data)


def test_backups_are_consistent_while_writers_run(
    filled: str, data: Path, elsewhere: Path, tmp_path: Path, databases: Databases
) -> None:
    """Each deed writes two rows in one transaction: every backup has as many of one as of the other."""
    done, stop, faults = [0], threading.Event(), []

    def write() -> None:
        with opened(filled) as units:
            while not stop.is_set():
                try:
                    with units.writing() as uow:
                        change(uow)
                    done[0] += 1
                except DatabaseFault as fault:
                    faults.append(fault.code)

    def deeds_in(url: str) -> tuple[int, int]:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            deeds = sa.select(sa.func.count()).where(AuditEntry.action == "test:deed:do")
            return (
                connection.execute(deeds).scalar_one(),
                connection.execute(sa.select(sa.func.count(OutboxEntry.id))).scalar_one(),
            )

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    seen = []
    try:
        for number in range(2):
            before = done[0]
            make_backup(filled, tmp_path / f"{number}.zip", data)
            seen.append((before, number))
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert faults == []
    assert done[0] > 0
    for before, number in seen:
        with target_of(databases, "sqlite") as target:
            restore_backup(tmp_path / f"{number}.zip", target, elsewhere, replace=True)
            audited, told = deeds_in(target)
        assert audited == told >= before + 1


@pytest.mark.slow
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_killed_in_the_middle(filled: str, data: Path, tmp_path: Path, command: str) -> None:
    """Whatever moment the process dies at: an old file or a new one, the old rows or the new ones."""
    file = tmp_path / "backup.zip"
    make_backup(filled, file, data)
    with opened(filled) as units, units.writing() as uow:
        change(uow)
    allowed = [rows_in(filled)]
    arguments = ["backup", str(file)] if command == "backup" else ["restore", str(file), "--replace"]
    environment = {**os.environ, "COALITION_DATA": str(data), "COALITION_DATABASE_URL": filled}

    command_line = [sys.executable, "-m", "coalition.cli", *arguments]
    started = time.monotonic()
    subprocess.run(command_line, env=environment, check=True)
    whole = time.monotonic() - started
    allowed.append(rows_in(filled))
    for part in range(1, 9):
        with opened(filled) as units, units.writing() as uow:
            change(uow)
        allowed.append(rows_in(filled))
        process = subprocess.Popen(command_line, env=environment)
        time.sleep(whole * (0.5 + part / 16))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert zipfile.ZipFile(file).testzip() is None
        assert rows_in(filled) in allowed
