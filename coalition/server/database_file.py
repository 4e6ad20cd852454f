"""A SQLite file that is removed or replaced under a running server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from coalition.core.database import Database
from coalition.core.errors import DatabaseFault


def follow_file(database: Database) -> None:
    """Never write to a file that has no name any more, nor make an empty one in its place.

    An open connection would go on writing to a removed file, and everything acknowledged would be
    gone with the process. A file that was put in its place is opened anew.
    """
    if not database.is_sqlite:
        return
    path = Path(database.url.database or "")

    @event.listens_for(database.write_engine, "do_connect")
    def refuse_to_create(*_: Any) -> None:
        if not path.exists():
            raise DatabaseFault("DATABASE_UNAVAILABLE")

    @event.listens_for(database.write_engine, "connect")
    def remember(_connection: Any, record: Any) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(database.write_engine, "checkout")
    def compare(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.get("file") != _identity(path):
            # The pool closes this connection and opens another one.
            raise sa.exc.DisconnectionError


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
