"""Tests that start from the same rows get copies of one database that holds them.

Making ten organisations, people and roles takes longer than what most tests do with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import make_url

from coalition.core.database import Database
from coalition.core.unit_of_work import Units
from tests.factories import NOW
from tests.support.databases import Databases, Preparation
from tests.support.keys import AUDIT_KEY

World = TypeVar("World")
_made: dict[tuple[Callable[[Units], Any], str], Any] = {}


@contextmanager
def copied_world(
    databases: Databases, kind: str, make: Callable[[Units], World]
) -> Iterator[tuple[Units, World]]:
    """Units of work on a database of this test alone, and what `make` gave for the one it is a copy of.

    Rows in it belong to no session; ids and actors are good for the copy.
    """
    url = databases.migrated(kind, prepared_by=_preparation(make))
    database = Database(url)
    yield Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY), _made[make, kind]
    database.dispose()
    databases.drop(kind, url)


@cache
def _preparation(make: Callable[[Units], Any]) -> Preparation:
    def prepare(url: str) -> None:
        database = Database(url)
        _made[make, make_url(url).get_backend_name()] = make(
            Units(database, clock=lambda: NOW, audit_key=AUDIT_KEY)
        )
        database.dispose()

    return prepare
