"""Access tokens are believed when every letter is as we write it, and never otherwise."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from joserfc import jws, jwt
from joserfc.jwk import ECKey

from coalition.access.actors import actor_for_bearer
from coalition.access.oauth.keys import OVERLAP_SECONDS, published_keys, rotate_keys, signer
from coalition.access.oauth.models import OAuthToken, SigningKey
from coalition.access.secrets import Secrets
from coalition.core.actor import system_actor
from coalition.core.database import Database
from coalition.core.unit_of_work import UnitOfWork, Units
from tests.access.conftest import People
from tests.support.tokens import ISSUER, access_token

Claims = dict[str, Any]


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def part(content: object) -> str:
    return encoded(json.dumps(content).encode())


class Forge:
    """Our own signing key in the hands of whoever changes one thing in a good token."""

    def __init__(self, uow: UnitOfWork, secrets: Secrets, people: People) -> None:
        self.uow = uow
        self.secrets = secrets
        self.good = access_token(uow, secrets, people.credentials.client_id, ["capacity:read"])
        by = signer(uow, secrets)
        self.key = by.key
        self.header: Claims = dict(jws.extract_compact(self.good.encode()).headers())
        self.claims: Claims = jwt.decode(self.good, by.key).claims

    def signed(self, header: Claims | None = None, **claims: Any) -> str:
        """With what we sign with; a claim or header of None is left out."""
        head = {name: value for name, value in {**self.header, **(header or {})}.items() if value is not None}
        body = {name: value for name, value in {**self.claims, **claims}.items() if value is not None}
        return jws.serialize_compact(head, json.dumps(body), self.key)

    def unsigned(self, **header: Any) -> str:
        return f"{part({**self.header, **header})}.{part(self.claims)}."

    def by_public_key(self) -> str:
        """HS256 with the public key as the secret, which everybody can read."""
        signed = f"{part({**self.header, 'alg': 'HS256'})}.{part(self.claims)}"
        secret = self.key.as_pem(private=False)
        return f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"

    def by_stranger(self, **header: Any) -> str:
        stranger = ECKey.generate_key("P-256")
        head = {**self.header, **header}
        if header.get("jwk") == "own":
            head["jwk"] = stranger.as_dict(private=False)
        return jws.serialize_compact(head, json.dumps(self.claims), stranger)

    def cut(self) -> str:
        head, body, signature = self.good.split(".")
        return f"{head}.{body}.{signature[:-4]}"

    def swapped(self) -> str:
        """Another token's claims under this one's signature."""
        head, _, signature = self.good.split(".")
        return f"{head}.{part({**self.claims, 'scope': 'access:administer'})}.{signature}"

    def believed(self, token: str) -> bool:
        return actor_for_bearer(self.uow, self.secrets, token, issuer=ISSUER) is not None


FORGED: dict[str, Callable[[Forge], str]] = {
    "wrong issuer": lambda forge: forge.signed(iss="https://evil.example"),
    "issuer with a slash": lambda forge: forge.signed(iss=f"{ISSUER}/"),
    "no issuer": lambda forge: forge.signed(iss=None),
    "wrong audience": lambda forge: forge.signed(aud="https://other.example/graphql"),
    "client as audience, as in an ID token": lambda forge: forge.signed(aud=forge.claims["client_id"]),
    "several audiences": lambda forge: forge.signed(aud=[f"{ISSUER}/graphql", "https://other.example"]),
    "no audience": lambda forge: forge.signed(aud=None),
    "run out": lambda forge: forge.signed(exp=int(forge.uow.now.timestamp())),
    "never runs out": lambda forge: forge.signed(exp=None),
    "end as a text": lambda forge: forge.signed(exp="9999999999"),
    "untyped": lambda forge: forge.signed({"typ": None}),
    "typed as any JWT": lambda forge: forge.signed({"typ": "JWT"}),
    "typed as an ID token": lambda forge: forge.signed({"typ": "id+jwt"}),
    "type in capitals": lambda forge: forge.signed({"typ": "AT+JWT"}),
    "no key named": lambda forge: forge.signed({"kid": None}),
    "another key named": lambda forge: forge.signed({"kid": "A" * 43}),
    "key named by a path": lambda forge: forge.signed({"kid": "../../etc/passwd"}),
    "key name with a nul": lambda forge: forge.signed({"kid": "\x00"}),
    "no id": lambda forge: forge.signed(jti=None),
    "id of nothing": lambda forge: forge.signed(jti=str(uuid4())),
    "id that is none": lambda forge: forge.signed(jti="1' OR '1'='1"),
    "alg none": lambda forge: forge.unsigned(alg="none"),
    "alg None": lambda forge: forge.unsigned(alg="None"),
    "no signature": lambda forge: forge.unsigned(),
    "HS256 with the public key": lambda forge: forge.by_public_key(),
    "a stranger's key": lambda forge: forge.by_stranger(),
    "a stranger's key, brought along": lambda forge: forge.by_stranger(jwk="own"),
    "signature cut short": lambda forge: forge.cut(),
    "other claims": lambda forge: forge.swapped(),
    "too long": lambda forge: forge.signed(padding="x" * 5000),
    "no JWT at all": lambda _: "ey..",
    "a list": lambda _: f"{part([])}.{part([])}.",
}


def test_forged_tokens_are_not_believed(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        forge = Forge(uow, secrets, people)

        believed = [name for name, forged in FORGED.items() if forge.believed(forged(forge))]

        assert believed == []
        assert forge.believed(forge.good)
        assert forge.believed(forge.signed())


def test_token_says_what_rfc_9068_asks_for(units: Units, secrets: Secrets, people: People) -> None:
    client_id = people.credentials.client_id
    with units.writing() as uow:
        forge = Forge(uow, secrets, people)
        [row] = uow.db.scalars(sa.select(OAuthToken)).all()

        [key] = published_keys(uow)
        assert forge.header == {"typ": "at+jwt", "alg": "ES256", "kid": key["kid"]}
        assert forge.claims == {
            "iss": ISSUER,
            "sub": client_id,
            "aud": f"{ISSUER}/graphql",
            "client_id": client_id,
            "scope": "capacity:read",
            "iat": int(uow.now.timestamp()),
            "exp": int(uow.now.timestamp()) + 600,
            "jti": str(row.id),
        }


def test_token_of_one_address_is_worth_nothing_at_another(
    units: Units, secrets: Secrets, people: People
) -> None:
    with units.writing() as uow:
        token = access_token(uow, secrets, people.credentials.client_id, issuer="https://a.example")

        for issuer, is_good in (("https://a.example", True), ("https://b.example", False), ("", False)):
            assert (actor_for_bearer(uow, secrets, token, issuer=issuer) is not None) is is_good


def test_a_token_is_found_out_in_two_statements(units: Units, secrets: Secrets, people: People) -> None:
    """Beside those that resolve the grants of whoever it is, which every way in needs."""
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    with units.writing() as uow:
        token = access_token(uow, secrets, people.credentials.client_id, ["capacity:read"])
    with units.reading() as uow:
        sa.event.listen(uow.db.get_bind(), "before_cursor_execute", note)
        assert actor_for_bearer(uow, secrets, token, issuer=ISSUER) is not None
        sa.event.remove(uow.db.get_bind(), "before_cursor_execute", note)

    asked = [each for each in statements if "oauth_" in each or "signing_key" in each]
    assert len(asked) == 2


# ------------------------------------------------------------------ keys

TESTER = system_actor("test")


def test_keys_rotate_with_an_overlap(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        client_id = people.credentials.client_id
        before = access_token(uow, secrets, client_id)
        first = signer(uow, secrets)
        second = rotate_keys(uow, secrets, TESTER)
        after = access_token(uow, secrets, client_id)

        assert [key["kid"] for key in published_keys(uow)] == [second.kid, first.kid]
        assert jws.extract_compact(after.encode()).headers()["kid"] == second.kid
        assert all(actor_for_bearer(uow, secrets, each, issuer=ISSUER) for each in (before, after))

        uow.now += timedelta(seconds=OVERLAP_SECONDS)
        assert [key["kid"] for key in published_keys(uow)] == [second.kid]
        assert set(published_keys(uow)[0]) == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_keys_end_at_once_after_a_theft(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        oldest = access_token(uow, secrets, people.credentials.client_id)
        rotate_keys(uow, secrets, TESTER)
        old = access_token(uow, secrets, people.credentials.client_id)
        made = rotate_keys(uow, secrets, TESTER, end_earlier=True)

        assert [key["kid"] for key in published_keys(uow)] == [made.kid]
        assert not any(actor_for_bearer(uow, secrets, each, issuer=ISSUER) for each in (oldest, old))


def test_a_key_signs_for_ninety_days(units: Units, secrets: Secrets, people: People) -> None:
    with units.writing() as uow:
        first = signer(uow, secrets)
        uow.now += timedelta(days=90) - timedelta(seconds=1)
        assert signer(uow, secrets).kid == first.kid
        uow.now += timedelta(seconds=1)
        second = signer(uow, secrets)

        assert second.kid != first.kid
        assert len(published_keys(uow)) == 2


def test_private_keys_are_worth_nothing_without_the_token_key(
    units: Units, secrets: Secrets, people: People
) -> None:
    other = replace(secrets, token_key=b"o" * 32)
    with units.writing() as uow:
        first = signer(uow, secrets)
        [row] = uow.db.scalars(sa.select(SigningKey)).all()
        assert row.private_key.startswith("gAAAAA")
        assert first.key.as_dict(private=True)["d"] not in row.private_key
        assert set(row.public_key) == {"kty", "crv", "x", "y"}

        assert signer(uow, other).kid != first.kid


@pytest.mark.slow
def test_processes_that_start_together_make_one_key(
    units: Units, secrets: Secrets, database_url: str
) -> None:
    databases = [Database(database_url) for _ in range(4)]

    def make(database: Database) -> str:
        with Units(database, units.clock, audit_key=units.audit_key).writing() as uow:
            return signer(uow, secrets).kid

    with ThreadPoolExecutor(4) as threads:
        kids = list(threads.map(make, databases))
    for database in databases:
        database.dispose()

    assert len(set(kids)) == 1
