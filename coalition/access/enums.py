"""Closed sets of signing in."""

from enum import StrEnum


class SignInMethod(StrEnum):
    """What proved who somebody is when they signed in; a second factor came on top where it was asked for."""

    PASSWORD = "PASSWORD"  # noqa: S105  A word of ours, not a password.
    PASSKEY = "PASSKEY"
    LINK = "LINK"
    PROVIDER = "PROVIDER"
    PIN = "PIN"


class LinkPurpose(StrEnum):
    """What a one-time link is for: coming in for the first time, or a new password."""

    INVITATION = "INVITATION"
    RESET = "RESET"
