"""Runs the Node programs of tests/tools, which `script/node-tools` installs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).parents[1] / "tools"


class NodeToolMissing(Exception):
    """Node or its packages are not installed; tests that need them fail rather than pass unseen."""


def run_node_tool(
    program: str, *arguments: str, timeout_seconds: int = 120
) -> subprocess.CompletedProcess[str]:
    """Run `tests/tools/PROGRAM` to its end and return it with its output, whatever its exit code."""
    if not (TOOLS / "node_modules").exists():
        raise NodeToolMissing("the test tools are not installed; run script/node-tools")
    return subprocess.run(
        [node_path(), str(TOOLS / program), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_seconds,
    )


def start_node_tool(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start `tests/tools/PROGRAM`, with its standard input and output as pipes; the caller ends it."""
    if not (TOOLS / "node_modules").exists():
        raise NodeToolMissing("the test tools are not installed; run script/node-tools")
    return subprocess.Popen(
        [node_path(), str(TOOLS / program), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def node_path() -> str:
    """Node from the virtual environment where script/node-tools put one, else the machine's."""
    own = Path(sys.executable).with_name("node")
    found = str(own) if own.exists() else shutil.which("node")
    if found is None:
        raise NodeToolMissing("Node is not installed; run script/node-tools")
    return found
