"""The third door below the pages: what a person allows apps and devices, which no document ever carries."""

from coalition.access.oauth.consent import Parameters, Refusal
from coalition.access.web_consent import (
    Allowed,
    Consent,
    Device,
    allow,
    allowed,
    answer_device,
    asked,
    deny,
    device,
    end,
    refusal,
)

__all__ = [
    "Allowed",
    "Consent",
    "Device",
    "Parameters",
    "Refusal",
    "allow",
    "allowed",
    "answer_device",
    "asked",
    "deny",
    "device",
    "end",
    "refusal",
]
