"""The kinds of systems that can be asked for, and what each comes to in OAuth 2.0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coalition.access.oauth.enums import ActsFor, GrantType
from coalition.access.oauth.models import OAuthClient


class ClientKind(StrEnum):
    """What a system is, in words that its makers use themselves."""

    SERVER = "SERVER"
    WEB_APP = "WEB_APP"
    INSTALLED_APP = "INSTALLED_APP"
    COMMAND_LINE = "COMMAND_LINE"


@dataclass(frozen=True)
class Shape:
    """On whose behalf a kind calls, how it comes to tokens, and whether it can keep a secret."""

    acts_for: ActsFor
    grant_types: tuple[GrantType, ...]
    is_public: bool = False

    @property
    def comes_back(self) -> bool:
        """Whether a browser is sent back to an address of the client's."""
        return GrantType.AUTHORIZATION_CODE in self.grant_types

    def columns(self) -> dict[str, Any]:
        """The columns of a client of this kind."""
        return {
            "acts_for": self.acts_for,
            "grant_types": [each.value for each in self.grant_types],
            "is_public": self.is_public,
        }


_BY_BROWSER = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN)
SHAPES = {
    ClientKind.SERVER: Shape(ActsFor.SYSTEM, (GrantType.CLIENT_CREDENTIALS,)),
    ClientKind.WEB_APP: Shape(ActsFor.PERSON, _BY_BROWSER),
    ClientKind.INSTALLED_APP: Shape(ActsFor.PERSON, _BY_BROWSER, is_public=True),
    ClientKind.COMMAND_LINE: Shape(
        ActsFor.PERSON, (GrantType.DEVICE_CODE, GrantType.REFRESH_TOKEN), is_public=True
    ),
}

# What decides for others, or lets others in, a person does in their own browser and through no app.
NEVER_FOR_APPS = frozenset(
    {
        "access:administer",
        "ballot:vote",
        "client:approve",
        "client:request",
        "decision:record",
        "mandate:appoint",
        "member:admit",
        "people:manage",
    }
)


def kind_of(client: OAuthClient) -> ClientKind:
    """The kind that a client is of."""
    if client.acts_for is ActsFor.SYSTEM:
        return ClientKind.SERVER
    if GrantType.DEVICE_CODE in client.grant_types:
        return ClientKind.COMMAND_LINE
    return ClientKind.INSTALLED_APP if client.is_public else ClientKind.WEB_APP
