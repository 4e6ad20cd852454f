"""What counting requests costs: the same requests with and without limits, in turn, on both databases.

  .venv/bin/python benchmarks/rate_limits.py [ROUNDS]

Prints milliseconds for each request (the median of the rounds) and the ratio, which is the figure that is the
same on every machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from starlette.testclient import TestClient  # noqa: E402  After the folder of the tests is known.

from coalition.core import migrate  # noqa: E402
from tests.support.application import application, settings_for, with_record  # noqa: E402
from tests.support.databases import PostgreSQLServer, SQLiteFolder  # noqa: E402
from tests.support.postgresql import postgresql_url  # noqa: E402

WIDE = "1000000000/10seconds"
REQUESTS = 100
BODY = json.dumps({"query": "{ activities(first: 20) { totalCount nodes { code title } } }"}).encode()
ASKED = {
    "GraphQL": ("POST", "/graphql", BODY),
    "page": ("GET", "/en/privacy", b""),
    "refused": ("POST", "/graphql", b"{"),
}


def timed(client: TestClient, method: str, path: str, body: bytes) -> float:
    """Milliseconds for each of some requests, without the work of a client."""
    headers = [(b"content-type", b"application/json")]

    async def requests() -> float:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(_message: Any) -> None:
            """Nobody reads it."""

        started = time.perf_counter()
        for _ in range(REQUESTS):
            scope = {"type": "http", "method": method, "path": path, "query_string": b"", "root_path": "",
                     "scheme": "http", "headers": list(headers), "client": ("192.0.2.1", 1),
                     "server": ("127.0.0.1", 80)}  # fmt: skip
            await client.app(scope, receive, send)
        return (time.perf_counter() - started) / REQUESTS * 1000

    assert client.portal
    return client.portal.call(requests)


def compare(kind: str, url: str, folder: Path, rounds: int) -> None:
    """Both applications in turn, so that what else the machine does meets both."""
    with ExitStack() as stack:
        plain = settings_for(url, folder)
        clients = [
            stack.enter_context(application(replace(plain, rate_limit=limit, network_rate_limit=limit)))
            for limit in ("off", WIDE)
        ]
        for name, asked in ASKED.items():
            # The first of each round trip fills caches.
            times = [[timed(client, *asked) for client in clients] for _ in range(rounds + 1)][1:]
            without, counted = (median(column) for column in zip(*times, strict=True))
            ratio = median(pair[1] / pair[0] for pair in times)
            print(f"{kind:10} {name:8} {without:7.3f} ms {counted:7.3f} ms  x {ratio:.2f}")


def main() -> None:
    """Measure on SQLite and PostgreSQL."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgresql = PostgreSQLServer(stack.enter_context(postgresql_url(folder)))
        servers = {"sqlite": SQLiteFolder(folder), "postgresql": postgresql}
        print(f"{'':10} {'':8} {'without':>10} {'counted':>10}")
        for kind, server in servers.items():
            url = server.create("bench")
            migrate.upgrade(url)
            with_record(url)
            compare(kind, url, folder, rounds)


if __name__ == "__main__":
    main()
