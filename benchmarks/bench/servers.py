"""The servers that are compared, each a process of its own on a free port."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil

from benchmarks.bench.data import PEERS, Caller, DataSet, environment_of

START_SECONDS = 120
# Settings of the service under which every page is read anew; answers that are kept are a work of their own.
READ_ANEW: dict[str, str] = {"COALITION_KEPT_ANSWERS_MB": "0"}


@dataclass(frozen=True)
class System:
    """What is compared: how it answers, on which database."""

    name: str
    answers: str
    database: str


SYSTEMS = (
    System("coalition-postgresql", "coalition", "postgresql"),
    System("postgraphile", "postgraphile", "postgresql"),
    System("mercurius", "mercurius", "postgresql"),
    System("raw-postgresql", "raw", "postgresql"),
    System("coalition-sqlite", "coalition", "sqlite"),
    System("raw-sqlite", "raw", "sqlite"),
)


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    system: System
    port: int
    caller: Caller
    process: subprocess.Popen[bytes]

    def peak_bytes(self) -> int:
        """The most memory that the server and its children have had, each at its own worst moment."""
        root = psutil.Process(self.process.pid)
        return sum(_peak(each.pid) for each in (root, *root.children(recursive=True)))


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    for line in status.read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


@contextmanager
def running(system: System, data_set: DataSet, log: Path, settings: Mapping[str, str]) -> Iterator[Running]:
    """Run a server until the context ends; the service with these settings beside those of any run."""
    caller = data_set.caller(system.database)
    port = _free_port()
    command, environment = _command(system, data_set, caller, port)
    with log.open("wb") as output:
        # In a group of its own: Node from a wheel is a program that starts another.
        process = subprocess.Popen(
            command,
            env={**environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(system, process, port, log)
        yield Running(system, port, caller, process)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _command(
    system: System, data_set: DataSet, caller: Caller, port: int
) -> tuple[list[str], Mapping[str, str]]:
    kind = system.database
    if system.answers == "coalition":
        arguments = ["-m", "coalition.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
        return [sys.executable, *arguments], environment_of(data_set.data_folder(kind), data_set.url(kind))
    address = str(data_set.sqlite) if kind == "sqlite" else f"postgresql:{data_set.postgresql}"
    environment = os.environ | {
        "COALITION_BENCH_TOKEN": caller.token,
        "COALITION_BENCH_CALLER": caller.setting(),
        "COALITION_BENCH_DATABASE": address,
        "COALITION_BENCH_PORT": str(port),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    if system.answers == "raw":
        return [sys.executable, "-m", "benchmarks.bench.raw_handler"], environment
    # Row-level security does not bind the owner of the tables, who is `postgres`.
    user = "bench_peer" if system.answers == "postgraphile" else "postgres"
    name, place = data_set.postgresql.removeprefix("//postgres@/").split("?host=")
    address = f"postgres://{user}@/{name}?host={place}"
    return [node(), str(PEERS / f"{system.answers}.mjs"), str(port), address], environment


def node() -> str:
    """Node of the virtual environment where script/bench put one, else the machine's."""
    own = Path(sys.executable).with_name("node")
    return str(own) if own.exists() else str(shutil.which("node"))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait(system: System, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5)
            return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"{system.name} did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")
