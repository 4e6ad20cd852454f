"""The figures of rounds: kept as lines of JSON, and shown as ratios with their spread."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.bench.load import Load

Line = dict[str, Any]
# What stands above and below the line of each ratio.
PAIRS = (
    ("coalition-postgresql", "postgraphile"),
    ("coalition-postgresql", "mercurius"),
    ("coalition-postgresql", "raw-postgresql"),
    ("mercurius", "postgraphile"),
    ("raw-postgresql", "postgraphile"),
    ("coalition-sqlite", "raw-sqlite"),
)


def figures_of(load: Load, seconds: float) -> Line:
    """Answers each second, and milliseconds of one: the middle one and that of one in a hundred."""
    taken = load.taken or [seconds]
    cuts = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
    return {
        "answers": len(load.taken),
        "wrong": len(load.wrong),
        "first_wrong": load.wrong[0] if load.wrong else None,
        "per_second": round(len(load.taken) / seconds, 2),
        "p50_ms": round(cuts[49] * 1000, 3),
        "p99_ms": round(cuts[98] * 1000, 3),
    }


def read_lines(file: Path | None) -> list[Line]:
    """The rounds that were measured before."""
    if file is None or not file.exists():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def append_line(file: Path | None, line: Line) -> None:
    """Keep a round at once, so that an ended run loses nothing of those before."""
    if file is not None:
        with file.open("a", encoding="utf-8") as output:
            output.write(json.dumps(line) + "\n")


def key_of(line: Line) -> tuple[str, str, int, int]:
    """What tells rounds apart."""
    return line["size"], line["work"], line["connections"], line["round"]


def table(lines: Iterable[Line]) -> str:
    """All that was measured: what each system does, and the ratios of pairs over the rounds."""
    groups: dict[tuple[str, str, int], list[Line]] = {}
    for line in lines:
        groups.setdefault((line["size"], line["work"], line["connections"]), []).append(line)
    return "\n\n".join(_section(*key, rounds) for key, rounds in groups.items())


def _section(size: str, work: str, connections: int, rounds: list[Line]) -> str:
    shown = [
        f"{work}, {size}, {connections} connection{'s' if connections > 1 else ''}, {len(rounds)} rounds"
    ]
    names = list(dict.fromkeys(name for each in rounds for name in each["systems"]))
    for name in names:
        found = [each["systems"][name] for each in rounds if name in each["systems"]]
        shown.append(
            f"  {name:<22}{_middle(found, 'per_second'):>10.1f}/s"
            f"  p50 {_middle(found, 'p50_ms'):>8.2f} ms  p99 {_middle(found, 'p99_ms'):>8.2f} ms"
            f"  peak {max(each['peak_mb'] for each in found):>6.0f} MB"
            f"{_wrong(found)}"
        )
    for above, below in PAIRS:
        both = [each["systems"] for each in rounds if above in each["systems"] and below in each["systems"]]
        if both:
            shown.append(f"  {above + ' / ' + below:<40}{_ratios(both, above, below)}")
    return "\n".join(shown)


def _wrong(found: list[Line]) -> str:
    """How many answers were none, such as those that took longer than the service lets them."""
    wrong = sum(each["wrong"] for each in found)
    return f"  {wrong} of {wrong + sum(each['answers'] for each in found)} WRONG" if wrong else ""


def _middle(found: list[Line], name: str) -> float:
    return median(each[name] for each in found)


def _ratios(both: list[Line], above: str, below: str) -> str:
    def ratio(name: str) -> Callable[[Line], float]:
        return lambda systems: systems[above][name] / (systems[below][name] or float("nan"))

    speed, slowest = [*map(ratio("per_second"), both)], [*map(ratio("p99_ms"), both)]
    return (
        f"{median(speed):>6.2f} ({min(speed):.2f} to {max(speed):.2f})"
        f"  p99 {median(slowest):>6.2f} ({min(slowest):.2f} to {max(slowest):.2f})"
    )
