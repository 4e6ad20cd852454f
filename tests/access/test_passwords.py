"""Passwords are kept as argon2id, and a missing account costs as much time as a wrong password."""

import pytest

from coalition.access import passwords
from coalition.access.passwords import hash_password, is_password


def test_hash_password_is_argon2id_with_its_own_salt() -> None:
    first, second = hash_password("o parolă lungă"), hash_password("o parolă lungă")

    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert first != second
    assert is_password(first, "o parolă lungă")
    assert not is_password(first, "o parola lunga")


@pytest.mark.parametrize("broken", ["", "no hash", "$argon2id$v=19$m=65536,t=3,p=4$"])
def test_is_password_with_a_broken_hash(broken: str) -> None:
    assert not is_password(broken, "anything at all")


def test_is_password_without_account_does_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Watched:
        def verify(self, hashed: str, _password: bytes) -> bool:
            verified.append(hashed)
            return True

        def hash(self, _password: bytes) -> str:
            return "hash of nobody"

    monkeypatch.setattr(passwords, "_HASHER", Watched())
    passwords._hash_of_nobody.cache_clear()

    assert not is_password(None, "nobody has this password")
    assert verified == ["hash of nobody"]
    passwords._hash_of_nobody.cache_clear()


def test_is_password_refuses_pages_of_text_unhashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", None)

    assert not is_password("hash", "x" * 1001)
