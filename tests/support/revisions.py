"""A release with one more migration than this one, for tests of older and newer schemas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic.config import Config

LATER = "9999"

_MIGRATION = '''"""A migration that only tests have."""

import sqlalchemy as sa
from alembic import op

revision = "{later}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("word", sa.Text()))
    op.execute("INSERT INTO later (id, word) VALUES (1, 'written by a migration')")


def downgrade() -> None:
    op.drop_table("later")
'''


@contextmanager
def later_release() -> Iterator[None]:
    """Within it, this process is a release whose schema has one table more, `later`."""
    from coalition.core import migrate

    shipped = migrate._config
    migration = _MIGRATION.format(later=LATER, before=migrate.head_revision())

    def config() -> Config:
        made = shipped()
        places = (Path(str(made.get_main_option("script_location"))) / "versions", folder)
        made.set_main_option("path_separator", "newline")
        made.set_main_option("version_locations", "\n".join(map(str, places)))
        return made

    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name)
        (folder / "later.py").write_text(migration)
        patch.setattr(migrate, "_config", config)
        yield
