"""Runs migrations on the connection that `coalition.core.migrate` hands over."""

from typing import Any, Literal

from alembic import context

from coalition.core.database import UTCDateTime
from coalition.tables import metadata


def plain_type(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """Write our column types in the database's own words: a migration must not change with the code."""
    if kind == "type" and isinstance(value, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
