"""Opaque random tokens: told once, kept as a keyed hash only."""

from __future__ import annotations

import hmac
import secrets as randomness
from enum import StrEnum

from coalition.access.secrets import Secrets


class TokenKind(StrEnum):
    """The first letters of a token: they say what it is, to people and to scanners for leaked secrets."""

    SIGN_IN = "cs"
    SIGN_IN_STEP = "css"
    PERSONAL = "cpat"
    CODE = "coac"
    REFRESH = "cort"
    DEVICE = "codc"
    CLIENT_SECRET = "ccs"  # noqa: S105  A prefix, not a secret.


def new_token(kind: TokenKind) -> str:
    """A token with 256 random bits, such as `cpat_Yw3…`, safe in addresses and headers."""
    return f"{kind}_{randomness.token_urlsafe(32)}"


# Crockford's base32 without I, L, O and U: nothing in it is taken for anything else when it is typed.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 20
_GROUP = 4
_MEANT = str.maketrans("OIL", "011", " -\u2010\u2011\u2012\u2013\u2014\u2212._\t\r\n")


def new_code() -> str:
    """A one-time code with 100 random bits that can be read out and typed, such as `7HQD-5V4Y-…`."""
    return spoken_code("".join(randomness.choice(CODE_LETTERS) for _ in range(CODE_LENGTH)))


def spoken_code(letters: str) -> str:
    """A code in groups of four, as it is shown."""
    return "-".join(letters[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def read_code(typed: str) -> str | None:
    """The letters of a code as somebody typed it, in either case and grouping; None for anything else."""
    letters = typed[:200].upper().translate(_MEANT)
    return letters if len(letters) == CODE_LENGTH and set(letters) <= set(CODE_LETTERS) else None


def token_hash(secrets: Secrets, token: str) -> str:
    """What is kept of a token: HMAC-SHA256, useless without the key even to whoever reads the database.

    A slow hash would add nothing: nobody guesses 256 random bits.
    """
    return hmac.new(secrets.token_key, token.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def is_kind(token: str, kind: TokenKind) -> bool:
    """Whether a token has the first letters of its kind."""
    return token.startswith(f"{kind}_")
