"""Talking to the outside OpenID provider: Authlib's client, with what it takes on trust checked.

OpenID Connect Core 1.0 and Discovery 1.0, PKCE S256 (RFC 7636), `iss` in the answer (RFC 9207), and the
advice of RFC 9700. The provider's keys and addresses are read when somebody signs in, never at the start of
the server: a provider that is away keeps nobody from signing in another way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth, StarletteOAuth2App
from joserfc.errors import JoseError
from starlette.requests import Request

from coalition.access.providers.settings import ProviderSettings, is_protected
from coalition.core.errors import CoalitionError

log = logging.getLogger("coalition.providers")

NAME = "outside"
SCOPE = "openid email"
# No symmetric ones, which whoever knows the client's secret could sign with, and no `none`.
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA", "Ed25519", "RS384", "ES384", "RS512", "ES512")
# What is read of the provider's metadata; the rest would become options of the HTTP client.
_READ = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "authorization_response_iss_parameter_supported",
)
_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
METADATA_SECONDS = 3600
REQUEST_SECONDS = 5.0
# For all that is asked in one step together.
STEP_SECONDS = 10.0
# How far the provider's clock may be from ours.
LEEWAY_SECONDS = 60
LONGEST_SUBJECT = 255


class ProviderFault(CoalitionError):
    """Somebody could not be signed in by the provider; `code` says why, for a page.

    STALE: nobody asked for this answer here, or too long ago. CANCELLED: the person did not go on there.
    AWAY: the provider did not answer in time. FAULTY: what it answered is not to be believed.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Identity:
    """Who somebody is, as the provider says. `email` is theirs only where it says that this was verified."""

    issuer: str
    subject: str
    verified_email: str | None = None


class _ProviderApp(StarletteOAuth2App):
    """Authlib's client with metadata that was checked, and is read again after an hour."""

    issuer = ""
    server_metadata: dict[str, Any]
    _server_metadata_url: str
    _get_session: Callable[[], Any]

    async def load_server_metadata(self) -> dict[str, Any]:
        if time.monotonic() < self.server_metadata.get("_good_until", 0.0):
            return self.server_metadata
        async with self._get_session() as client:
            answer = await client.request("GET", self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
        kept = checked_metadata(answer.json(), self.issuer)
        kept["_good_until"] = time.monotonic() + METADATA_SECONDS
        self.server_metadata = kept
        return kept

    def _get_oauth_client(self, **metadata: Any) -> Any:
        """Our own options only: Authlib would hand over the metadata, too."""
        del metadata
        return super()._get_oauth_client()  # type: ignore[misc]


def checked_metadata(found: Any, issuer: str) -> dict[str, Any]:
    """What counts of a provider's metadata.

    Raises `ProviderFault` when it is somebody else's, or has an address that others on the way can read.
    """
    if not isinstance(found, dict) or found.get("issuer") != issuer:
        raise ProviderFault("FAULTY")
    kept = {name: found[name] for name in _READ if name in found}
    if not all(name in kept for name in _NEEDED):
        raise ProviderFault("FAULTY")
    if not all(
        isinstance(kept[name], str) and is_protected(kept[name]) for name in _ADDRESSES if name in kept
    ):
        raise ProviderFault("FAULTY")
    # Authlib takes these from the metadata: they are ours to choose.
    kept["id_token_signing_alg_values_supported"] = list(ALGORITHMS)
    return kept


class Provider:
    """The one provider of this installation."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        oauth = OAuth()
        oauth.register(
            NAME,
            client_cls=_ProviderApp,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "timeout": REQUEST_SECONDS,
                "follow_redirects": False,
            },
            user_agent="Coalition",
        )
        self._app: Any = oauth.create_client(NAME)  # type: ignore[no-untyped-call]
        self._app.issuer = settings.issuer

    async def begin(self, request: Request, *, back_to: str, flow: Mapping[str, str]) -> str:
        """The provider's address to send the browser to; `flow` comes back with the answer.

        `flow` is kept signed in this browser's cookie, where its holder can read it. Raises `ProviderFault`.
        """
        with _faults():
            async with asyncio.timeout(STEP_SECONDS):
                made = await self._app.create_authorization_url(back_to)
        address: str = made.pop("url")
        await self._app.save_authorize_data(request, redirect_uri=back_to, flow=dict(flow), **made)
        return address

    async def flow(self, request: Request) -> Mapping[str, str]:
        """What was begun in this browser and is now answered; the answer counts once.

        Raises `ProviderFault` with STALE, CANCELLED, or FAULTY for an answer of another provider.
        """
        state = request.query_params.get("state")
        kept = await self._app.framework.get_state_data(request.session, state) if state else None
        if kept is None:
            raise ProviderFault("STALE")
        named = request.query_params.getlist("iss")
        must = (await self._metadata()).get("authorization_response_iss_parameter_supported") is True
        if named != [self.settings.issuer] if named else must:
            await self._app.framework.clear_state_data(request.session, state)
            raise ProviderFault("FAULTY")
        error = request.query_params.get("error")
        if error is not None:
            await self._app.framework.clear_state_data(request.session, state)
            raise ProviderFault("CANCELLED" if error in ("access_denied", "login_required") else "FAULTY")
        found: Mapping[str, str] = kept["flow"]
        return found

    async def identity(self, request: Request) -> Identity:
        """Who the answer says has come, after `flow`. Raises `ProviderFault`."""
        with _faults():
            async with asyncio.timeout(STEP_SECONDS):
                token = await self._app.authorize_access_token(
                    request, leeway=LEEWAY_SECONDS, claims_options=self._claims_options()
                )
                claims = token.get("userinfo")
                if claims is None:
                    raise ProviderFault("FAULTY")
                claims = await self._with_email(token, dict(claims))
        subject = claims["sub"]
        if (
            not isinstance(subject, str)
            or not 0 < len(subject) <= LONGEST_SUBJECT
            or not subject.isprintable()
        ):
            raise ProviderFault("FAULTY")
        return Identity(self.settings.issuer, subject, _verified_email(claims))

    async def _metadata(self) -> dict[str, Any]:
        with _faults():
            async with asyncio.timeout(STEP_SECONDS):
                found: dict[str, Any] = await self._app.load_server_metadata()
                return found

    async def _with_email(self, token: Mapping[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """The claims with the address, which some providers tell only to whoever asks for it."""
        metadata = await self._app.load_server_metadata()
        if "email" in claims or "userinfo_endpoint" not in metadata:
            return claims
        more = await self._app.userinfo(token=token)
        # OpenID Connect Core 1.0, section 5.3.2: about somebody else it must not be used.
        if more.get("sub") != claims["sub"]:
            raise ProviderFault("FAULTY")
        return claims | {name: more[name] for name in ("email", "email_verified") if name in more}

    def _claims_options(self) -> dict[str, Any]:
        # Authlib checks the audience only when it is told to.
        return {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }


def _verified_email(claims: Mapping[str, Any]) -> str | None:
    """Only `true` is true: some providers send the word as a text, some mean something else by it."""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else None


class _faults:  # noqa: N801  Read as a function.
    """Turns whatever can go wrong between two servers into a `ProviderFault`, noted without what was said."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, ProviderFault):
            return
        if isinstance(error, TimeoutError | httpx2.HTTPError | httpx2.InvalidURL):
            _note(error)
            raise ProviderFault("AWAY") from error
        if isinstance(error, OAuthError | JoseError | ValueError | KeyError | TypeError | RuntimeError):
            _note(error)
            raise ProviderFault("FAULTY") from error


def _note(error: BaseException) -> None:
    # The type says enough: messages can hold what somebody else has chosen.
    log.warning("the outside provider", extra={"fields": {"fault": type(error).__qualname__}})
