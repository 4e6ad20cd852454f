"""Answers that did not change: kept as bytes, and given again as long as the data is what it was.

Only an answer without errors to a question, not to a deed, is kept, and only if nothing in it depends on the
moment or must be written to the audit log each time it is given (`dependence.py`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from coalition.core.actor import Actor
from coalition.core.kept import Kept

# In bytes: all answers together unless an installation says otherwise, and one of them.
HEAVIEST = 16 * 1024 * 1024
HEAVIEST_ANSWER = 1024 * 1024
# What one answer takes besides its bytes.
_BESIDES = 500


@dataclass(frozen=True)
class Asked:
    """What was asked by whom: everything that an answer can depend on besides the data."""

    document: str
    operation_name: str | None
    variables: Mapping[str, Any] | None
    actor: Actor
    language: str
    introspection: bool

    def key(self, day: date) -> bytes | None:
        """The same for the same question on one civil day; None when its variables cannot be compared."""
        whole = [
            self.document, self.operation_name, self.variables, self.actor.scope, self.language,
            self.introspection, day,
        ]  # fmt: skip
        try:
            return hashlib.sha256(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)).digest()
        except TypeError:
            # A number that no other reader of JSON would take.
            return None


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it is sent; `data_number` is the version of the data, None when it shows none."""

    body: bytes
    tag: str
    data_number: int | None


def answers_of(megabytes: int) -> Answers:
    """Room for so many megabytes of answers; none is kept without any."""
    return Answers(kept=Kept(most=20_000, heaviest=megabytes * 1024 * 1024))


@dataclass
class Answers:
    """The answers of one process."""

    kept: Kept[KeptAnswer] = field(default_factory=lambda: Kept(most=20_000, heaviest=HEAVIEST))
    # Most questions are asked once: only the second time an answer is worth the room.
    asked: Kept[bool] = field(default_factory=lambda: Kept(most=10_000, heaviest=10_000))

    def is_asked_again(self, key: bytes) -> bool:
        """Whether this was asked before, not long ago."""
        if self.asked.get(key):
            return True
        self.asked.put(key, value=True, weight=1)
        return False

    def keep(self, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer in the place of an older one."""
        if len(answer.body) <= HEAVIEST_ANSWER:
            self.kept.put(key, answer, len(answer.body) + _BESIDES)


def encoded(answer: Any) -> bytes:
    """JSON for a client."""
    try:
        return orjson.dumps(answer)
    except TypeError:
        # A cost beyond what fits into 64 bits.
        return json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode()


def tag_of(body: bytes) -> str:
    """A strong validator: other bytes have another one, in whatever process and after any restart."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def names_tag(header: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names this tag; compared weakly, as RFC 9110 has it."""
    if header is None:
        return False
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag in named or named == ["*"]
