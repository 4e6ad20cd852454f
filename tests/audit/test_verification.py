"""What the check says, and what it cannot know."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from coalition.access.secrets import load_secrets, make_missing_secrets
from coalition.audit.checking import check_log, head_to_keep
from coalition.audit.heads import HeadFault, head_file
from coalition.audit.sealing import SealedLog
from coalition.backup.making import make_backup
from coalition.backup.restoring import restore_backup
from coalition.cli import main
from tests.audit.logs import begun, faults, lay_open, opened_log, run_sql, seal, write
from tests.support.databases import KINDS, Databases


@pytest.fixture
def log(database_url: str, tmp_path: Path) -> Iterator[SealedLog]:
    """A log of three batches, and two entries that wait."""
    with opened_log(database_url, tmp_path) as opened:
        begun(opened, 4, 5, 6)
        write(opened, 2, seed=9)
        yield opened


def test_each_fault_is_told_where_and_what(log: SealedLog) -> None:
    lay_open(log)
    run_sql(
        log,
        "UPDATE audit_entry SET actor = 'x' WHERE id = 3",
        "UPDATE audit_entry SET reason = 'x' WHERE id = 16",
        "DELETE FROM audit_seal WHERE position = 7",
        "UPDATE audit_seal SET hash = 'ș' WHERE position = 15",
    )

    assert faults(log) == [
        "seal 3 does not fit: it, entry 3 or their order was changed",
        "seal 8 follows seal 6: what stood between is gone or was moved",
        "seal 8 does not fit: it, entry 8 or their order was changed",
        "seal 15 does not fit: it, entry 15 or their order was changed",
        "audit-head.json does not fit: another seal 15 stands in the log than when it was written",
        "entry 16 was changed, or not written by this coalition",
    ]


def test_a_head_one_step_behind_is_no_fault_and_an_older_one_is(log: SealedLog, tmp_path: Path) -> None:
    with opened_log(str(log.units.database.url.render_as_string(hide_password=False)), tmp_path) as same:
        heads = [same.head_file.read_text()]
        for _ in range(2):
            write(same, 1)
            seal(same)
            heads.append(same.head_file.read_text())
        same.head_file.write_text(heads[1])
        step = check_log(same, None, print)
        same.head_file.write_text(heads[0])

        assert (step.faults, step.notes) == (
            0,
            ["audit-head.json is one step behind: it knows 18 of 19 sealed entries"],
        )
        assert faults(same) == ["audit-head.json is older than the log: it knows 15 of 19 sealed entries"]
        same.head_file.unlink()
        assert faults(same) == ["audit-head.json is missing: a cut tail would not be seen"]
        same.head_file.write_text(heads[2].replace("19", "18"))
        [forged] = faults(same)
        assert forged.startswith("audit-head.json was not written with the audit_key of this coalition")


def test_only_a_head_kept_elsewhere_shows_that_everything_was_put_back(
    log: SealedLog, tmp_path: Path
) -> None:
    earlier = log.head_file.read_text()
    seal(log)
    kept = head_to_keep(log)
    lay_open(log)
    run_sql(log, "DELETE FROM audit_seal WHERE position > 15", "DELETE FROM audit_entry WHERE id > 15")
    log.head_file.write_text(earlier)
    (tmp_path / "kept").write_text(kept)

    assert faults(log) == []
    found = ["the head kept elsewhere knows 17 sealed entries, the log holds 15: its tail was cut"]
    assert faults(log, kept) == found
    assert faults(log, str(tmp_path / "kept")) == found
    assert faults(log, earlier) == []
    assert faults(log, str(tmp_path / "nothing")) == ["the head kept elsewhere is missing"]


def test_no_head_is_given_of_a_log_that_was_cut(log: SealedLog) -> None:
    lay_open(log)
    run_sql(log, "DELETE FROM audit_seal WHERE position > 12")

    with pytest.raises(HeadFault, match="does not hold like this"):
        head_to_keep(log)


# ------------------------------------------------------------------ backups


@pytest.mark.parametrize("target_kind", KINDS)
def test_a_restored_log_is_whole_and_says_so(
    database_url: str, databases: Databases, target_kind: str, tmp_path: Path
) -> None:
    """Also on the other kind of database: what was sealed on one is whole on the other."""
    data = tmp_path / "data"
    make_missing_secrets(data, {})
    with installed(database_url, data) as log:
        begun(log, 30)
        make_backup(database_url, tmp_path / "backup.zip", data)
        write(log, 5)
        seal(log)
        kept = head_to_keep(log)
    target = database_url if target_kind in database_url else databases.bare(target_kind)

    restore_backup(tmp_path / "backup.zip", target, data, replace=True)

    with installed(target, data) as log:
        assert faults(log) == []
        totals = check_log(log, None, print)
        assert (totals.sealed, totals.unsealed) == (31, 0)
        [note] = totals.notes
        assert note.startswith("audit:log:restore at ")
        # Whoever keeps heads elsewhere sees that entries are gone, and the note says by what.
        assert faults(log, kept) == [
            "the head kept elsewhere knows 35 sealed entries, the log holds 31: its tail was cut"
        ]
        with pytest.raises(Exception, match="only appended to"):
            run_sql(log, "DELETE FROM audit_entry")
        write(log, 3)
        assert seal(log) == 3
        assert faults(log) == []
    if target != database_url:
        databases.drop(target_kind, target)


@contextmanager
def installed(url: str, data: Path) -> Iterator[SealedLog]:
    """The log of an installation, with the key of its data folder."""
    key = load_secrets(data, {}).audit_key
    with opened_log(url, data, key) as log:
        yield log


# ------------------------------------------------------------------ the command


def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    monkeypatch.setenv("COALITION_DATA", str(data))

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        said = capsys.readouterr()
        return code, said.out, said.err

    run("init")
    whole = run("audit", "verify")
    run("create-administrator", "somebody@example.org")
    waiting = run("audit", "verify")
    kept = run("audit", "head")
    accepted = run("audit", "accept")
    again = run("audit", "verify", "--head", kept[1])
    with closing(sqlite3.connect(data / "coalition.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET action = 'x' WHERE id = 1")
    tampered = run("audit", "verify")
    refused = run("audit", "accept")

    assert whole == (0, "The audit log is whole; 0 entries sealed, 0 not yet sealed.\n", "")
    code, said, _ = waiting
    assert (code, "0 entries sealed" in said, json.loads(kept[1])["count"]) == (0, True, 0)
    assert accepted[0] == 0
    assert (again[0], "not yet sealed" in again[1], "audit:log:accept" in again[1]) == (0, True, True)
    assert (tampered[0], tampered[1].splitlines()[0]) == (
        1,
        "seal 1 does not fit: it, entry 1 or their order was changed",
    )
    assert tampered[2].startswith("coalition: The audit log was tampered with")
    assert (refused[0], refused[2]) == (
        1,
        "coalition: More than the head is at fault, so nothing was accepted.\n",
    )
    assert head_file(data).exists()
