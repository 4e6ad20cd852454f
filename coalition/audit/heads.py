"""The head of the chain, signed, in a file beside the database: by it a cut tail is found."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coalition.audit.authentication import NO_HASH, head_signature
from coalition.core.errors import CoalitionError
from coalition.core.private_files import write_private

_LONGEST = 4096


class HeadFault(CoalitionError):
    """A head that does not fit the log; the text says why."""


class HeadMissing(HeadFault):
    """There is no head file, and there was one since the log was begun."""


@dataclass(frozen=True)
class Head:
    """How long the chain was at a moment, and the hash of its last seal."""

    count: int
    hash: str
    sealed_at: datetime

    def __post_init__(self) -> None:
        if self.count < 0 or (self.count == 0) != (self.hash == NO_HASH):
            raise ValueError("no head of a chain")


def head_file(data_folder: Path) -> Path:
    """Where the head of an installation is kept."""
    return data_folder / "audit-head.json"


def head_text(head: Head, key: bytes) -> str:
    """A signed head as one line, to be kept in the file or elsewhere."""
    return json.dumps(
        {
            "count": head.count,
            "hash": head.hash,
            "sealed_at": head.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "signature": head_signature(key, head.count, head.hash, head.sealed_at),
        }
    )


def parse_head(text: str, key: bytes) -> Head:
    """The head in a line that was written with this key. Raises `HeadFault`."""
    try:
        given = json.loads(text)
        head = Head(given["count"], given["hash"], datetime.fromisoformat(given["sealed_at"]))
        # Compared as a whole: nothing but what we would write ourselves is taken.
        genuine = json.loads(head_text(head, key)) == given
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise HeadFault("cannot be read as a head of the audit log") from error
    if not genuine:
        raise HeadFault("was not written with the audit_key of this coalition")
    return head


def read_head(file: Path, key: bytes) -> Head:
    """The head in a file. Raises `HeadMissing`, and `HeadFault` for what cannot be read or was forged."""
    try:
        with file.open("rb") as stream:
            content = stream.read(_LONGEST)
    except FileNotFoundError as error:
        raise HeadMissing("is missing") from error
    except OSError as error:
        raise HeadFault(f"cannot be read: {error.strerror}") from error
    return parse_head(content.decode("utf-8", "replace"), key)


def write_head(file: Path, head: Head, key: bytes) -> None:
    """Put a head in the place of the one before: whole or not at all, for its owner only."""
    write_private(file, head_text(head, key) + "\n")


@contextmanager
def only_sealer(file: Path) -> Iterator[None]:
    """Keep other processes on this data folder from sealing meanwhile, so that no head goes back."""
    descriptor = os.open(file.parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
