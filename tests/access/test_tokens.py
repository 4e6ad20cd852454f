"""Tokens are told once and kept as keyed hashes."""

import pytest

from coalition.access.secrets import Secrets
from coalition.access.tokens import TokenKind, is_kind, new_token, token_hash


@pytest.mark.parametrize(
    ("kind", "start"),
    [
        (TokenKind.PERSONAL, "cpat_"),
        (TokenKind.CODE, "coac_"),
        (TokenKind.REFRESH, "cort_"),
        (TokenKind.DEVICE, "codc_"),
        (TokenKind.SIGN_IN, "cs_"),
        (TokenKind.CLIENT_SECRET, "ccs_"),
    ],
)
def test_new_token_says_what_it_is(kind: TokenKind, start: str) -> None:
    token = new_token(kind)

    assert token.startswith(start)
    assert len(token) == len(start) + 43
    assert is_kind(token, kind)


def test_new_token_is_never_the_same() -> None:
    assert len({new_token(TokenKind.PERSONAL) for _ in range(100)}) == 100


def test_token_hash_depends_on_the_key(secrets: Secrets) -> None:
    other = Secrets(token_key=b"o" * 32, form_key=secrets.form_key, audit_key=secrets.audit_key)

    hashed = token_hash(secrets, "cpat_a")

    assert hashed == "0de87b1ba0b168b65ba296249ce5a005d0a8578650b7a03ed381ad5b04bbd817"
    assert hashed != token_hash(other, "cpat_a")


def test_token_hash_of_broken_text(secrets: Secrets) -> None:
    assert len(token_hash(secrets, "cpat_\ud800\x00ș")) == 64
