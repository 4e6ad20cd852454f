"""Logs are JSON lines that say what happened and never quote values."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

import pydantic
import pytest
import sqlalchemy as sa

from coalition.server import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    logs.configure("INFO", written)
    yield written
    root.handlers = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_has_time_level_logger_and_event(stream: io.StringIO) -> None:
    logging.getLogger("coalition.test").info("ș\n%s", 1, extra={"fields": {"status": 200}})

    [line] = lines(stream)
    assert line.pop("time").endswith("+00:00")
    assert line == {"level": "INFO", "logger": "coalition.test", "event": "ș\n1", "status": 200}


def test_line_has_the_id_of_its_request(stream: io.StringIO) -> None:
    mark = logs.request_id.set("r-1")
    logging.getLogger("coalition.test").warning("within")
    logs.request_id.reset(mark)
    logging.getLogger("coalition.test").warning("after")

    assert [line.get("request_id") for line in lines(stream)] == ["r-1", None]


@pytest.mark.parametrize("name", ["authlib.oauth2", "alembic.runtime", "coalition.test"])
def test_debug_lines_are_not_written_at_info(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).debug("a token")

    assert lines(stream) == []


def test_authlib_never_writes_the_tokens_it_issues() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written = io.StringIO()
    try:
        logs.configure("DEBUG", written)
        logging.getLogger("authlib.oauth2.rfc6749").debug("Issue token %r", {"access_token": "coat_x"})
        logging.getLogger("coalition.test").debug("seen")
    finally:
        root.handlers = handlers
        root.setLevel(level)

    assert [line["event"] for line in lines(written)] == ["seen"]


def _fail_twice() -> None:
    first = RuntimeError("the first")
    raise LookupError("the second") from first


def test_exception_is_told_with_frames_and_causes(stream: io.StringIO) -> None:
    try:
        _fail_twice()
    except LookupError:
        logging.getLogger("coalition.test").exception("unexpected")

    told = lines(stream)[0]["exception"]
    assert [told[0], told[3]] == ["RuntimeError: the first", "LookupError: the second"]
    assert told[1].endswith("in test_exception_is_told_with_frames_and_causes")
    assert told[2].endswith("in _fail_twice")


class Draft(pydantic.BaseModel):
    count: int


def refused_by_database() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT :name FROM nowhere"), {"name": "Ana Secret"})


@pytest.mark.parametrize(
    "deed",
    [
        refused_by_database,
        lambda: Draft(count="Ana Secret"),  # type: ignore[arg-type]
        lambda: int("Ana Secret"),
        lambda: {}["Ana Secret"],
        lambda: b"Ana Secret".decode("utf-16", errors="strict") and b"\xff".decode(),
    ],
)
def test_exceptions_do_not_quote_values(stream: io.StringIO, deed: Any) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  Of several kinds.
        deed()
    logging.getLogger("coalition.test").error("unexpected", exc_info=caught.value)

    assert "Secret" not in stream.getvalue()
    assert lines(stream)[0]["exception"] != []


def test_statement_is_told_without_its_values(stream: io.StringIO) -> None:
    with pytest.raises(sa.exc.OperationalError) as caught:
        refused_by_database()
    logging.getLogger("coalition.test").error("unexpected", exc_info=caught.value)

    told = lines(stream)[0]["exception"]
    assert "OperationalError at: SELECT ? FROM nowhere" in told
    assert sqlite3.OperationalError.__qualname__ in told


def test_groups_are_told_with_what_they_hold(stream: io.StringIO) -> None:
    group = ExceptionGroup("two", [RuntimeError("one"), TypeError("other")])
    logging.getLogger("coalition.test").error("unexpected", exc_info=group)

    told = lines(stream)[0]["exception"]
    assert told == ["ExceptionGroup: two (2 sub-exceptions)", "RuntimeError: one", "TypeError: other"]
