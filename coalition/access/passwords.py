"""Passwords: which will do, and keeping them as argon2id hashes."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import cache
from math import prod

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE, relevant_l33t_subtable

from coalition.core.errors import Fault

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1000

# The second choice of RFC 9106 section 4: 64 MiB and three passes, about 50 ms.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, type=Type.ID)
# Each hash takes 64 MiB: many sign-ins at once must not take the memory of a small machine.
_AT_ONCE = threading.BoundedSemaphore(2)


# The last of five steps: more than ten thousand million guesses. Three words that are on lists reach the
# one before it, whatever they are.
GOOD_ENOUGH = 4
# Looking at a text takes time that grows with the square of its length; what is strong so far is strong.
MOST_LOOKED_AT = 48
# Signs read as letters. All readings are tried; of a text with more than these, only this one.
_LETTERS_MEANT = str.maketrans("4@8({[<369!1|0$5+7%2", "aabcccceggiiiossttxz")
_MOST_READINGS = 32
# What the lists of the library lack: words of the coalition, and words that people here take first.
COALITION_WORDS = ("coalition", "coalitia", "coaliția", "коалиция", "coalition.md", "coalitie", "coaliție")
COMMON_WORDS = (
    "parola", "пароль", "parolă", "доступ", "biserica", "biserică", "церковь", "church", "moldova",
    "молдова", "молдавия", "chisinau", "chișinău", "кишинев", "кишинёв", "balti", "bălți", "бельцы",
    "romania", "românia", "diaconia", "biblia", "библия", "isus", "iisus", "иисус", "hristos", "христос",
    "domnul", "господь", "dumnezeu", "бог", "amin", "аминь", "craciun", "crăciun", "paste", "paște", "пасха",
    "рождество", "rugaciune", "rugăciune", "молитва", "pastor", "пастор", "parinte", "părinte", "отец",
    "preot", "священник", "maria", "мария", "ion", "иван", "ioan", "иоанн", "andrei", "андрей", "elena",
    "елена", "ana", "анна", "natalia", "наталья", "mama", "мама", "tata", "папа", "любовь", "iubire",
    "familia", "семья", "copii", "дети", "привет", "salut", "buna", "bună", "йцукен", "йцукенг", "фыва",
    "ячсмит", "qwertz", "asdf", "ianuarie", "iulie", "decembrie", "январь", "июль", "декабрь", "vara",
    "лето", "inviat", "воскресе", "doamne", "ajuta",
)  # fmt: skip
# The library keeps the words that one check is given where another check would find them.
_LOOKING = threading.Lock()


def faults_of_password(password: str, *, words: Iterable[str] = (), path: str = "password") -> list[Fault]:
    """What is wrong with a new password, at most one thing; nothing has to be in it.

    `words` are about its owner: name and address. The codes are PASSWORD_TOO_SHORT, TOO_LONG,
    PASSWORD_COMMON, PASSWORD_OWN_WORDS and PASSWORD_GUESSABLE. It can take some tenths of a second.
    """
    if len(password) < SHORTEST_PASSWORD:
        return [Fault("PASSWORD_TOO_SHORT", (path,), {"minimum": SHORTEST_PASSWORD})]
    if len(password) > LONGEST_PASSWORD:
        return [Fault("TOO_LONG", (path,), {"limit": LONGEST_PASSWORD})]
    code = _guessable(_looked_at(password), _parts(words))
    return [Fault(code, (path,))] if code else []


def _looked_at(password: str) -> str:
    """The beginning of a password, in a form that is looked at quickly whatever was typed."""
    text = " ".join(password[:MOST_LOOKED_AT].split())
    readings = prod(len(signs) for signs in relevant_l33t_subtable(text, L33T_TABLE).values())
    return text.translate(_LETTERS_MEANT) if readings > _MOST_READINGS else text


def _parts(words: Iterable[str]) -> list[str]:
    """The words themselves and their parts of at least three letters."""
    given = [word.lower() for word in words if word]
    return [part for word in given for part in (word, *re.split(r"[\W_]+", word)) if len(part) >= 3]


def _guessable(text: str, own: list[str]) -> str | None:
    with _LOOKING:
        found = zxcvbn(text, user_inputs=[*own, *COALITION_WORDS, *COMMON_WORDS])
    if found["score"] >= GOOD_ENOUGH:
        return None
    words = {part["matched_word"] for part in found["sequence"] if part["pattern"] == "dictionary"}
    lists = {part.get("dictionary_name") for part in found["sequence"]}
    if words & {*own, *COALITION_WORDS}:
        return "PASSWORD_OWN_WORDS"
    if lists & {"passwords", "user_inputs"}:
        return "PASSWORD_COMMON"
    return "PASSWORD_GUESSABLE"


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters in it."""
    with _AT_ONCE:
        return _HASHER.hash(password.encode("utf-8", "surrogatepass"))


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether this is the password.

    Without a hash the work is done all the same and the answer is no, so that the time it takes does
    not tell which accounts exist.
    """
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        with _AT_ONCE:
            _HASHER.verify(password_hash or _hash_of_nobody(), password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(b"nobody has this password")
