"""Identifiers: ordered ones for records, random ones for anything that must not tell its age."""

import secrets
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

# No 0/O, 1/I/L, U: references are read out over the telephone.
_REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A UUIDv7 for an ordinary record; it reveals when it was made."""
    return uuid7()


def random_id() -> UUID:
    """A UUIDv4 for holds, tokens and public links, which must not reveal when they were made."""
    return uuid4()


def new_reference() -> str:
    """Eight random letters in two groups, such as `K7QM-3XWP`, to be read out over the telephone."""
    letters = [secrets.choice(_REFERENCE_ALPHABET) for _ in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
