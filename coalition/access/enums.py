"""Closed sets of signing in."""

from enum import StrEnum


class SignInMethod(StrEnum):
    """What proved who somebody is when they signed in; a second factor came on top where it was asked for."""

    PASSWORD = "PASSWORD"  # noqa: S105  A word of ours, not a password.
    PASSKEY = "PASSKEY"  # noqa: S105
    LINK = "LINK"
    PROVIDER = "PROVIDER"
    PIN = "PIN"
