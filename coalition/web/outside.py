"""The door to signing in by an outside provider; as in `proving`, nothing of it is in any document."""

from coalition.access.origins import is_from_elsewhere
from coalition.access.providers.client import ProviderFault
from coalition.access.web_providers import (
    CALLBACK,
    ProviderCookie,
    Purpose,
    answer,
    begin,
    linked,
    provider_name,
    remove,
)

__all__ = [
    "CALLBACK",
    "ProviderCookie",
    "ProviderFault",
    "Purpose",
    "answer",
    "begin",
    "is_from_elsewhere",
    "linked",
    "provider_name",
    "remove",
]
