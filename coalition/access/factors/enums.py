"""Closed sets of second factors and passkeys."""

from enum import StrEnum


class ChallengePurpose(StrEnum):
    """What a passkey is asked to sign for."""

    REGISTER = "REGISTER"
    SIGN_IN = "SIGN_IN"
    SECOND_STEP = "SECOND_STEP"
    PROVE = "PROVE"
