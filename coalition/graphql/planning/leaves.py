"""From what a driver hands out to what stands in an answer, and to what Python code looks at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from graphql import GraphQLNamedType, GraphQLOutputType, get_named_type, is_list_type, is_non_null_type
from graphql.pyutils import Undefined
from sqlalchemy.engine import Dialect

from coalition.core.database import READ_JSON, JSONType, UTCDateTime

Convert = Callable[[Any], Any]
_LARGEST_INT = 2**31 - 1
_TEXTS = (sa.String, sa.Text)


class Unplannable(Exception):
    """A document holds something that no declaration tells how to read."""


class Unanswerable(Exception):
    """A value does not fit its type; the ordinary way says so in an error with a path."""


def python_value(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What makes a Python value of a driver's, as for a mapped row; None where they are the same."""
    if dialect.name == "sqlite" and isinstance(kind, sa.Uuid):
        return _uuid_of
    if dialect.name == "sqlite" and kind is JSONType:
        # What SQLAlchemy calls after three functions of its own.
        return READ_JSON
    return kind.dialect_impl(dialect).result_processor(dialect, None)


# A page names the same few organisations again and again.
_uuid_of = lru_cache(maxsize=10_000)(UUID)


def answer_value(
    kind: sa.types.TypeEngine[Any], shown: GraphQLOutputType, dialect: Dialect, *, nullable: bool
) -> Convert | None:
    """What makes the value in an answer of a driver's; None where they are the same.

    Raises `Unplannable` for a column whose type is not one that the field can show.
    """
    convert = (
        _of_list(kind, shown, dialect) if is_list_type(_nullable(shown)) else _of_leaf(kind, shown, dialect)
    )
    if nullable:
        return _required(convert) if is_non_null_type(shown) else _optional(convert)
    return convert


def _nullable(shown: GraphQLOutputType) -> Any:
    return shown.of_type if is_non_null_type(shown) else shown


def _optional(convert: Convert | None) -> Convert | None:
    if convert is None:
        return None
    return lambda value: None if value is None else convert(value)


def _required(convert: Convert | None) -> Convert:
    def check(value: Any) -> Any:
        if value is None:
            raise Unanswerable
        return value if convert is None else convert(value)

    return check


def _of_list(kind: Any, shown: GraphQLOutputType, dialect: Dialect) -> Convert:
    if kind is not JSONType or get_named_type(shown).name != "String":
        raise Unplannable
    load = python_value(kind, dialect)

    def read(value: Any) -> Any:
        found = value if load is None else load(value)
        if found is None or None in found:
            raise Unanswerable
        return found

    return read


def _of_leaf(kind: Any, shown: GraphQLOutputType, dialect: Dialect) -> Convert | None:
    name = get_named_type(shown).name
    is_sqlite = dialect.name == "sqlite"
    if isinstance(kind, sa.Enum):
        # Kept under the names of its members, which GraphQL shows too.
        return None
    if isinstance(kind, _TEXTS) and name == "String":
        return None
    if isinstance(kind, sa.Boolean) and name == "Boolean":
        return bool if is_sqlite else None
    if isinstance(kind, sa.BigInteger) and name == "Int":
        return _checked_int
    if isinstance(kind, sa.Integer) and name == "Int":
        return None
    if isinstance(kind, sa.Float | sa.Numeric | sa.Integer) and name == "Float":
        return float
    if isinstance(kind, sa.Date) and name == "Date":
        return None if is_sqlite else date.isoformat
    if isinstance(kind, UTCDateTime) and name == "DateTime":
        return _then(python_value(kind, dialect), datetime.isoformat)
    if kind is JSONType and name == "LocalizedText":
        return python_value(kind, dialect)
    raise Unplannable


def _checked_int(value: int) -> int:
    if not -_LARGEST_INT - 1 <= value <= _LARGEST_INT:
        raise Unanswerable
    return value


def _then(first: Convert | None, second: Convert) -> Convert:
    return second if first is None else lambda value: second(first(value))


def shown_value(shown: GraphQLOutputType) -> Convert:
    """What makes the value in an answer of a Python value that was computed."""
    inner = _shown_item(get_named_type(shown))
    plain = _nullable(shown)
    if is_list_type(plain):
        items = inner
        inner = lambda value: [items(each) for each in value]  # noqa: E731
    return _required(inner) if is_non_null_type(shown) else lambda v: None if v is None else inner(v)


def _shown_item(named: GraphQLNamedType) -> Convert:
    coerce: Any = getattr(named, "coerce_output_value", None)
    if coerce is None:
        raise Unplannable

    def show(value: Any) -> Any:
        if isinstance(value, Enum):
            return value.name
        found = coerce(value)
        if found is None or found is Undefined:
            raise Unanswerable
        return found

    return show
