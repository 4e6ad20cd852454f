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
    OAUTH = "coat"
    CLIENT_SECRET = "ccs"  # noqa: S105  A prefix, not a secret.
    ONE_TIME_LINK = "col"


def new_token(kind: TokenKind) -> str:
    """A token with 256 random bits, such as `cpat_Yw3…`, safe in addresses and headers."""
    return f"{kind}_{randomness.token_urlsafe(32)}"


def token_hash(secrets: Secrets, token: str) -> str:
    """What is kept of a token: HMAC-SHA256, useless without the key even to whoever reads the database.

    A slow hash would add nothing: nobody guesses 256 random bits.
    """
    return hmac.new(secrets.token_key, token.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def is_kind(token: str, kind: TokenKind) -> bool:
    """Whether a token has the first letters of its kind."""
    return token.startswith(f"{kind}_")
