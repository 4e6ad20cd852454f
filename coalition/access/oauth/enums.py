"""The closed sets of OAuth 2.0."""

from enum import StrEnum


class ActsFor(StrEnum):
    """On whose behalf a client calls: on its own, with a role type, or for the person who allowed it."""

    SYSTEM = "SYSTEM"
    PERSON = "PERSON"


class ClientState(StrEnum):
    """Where a client stands; only an active one gets tokens, and only its tokens count."""

    REQUESTED = "REQUESTED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    REFUSED = "REFUSED"
    ENDED = "ENDED"


class ClientRefusal(StrEnum):
    """Why the council's office did not let a client in; a closed set, so that nobody writes about anybody."""

    NOT_NEEDED = "NOT_NEEDED"
    TOO_MUCH = "TOO_MUCH"
    TOO_LONG = "TOO_LONG"
    UNCLEAR = "UNCLEAR"
    NOT_SAFE = "NOT_SAFE"


class GrantType(StrEnum):
    """The ways to a token, as RFC 6749 and RFC 8628 write them."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105  The name of a grant.
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


class GrantEnd(StrEnum):
    """Why a grant, and with it every token of its family, has ended before its time."""

    BY_CLIENT = "BY_CLIENT"
    BY_PERSON = "BY_PERSON"
    CODE_REPLAYED = "CODE_REPLAYED"
    REFRESH_REUSED = "REFRESH_REUSED"


class DeviceState(StrEnum):
    """Where the request of a device stands, until it ends by its time."""

    PENDING = "PENDING"
    ALLOWED = "ALLOWED"
    DENIED = "DENIED"
    USED = "USED"
