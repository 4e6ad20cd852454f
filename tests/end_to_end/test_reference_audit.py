"""GraphQL over HTTP, as the reference audit sees it."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Demo
from tests.support.node import run_node_tool


@pytest.mark.slow
def test_every_audit_is_ok(demo: Demo) -> None:
    server = demo.start()

    audit = run_node_tool("audit.mjs", f"{server.url}/graphql")

    assert (audit.returncode, audit.stdout) == (0, "61 of 61 ok\n")
