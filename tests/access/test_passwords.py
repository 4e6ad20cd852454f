"""Passwords are kept as argon2id, and a missing account costs as much time as a wrong password."""

import time

import pytest

from coalition.access import passwords
from coalition.access.passwords import MOST_LOOKED_AT, faults_of_password, hash_password, is_password

OWN = ("Ana Popescu", "ana.popescu@example.org")


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


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "PASSWORD_TOO_SHORT"),
        ("x" * 1001, "TOO_LONG"),
        ("parola123456", "PASSWORD_COMMON"),
        ("qwertyuiop12", "PASSWORD_COMMON"),
        ("P@rol@12345678", "PASSWORD_COMMON"),
        ("йцукенгшщзхъ", "PASSWORD_COMMON"),
        ("пароль пароль", "PASSWORD_COMMON"),
        ("Biserica2026", "PASSWORD_COMMON"),
        ("Hristos a inviat", "PASSWORD_COMMON"),
        ("Popescu-2026", "PASSWORD_OWN_WORDS"),
        ("ana.popescu@example.org", "PASSWORD_OWN_WORDS"),
        ("Coalition2026!", "PASSWORD_OWN_WORDS"),
        ("коалиция 2026", "PASSWORD_OWN_WORDS"),
        ("aaaaaaaaaaaa", "PASSWORD_GUESSABLE"),
        ("19851985198519", "PASSWORD_GUESSABLE"),
        ("abcabcabcabc", "PASSWORD_GUESSABLE"),
    ],
)
def test_password_that_is_guessed_first(password: str, code: str) -> None:
    assert [fault.code for fault in faults_of_password(password, words=OWN)] == [code]


@pytest.mark.parametrize(
    "password",
    [
        "an apple a day",
        "correct horse battery staple",
        "patru cuvinte simple, lungi",
        "лето в деревне хорошо",
        "Ana are mere multe",
        "xk8Qp2vLm9Rt",
        " " * 3 + "samovar chai med" + " " * 3,
        "a" * 20 + " correct horse battery staple",
    ],
)
def test_passphrases_will_do(password: str) -> None:
    assert faults_of_password(password, words=OWN) == []


def test_words_of_one_person_do_not_count_for_another() -> None:
    assert [fault.code for fault in faults_of_password("zlatoust-zlatoust", words=("Ion Zlatoust",))] == [
        "PASSWORD_OWN_WORDS"
    ]
    codes = {fault.code for fault in faults_of_password("zlatoust-zlatoust", words=OWN)}
    assert "PASSWORD_OWN_WORDS" not in codes


def test_looking_at_a_password_takes_no_longer_than_a_moment() -> None:
    slow = ["4@8({[<3691!|/0$5+7%2" * 40, "l1i!|" * 200, "a1" * 500, "password" * 120, "0101199012" * 100]

    for text in slow:
        began = time.process_time()
        faults_of_password(text[:1000], words=OWN)
        # About 0.1 s; without the two limits it would be more than 5 s, or far more for a whole one.
        assert time.process_time() - began < 2.5, text[:MOST_LOOKED_AT]
