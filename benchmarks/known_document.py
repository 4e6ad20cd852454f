"""What the cost rule adds to a request whose document is known, and what a point takes.

Everything is measured side by side in one run, in turns, so that the figures to look at are ratios:
    .venv/bin/python benchmarks/known_document.py
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from graphql import parse, validate

from coalition.core import migrate
from coalition.core.actor import ANONYMOUS
from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from coalition.graphql.context import Runtime
from coalition.graphql.cost import analyse
from coalition.graphql.documents import RULES, known_document
from coalition.graphql.feed import Feed
from coalition.graphql.run import execute
from coalition.graphql.schema import schema
from coalition.graphql.workers import make_workers
from coalition.intake.record import load_record

DOCUMENT = """query ($n: Int) { organisations(first: $n) { totalCount nodes { slug name district { code }
  activities(first: $n) { nodes { code title } } } } }"""
ROUNDS = 200


def microseconds(work: Callable[[], object]) -> float:
    """How long one call takes: the median of many."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e6


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'benchmark.sqlite3'}"
        migrate.upgrade(url)
        database = Database(url)
        units = Units(database, audit_key=b"b" * 32)
        load_record(units)
        workers = make_workers()
        runtime = Runtime(units, None, Feed(database), workers)  # type: ignore[arg-type]

        async def ask(document: str, rows: int) -> object:
            return await execute(runtime, document, {"n": rows}, actor=ANONYMOUS, language="en")

        loop = asyncio.new_event_loop()
        whole = microseconds(lambda: loop.run_until_complete(ask("{ __typename }", 1)))
        first = loop.run_until_complete(ask(DOCUMENT, 20))
        page = microseconds(lambda: loop.run_until_complete(ask(DOCUMENT, 20)))
        core, parsed = schema._schema, parse(DOCUMENT)
        known = known_document(DOCUMENT, own=False)
        assert known is not None
        weighed = known.analysis.operation(None)
        assert weighed is not None
        sizes = iter(range(10**9))

        def another_size() -> object:
            return weighed.cost({"n": next(sizes) % 101})

        lines = {
            "parse": microseconds(lambda: parse(DOCUMENT)),
            "validate": microseconds(lambda: validate(core, parsed, RULES)),
            "walk and weigh": microseconds(lambda: analyse(core, parsed)),
            "look up": microseconds(lambda: known_document(DOCUMENT, own=False)),
            "reckon, size known": microseconds(lambda: weighed.cost({"n": 20})),
            "reckon, another size": microseconds(another_size),
        }
        print(f"smallest request, document known: {whole:.0f} µs; a page with inner pages: {page:.0f} µs")
        for name, taken in lines.items():
            print(f"{name:>22}: {taken:8.1f} µs, {100 * taken / whole:5.1f} % of the smallest request")
        cost = first.extensions["cost"]["requested"]  # type: ignore[attr-defined]
        print(f"a point of that page: {page / cost:.0f} µs ({cost} points; not all rows are there)")
        workers.shutdown()
        database.dispose()


if __name__ == "__main__":
    main()
