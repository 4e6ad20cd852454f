"""What a request costs around its answer: time and SQL statements, by who asks, on both databases.

  .venv/bin/python benchmarks/request_cost.py [ROUNDS] [--profile KIND CALLER]

Prints for each request the milliseconds of the processor that this process spends (the median of the rounds),
the milliseconds that pass, and the statements that reach the database, those that count requests apart.
The record is the shipped one; limits, audit and authorisation are those of an installation.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import os
import pstats
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import sqlalchemy as sa  # noqa: E402  After the folder of the tests is known.
from sqlalchemy import event  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

from coalition.access.counters import Counters  # noqa: E402
from coalition.access.models import Account  # noqa: E402
from coalition.access.service import create_personal_access_token  # noqa: E402
from coalition.core import migrate  # noqa: E402
from coalition.server import logs  # noqa: E402
from tests.graphql.world import CLIENT, TEST, prepare_world  # noqa: E402
from tests.support.application import application, settings_for  # noqa: E402
from tests.support.databases import PostgreSQLServer, SQLiteFolder  # noqa: E402
from tests.support.postgresql import postgresql_url  # noqa: E402
from tests.support.tokens import access_token  # noqa: E402

WIDE = "1000000000/10seconds"
REQUESTS = 200
# `new` has another variable each time, so that its answer is never one that was kept.
QUERIES = {
    "typename": "{ __typename }",
    "new": "{ __typename }",
    "kept": '{ organisation(slug: "bes") { slug name denomination { code } } }',
}
_number = itertools.count()


def callers(client: TestClient) -> dict[str, str | None]:
    """The `Authorization` of each who asks."""
    state: Any = client.app.state  # type: ignore[attr-defined]
    with state.units.writing() as uow:
        account = uow.db.scalars(sa.select(Account).where(Account.email == "bes@demo.invalid")).one()
        personal = create_personal_access_token(uow, state.secrets, TEST, account_id=account.id, name="Bench")
        system = access_token(uow, state.secrets, CLIENT.client_id, ["capacity:read", "records:read"])
    return {"anonymous": None, "personal": f"Bearer {personal}", "client": f"Bearer {system}"}


def asked(client: TestClient, body: bytes, authorization: str | None, times: int) -> tuple[float, float, int]:
    """Milliseconds of the processor and of the clock for each of some requests, and the bytes of one."""
    is_new = b"%" in body
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"accept", b"*/*"),
               (b"content-length", str(len(body % 0) if is_new else len(body)).encode())]  # fmt: skip
    if authorization:
        headers.append((b"authorization", authorization.encode()))
    sizes: list[int] = []

    async def requests() -> tuple[float, float]:
        async def receive() -> dict[str, Any]:
            # As many digits each time, as the length was said before.
            sent = body % (next(_number) % 10**8) if is_new else body
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200, message
            else:
                sizes.append(len(message["body"]))

        started, worked = time.perf_counter(), time.process_time()
        for _ in range(times):
            scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
                     "root_path": "", "scheme": "http", "headers": list(headers), "client": ("192.0.2.1", 1),
                     "server": ("127.0.0.1", 80), "http_version": "1.1"}  # fmt: skip
            await client.app(scope, receive, send)
        return (time.process_time() - worked) / times * 1000, (time.perf_counter() - started) / times * 1000

    assert client.portal
    return *client.portal.call(requests), max(sizes)


@contextmanager
def statements(client: TestClient) -> Iterator[Counter[str]]:
    """Counts what reaches the database meanwhile."""
    found: Counter[str] = Counter()
    engine = client.app.state.units.database.write_engine  # type: ignore[attr-defined]

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found[" ".join(statement.split())[:60]] += 1

    run = Counters.count

    def counted(self: Counters, hits: Any) -> Any:
        found["(rates)"] += 1
        return run(self, hits)

    event.listen(engine, "before_cursor_execute", count)
    Counters.count = counted  # type: ignore[method-assign]
    yield found
    Counters.count = run  # type: ignore[method-assign]
    event.remove(engine, "before_cursor_execute", count)


def measure(kind: str, url: str, folder: Path, rounds: int, profile: tuple[str, str] | None) -> None:
    """Every caller and query in turn, so that what else the machine does meets all."""
    settings = replace(settings_for(url, folder), rate_limit=WIDE, network_rate_limit=WIDE)
    with application(settings) as client:
        authorizations = callers(client)
        bodies = {name: json.dumps({"query": text}).encode() for name, text in QUERIES.items()}
        bodies["new"] = bodies["new"][:-1] + b', "variables": {"n": 1%08d}}'
        cells = [(who, what) for who in authorizations for what in bodies]
        times: dict[tuple[str, str], list[tuple[float, float]]] = {cell: [] for cell in cells}
        for _ in range(rounds + 1):
            for who, what in cells:
                times[who, what].append(asked(client, bodies[what], authorizations[who], REQUESTS)[:2])
        for who, what in cells:
            with statements(client) as found:
                size = asked(client, bodies[what], authorizations[who], 1)[2]
            worked, passed = (median(each) for each in zip(*times[who, what][1:], strict=True))
            rates = found.pop("(rates)", 0)
            print(f"{kind:10} {who:10} {what:9} {worked:7.3f} ms {passed:7.3f} ms"
                  f" {sum(found.values()):3} + {rates}  {size:6} bytes", flush=True)  # fmt: skip
            if os.environ.get("SHOW"):
                print("   ", dict(found))
        if profile and profile[0] == kind:
            profiled(client, bodies["typename"], authorizations[profile[1]])


def profiled(client: TestClient, body: bytes, authorization: str | None) -> None:
    """Where the time of the event loop goes."""
    profiler = cProfile.Profile()

    async def begin() -> None:
        profiler.enable()

    async def end() -> None:
        profiler.disable()

    assert client.portal
    client.portal.call(begin)
    asked(client, body, authorization, 1000)
    client.portal.call(end)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(35)


def main() -> None:
    """Measure on SQLite and PostgreSQL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("--profile", nargs=2)
    given = parser.parse_args()
    with ExitStack() as stack:
        logs.configure("INFO", stack.enter_context(Path(os.devnull).open("w")))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgresql = PostgreSQLServer(stack.enter_context(postgresql_url(folder)))
        servers = {"sqlite": SQLiteFolder(folder), "postgresql": postgresql}
        print(f"{'':32}{'processor':>10} {'clock':>10} statements + rates")
        for kind, server in servers.items():
            url = server.create("bench")
            migrate.upgrade(url)
            prepare_world(url)
            measure(kind, url, folder, given.rounds, tuple(given.profile) if given.profile else None)


if __name__ == "__main__":
    main()
