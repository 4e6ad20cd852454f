"""Passwords as argon2id hashes."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000

# The second choice of RFC 9106 section 4: 64 MiB and three passes, about 50 ms.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, type=Type.ID)
# Each hash takes 64 MiB: many sign-ins at once must not take the memory of a small machine.
_AT_ONCE = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters in it."""
    with _AT_ONCE:
        return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password.

    Without a hash the work is done all the same and the answer is no, so that the time it takes does
    not tell which accounts exist.
    """
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        with _AT_ONCE:
            _HASHER.verify(password_hash or _hash_of_nobody(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(b"nobody has this password")
