"""A device that holds passkeys, in a few lines: what a browser would send, so that it can be sent wrongly."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One key; `count` is what its signature counter says next, 0 for ever when it does not count."""

    origin: str = "http://localhost"
    count: int = 0
    counts: bool = True
    verifies: bool = True
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: str = ""

    def register(self, options: str, **changes: Any) -> str:
        """What `navigator.credentials.create` would give for these options."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        flags = PRESENT | ATTESTED | (VERIFIED if self.verifies else 0)
        public = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(asked["rp"]["id"], flags, 0) + attested + cbor2.dumps(cose)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"], changes)
        return self._answer(client, attestationObject=bytes_to_base64url(attestation))

    def sign(self, options: str, **changes: Any) -> str:
        """What `navigator.credentials.get` would give; `origin`, `challenge` and `host` can be lied about."""
        asked = json.loads(options)
        if self.counts:
            self.count += 1
        flags = PRESENT | (VERIFIED if self.verifies else 0)
        data = self._data(changes.pop("host", asked["rpId"]), flags, self.count)
        handle = changes.pop("handle", self.handle)
        client = self._client("webauthn.get", asked["challenge"], changes)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        said = {"authenticatorData": bytes_to_base64url(data), "signature": bytes_to_base64url(signature)}
        return self._answer(client, **said, **({"userHandle": handle} if handle else {}))

    def _data(self, host: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, changes: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps({**said, **changes}).encode()

    def _answer(self, client: bytes, **response: str) -> str:
        name = bytes_to_base64url(self.credential_id)
        response["clientDataJSON"] = bytes_to_base64url(client)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})


def another_challenge() -> str:
    """A challenge that nobody asked for."""
    return bytes_to_base64url(secrets.token_bytes(32))


def changed(answer: str) -> str:
    """The same answer with one bit of its signature turned."""
    content = json.loads(answer)
    signature = bytearray(base64url_to_bytes(content["response"]["signature"]))
    signature[-1] ^= 1
    content["response"]["signature"] = bytes_to_base64url(bytes(signature))
    return json.dumps(content)
