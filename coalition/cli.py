"""The command line. An expected failure is one line on standard error and an exit code.

0: done. 1: it could not be done now. 2: it cannot be done like this, and the line says what to change.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from socket import socket

from sqlalchemy.engine import make_url

import coalition
from coalition import login
from coalition.access.administrators import (
    create_administrator,
    end_sign_ins_at,
    reset_by_address,
    reset_password_of,
)
from coalition.access.factors.ways import ResetReason
from coalition.access.oauth.keys import rotate_keys
from coalition.access.oauth.seed import seed_clients
from coalition.access.retention import enforce_retention
from coalition.access.secrets import SecretsUnreadable, SecretsUnset, load_secrets, make_missing_secrets
from coalition.app import create_app
from coalition.audit.checking import accept_log, check_log, head_to_keep, summary
from coalition.audit.heads import HeadFault, head_file
from coalition.audit.sealing import REVISIONS_WITHOUT_SEALS, SealedLog, begin_log
from coalition.backup.making import make_backup
from coalition.backup.restoring import is_unfinished, restore_backup
from coalition.core import migrate
from coalition.core.actor import system_actor
from coalition.core.database import Database
from coalition.core.errors import CoalitionError, DatabaseFault, Refused
from coalition.core.messages import message
from coalition.core.migrate import SchemaState
from coalition.core.private_files import write_private
from coalition.core.unit_of_work import Units
from coalition.demo import DemoImpossible, prepare_demo
from coalition.graphql.access_report import access_report
from coalition.graphql.persisted import NotTrustedDocuments, print_trusted
from coalition.graphql.printing import print_schema
from coalition.intake.record import IsLoadSet, load_record
from coalition.intake.report import format_report
from coalition.members.seed import seed
from coalition.outreach.rollup import differences, rebuild, roll_up_all
from coalition.server import listening, logs
from coalition.server.data_folder import DataFolderUnusable, exclusive_use, prepare_data_folder
from coalition.server.listening import CannotListen
from coalition.settings import BadSetting, Settings, port_number, read_settings
from coalition.synthesis.making import AS_OF, FEWEST_ORGANISATIONS, NotEmpty, synthesize


class Stop(Exception):
    """A command that ends with one line of explanation and this exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        self.code = code
        super().__init__(text)


EXPECTED = (
    Stop,
    BadSetting,
    CannotListen,
    DataFolderUnusable,
    DemoImpossible,
    IsLoadSet,
    NotEmpty,
    NotTrustedDocuments,
    CoalitionError,
    OSError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    # The database holds personal data, and so do its copies: nobody else on this machine reads them.
    os.umask(0o077)
    try:
        options.command(read_settings(os.environ), options)
    except KeyboardInterrupt:
        return 130
    except EXPECTED as error:
        text, code = _explained(error)
        print(f"coalition: {text}", file=sys.stderr)
        return code
    return 0


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, SecretsUnset):
        names = _listed([f"COALITION_{name.upper()}" for name in error.names])
        what = _listed(error.names)
        return f"No {what} is set. Run `coalition init` to make what is missing, or set {names}.", 2
    if isinstance(error, SecretsUnreadable):
        return (
            f"{error.place} is not base64 of at least 32 bytes. Put it right, or restore it from a backup.",
            2,
        )
    if isinstance(error, DatabaseFault):
        return f"{message(error.code, {}, 'en')} ({error.code})", 1
    if isinstance(error, HeadFault):
        return f"audit-head.json {error}. `coalition audit verify` says more.", 1
    if isinstance(error, Refused):
        return " ".join(message(fault.code, fault.params, "en") for fault in error.faults), 2
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error), 1
    return str(error), getattr(error, "code", 2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="coalition", description="The shared record, capacity search and training plan of a coalition."
    )
    parser.add_argument("--version", action="version", version=coalition.__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(command=function)
        return made

    serve = command("serve", _serve, "Serve the coalition until SIGTERM or Ctrl+C.")
    serve.add_argument("--demo", action="store_true", help="prepare and serve a demo coalition")
    serve.add_argument("--host", help="address to listen on (COALITION_HOST)")
    serve.add_argument("--port", help="port to listen on (COALITION_PORT)")
    command("init", _init, "Make the secrets and an empty database; what exists stays.")
    command("migrate", _migrate, "Bring the database to this release's schema, after a backup.")
    load = command("load-record", _load_record, "Load the public record, or another folder in its form.")
    load.add_argument("folder", nargs="?", type=Path, metavar="FOLDER")
    made = command(
        "synthesize", _synthesize, "Fill an empty database with an invented coalition, to measure."
    )
    made.add_argument("--organisations", type=int, default=2000, metavar="N", help="how many organisations")
    made.add_argument("--activities", type=int, default=20_000, metavar="M", help="how many activities")
    made.add_argument("--as-of", type=date.fromisoformat, default=AS_OF, metavar="DATE", help="its today")
    made.add_argument("--tokens", type=Path, metavar="FILE", help="where to write tokens; else printed once")
    administrator = command("create-administrator", _create_administrator, "Print a one-time link for them.")
    administrator.add_argument("email", metavar="EMAIL")
    password = command("reset-password", _reset_password, "Print a link that sets somebody's password anew.")
    password.add_argument("email", metavar="EMAIL")
    ending = command("end-sign-ins", _end_sign_ins, "Sign somebody out in every browser and app.")
    ending.add_argument("email", metavar="EMAIL")
    reset = command("reset-factors", _reset_factors, "Take somebody's passkeys, app and codes away.")
    reset.add_argument("email", metavar="EMAIL")
    reasons = [reason.value for reason in ResetReason]
    reset.add_argument("--reason", required=True, choices=reasons, help="what the audit log says of it")
    backup = command("backup", _backup, "Write a backup; the coalition may be running.")
    backup.add_argument("file", type=Path, metavar="FILE")
    restore = command("restore", _restore, "Bring back a backup, onto either kind of database.")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="replace what the coalition holds now")
    _access_commands(command("access", _print_schema, "Say why an account sees a record."))
    _audit_commands(command("audit", _print_schema, "Check the audit log, or print what proves it later."))
    _rollup_commands(command("rollup", _print_schema, "Check or rebuild the figures that coverage reads."))
    retention = command("retention", _retention, "Forget now what is past its time, as the daily job does.")
    retention.add_argument("--dry-run", action="store_true", help="only say how many of each kind")
    _login_commands(command)
    _key_commands(command("keys", _print_schema, "Keep the keys that sign access tokens."))
    command("print-schema", _print_schema, "Print the GraphQL schema.")
    trusted = command("print-trusted", _print_trusted, "Print a folder's documents as trusted ones.")
    trusted.add_argument("folder", type=Path, metavar="FOLDER")
    command("version", _version, "Print the version.")
    return parser


def _login_commands(command: Callable[[str, object, str], argparse.ArgumentParser]) -> None:
    log_in = command("login", _login, "Sign in here at a coalition, by a code that you allow in a browser.")
    log_in.add_argument("url", nargs="?", metavar="URL", help="its address (COALITION_URL)")
    command("logout", _logout, "End that sign-in and forget its tokens.")
    ask = command("ask", _ask, "Ask in GraphQL as who is signed in here; 1 when the answer has errors.")
    ask.add_argument("document", metavar="DOCUMENT", help="a query; - reads it from standard input")
    ask.add_argument("variables", nargs="*", metavar="NAME=VALUE", help="JSON, or else a text")


def _key_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    words = "Sign access tokens with a new key from now on; tokens of the earlier one go on until they end."
    rotate = commands.add_parser("rotate", help=words, description=words)
    rotate.set_defaults(command=_rotate_keys)
    rotate.add_argument(
        "--end-earlier", action="store_true", help="make every token worthless that was given until now"
    )


def _rollup_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, function, words in (
        ("check", _rollup_check, "Compare the figures with the activities; 1 and what differs when they do."),
        ("rebuild", _rollup_rebuild, "Make the figures anew from the activities."),
    ):
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(command=function)


def _access_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    words = "Print why an account sees a record, and which of its fields; 1 when it does not. It is audited."
    explain = commands.add_parser("explain", help=words, description=words)
    explain.set_defaults(command=_access_explain)
    explain.add_argument("account", metavar="ACCOUNT", help="e-mail address, account id or client id")
    explain.add_argument("subject", metavar="SUBJECT", help="id, slug or code of a record")


def _audit_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words, description=words)
        made.set_defaults(command=function)
        return made

    verify = command("verify", _audit_verify, "Find whatever was changed, deleted, moved, added or cut.")
    verify.add_argument("--head", metavar="FILE-OR-VALUE", help="a head that `audit head` printed before")
    command("head", _audit_head, "Print the signed head, to be kept where nobody here can change it.")
    command("accept", _audit_accept, "Begin a lost head anew from the log as it stands; an entry says so.")


def _serve(settings: Settings, options: argparse.Namespace) -> None:
    if options.host:
        settings = replace(settings, host=options.host)
    if options.port:
        settings = replace(settings, port=port_number(options.port))
    if options.demo and settings.introspection is None:
        settings = replace(settings, introspection=True)
    logs.configure(settings.log_level)
    if not options.demo:
        load_secrets(settings.data, settings.keys)
    prepare_data_folder(settings.data)
    with listening.bind(settings.host, settings.port) as bound:
        url = settings.url or listening.address_of(settings.host, listening.port_of(bound))
        with exclusive_use(settings.data):
            _prepare_to_serve(settings, url, is_demo=options.demo)
        _run(settings, bound, url)


def _prepare_to_serve(settings: Settings, url: str, *, is_demo: bool) -> None:
    if is_unfinished(settings.data):
        raise Stop("A restore was ended half-way. Run `coalition restore FILE --replace` again.")
    state = migrate.schema_state(settings.database_url)
    if is_demo and state is SchemaState.EMPTY:
        _say("Creating the database ...")
        migrate.upgrade(settings.database_url)
    else:
        _require_current(state)
    if is_demo:
        made = make_missing_secrets(settings.data, settings.keys)
        secrets = load_secrets(settings.data, settings.keys)
        _begin_log(settings, is_new=state is SchemaState.EMPTY or "audit_key" in made)
        with _units(settings) as units:
            prepare_demo(units, secrets, data_folder=settings.data, url=url, say=_say)


def _require_current(state: SchemaState) -> None:
    if state is SchemaState.EMPTY:
        raise Stop("The database is empty. Run `coalition init` first.")
    if state is SchemaState.OLDER:
        raise Stop("The database has the schema of an older release. Run `coalition migrate` first.")
    if state is SchemaState.NEWER:
        raise Stop(
            "The database has the schema of a newer release. Install that release, or restore a backup."
        )


def _run(settings: Settings, bound: socket, url: str) -> None:
    app = create_app(settings)
    listening.listen(bound, settings.host)
    _say(f"Coalition listens on {url} (Ctrl+C stops it).")
    listening.serve(app, bound, trusted_proxies=settings.trusted_proxies, end_streams=app.state.feed.stop)


def _init(settings: Settings, _options: argparse.Namespace) -> None:
    prepare_data_folder(settings.data)
    with exclusive_use(settings.data):
        made = make_missing_secrets(settings.data, settings.keys)
        print(f"Made {_listed(made)}." if made else "The secrets exist already.")
        state = migrate.schema_state(settings.database_url)
        if state is SchemaState.EMPTY:
            migrate.upgrade(settings.database_url)
            print(f"Created the database: {_shown(settings)}.")
        else:
            _require_current(state)
        _begin_log(settings, is_new=state is SchemaState.EMPTY or "audit_key" in made)
        _seed(settings)
    print("Next: `coalition load-record`, `coalition create-administrator EMAIL`, `coalition serve`.")


def _migrate(settings: Settings, _options: argparse.Namespace) -> None:
    prepare_data_folder(settings.data)
    with exclusive_use(settings.data):
        state = migrate.schema_state(settings.database_url)
        if state is SchemaState.NEWER:
            _require_current(state)
        revision = migrate.revision_on_disk(settings.database_url)
        if state is SchemaState.OLDER:
            name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{revision}.zip"
            file = settings.data / "backups" / name
            make_backup(settings.database_url, file, settings.data)
            _say(f"Backed up the older database to {file}.")
        if state is not SchemaState.CURRENT:
            migrate.upgrade(settings.database_url)
            print(f"Migrated the database to {migrate.head_revision()}: {_shown(settings)}.")
        else:
            print(f"The database is at {migrate.head_revision()} already.")
        if made := make_missing_secrets(settings.data, settings.keys):
            print(f"Made {_listed(made)}.")
        _begin_log(settings, is_new=revision in REVISIONS_WITHOUT_SEALS or "audit_key" in made)
        _seed(settings)
        if state is not SchemaState.CURRENT:
            with _units(settings) as units, units.writing() as uow:
                rebuild(uow)


def _load_record(settings: Settings, options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units:
        report = load_record(units, options.folder)
        roll_up_all(units)
    print(format_report(report))
    if report.problems:
        raise Stop("Some of it could not be loaded; the report says what and why.", 1)


def _synthesize(settings: Settings, options: argparse.Namespace) -> None:
    if options.organisations < FEWEST_ORGANISATIONS or options.activities < 0:
        raise Stop(f"Give at least {FEWEST_ORGANISATIONS} organisations, and no fewer than 0 activities.")
    secrets = load_secrets(settings.data, settings.keys)
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units:
        told = synthesize(
            units,
            secrets,
            organisations=options.organisations,
            activities=options.activities,
            as_of=options.as_of,
            progress=_say_progress,
        )
    text = json.dumps(told, indent=2) + "\n"
    if options.tokens:
        write_private(options.tokens, text)
    else:
        print(text, end="")


def _say_progress(what: str, done: int, of: int) -> None:
    print(f"{done:,} of {of:,} {what}", file=sys.stderr, flush=True)


def _create_administrator(settings: Settings, options: argparse.Namespace) -> None:
    secrets = load_secrets(settings.data, settings.keys)
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        path = create_administrator(uow, secrets, options.email)
    base = settings.url or listening.address_of(settings.host, settings.port)
    print("This link sets the password, once, within 48 hours:")
    print(f"{base}{path}")


def _reset_factors(settings: Settings, options: argparse.Namespace) -> None:
    secrets = load_secrets(settings.data, settings.keys)
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        path = reset_by_address(uow, secrets, options.email, ResetReason(options.reason))
    print("Passkeys, authenticator app, recovery codes and sign-ins are gone; the password stays.")
    if path:
        base = settings.url or listening.address_of(settings.host, settings.port)
        print("There is no password. This link sets one, once, within 48 hours:")
        print(f"{base}{path}")


def _reset_password(settings: Settings, options: argparse.Namespace) -> None:
    secrets = load_secrets(settings.data, settings.keys)
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        path = reset_password_of(uow, secrets, options.email)
    base = settings.url or listening.address_of(settings.host, settings.port)
    print("This link sets a new password, once, within an hour. Make sure that it is they who get it:")
    print(f"{base}{path}")


def _end_sign_ins(settings: Settings, options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        count = end_sign_ins_at(uow, options.email)
    print(f"Ended {count} sign-in{'' if count == 1 else 's'}. The password stays; tokens do too.")


def _access_explain(settings: Settings, options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        lines = access_report(uow, options.account, options.subject)
    if not lines:
        raise Stop(f"{options.account} does not see {options.subject}.", 1)
    for line in lines:
        print(f"- {line}")


def _login(settings: Settings, options: argparse.Namespace) -> None:
    url = options.url or settings.url or listening.address_of(settings.host, settings.port)
    file = login.login_file()
    stored = login.log_in(url, file, say=_say)
    print(f"You are signed in at {stored.url}. The tokens are in {file}, for you alone.")


def _logout(_settings: Settings, _options: argparse.Namespace) -> None:
    login.log_out(login.login_file(), say=_say)
    print("Nobody is signed in here any more.")


def _ask(_settings: Settings, options: argparse.Namespace) -> None:
    document = sys.stdin.read() if options.document == "-" else options.document
    answer = login.ask(document, dict(map(_variable, options.variables)), login.login_file())
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    if answer.get("errors"):
        raise Stop("The answer has errors.", 1)


def _variable(pair: str) -> tuple[str, object]:
    name, equals, text = pair.partition("=")
    if not (name and equals):
        raise Stop(f"“{pair}” is no variable. Write NAME=VALUE.")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _backup(settings: Settings, options: argparse.Namespace) -> None:
    manifest = make_backup(settings.database_url, options.file, settings.data)
    print(f"Wrote {options.file}: {sum(manifest.tables.values())} rows at revision {manifest.revision}.")


def _restore(settings: Settings, options: argparse.Namespace) -> None:
    prepare_data_folder(settings.data)
    with exclusive_use(settings.data):
        manifest = restore_backup(
            options.file,
            settings.database_url,
            settings.data,
            replace=options.replace,
            keys=settings.keys,
        )
    print(f"Restored {sum(manifest.tables.values())} rows of {manifest.created_at}: {_shown(settings)}.")


def _audit_verify(settings: Settings, options: argparse.Namespace) -> None:
    with _sealed_log(settings) as log:
        totals = check_log(log, options.head, print)
    print("\n".join(summary(totals)))
    if totals.faults:
        raise Stop("The audit log was tampered with, or its head was lost; docs/audit.md says what to do.", 1)


def _audit_head(settings: Settings, _options: argparse.Namespace) -> None:
    with _sealed_log(settings) as log:
        print(head_to_keep(log))


def _audit_accept(settings: Settings, _options: argparse.Namespace) -> None:
    with _sealed_log(settings) as log:
        totals = accept_log(log, print)
    if totals.faults:
        raise Stop("More than the head is at fault, so nothing was accepted.", 1)
    print("The head follows from the log as it stands; an entry says so.")


def _begin_log(settings: Settings, *, is_new: bool) -> None:
    """Begin the audit log when its database or its key has just been made, never later."""
    if not is_new:
        return
    with _units(settings) as units:
        try:
            begin_log(SealedLog(units, head_file(settings.data)))
        except HeadFault as fault:
            _say(f"The audit log is not sealed on: its head {fault}. `coalition audit verify` says more.")


@contextmanager
def _sealed_log(settings: Settings) -> Iterator[SealedLog]:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units:
        yield SealedLog(units, head_file(settings.data))


def _rotate_keys(settings: Settings, options: argparse.Namespace) -> None:
    secrets = load_secrets(settings.data, settings.keys)
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        actor = system_actor("keys-rotate")
        made = rotate_keys(uow, secrets, actor, end_earlier=options.end_earlier)
    print(f"Access tokens are signed with {made.kid} from now on.")


def _retention(settings: Settings, options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        counts = enforce_retention(uow, settings.retention)
        if options.dry_run:
            uow.db.rollback()
    for name, count in counts.items():
        print(f"{name}: {count}")
    if options.dry_run:
        print("Nothing was changed.")


def _rollup_check(settings: Settings, _options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.reading() as uow:
        found = differences(uow)
    if found:
        print("\n".join(found))
        raise Stop("The figures that coverage reads are not what the activities come to. Rebuild them.", 1)
    print("The figures that coverage reads are what the activities come to.")


def _rollup_rebuild(settings: Settings, _options: argparse.Namespace) -> None:
    _require_current(migrate.schema_state(settings.database_url))
    with _units(settings) as units, units.writing() as uow:
        count = rebuild(uow)
    print(f"Rolled up {count} activities.")


def _print_schema(_settings: Settings, _options: argparse.Namespace) -> None:
    print(print_schema(), end="")


def _print_trusted(_settings: Settings, options: argparse.Namespace) -> None:
    if not options.folder.is_dir():
        raise Stop(f"{options.folder} is not a folder of .graphql files.")
    print(print_trusted(options.folder), end="")


def _version(_settings: Settings, _options: argparse.Namespace) -> None:
    print(coalition.__version__)


def _seed(settings: Settings) -> None:
    with _units(settings) as units, units.writing() as uow:
        seed(uow)
        seed_clients(uow)


@contextmanager
def _units(settings: Settings) -> Iterator[Units]:
    """Units of work that can write to the audit log. Raises `SecretsUnset` and `SecretsUnreadable`."""
    secrets = load_secrets(settings.data, settings.keys)
    database = Database(settings.database_url)
    try:
        yield Units(database, audit_key=secrets.audit_key)
    finally:
        database.dispose()


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _say(text: str) -> None:
    print(text, flush=True)


def _shown(settings: Settings) -> str:
    return make_url(settings.database_url).render_as_string(hide_password=True)


if __name__ == "__main__":
    sys.exit(main())
