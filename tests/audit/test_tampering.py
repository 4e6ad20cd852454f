"""Must-show 3: random tamperings by somebody who can write everything but has no key; each is found.

Not among them, because nothing in the data can show it: database and head file both put back to an
earlier moment (only a head kept elsewhere shows that), and entries deleted or moved before they were
sealed for the first time.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from coalition.audit.authentication import NO_HASH, entry_tag, seal_hash
from coalition.audit.chain import ENTRY, SEAL, entry_in, seal_in
from coalition.audit.heads import Head, head_text
from coalition.audit.models import AuditEntry, AuditSeal
from coalition.audit.sealing import SealedLog
from coalition.core.unit_of_work import UnitOfWork
from tests.audit.logs import begun, faults, opened_log, seal, write
from tests.factories import NOW
from tests.support.keys import AUDIT_KEY

BATCHES = (1, 40, 3, 60, 25, 71, 30, 50, 20)
WAITING = 12
OTHER_KEY = b"o" * 32
ENTRIES: Any = AuditEntry.__table__  # type: ignore[attr-defined]
SEALS: Any = AuditSeal.__table__  # type: ignore[attr-defined]


@dataclass
class Attacker:
    """Writes to the database and the head file, and remembers every head there was."""

    db: sa.Connection
    head: Path
    old_heads: list[str]
    rng: random.Random
    sealed: list[int]
    waiting: list[int]

    @property
    def count(self) -> int:
        return len(self.sealed)

    def entry(self, entry_id: int) -> dict[str, Any]:
        return dict(self.db.execute(sa.select(ENTRIES).where(ENTRIES.c.id == entry_id)).mappings().one())

    def update(self, table: Any, key: int, **values: Any) -> None:
        column = table.c.id if table is ENTRIES else table.c.position
        assert self.db.execute(sa.update(table).where(column == key).values(values)).rowcount == 1

    def delete(self, table: Any, keys: Any) -> None:
        column = table.c.id if table is ENTRIES else table.c.position
        assert self.db.execute(sa.delete(table).where(column.in_(list(keys)))).rowcount == len(list(keys))

    def any_sealed(self, count: int = 1) -> list[int]:
        return sorted(self.rng.sample(self.sealed, count))

    def close_gaps(self) -> None:
        """Number the seals from 1 again, as if nothing had been between."""
        positions = self.db.scalars(sa.select(SEALS.c.position).order_by(SEALS.c.position)).all()
        for new, old in enumerate(positions, 1):
            if new != old:
                self.update(SEALS, old, position=new)

    def sign_anew(self) -> None:
        """Write a head for what stands there, as well as one can without the key."""
        count = self.db.scalars(sa.select(sa.func.count()).select_from(SEALS)).one()
        newest = self.db.scalars(sa.select(SEALS.c.hash).order_by(SEALS.c.position.desc()).limit(1)).first()
        self.head.write_text(head_text(Head(count, newest or NO_HASH, NOW), OTHER_KEY))


def _other(value: Any, column: str, rng: random.Random) -> Any:
    """Another value for a column."""
    if column in ("happened_at", "sealed_at"):
        return value + rng.choice((1, -1)) * rng.choice(MOMENTS)
    if column == "fields":
        return rng.choice(([*value, "x"], value[1:] if value else ["title"], ["maximum", "occupied"]))
    if isinstance(value, bool):
        return not value
    if isinstance(value, UUID):
        return rng.choice((UUID(int=value.int ^ 1), UUID(int=rng.getrandbits(128))))
    if column in ("tag", "hash") and value:
        place = rng.randrange(64)
        return (
            value[:place]
            + rng.choice([c for c in "0123456789abcdef" if c != value[place]])
            + value[place + 1 :]
        )
    if column in ("organisation_id", "nonce"):
        return UUID(int=rng.getrandbits(128))
    if column == "actor":
        return f"account:{UUID(int=rng.getrandbits(128))}"
    return f"{value or ''}{rng.choice(('x', ' ', '0'))}"


MOMENTS = [timedelta(microseconds=length) for length in (1, 1000, 10**6, 10**11)]
NULLABLE = ("organisation_id", "reason", "nonce", "tag")


def edit_entry(me: Attacker) -> str:
    columns = [column.name for column in ENTRIES.c if column.name != "id"]
    column = me.rng.choice(columns)
    entry_id = me.rng.choice(me.sealed + me.waiting)
    value = me.entry(entry_id)[column]
    empty = column in NULLABLE and value is not None and me.rng.random() < 0.3
    me.update(ENTRIES, entry_id, **{column: None if empty else _other(value, column, me.rng)})
    return column


def renumber_entry(me: Attacker) -> str:
    me.update(ENTRIES, me.any_sealed()[0], id=max(me.sealed + me.waiting) + me.rng.randint(1, 9))
    return "id"


def edit_seal(me: Attacker) -> str:
    position = me.rng.randint(1, me.count)
    column = me.rng.choice(("position", "entry_id", "accepted", "sealed_at", "hash"))
    old = dict(me.db.execute(sa.select(SEALS).where(SEALS.c.position == position)).mappings().one())
    if column == "position":
        new: Any = me.count + me.rng.randint(1, 5)
        if position == me.count:
            new += 1
    elif column == "entry_id":
        new = me.rng.choice([each for each in me.sealed + me.waiting if each != old[column]])
    else:
        new = _other(old[column], column, me.rng)
    me.update(SEALS, position, **{column: new})
    return column


def delete_entries(me: Attacker) -> str:
    chosen = me.any_sealed(me.rng.randint(1, 5))
    way = me.rng.choice(("entries", "seals", "both", "both, gaps closed"))
    positions = [me.sealed.index(each) + 1 for each in chosen]
    if way != "seals":
        me.delete(ENTRIES, chosen)
    if way != "entries":
        me.delete(SEALS, positions)
    if way.endswith("closed"):
        me.close_gaps()
    if me.rng.random() < 0.3:
        me.sign_anew()
    return way


def delete_beginning(me: Attacker) -> str:
    count = me.rng.randint(1, me.count - 1)
    me.delete(ENTRIES, me.sealed[:count])
    me.delete(SEALS, range(1, count + 1))
    me.close_gaps()
    return "gaps closed"


def cut_tail(me: Attacker) -> str:
    count = me.rng.choice((1, 2, me.rng.randint(1, me.count), me.count))
    way = me.rng.choice(("entries", "seals", "both", "both and what waits"))
    if way != "seals":
        me.delete(ENTRIES, me.sealed[-count:])
    if way != "entries":
        me.delete(SEALS, range(me.count - count + 1, me.count + 1))
    if way.endswith("waits"):
        me.delete(ENTRIES, me.waiting)
    also = me.rng.choice(("", "", " and forge the head", " and lose the head", " and replay a head"))
    if also.endswith("forge the head"):
        me.sign_anew()
    elif also.endswith("lose the head"):
        me.head.unlink()
    elif also.endswith("replay a head"):
        # One that knows more than what is left: any other pair of both is a true earlier moment.
        known = [text for text in me.old_heads if json.loads(text)["count"] > me.count - count]
        if known:
            me.head.write_text(me.rng.choice(known))
    return way + also


def insert_entry(me: Attacker) -> str:
    way = me.rng.choice(("no tag", "copied tag", "other key", "copy", "copy with another nonce"))
    made = me.entry(me.rng.choice(me.sealed + me.waiting))
    made["id"] = max(me.sealed + me.waiting) + me.rng.randint(1, 3)
    if not way.startswith("copy"):
        made |= {"actor": f"account:{UUID(int=me.rng.getrandbits(128))}", "reason": "forged"}
    if way != "copy":
        made["nonce"] = UUID(int=me.rng.getrandbits(128))
    if way == "no tag":
        made["tag"] = None
    me.db.execute(sa.insert(ENTRIES), made)
    if way == "other key":
        row = me.db.execute(sa.select(ENTRY).where(ENTRY.c.id == made["id"])).one()
        me.update(ENTRIES, made["id"], tag=entry_tag(OTHER_KEY, entry_in(row).contents))
    if me.rng.random() < 0.4:
        values = {
            "accepted": me.rng.random() < 0.5,
            "sealed_at": NOW,
            "hash": f"{me.rng.getrandbits(256):064x}",
        }
        me.db.execute(sa.insert(SEALS), {"position": me.count + 1, "entry_id": made["id"], **values})
        way += ", sealed"
    return way


def swap_entries(me: Attacker) -> str:
    one, two = me.any_sealed(2)
    aside = max(me.waiting) + 100
    for old, new in ((one, aside), (two, one), (aside, two)):
        me.update(ENTRIES, old, id=new)
    return "two"


def swap_values(me: Attacker) -> str:
    one, two = me.rng.sample(me.sealed + me.waiting, 2)
    ways = [("tag",), ("nonce",), ("tag", "nonce"), ("actor",), ("subject_id",), ("actor", "tag", "nonce")]
    columns = me.rng.choice(ways)
    rows = me.entry(one), me.entry(two)
    me.update(ENTRIES, one, **{column: rows[1][column] for column in columns})
    me.update(ENTRIES, two, **{column: rows[0][column] for column in columns})
    return " and ".join(columns)


def move_seals(me: Attacker) -> str:
    start = me.rng.randint(1, me.count - 1)
    end = me.rng.randint(start + 1, min(me.count, start + 6))
    run = list(range(start, end + 1))
    moved = me.rng.choice((run[::-1], run[1:] + run[:1]))
    for position in run:
        me.update(SEALS, position, position=position + 10_000)
    for old, new in zip(run, moved, strict=True):
        me.update(SEALS, old + 10_000, position=new)
    return "reversed" if moved == run[::-1] else "turned"


def chain_anew(me: Attacker) -> str:
    """Edit an entry, and write everything after it again under a key of one's own."""
    start = me.rng.randint(1, me.count)
    me.update(ENTRIES, me.sealed[start - 1], reason="never happened")
    previous = me.db.scalars(sa.select(SEALS.c.hash).where(SEALS.c.position == start - 1)).first() or NO_HASH
    rows = me.db.execute(sa.select(SEAL).where(SEAL.c.position >= start).order_by(SEAL.c.position)).all()
    for row in rows:
        entry = entry_in(me.db.execute(sa.select(ENTRY).where(ENTRY.c.id == row.entry_id)).one())
        tag = entry_tag(OTHER_KEY, entry.contents)
        previous = seal_hash(OTHER_KEY, previous, seal_in(row).sealed, entry.contents, tag)
        me.update(ENTRIES, entry.id, tag=tag)
        me.update(SEALS, row.position, hash=previous)
    me.sign_anew()
    return "with another key"


def change_head(me: Attacker) -> str:
    way = me.rng.choice(("lost", "garbage", "count", "hash", "sealed_at", "signature", "older", "other key"))
    head = json.loads(me.head.read_text())
    if way == "lost":
        me.head.unlink()
        return way
    if way == "older":
        # The one before the newest is what a process leaves that ends between the two steps of sealing.
        me.head.write_text(me.rng.choice(me.old_heads[:-2]))
        return way
    if way == "other key":
        me.sign_anew()
        return way
    changed = {
        "count": me.rng.choice((head["count"] + 1, head["count"] - 1, 0, "1", None, 10**30)),
        "hash": f"{me.rng.getrandbits(256):064x}",
        "sealed_at": me.rng.choice(("2026-01-01T00:00:00.000000+00:00", "now", None)),
        "signature": f"{me.rng.getrandbits(256):064x}",
    }
    garbage = me.rng.choice(("", "{}", "[]", "null", "\x00", '{"count": 1}', "[" * 4000))
    me.head.write_text(garbage if way == "garbage" else json.dumps(head | {way: changed[way]}))
    return way


TAMPERINGS: tuple[Callable[[Attacker], str], ...] = (
    edit_entry, edit_entry, edit_entry, renumber_entry, edit_seal, edit_seal, delete_entries, delete_entries,
    delete_beginning, cut_tail, cut_tail, cut_tail, insert_entry, insert_entry, swap_entries, swap_values,
    move_seals, chain_anew, change_head, change_head,
)  # fmt: skip


class OneConnection:
    """Units on a connection whose transaction is rolled back afterwards."""

    audit_key = AUDIT_KEY

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        with Session(self._connection, autoflush=False) as db:
            yield UnitOfWork(db, NOW, {}, AUDIT_KEY)


def lay_open(connection: sa.Connection, kind: str) -> None:
    """Take away what guards the tables: who can write a database file can do that too."""
    if kind == "sqlite":
        for name in (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            .scalars()
            .all()
        ):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql(
            "ALTER TABLE audit_seal DROP CONSTRAINT fk_audit_seal_entry_id_audit_entry"
        )
        for table in ("audit_entry", "audit_seal"):
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for index in ("ix_audit_entry_nonce", "ix_audit_seal_entry_id"):
        connection.exec_driver_sql(f"DROP INDEX {index}")


@dataclass
class Field:
    """A sealed log laid open, on one connection."""

    log: SealedLog
    connection: sa.Connection
    old_heads: list[str]
    false_alarms: int
    untampered: int

    def attacker(self, rng: random.Random) -> Attacker:
        sealed = list(self.connection.scalars(sa.select(SEALS.c.entry_id).order_by(SEALS.c.position)))
        entries = self.connection.scalars(sa.select(ENTRIES.c.id).order_by(ENTRIES.c.id)).all()
        waiting = [each for each in entries if each not in set(sealed)]
        return Attacker(self.connection, self.log.head_file, self.old_heads, rng, sealed, waiting)


@contextmanager
def laid_open(url: str, kind: str, folder: Path) -> Iterator[Field]:
    heads, alarms, looked = [], 0, 0
    with opened_log(url, folder) as log:
        begun(log)
        for number, size in enumerate(BATCHES):
            heads.append(log.head_file.read_text())
            write(log, size, seed=number)
            seal(log)
            now = log.head_file.read_text()
            for head in (now, heads[-1]):
                log.head_file.write_text(head)
                alarms += len(faults(log))
                looked += 1
            log.head_file.write_text(now)
        write(log, WAITING, seed=99)
        with log.units.database.write_engine.connect() as connection:
            if kind == "sqlite":
                # It does nothing within a transaction.
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
            lay_open(connection, kind)
            connection.commit()
            held = SealedLog(OneConnection(connection), log.head_file)  # type: ignore[arg-type]
            yield Field(held, connection, heads, alarms, looked)


@pytest.mark.parametrize("tamperings", [pytest.param(1000, marks=pytest.mark.slow), 60])
def test_every_tampering_is_found(
    database_url: str, database_kind: str, tmp_path: Path, tamperings: int
) -> None:
    rng = random.Random(20261125)  # noqa: S311
    found, missed = Counter[str](), []
    with laid_open(database_url, database_kind, tmp_path) as field:
        head = field.log.head_file.read_text()
        attacker = field.attacker(rng)
        assert (attacker.count, len(attacker.waiting)) == (sum(BATCHES), WAITING)
        field.connection.rollback()
        for number in range(tamperings):
            tamper = TAMPERINGS[number % len(TAMPERINGS)]
            way = tamper(attacker)
            if faults(field.log):
                found[tamper.__name__] += 1
            else:
                missed.append((number, tamper.__name__, way))
            field.connection.rollback()
            field.log.head_file.write_text(head)
            if number % 20 == 0:
                field.false_alarms += len(faults(field.log))
                field.untampered += 1
                field.connection.rollback()

    print(
        f"\n{database_kind}: {sum(found.values())} of {tamperings} tamperings found,"
        f" {field.false_alarms} false alarms on {field.untampered} untampered logs; {dict(found)}"
    )
    assert missed == []
    assert field.false_alarms == 0
