"""No column can hold a text, a file or a picture that nobody has thought about."""

from __future__ import annotations

import re

import sqlalchemy as sa

from coalition.tables import metadata
from tests.graphql.test_schema_lint import NEVER
from tests.privacy.free_text import COLUMNS

# What a name says that looks like a person assisted, and why it is none.
HARMLESS_NAMES = {
    "activity.date_note": "what a source says of a date",
    "advocacy_target.date_note": "what a source says of a date",
    "training_session.date_note": "what a source says of a date",
    "programme.amount_note": "what a source says of an amount of money",
}
WITHOUT_TEXT = (sa.Enum, sa.Uuid, sa.Date, sa.Integer, sa.Boolean, sa.Float, sa.DateTime)


def _columns() -> dict[str, sa.Column[object]]:
    return {
        f"{table.name}.{column.name}": column
        for table in metadata.tables.values()
        for column in table.columns
    }


def _is_plain(column: sa.Column[object]) -> bool:
    kind = column.type
    kind = kind.impl_instance if isinstance(kind, sa.types.TypeDecorator) else kind
    return isinstance(kind, WITHOUT_TEXT)


def test_every_column_that_can_hold_a_text_has_a_row_and_no_row_is_without_column() -> None:
    texts = {path for path, column in _columns().items() if not _is_plain(column)}

    assert texts == set(COLUMNS)


def test_every_column_is_written_by_somebody_known() -> None:
    writers = {
        "record", "member", "product", "oneself", "coordinator", "oneself, or a coordinator who invites",
    }  # fmt: skip

    assert set(COLUMNS.values()) == writers


def test_no_column_holds_bytes() -> None:
    """A picture or a file would come as bytes."""
    kinds = {type(column.type).__name__ for column in _columns().values()}

    assert not [name for name in kinds if re.search(r"binary\b|blob|bytea", name, re.IGNORECASE)]


def test_no_column_is_called_what_is_never_kept() -> None:
    suspicious = {path for path in _columns() if NEVER.search(path.partition(".")[2])}
    suspicious |= {table for table in metadata.tables if NEVER.search(table)}

    assert suspicious == set(HARMLESS_NAMES)
