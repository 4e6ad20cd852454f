"""Requests and answers between our routes and Authlib, which is synchronous and knows no Starlette."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, OAuth2Request

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class OAuthAsked:
    """What was sent to an endpoint; `address` is the one that it came to."""

    address: str
    form: Pairs
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class OAuthAnswer:
    """What goes back: JSON, or nothing with a `Location`."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str]

    @property
    def location(self) -> str | None:
        """Where the browser is sent."""
        return self.headers.get("Location")


def answered(status: int, body: Any, headers: Any) -> OAuthAnswer:
    """What Authlib made, as we send it."""
    return OAuthAnswer(status, body or {}, dict(headers))


def malformed(description: str) -> OAuthAnswer:
    """The answer to what is no request at all."""
    return answered(*InvalidRequestError(description)())


class _Payload(OAuth2Payload):
    """Parameters, with those that came more than once."""

    def __init__(self, pairs: Pairs) -> None:
        self._data = dict(pairs)
        self._datalist: defaultdict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._datalist[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> defaultdict[str, list[str]]:
        return self._datalist


class OAuthRequest(OAuth2Request):
    """A request as Authlib reads it; plain http is refused except on loopback.

    Grants put what they find into it: the client, the account, the code or device that is used up.
    """

    payload: _Payload
    client: Any
    user: Any
    credential: Any

    def __init__(self, asked: OAuthAsked) -> None:
        super().__init__(asked.method, asked.address, headers=_Headers(asked.headers))
        self.payload = _Payload(asked.form)

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class _Headers(dict[str, str]):
    """Authlib asks for `Authorization`, ASGI says `authorization`."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)
