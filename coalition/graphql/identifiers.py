"""Opaque ids: they name a type and a record, and mean nothing to whoever holds one."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID


def encode_id(type_name: str, record_id: UUID) -> str:
    """The `ID` of a record of a GraphQL type."""
    return base64.urlsafe_b64encode(f"{type_name}:{record_id.hex}".encode()).decode().rstrip("=")


def encode_text_id(type_name: str, text: str) -> str:
    """The `ID` of a record whose id is given as text, with dashes or without."""
    plain = f"{type_name}:{text.replace('-', '')}".encode()
    # No byte of these texts gives a `+` or `/`, so the ordinary alphabet is the one safe in addresses.
    return binascii.b2a_base64(plain, newline=False).decode().rstrip("=")


def decode_id(opaque: str) -> tuple[str, UUID] | None:
    """The type name and record id, or None when `opaque` was not made by `encode_id`."""
    try:
        text = base64.urlsafe_b64decode(opaque + "=" * (-len(opaque) % 4)).decode()
        type_name, _, hexadecimal = text.partition(":")
        return type_name, UUID(hex=hexadecimal)
    except (ValueError, binascii.Error):
        return None


def record_id(opaque: str | None, type_name: str) -> UUID | None:
    """The record id when `opaque` is an id of `type_name`; anything else is a record nobody has."""
    decoded = decode_id(opaque) if opaque else None
    return decoded[1] if decoded and decoded[0] == type_name else None
