"""Access tokens as signed JWTs (RFC 9068): writing them, and believing as little as possible of one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError

from coalition.access.oauth.issuer import resource_of
from coalition.access.oauth.keys import ALGORITHM, counting_key, read_key, signer
from coalition.access.secrets import Secrets
from coalition.core.unit_of_work import UnitOfWork

TYPE = "at+jwt"
TOKEN_SECONDS = 600
LONGEST_TOKEN = 4096
# A thumbprint (RFC 7638); anything else is not looked up.
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Contents:
    """What an access token says: whose it is, for which client, what for."""

    id: UUID
    issuer: str
    subject: str
    client_id: str
    scopes: tuple[str, ...]
    expires_at: datetime


def sign_token(uow: UnitOfWork, secrets: Secrets, contents: Contents) -> str:
    """The token as it is sent; it is kept nowhere."""
    by = signer(uow, secrets)
    claims = {
        "iss": contents.issuer,
        "sub": contents.subject,
        "aud": resource_of(contents.issuer),
        "client_id": contents.client_id,
        "scope": " ".join(contents.scopes),
        "iat": int(uow.now.timestamp()),
        "exp": int(contents.expires_at.timestamp()),
        "jti": str(contents.id),
    }
    return jwt.encode({"typ": TYPE, "alg": ALGORITHM, "kid": by.kid}, claims, by.key)


def is_signed(token: str) -> bool:
    """Whether this looks like a JWT, of whatever kind."""
    return token.startswith("ey") and token.count(".") == 2 and len(token) <= LONGEST_TOKEN


@dataclass(frozen=True)
class Verified:
    """What a token says that was signed with the key `kid` of ours."""

    kid: str
    claims: dict[str, Any]


def token_id(uow: UnitOfWork, token: str, *, issuer: str) -> UUID | None:
    """The `jti` of an access token that we signed, for this API, and that has not run out; else None."""
    verified = verified_claims(token, lambda kid: counting_key(uow, kid))
    return id_of(verified.claims, uow.now, issuer) if verified else None


def verified_claims(token: str, key_of: Callable[[str], dict[str, str] | None]) -> Verified | None:
    """What a token says, if it is signed with a key of ours; `key_of` gives the public key of a name.

    Of the header only `kid` is read: type and algorithm must be ours to the letter (RFC 8725 section 3).
    """
    if not is_signed(token):
        return None
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid = header.get("kid")
        if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            return None
        key = key_of(kid) if _KEY_ID.fullmatch(kid) else None
        return Verified(kid, jwt.decode(token, read_key(key), algorithms=[ALGORITHM]).claims) if key else None
    except (JoseError, ValueError):
        return None


def id_of(claims: Mapping[str, Any], now: datetime, issuer: str) -> UUID | None:
    """The `jti` of claims that are for this API and have not run out."""
    expires, named = claims.get("exp"), claims.get("jti")
    is_ours = bool(issuer) and claims.get("iss") == issuer and claims.get("aud") == resource_of(issuer)
    if not is_ours or not isinstance(expires, int) or not isinstance(named, str):
        return None
    try:
        return UUID(named) if now.timestamp() < expires else None
    except ValueError:
        return None
