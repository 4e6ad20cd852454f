"""The short codes that a device shows and a person types."""

from __future__ import annotations

from coalition.access.secrets import Secrets
from coalition.access.tokens import token_hash


def user_code_hash(secrets: Secrets, typed: str) -> str:
    """What is kept of a code; small letters, spaces and hyphens make no difference."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    return token_hash(secrets, f"user-code:{letters}")
