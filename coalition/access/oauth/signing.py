"""Access tokens as signed JWTs (RFC 9068): writing them, and believing as little as possible of one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError

from coalition.access.oauth.issuer import resource_of
from coalition.access.oauth.keys import ALGORITHM, signer, verifying_key
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


def token_id(uow: UnitOfWork, token: str, *, issuer: str) -> UUID | None:
    """The `jti` of an access token that we signed, for this API, and that has not run out; else None.

    Of the header only `kid` is read: type and algorithm must be ours to the letter (RFC 8725 section 3).
    """
    if not is_signed(token):
        return None
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid = header.get("kid")
        if header.get("typ") != TYPE or header.get("alg") != ALGORITHM or not isinstance(kid, str):
            return None
        key = verifying_key(uow, kid) if _KEY_ID.fullmatch(kid) else None
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims if key else {}
    except (JoseError, ValueError):
        return None
    return _id_of(claims, uow.now, issuer)


def _id_of(claims: dict[str, Any], now: datetime, issuer: str) -> UUID | None:
    expires, named = claims.get("exp"), claims.get("jti")
    is_ours = bool(issuer) and claims.get("iss") == issuer and claims.get("aud") == resource_of(issuer)
    if not is_ours or not isinstance(expires, int) or not isinstance(named, str):
        return None
    try:
        return UUID(named) if now.timestamp() < expires else None
    except ValueError:
        return None
