"""The raw handler: a bare ASGI application that asks the same SQL and writes the same JSON, and nothing else.

It is what the database and Python can do at most; there is no GraphQL, no limit and no audit in it. It takes
the address of its database, its port, the token and the line of the caller from the environment.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import psycopg
import uvicorn

PEERS = Path(__file__).parent.parent / "peers"
Rows = list[Any]
Ask = Callable[..., Awaitable[Rows]]


class PostgreSQL:
    """Ten connections; statements are prepared and sent as they stand."""

    def __init__(self, address: str, line: list[str]) -> None:
        self._address, self.line, self._free = address, line, asyncio.Queue[Any]()
        self._texts: dict[str, str] = {}

    async def open(self) -> None:
        """Open the connections."""
        for _ in range(10):
            connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
            connection.prepare_threshold = 0
            self._free.put_nowait(psycopg.AsyncRawCursor(connection))

    async def ask(self, name: str, *values: Any) -> Rows:
        """The rows of one statement."""
        text = self._texts.get(name) or self._texts.setdefault(name, _text("postgresql", name))
        cursor = await self._free.get()
        try:
            await cursor.execute(text, values)
            return await cursor.fetchall()  # type: ignore[no-any-return]
        finally:
            self._free.put_nowait(cursor)

    @staticmethod
    def ids(rows: Rows, place: int) -> Any:
        """The ids of rows, to be asked for."""
        return [row[place] for row in rows]


class SQLite:
    """One connection in the thread of the server: a statement takes less than a change of threads."""

    def __init__(self, address: str, line: list[str]) -> None:
        self._connection = sqlite3.connect(address, isolation_level=None)
        self.line = json.dumps([each.replace("-", "") for each in line])
        self._texts: dict[str, str] = {}

    async def open(self) -> None:
        """Nothing is left to open."""

    async def ask(self, name: str, *values: Any) -> Rows:
        """The rows of one statement."""
        text = self._texts.get(name) or self._texts.setdefault(name, _text("sqlite", name))
        return self._connection.execute(text, values).fetchall()

    @staticmethod
    def ids(rows: Rows, place: int) -> Any:
        """The ids of rows, to be asked for."""
        return json.dumps([row[place] for row in rows])


def _text(kind: str, name: str) -> str:
    return (PEERS / kind / f"{name}.sql").read_text("utf-8")


def _grouped(rows: Rows, shape: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(shape(row))
    return found


def _keys(after: str | None) -> list[Any]:
    return json.loads(base64.urlsafe_b64decode(after)) if after else [None, None]


def _page_info(rows: Rows, size: int, sort: int) -> dict[str, Any]:
    last = rows[min(size, len(rows)) - 1] if rows else None
    text = orjson.dumps([last[sort], last[0]]) if last else None
    return {
        "hasNextPage": len(rows) > size,
        "endCursor": base64.urlsafe_b64encode(text).decode() if text else None,
    }


async def directory(database: Any, variables: dict[str, Any]) -> Any:
    """The directory page."""
    rows = await database.ask("organisations", database.line, *_keys(variables.get("after")))
    kept = rows[:50]
    ids = database.ids(kept, 0)
    services = await database.ask("services", database.line, ids)
    pools = _grouped(
        await database.ask("pools", database.ids(services, 1)),
        lambda p: {"id": p[1], "unit": p[2], "maximum": p[3], "occupied": p[4], "state": p[5]},
    )
    provided = _grouped(
        services,
        lambda s: {
            "id": s[1],
            "name": s[2],
            "kinds": s[4] if isinstance(s[4], list) else orjson.loads(s[4]),
            "status": s[3],
            "pools": pools.get(s[1], []),
        },
    )
    trainings = _grouped(
        await database.ask("trainings", database.line, ids),
        lambda t: {"id": t[1], "title": t[2], "startsOn": {"date": t[3], "precision": t[4]}},
    )
    nodes = [
        {
            "id": o[0],
            "slug": o[1],
            "name": o[2],
            "kind": o[3],
            "status": o[4],
            "place": o[5],
            "denomination": {"code": o[7], "name": o[8]} if o[7] else None,
            "district": {"code": o[9], "name": o[10]} if o[9] else None,
            "services": {"nodes": provided.get(o[0], [])},
            "trainingSessions": {"nodes": trainings.get(o[0], [])},
        }
        for o in kept
    ]
    return {"organisations": {"nodes": nodes, "pageInfo": _page_info(rows, 50, 6)}}


async def feed(database: Any, variables: dict[str, Any]) -> Any:
    """The feed page."""
    rows = await database.ask("activities", database.line, *_keys(variables.get("after")))
    kept = rows[:100]
    ids = database.ids(kept, 0)
    districts = _grouped(await database.ask("districts", ids), lambda d: {"code": d[1], "name": d[2]})
    topics = _grouped(await database.ask("topics", ids), lambda t: {"code": t[1], "label": t[2]})
    reach = _grouped(
        await database.ask("reach", ids),
        lambda r: {"sex": r[1], "ageBand": r[2], "count": r[3], "method": r[4], "qualifier": r[5]},
    )
    nodes = [
        {
            "id": a[0],
            "code": a[1],
            "kind": a[2],
            "title": a[3],
            "status": a[4],
            "visibility": a[5],
            "place": a[6],
            "peopleReached": a[7],
            "startsOn": {"date": a[8], "precision": a[9]} if a[8] else None,
            "lead": {"id": a[11], "slug": a[12], "name": a[13]} if a[11] else None,
            "districts": districts.get(a[0], []),
            "topics": topics.get(a[0], []),
            "reach": reach.get(a[0], []),
        }
        for a in kept
    ]
    return {"activities": {"nodes": nodes, "pageInfo": _page_info(rows, 100, 10)}}


async def coverage(database: Any, variables: dict[str, Any]) -> Any:
    """The coverage table."""
    total, *cells = await database.ask("coverage", database.line, variables["from"], variables["to"])
    return {
        "coverage": {
            "cells": [
                {
                    "district": {"code": c[1], "name": c[2]} if c[1] else None,
                    "churchBody": {"slug": c[3], "name": c[4]} if c[3] else None,
                    "month": c[5],
                    "figures": {"activities": c[6], "peopleReached": c[7], "activitiesWithReach": c[8]},
                }
                for c in cells
            ],
            "total": {"activities": total[6], "peopleReached": total[7], "activitiesWithReach": total[8]},
        }
    }


WORKS = {b"/directory": directory, b"/feed": feed, b"/coverage": coverage}


def application(database: Any, token: str) -> Any:
    """The ASGI application."""
    bearer = f"Bearer {token}".encode()

    async def handle(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await database.open()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        signed_in = any(name == b"authorization" and value == bearer for name, value in scope["headers"])
        if not signed_in:
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        found = await WORKS[scope["raw_path"]](database, orjson.loads(body)["variables"])
        answer = orjson.dumps({"data": found})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return handle


def main() -> None:
    """Serve until it is told to stop."""
    address = os.environ["COALITION_BENCH_DATABASE"]
    caller = json.loads(os.environ["COALITION_BENCH_CALLER"])
    line = [each for each in caller["line"].strip("{}").split(",") if each]
    database: Any = (PostgreSQL if address.startswith("postgresql:") else SQLite)(address, line)
    app = application(database, os.environ["COALITION_BENCH_TOKEN"])
    uvicorn.run(
        app, host="127.0.0.1", port=int(os.environ["COALITION_BENCH_PORT"]), log_config=None, access_log=False
    )


if __name__ == "__main__":
    main()
