"""The whole application on a world's database, answering on the terms that a test chooses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from tests.graphql.world import World
from tests.support.application import application, settings_for


@contextmanager
def served(world: World, data: Path, **terms: Any) -> Iterator[TestClient]:
    """A client of the application; `terms` are those of `coalition.graphql.terms.Terms`."""
    url = world.units.database.url.render_as_string(hide_password=False)
    with application(settings_for(url, data)) as client:
        on_terms(client, **terms)
        yield client


def on_terms(client: TestClient, **terms: Any) -> None:
    """From here on the application answers on these terms."""
    state = client.app.state  # type: ignore[attr-defined]
    state.runtime = replace(state.runtime, terms=replace(state.runtime.terms, **terms))


def codes(body: Any) -> list[str]:
    """The codes of all errors of an answer."""
    return [error["extensions"]["code"] for error in body.get("errors") or []]
