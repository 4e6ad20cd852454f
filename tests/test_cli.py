"""The command line: what it makes, what it refuses, and in which words."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import sqlite3
import stat
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import sqlalchemy as sa

import coalition
from coalition.access.administrators import COALITION_SLUG
from coalition.access.models import Account, OneTimeLink
from coalition.access.oauth.models import OAuthClient, SigningKey
from coalition.audit.models import AuditEntry
from coalition.backup.restoring import UNFINISHED
from coalition.cli import main
from coalition.core import migrate
from coalition.core.migrate import SchemaState
from coalition.members.models import Organisation, RoleType
from coalition.outreach.models import ActivityRollup
from tests.support.revisions import LATER, later_release
from tests.support.server import run_coalition, running_server

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command in this process, with its data in `tmp_path/data`; returns code, output and errors."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    mask = os.umask(0o022)
    for name in [name for name in os.environ if name.startswith("COALITION_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COALITION_DATA", str(tmp_path / "data"))

    def run_command(*arguments: str, **settings: str) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(f"COALITION_{name.upper()}", value)
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    yield run_command
    # Every command narrows the mask, and `serve` sends logs to standard error.
    os.umask(mask)
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def url_of(data: Path) -> str:
    return f"sqlite:///{data}/coalition.sqlite3"


def count(url: str, model: type) -> int:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(model)).scalar_one()


def test_init_makes_secrets_and_a_seeded_database(run: Run, data: Path) -> None:
    code, out, err = run("init")

    assert (code, err) == (0, "")
    assert out.startswith("Made token_key, form_key and audit_key.\nCreated the database: sqlite:///")
    assert migrate.schema_state(url_of(data)) is SchemaState.CURRENT
    assert count(url_of(data), RoleType) == 9
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in data.glob("coalition.sqlite3*")} == {0o600}


def test_init_again_keeps_everything(run: Run, data: Path) -> None:
    run("init")
    keys = (data / "keys" / "secrets.json").read_bytes()

    code, out, _ = run("init")

    assert (code, out.splitlines()[0]) == (0, "The secrets exist already.")
    assert (data / "keys" / "secrets.json").read_bytes() == keys


def test_keys_rotate_says_which_key_signs_now(run: Run, data: Path) -> None:
    run("init")

    answers = [run("keys", "rotate"), run("keys", "rotate", "--end-earlier")]

    assert [(code, err) for code, _, err in answers] == [(0, ""), (0, "")]
    engine = sa.create_engine(url_of(data), poolclass=sa.NullPool)
    with engine.connect() as connection:
        ended = {row.kid: row.ends_at is not None for row in connection.execute(sa.select(SigningKey))}
    named = [out.split()[5] for _, out, _ in answers]
    assert ended == {named[0]: True, named[1]: False}
    assert count(url_of(data), OAuthClient) == 1


def test_init_on_postgresql(run: Run, data: Path, bare_database_url: str) -> None:
    code, _, _ = run("init", database_url=bare_database_url)

    assert code == 0
    assert migrate.schema_state(bare_database_url) is SchemaState.CURRENT
    assert count(bare_database_url, RoleType) == 9


def test_serve_without_secrets_says_which_and_what_to_do(run: Run, data: Path) -> None:
    code, out, err = run("serve")

    assert (code, out) == (2, "")
    assert err == (
        "coalition: No token_key, form_key and audit_key is set. Run `coalition init` to make what is"
        " missing, or set COALITION_TOKEN_KEY, COALITION_FORM_KEY and COALITION_AUDIT_KEY.\n"
    )
    assert not data.exists()


def test_serve_with_one_secret_names_the_other(run: Run) -> None:
    code, _, err = run("serve", token_key="dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHQ=")

    assert code == 2
    assert err.startswith("coalition: No form_key and audit_key is set.")


def test_serve_with_an_unreadable_secret(run: Run) -> None:
    code, _, err = run("serve", token_key="short", form_key="short")

    assert (code, err.partition(".")[0]) == (
        2,
        "coalition: COALITION_TOKEN_KEY is not base64 of at least 32 bytes",
    )


def test_serve_on_an_empty_database(run: Run, data: Path) -> None:
    run("init")
    for file in data.glob("coalition.sqlite3*"):
        file.unlink()

    assert run("serve", port="0")[::2] == (
        2,
        "coalition: The database is empty. Run `coalition init` first.\n",
    )


@pytest.mark.parametrize("command", [("serve",), ("serve", "--demo"), ("init",), ("load-record",)])
def test_older_schema_is_refused_naming_migrate(run: Run, data: Path, command: tuple[str, ...]) -> None:
    run("init")
    with later_release():
        code, _, err = run(*command, port="0")

    assert code == 2
    assert "Run `coalition migrate` first." in err
    assert migrate.schema_state(url_of(data)) is SchemaState.CURRENT


@pytest.mark.parametrize("command", [("serve",), ("serve", "--demo"), ("init",), ("migrate",)])
def test_newer_schema_is_refused(run: Run, data: Path, command: tuple[str, ...]) -> None:
    run("init")
    with later_release():
        migrate.upgrade(url_of(data))

    code, _, err = run(*command, port="0")

    assert code == 2
    assert err.startswith("coalition: The database has the schema of a newer release.")
    assert migrate.revision_on_disk(url_of(data)) == LATER
    assert not (data / "backups").exists()


def test_migrate_backs_up_an_older_schema(run: Run, data: Path) -> None:
    run("init")
    before = migrate.head_revision()
    with later_release():
        code, out, err = run("migrate")
        assert migrate.schema_state(url_of(data)) is SchemaState.CURRENT
        again = run("migrate")

    [file] = (data / "backups").iterdir()
    assert (code, err) == (0, "")
    assert out.startswith(f"Backed up the older database to {file}.\nMigrated the database to {LATER}:")
    assert re.fullmatch(rf"\d{{8}}T\d{{6}}Z-{before}\.zip", file.name)
    assert json.loads(zipfile.ZipFile(file).read("manifest.json"))["revision"] == before
    assert again == (0, f"The database is at {LATER} already.\n", "")


def test_migrate_makes_an_empty_database(run: Run, data: Path) -> None:
    code, _, _ = run("migrate")

    assert code == 0
    assert migrate.schema_state(url_of(data)) is SchemaState.CURRENT
    assert count(url_of(data), RoleType) == 9
    assert sorted(path.name for path in data.iterdir() if "sqlite3" not in path.name) == [
        ".lock",
        "audit-head.json",
        "keys",
    ]


def test_migrate_brings_role_types_of_the_release(run: Run, data: Path) -> None:
    run("init")
    with closing(sqlite3.connect(data / "coalition.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM role_type_permission")
        connection.execute("DELETE FROM role_type WHERE code = 'auditor'")

    run("migrate")

    assert count(url_of(data), RoleType) == 9


def test_load_record_of_a_folder_with_problems(run: Run, data: Path, tmp_path: Path) -> None:
    run("init")
    folder = tmp_path / "record"
    folder.mkdir()
    (folder / "districts.csv").write_text(
        "code,type,region,name_ro,name_en,name_ru,alt_names\nMD-XX,City,NOWHERE,A,B,C,\n"
    )

    code, out, err = run("load-record", str(folder))

    assert code == 1
    assert "districts.csv, line 2" in out
    assert err == "coalition: Some of it could not be loaded; the report says what and why.\n"


def test_rollup_check_finds_what_rollup_rebuild_puts_right(run: Run, data: Path) -> None:
    run("init")
    assert run("rollup", "check")[0] == 0
    table = sa.inspect(ActivityRollup).local_table
    texts = {"kind": ""} | {name: UUID(int=0) for name in table.c.keys() if name.endswith("_id")}  # noqa: SIM118
    row = dict.fromkeys(table.c.keys(), 7) | texts | {"sides": 1}
    with sa.create_engine(url_of(data), poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.insert(table), row)

    code, out, err = run("rollup", "check")

    assert (code, err.count("Rebuild them.")) == (1, 1)
    assert "sides 1 (month 7" in out
    assert "activities_1 7 instead of 0" in out
    assert run("rollup", "rebuild") == (0, "Rolled up 0 activities.\n", "")
    assert run("rollup", "check")[0] == 0


def test_create_administrator_prints_a_link(run: Run, data: Path) -> None:
    run("init")

    code, out, err = run("create-administrator", "Chair@Example.org", url="https://coalition.example")

    assert (code, err) == (0, "")
    assert re.search(
        r"^https://coalition\.example/welcome/(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}$", out, re.MULTILINE
    )
    assert (count(url_of(data), Account), count(url_of(data), OneTimeLink)) == (1, 1)
    assert count(url_of(data), Organisation) == 1
    assert COALITION_SLUG == "coalition"


def test_create_administrator_without_an_address(run: Run, data: Path) -> None:
    run("init")

    code, out, err = run("create-administrator", "chair")

    assert (code, out) == (2, "")
    assert err.startswith("coalition: This is not an e-mail address.")
    assert count(url_of(data), Account) == 0


def test_reset_factors_says_why_and_leads_in_who_has_no_password(run: Run, data: Path) -> None:
    run("init")
    run("create-administrator", "chair@example.org")

    code, out, err = run("reset-factors", "Chair@example.org", "--reason", "lost")
    unknown = run("reset-factors", "nobody@example.org", "--reason", "lost")

    assert (code, err) == (0, "")
    assert re.search(r"/welcome/(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}$", out, re.MULTILINE)
    assert (unknown[0], unknown[1]) == (2, "")
    engine = sa.create_engine(url_of(data), poolclass=sa.NullPool)
    with engine.connect() as connection:
        said = sa.select(AuditEntry.actor, AuditEntry.reason).where(
            AuditEntry.action == "account:factors:reset"
        )
        assert connection.execute(said).all() == [("system:reset-factors", "lost")]


def test_bad_setting(run: Run) -> None:
    assert run("init", port="http") == (
        2,
        "",
        "coalition: COALITION_PORT is 'http'; give a number from 0 to 65535.\n",
    )


def test_data_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    code, _, err = run("init", data=str(tmp_path / "file" / "data"))

    assert code == 2
    assert err.startswith(
        f"coalition: The data folder {tmp_path}/file/data cannot be written: Not a directory."
    )


def test_locked_database(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coalition.core.database.SQLITE_BUSY_MILLISECONDS", 50)
    run("init")
    with closing(sqlite3.connect(data / "coalition.sqlite3")) as other:
        other.execute("BEGIN IMMEDIATE")
        code, _, err = run("create-administrator", "chair@example.org")

    assert code == 1
    assert err.endswith("(DATABASE_BUSY)\n")
    assert count(url_of(data), Account) == 0


def test_no_database(run: Run, data: Path) -> None:
    run("init")

    code, _, err = run(
        "load-record", database_url="postgresql+psycopg://nobody@/nothing?host=/nowhere/at/all"
    )

    assert code == 1
    assert err.endswith("(DATABASE_UNAVAILABLE)\n")


def test_a_file_that_is_no_database(run: Run, data: Path) -> None:
    run("init")
    for file in data.glob("coalition.sqlite3*"):
        file.unlink()
    (data / "coalition.sqlite3").write_bytes(b"no database at all" * 100)

    code, _, err = run("serve", port="0")

    assert code == 1
    assert err.endswith("(DATABASE_UNAVAILABLE)\n")


def test_port_in_use(run: Run, data: Path) -> None:
    run("init")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, _, err = run("serve", "--port", str(port))

    assert code == 2
    assert err == (
        f"coalition: Port {port} of 127.0.0.1 is in use."
        " Stop the other program, or choose another port with --port.\n"
    )


def test_unknown_host(run: Run, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    run("init")
    monkeypatch.setattr("coalition.server.listening.socket.getaddrinfo", unknown)

    code, _, err = run("serve", "--host", "nowhere.invalid")

    assert code == 2
    assert err == "coalition: The address nowhere.invalid is unknown: Name or service not known.\n"


def test_serve_after_a_restore_that_was_ended_half_way(run: Run, data: Path) -> None:
    run("init")
    (data / UNFINISHED).touch()

    code, _, err = run("serve", port="0")

    assert code == 2
    assert "coalition restore FILE --replace" in err


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_version(run: Run, capsys: pytest.CaptureFixture[str], argument: str) -> None:
    if argument == "version":
        assert run("version") == (0, f"{coalition.__version__}\n", "")
    else:
        with pytest.raises(SystemExit) as ended:
            main(["--version"])
        assert ended.value.code == 0
        assert capsys.readouterr().out == f"{coalition.__version__}\n"


def test_print_schema_is_the_file_that_is_committed(run: Run) -> None:
    code, out, _ = run("print-schema")

    assert code == 0
    assert out == (Path(__file__).parents[1] / "schema.graphql").read_text("utf-8")


def test_unknown_command_shows_the_usage(tmp_path: Path) -> None:
    done = run_coalition("dance", data=tmp_path)

    assert done.returncode == 2
    assert done.stderr.startswith("usage: coalition")


def test_served_coalition_without_demo(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run_coalition("init", data=data).returncode == 0
    with running_server(data) as server:
        assert httpx2.get(f"{server.url}/healthz").json() == {"status": "alive"}
        assert httpx2.get(f"{server.url}/readyz").json() == {"status": "ready"}
        assert server.stop() == 0

    assert not (data / "demo.json").exists()
    assert count(url_of(data), Account) == 0
    logged = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    assert {"GET"} == {line["method"] for line in logged if line["event"] == "request"}


def test_sigterm_finishes_what_was_accepted_and_ends_streams(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_coalition("init", data=data)
    with running_server(data) as server:
        subscription = {"query": "subscription { activityLogged { code } }"}
        ended = threading.Event()

        def listen() -> None:
            headers = {"Accept": "text/event-stream"}
            with httpx2.stream(
                "POST", f"{server.url}/graphql", json=subscription, headers=headers, timeout=30
            ) as stream:
                opened.set()
                for _ in stream.iter_lines():
                    pass
            ended.set()

        opened = threading.Event()
        threading.Thread(target=listen, daemon=True).start()
        assert opened.wait(10)
        with closing(sqlite3.connect(data / "coalition.sqlite3")) as other:
            # A request that waits for the lock when the signal comes.
            other.execute("BEGIN IMMEDIATE")
            answers: list[int] = []
            form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
            asking = threading.Thread(
                target=lambda: answers.append(
                    httpx2.post(f"{server.url}/oauth/token", data=form, timeout=30).status_code
                )
            )
            asking.start()
            time.sleep(0.5)
            started = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            other.rollback()
        asking.join(20)
        code = server.process.wait(20)

    assert (answers, code) == ([401], 0)
    assert ended.wait(5)
    assert time.monotonic() - started < 10
