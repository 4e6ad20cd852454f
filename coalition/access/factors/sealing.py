"""Secrets that must be read again, encrypted before they are stored."""

from __future__ import annotations

import base64
import binascii
import secrets as randomness
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from coalition.access.secrets import Secrets

_NONCE_BYTES = 12


def seal(secrets: Secrets, text: str, *, account_id: UUID) -> str:
    """Encrypt a secret of one account with AES-256-GCM; moved to another account it cannot be read."""
    nonce = randomness.token_bytes(_NONCE_BYTES)
    sealed = _cipher(secrets).encrypt(nonce, text.encode(), account_id.bytes)
    return base64.b64encode(nonce + sealed).decode()


def unseal(secrets: Secrets, sealed: str, *, account_id: UUID) -> str | None:
    """The secret; None when it was sealed under another `token_key` or was tampered with."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        opened = _cipher(secrets).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], account_id.bytes)
    except (binascii.Error, ValueError, InvalidTag):
        return None
    return opened.decode()


def _cipher(secrets: Secrets) -> AESGCM:
    """A key of its own, so that what hashes tokens never encrypts."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"coalition authenticator secrets")
    return AESGCM(derive.derive(secrets.token_key))
