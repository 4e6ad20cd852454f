"""The schema on disk against the schema of this release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from coalition.core.database import translated_faults


class SchemaState(StrEnum):
    """How the database stands to this release."""

    EMPTY = "EMPTY"
    OLDER = "OLDER"
    CURRENT = "CURRENT"
    NEWER = "NEWER"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("coalition") / "migrations"))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    return config


def head_revision() -> str:
    """The newest revision that this release knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("no migrations are shipped")
    return head


def revision_on_disk(url: str) -> str | None:
    """The revision of the database at `url`; None when it was never migrated."""
    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def schema_state(url: str) -> SchemaState:
    """Whether the database is empty, older, current, or newer than this release."""
    return state_of(revision_on_disk(url))


def state_of(revision: str | None) -> SchemaState:
    """How a revision stands to this release; one that is not known here comes from a newer release."""
    if revision is None:
        return SchemaState.EMPTY
    if revision == head_revision():
        return SchemaState.CURRENT
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return SchemaState.OLDER if revision in known else SchemaState.NEWER


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; a no-op when it is there."""
    with _migrating(url) as config:
        command.upgrade(config, revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`, or to nothing with `base`."""
    with _migrating(url) as config:
        command.downgrade(config, revision)


def make_revision(url: str, *, message: str, revision: str) -> None:
    """Write a new migration from the difference between the tables and the database at `url`."""
    with _migrating(url) as config:
        command.revision(config, message, autogenerate=True, rev_id=revision)


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with translated_faults(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _migrating(url: str) -> Iterator[Config]:
    """A configuration with a connection of its own, foreign keys off on SQLite.

    With foreign keys on, a batch rebuild of a parent table deletes every child row by cascade; the
    pragma does nothing inside a transaction, so it is set before one begins.
    """
    with _connection(url) as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        config = _config()
        config.attributes["connection"] = connection
        yield config
        if sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"migration left {len(broken)} rows without the row they refer to")
        connection.commit()
