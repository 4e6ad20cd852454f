"""Logs as JSON lines on standard error: what happened and how long it took, never about whom."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

import orjson
import pydantic
from sqlalchemy.exc import StatementError

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

# Messages of these quote the values they were given, and those may be personal.
_QUOTING = (StatementError, pydantic.ValidationError, UnicodeError, KeyError, ValueError)
# Authlib writes the tokens it issues at DEBUG; Alembic says at INFO what the command line says better.
_NEVER_BELOW = {"authlib": logging.INFO, "alembic": logging.WARNING}


class JSONLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, the request's id, and the `fields` of the call."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = list(_told(record.exc_info[1]))
        return _written(line)


def _written(line: dict[str, object]) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:
        # An address can hold what is no text, and a number can be too large.
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send every logger's lines from `level` on to `stream`, standard error unless told otherwise."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JSONLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, lowest in _NEVER_BELOW.items():
        logging.getLogger(name).setLevel(max(root.level, lowest))


def _told(error: BaseException) -> Iterator[str]:
    """An exception and what caused it, each with its frames; the cause comes first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
    yield from (
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    yield _named(error)
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(inner)


def _named(error: BaseException) -> str:
    name = type(error).__qualname__
    if isinstance(error, StatementError):
        return f"{name} at: {error.statement}"
    caused_by_database = isinstance(error, Exception) and type(error).__module__.startswith(
        ("sqlite3", "psycopg")
    )
    return name if isinstance(error, _QUOTING) or caused_by_database else f"{name}: {error}"
