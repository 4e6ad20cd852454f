"""An OpenID provider on loopback that can be told to lie, and a browser's part of going there and back."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

CLIENT_ID = "coalition"
CLIENT_SECRET = "a secret between two servers"
Claims = dict[str, Any]


@dataclass
class LyingProvider:
    """Says who has come in whatever way a test wishes; `asked` is what the client sent to the token endpoint.

    `claims` are put over the right ones, None takes one away. `answers` takes the place of a whole answer.
    """

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    claims: Claims = field(default_factory=dict)
    userinfo: Claims = field(default_factory=dict)
    metadata: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    silent_at: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    nonces: dict[str, str] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def be_honest(self) -> None:
        """Forget every lie, and what was asked before."""
        self.__dict__.update(LyingProvider(issuer=self.issuer).__dict__)

    def authorized(self, address: str, *, subject: str = "somebody", **more: Any) -> dict[str, str]:
        """What the browser brings back after its holder has said yes at this address."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.nonces)}-{subject}"
        self.nonces[code], self.challenges[code] = asked["nonce"], asked["code_challenge"]
        self.claims = {"sub": subject, **more}
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def answer(self, path: str, form: Mapping[str, str]) -> tuple[int, Any]:
        if path == self.silent_at:
            self.closing.wait(60)
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, self._metadata()
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/userinfo":
            return 200, {"sub": self.claims.get("sub"), **self.userinfo}
        if path == "/token":
            return self._token(dict(form))
        return 404, {}

    def _metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            **{
                f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token", "userinfo")
            },
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        self.asked.append(form)
        code = form.get("code", "")
        nonce, challenge = self.nonces.pop(code, None), self.challenges.get(code)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        if nonce is None or base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "nonce": nonce, "iat": now, "exp": now + 300, **self.claims,
        }  # fmt: skip
        token = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300}
        kept = {name: value for name, value in claims.items() if value is not None}
        signed = (self.sign or self.signed)(kept)
        return 200, {**token, "id_token": signed} if signed else token

    def signed(self, claims: Claims) -> str:
        """As it should be."""
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def unsigned(self, claims: Claims) -> str:
        """With `alg` none."""
        header, payload = ({"alg": "none", "kid": self.key.kid}, claims)
        return ".".join([*(_encoded(part) for part in (header, payload)), ""])

    def signed_by_secret(self, claims: Claims) -> str:
        """With what the client knows, too."""
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET), algorithms=["HS256"])

    def signed_by_another(self, claims: Claims) -> str:
        """With a key that is not the provider's, under the name of the provider's."""
        other = ECKey.generate_key("P-256")
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, other)


def _encoded(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@contextmanager
def lying_provider() -> Iterator[LyingProvider]:
    """Such a provider on a free port of loopback, until the context ends."""
    provider = LyingProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*provider.answer(urlsplit(self.path).path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.answer(urlsplit(self.path).path, form))

        def _send(self, status: int, content: Any) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield provider
    finally:
        provider.closing.set()
        server.shutdown()
        server.server_close()
