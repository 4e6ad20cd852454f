"""What a client can learn of us before it asks for anything (RFC 8414)."""

from __future__ import annotations

from typing import Any

from coalition.access.oauth.enums import GrantType
from coalition.members.role_types import ROLE_TYPES

WELL_KNOWN = "/.well-known/oauth-authorization-server"
AUTHORIZE = "/oauth/authorize"
TOKEN = "/oauth/token"  # noqa: S105  An address, not a secret.
REVOKE = "/oauth/revoke"
INTROSPECT = "/oauth/introspect"
DEVICE_AUTHORIZATION = "/oauth/device_authorization"
KEYS = "/oauth/jwks.json"
# Where machines come with credentials of their own, or with none: no cookie or bearer token is looked at.
FOR_MACHINES = frozenset((WELL_KNOWN, TOKEN, REVOKE, INTROSPECT, DEVICE_AUTHORIZATION, KEYS))

_WITH_SECRET = ["client_secret_basic", "client_secret_post"]


def server_metadata(issuer: str) -> dict[str, Any]:
    """The addresses and abilities of this server as RFC 8414, RFC 8628 and RFC 9207 name them."""
    permissions = {permission for role_type in ROLE_TYPES for permission in role_type.permissions}
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}{AUTHORIZE}",
        "token_endpoint": f"{issuer}{TOKEN}",
        "revocation_endpoint": f"{issuer}{REVOKE}",
        "introspection_endpoint": f"{issuer}{INTROSPECT}",
        "device_authorization_endpoint": f"{issuer}{DEVICE_AUTHORIZATION}",
        "jwks_uri": f"{issuer}{KEYS}",
        "scopes_supported": sorted(permissions),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [each.value for each in GrantType],
        "token_endpoint_auth_methods_supported": [*_WITH_SECRET, "none"],
        "revocation_endpoint_auth_methods_supported": [*_WITH_SECRET, "none"],
        "introspection_endpoint_auth_methods_supported": _WITH_SECRET,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }
