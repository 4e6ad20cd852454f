"""The version of the data: it rises with every transaction that changes what answers can show.

Whoever kept something that was made of the data asks whether the version is still the same. What roles,
organisations and lines come to rises a number of its own, since that changes seldom.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

# Writers add to different rows, so that they seldom wait for each other's commit; the version is the sum.
# All snapshots of one database agree on the order of commits, hence no two states have the same sum.
SLOTS = 16
# In `info` of a table: no answer depends on it, or what somebody may do depends on it.
NEVER_SHOWN = {"never_shown": True}
DECIDES_ACCESS = {"decides_access": True}


class DataVersion(SQLModel, table=True):
    """One of the numbers that together are the version."""

    __tablename__ = "data_version"

    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int = Field(sa_type=sa.BigInteger)
    access_number: int = Field(sa_type=sa.BigInteger)


def _sum_of(column: str) -> sa.ScalarSelect[int]:
    total: sa.ColumnElement[int] = sa.func.sum(sa.literal_column(f"data_version.{column}"))
    return sa.select(sa.cast(total, sa.BigInteger)).select_from(DataVersion).scalar_subquery()


# For any statement: two numbers more in its row.
DATA_NUMBER = _sum_of("number").label("data_number")
ACCESS_NUMBER = _sum_of("access_number").label("access_number")

VERSION = sa.select(DATA_NUMBER)

_WRITES = re.compile(
    r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO|DELETE\s+FROM|UPDATE|TRUNCATE)"
    r'\s+(?!SET\b)(?:ONLY\s+|TABLE\s+)?"?(\w+)',
    re.IGNORECASE,
)


@lru_cache(maxsize=1000)
def tables_changed(statement: str) -> frozenset[str]:
    """The tables that a statement writes to, in whatever part of it."""
    return frozenset(name.lower() for name in _WRITES.findall(statement))


def raised(changed: Iterable[str]) -> sa.Update | None:
    """What raises the version after these tables were changed; None when no answer shows them."""
    known = SQLModel.metadata.tables
    infos = [known[name].info for name in changed if name in known and name != DataVersion.__tablename__]
    if all(info.get("never_shown") for info in infos):
        return None
    decides = any(info.get("decides_access") for info in infos)
    version = DataVersion.__table__.c  # type: ignore[attr-defined]
    return (
        sa.update(DataVersion)
        .where(version.slot == (os.getpid() + threading.get_native_id()) % SLOTS)
        .values(number=version.number + 1, access_number=version.access_number + int(decides))
    )


def begin_versions_anew() -> sa.Update:
    """What makes the version one that it never was, after all data was replaced."""
    version = DataVersion.__table__.c  # type: ignore[attr-defined]
    jump = secrets.randbits(40)
    return (
        sa.update(DataVersion)
        .where(version.slot == 0)
        .values(number=version.number + jump, access_number=version.access_number + jump)
    )
