"""A real server in a process of its own, for tests of what only shows there."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

START_SECONDS = 240
STOP_SECONDS = 30


class ServerDidNotStart(Exception):
    """The server ended, or never became ready; the message ends with what it wrote."""


@dataclass(frozen=True)
class RunningServer:
    """A server that answered `/readyz`; `url` is its base address without a slash at the end."""

    url: str
    data: Path
    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> int:
        """Ask it to finish (SIGTERM), wait, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS)

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would (SIGKILL)."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(timeout=STOP_SECONDS)

    def log_text(self) -> str:
        """Everything that it wrote to its standard output and error."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def running_server(
    data: Path,
    *,
    database_url: str | None = None,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningServer]:
    """Run `coalition serve` with `arguments` on a free port until the context ends.

    `data` is its data folder; without `database_url` it keeps SQLite there. Two servers may share both.
    """
    server = start_server(data, database_url=database_url, arguments=arguments, environment=environment)
    try:
        yield server
    finally:
        try:
            server.stop()
        finally:
            server.kill()


def start_server(
    data: Path,
    *,
    database_url: str | None = None,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> RunningServer:
    """As `running_server`, but the caller ends the server.

    Raises `ServerDidNotStart` when it is not ready within `START_SECONDS`.
    """
    port = free_port()
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}-server-{port}.log"
    settings = {"COALITION_HOST": "127.0.0.1", "COALITION_PORT": str(port), "COALITION_DATA": str(data)}
    if database_url is not None:
        settings["COALITION_DATABASE_URL"] = database_url
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "coalition.cli", "serve", *arguments],
            env=_clean_environment() | settings | dict(environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Its own process group, so that `kill` reaches its workers too.
            start_new_session=True,
        )
    server = RunningServer(url=f"http://127.0.0.1:{port}", data=data, log=log, process=process)
    try:
        _wait_until_ready(server)
    except BaseException:
        server.kill()
        raise
    return server


def run_coalition(
    *arguments: str,
    data: Path,
    database_url: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one `coalition` command to its end and return it with its output, whatever its exit code."""
    settings = {"COALITION_DATA": str(data)}
    if database_url is not None:
        settings["COALITION_DATABASE_URL"] = database_url
    return subprocess.run(
        [sys.executable, "-m", "coalition.cli", *arguments],
        env=_clean_environment() | settings | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _clean_environment() -> dict[str, str]:
    """This process's environment without settings that the developer's shell may carry."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COALITION_")}


def _wait_until_ready(server: RunningServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise ServerDidNotStart(f"exit code {server.process.returncode}:\n{server.log_text()}")
        if _answers_ready(server.url):
            return
        time.sleep(0.05)
    raise ServerDidNotStart(f"not ready after {START_SECONDS} s:\n{server.log_text()}")


def _answers_ready(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False
