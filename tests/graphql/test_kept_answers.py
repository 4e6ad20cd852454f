"""Answers that did not change are given again, and never one that would be another by now."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from starlette.testclient import TestClient

from coalition.core import lookups
from coalition.core.actor import ANONYMOUS
from coalition.core.data_version import DataVersion
from coalition.graphql.answers import Asked, names_tag
from coalition.members.models import Organisation, Role
from tests.factories import TODAY
from tests.graphql.served import served
from tests.graphql.world import World, token_of

NAME = '{ organisation(slug: "bes") { slug name children(first: 3) { totalCount } } }'
WORDS = "{ services(first: 5) { nodes { name canTake } } }"


@pytest.fixture
def http(world: World, tmp_path: Path) -> Iterator[TestClient]:
    """The whole application on the test's own database."""
    with served(world, tmp_path) as client:
        yield client


def post(client: TestClient, query: str, who: str | None = None, **headers: str) -> httpx2.Response:
    return client.post("/graphql", json={"query": query}, headers=_named(who, headers))


def get(client: TestClient, query: str, who: str | None = None, **headers: str) -> httpx2.Response:
    return client.get("/graphql", params={"query": query}, headers=_named(who, headers))


def _named(who: str | None, headers: dict[str, str]) -> dict[str, str]:
    bearer = {"Authorization": f"Bearer {token_of(who)}"} if who else {}
    return {**bearer, **{name.replace("_", "-"): value for name, value in headers.items()}}


def kept(client: TestClient) -> int:
    return len(client.app.state.runtime.answers.kept)  # type: ignore[attr-defined]


def rename(world: World, name: str) -> None:
    with world.units.writing() as uow:
        bes = sa.update(Organisation).where(Organisation.slug == "bes")
        uow.db.execute(bes.values(name={"en": name, "ro": name, "ru": name}))


@contextmanager
def statements(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that the application sends meanwhile, with and without SQLAlchemy."""
    sent: list[str] = []
    engine = client.app.state.units.database.write_engine  # type: ignore[attr-defined]
    fetched = lookups._fetched

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement != "BEGIN":
            sent.append(statement)

    def counted(database: Any, text: str, given: Any) -> Any:
        sent.append(text)
        return fetched(database, text, given)

    event.listen(engine, "before_cursor_execute", listen)
    with monkeypatch.context() as patch:
        patch.setattr(lookups, "_fetched", counted)
        yield sent
    event.remove(engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("who", [None, "bes"])
def test_unchanged_answer_takes_one_statement(
    http: TestClient, monkeypatch: pytest.MonkeyPatch, who: str | None
) -> None:
    first, second = post(http, NAME, who), post(http, NAME, who)

    # A job of the server may look at the database at the same time, but not each time.
    fewest: list[str] | None = None
    for _ in range(5):
        with statements(http, monkeypatch) as sent:
            third = post(http, NAME, who)
        fewest = sent if fewest is None or len(sent) < len(fewest) else fewest

    # Who asks and the version of the data are read together.
    assert fewest is not None
    assert (len(fewest), "data_version" in fewest[0]) == (1, True)
    assert first.content == second.content == third.content
    assert third.json()["data"]["organisation"]["slug"] == "bes"


def test_get_is_answered_with_304_until_something_changes(http: TestClient, world: World) -> None:
    first = get(http, NAME, "moc")
    same = get(http, NAME, "moc", If_None_Match=f'"other", W/{first.headers["etag"]}')
    rename(world, "Renamed")
    changed = get(http, NAME, "moc", If_None_Match=first.headers["etag"])

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    # What somebody known is told lies in no cache; what everybody may see may be kept by whoever asked.
    assert same.headers["cache-control"] == first.headers["cache-control"] == "no-store"
    assert get(http, NAME).headers["cache-control"] == "private, no-cache"
    assert (changed.status_code, changed.json()["data"]["organisation"]["name"]) == (200, "Renamed")
    assert changed.headers["etag"] != first.headers["etag"]
    # POST is never answered so.
    assert post(http, NAME, "moc", If_None_Match="*").status_code == 200


def test_another_language_is_another_answer(http: TestClient) -> None:
    answers = [
        [post(http, NAME, Accept_Language=language).content for _ in range(3)] for language in ("ro", "en")
    ]

    assert [len(set(each)) for each in answers] == [1, 1]
    assert len({each[0] for each in answers}) == 2


def test_a_role_that_ended_counts_at_the_next_request(http: TestClient, world: World) -> None:
    asked = "{ activities(first: 100) { totalCount } }"
    before = {post(http, asked, "moc").content for _ in range(3)}
    with world.units.writing() as uow:
        yesterday = uow.today - timedelta(days=1)
        uow.db.execute(sa.update(Role).values(starts_on=yesterday, ends_on=yesterday))
    after = {post(http, asked, "moc").content for _ in range(3)}

    assert (len(before), len(after), before & after) == (1, 1, set())
    public = post(http, asked).json()["data"]
    assert json.loads(after.pop())["data"] == public


def test_what_depends_on_the_moment_is_made_anew(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = [post(http, WORDS, "bes"), post(http, WORDS, "bes"), get(http, WORDS, "bes")]

    with statements(http, monkeypatch) as sent:
        again = post(http, WORDS, "bes")

    assert kept(http) == 0
    assert len(sent) > 1
    assert (again.status_code, [each.status_code for each in first]) == (200, [200, 200, 200])
    assert (first[2].headers["cache-control"], "etag" in first[2].headers) == ("no-store", False)


def test_secrets_are_in_the_audit_log_each_time(http: TestClient, world: World) -> None:
    asked = "{ services(first: 100) { nodes { name contactDesk } } }"

    bodies = {post(http, asked, "bes").content for _ in range(3)} | {get(http, asked, "bes").content}

    entries = [entry for entry in world.audit() if entry.action == "secret:record:read"]
    assert len(bodies) == 1
    assert len(entries) > 0
    assert len(entries) == 4 * len({entry.subject_id for entry in entries})
    assert kept(http) == 0


@pytest.mark.parametrize(
    "document",
    [
        '{ activities(filter: {district: "x"}) { totalCount } }',
        "{ nothing }",
        'mutation { releaseHold(input: {hold: "x"}) { userErrors { code } } }',
    ],
)
def test_errors_and_deeds_are_not_kept(http: TestClient, document: str) -> None:
    for _ in range(3):
        post(http, document, "bes")

    assert kept(http) == 0


def test_nobody_is_given_what_another_would_be(http: TestClient, world: World) -> None:
    """Many callers and changes in any order: each answer is the one that is made without anything kept."""
    chance = random.Random(5)  # noqa: S311  A test that can be repeated.
    documents = [
        NAME,
        "{ activities(first: 10) { totalCount nodes { code title } } }",
        "{ viewer { person { name } client } }",
        "{ services(first: 5) { totalCount nodes { name region { code } } } }",
    ]
    callers = [None, "reporter", "bes", "moc", "auditor", "council_member"]
    for number in range(50):
        if chance.random() < 0.1:
            rename(world, f"Renamed {number}")
            world.meet_anew()
        who, document = chance.choice(callers), chance.choice(documents)

        answered = post(http, document, who).json()

        assert answered["data"] == world.ask(document, who or "anonymous"), (number, who, document)
    assert kept(http) > 5


def test_reading_and_what_nobody_sees_leave_the_version_alone(http: TestClient, world: World) -> None:
    def version() -> int:
        with world.units.reading() as uow:
            return uow.db.scalars(sa.select(sa.func.sum(DataVersion.number))).one()

    before = version()
    post(http, NAME, "bes")
    assert version() == before

    rename(world, "Renamed")
    assert version() == before + 1


def test_key_tells_everything_apart_that_an_answer_depends_on() -> None:
    usual: dict[str, Any] = {
        "document": NAME, "operation_name": None, "variables": {"a": 1, "b": 2}, "actor": ANONYMOUS,
        "language": "en", "introspection": True,
    }  # fmt: skip
    others: list[dict[str, Any]] = [
        {}, {"document": "{ a }"}, {"operation_name": "A"}, {"variables": {"a": 1}}, {"language": "ro"},
        {"actor": replace(ANONYMOUS, subject="x")}, {"introspection": False}, {"variables": None},
    ]  # fmt: skip
    keys = [Asked(**{**usual, **other}).key(TODAY) for other in others]
    keys.append(Asked(**usual).key(TODAY + timedelta(days=1)))

    assert len(set(keys)) == len(keys)
    assert Asked(**{**usual, "variables": {"b": 2, "a": 1}}).key(TODAY) == keys[0]
    assert Asked(**{**usual, "variables": {"a": 2**80}}).key(TODAY) is None


@pytest.mark.parametrize(
    ("header", "is_named"),
    [
        (None, False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
    ],
)
def test_if_none_match(header: str | None, *, is_named: bool) -> None:
    assert names_tag(header, '"a"') == is_named
