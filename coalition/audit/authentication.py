"""What only the holder of `audit_key` can write: tags of entries, hashes of seals, signatures of heads."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

# Stands before the first seal.
NO_HASH = "0" * 64


@dataclass(frozen=True)
class Contents:
    """All that an entry says."""

    happened_at: datetime
    actor: str
    organisation_id: UUID | None
    action: str
    subject_type: str
    subject_id: UUID
    fields: tuple[str, ...]
    reason: str | None
    nonce: UUID | None

    def plain(self) -> list[Any]:
        """The contents as JSON values, the same for every database that they went through."""
        return [
            _instant(self.happened_at),
            self.actor,
            self.organisation_id.hex if self.organisation_id else None,
            self.action,
            self.subject_type,
            self.subject_id.hex,
            list(self.fields),
            self.reason,
            self.nonce.hex if self.nonce else None,
        ]


def entry_tag(key: bytes, contents: Contents) -> str:
    """The tag of an entry: nobody without the key can write one that fits."""
    return _signed(key, "entry", contents.plain())


def has_its_tag(key: bytes, contents: Contents, tag: str | None) -> bool:
    """Whether an entry was written by a holder of the key, with just these contents."""
    return tag is not None and _same(tag, entry_tag(key, contents))


@dataclass(frozen=True)
class Sealed:
    """What a seal says of its entry."""

    position: int
    entry_id: int
    accepted: bool
    sealed_at: datetime


def seal_hash(key: bytes, previous: str, seal: Sealed, contents: Contents, tag: str | None) -> str:
    """The hash of a seal over the hash before it, itself and the whole entry."""
    own = [seal.position, seal.entry_id, seal.accepted, _instant(seal.sealed_at)]
    return _signed(key, "seal", [previous, *own, *contents.plain(), tag])


def head_signature(key: bytes, count: int, newest_hash: str, sealed_at: datetime) -> str:
    """The signature of a head."""
    return _signed(key, "head", [count, newest_hash, _instant(sealed_at)])


def _signed(key: bytes, purpose: str, values: Sequence[Any]) -> str:
    text = json.dumps([f"coalition audit {purpose} 1", *values], separators=(",", ":"))
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _same(given: str, expected: str) -> bool:
    # As bytes: what stands in a database that somebody changed need not be ASCII.
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
