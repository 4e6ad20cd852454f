"""Documents that fit the schema, made by schemathesis, against a real server with the demo coalition.

python fuzz/fuzz_schema.py SECONDS   a third of them each as nobody, a coordinator, and a partner
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.support.server import RunningServer, running_server  # noqa: E402  After its folder is known.

OFF = {"COALITION_RATE_LIMIT": "off", "COALITION_NETWORK_RATE_LIMIT": "off"}


def authorizations(server: RunningServer) -> dict[str, str | None]:
    """What each caller sends."""
    demo = json.loads((server.data / "demo.json").read_text("utf-8"))
    coordinator = next(each for each in demo["accounts"] if each["role"] == "coordinator")
    client = demo["clients"][0]
    form = {
        "grant_type": "client_credentials",
        **{name: client[name] for name in ("client_id", "client_secret")},
    }
    partner = httpx2.post(f"{server.url}/oauth/token", data=form).json()["access_token"]
    return {
        "anonymous": None,
        "coordinator": f"Bearer {coordinator['token']}",
        "partner": f"Bearer {partner}",
    }


def run(server: RunningServer, name: str, authorization: str | None, seconds: int) -> int:
    """One caller's share; schemathesis prints what it finds."""
    print(f"== {name}", flush=True)
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        "schema.graphql",
        "--url",
        f"{server.url}/graphql",
        "--checks",
        "no_fault",
        "--phases",
        "fuzzing",
        "--max-time",
        str(seconds),
        "--continue-on-failure",
        "--suppress-health-check",
        "all",
        "--request-timeout",
        "30",
    ]
    if authorization:
        command += ["--header", f"Authorization: {authorization}"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "fuzz.hooks", "PYTHONPATH": str(HERE.parent)}
    return subprocess.run(command, cwd=HERE.parent, env=environment, check=False).returncode


def main() -> int:
    """0 when nothing was found."""
    seconds = int(sys.argv[1]) // 3
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder) / "data", arguments=("--demo",), environment=OFF) as server,
    ):
        codes = [run(server, name, sent, seconds) for name, sent in authorizations(server).items()]
        faults = re.findall(r'"event": "(?:masked error|unexpected error)[^\n]*', server.log_text())
    print("\n".join(faults))
    print(f"== {len(faults)} faults in the log")
    return int(any(codes) or bool(faults))


if __name__ == "__main__":
    sys.exit(main())
