"""Documents asked for by their hash: those that were sent before, and trusted ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from coalition.cli import main
from coalition.core.kept import Kept
from coalition.graphql.persisted import (
    NotTrustedDocuments,
    PersistedDocuments,
    TrustedDocuments,
    hash_of,
    load_trusted,
)
from tests.graphql.served import codes, on_terms, served
from tests.graphql.world import World

SLUG = '{ organisation(slug: "bes") { slug } }'
NEVER_SENT = '{ organisation(slug: "moc") { slug } }'
NEWER = {"Accept": "application/graphql-response+json"}


@pytest.fixture
def http(record: World, tmp_path: Path) -> Iterator[TestClient]:
    with served(record, tmp_path) as client:
        yield client


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


def by_post(client: TestClient, *, headers: dict[str, str] | None = None, **asked: Any) -> tuple[int, Any]:
    response = client.post("/graphql", json=asked, headers=headers)
    return response.status_code, response.json()


def by_get(client: TestClient, **asked: Any) -> tuple[int, Any]:
    parameters = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()
    }
    response = client.get("/graphql", params=parameters)
    return response.status_code, response.json()


def test_document_is_sent_once_and_then_asked_for_by_its_hash(http: TestClient) -> None:
    asked = {"extensions": hashed(SLUG)}
    expected = {"organisation": {"slug": "bes"}}

    status, first = by_post(http, **asked)
    assert (status, codes(first)) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    # Clients know the refusal by this very message, in every language.
    assert first["errors"][0]["message"] == "PersistedQueryNotFound"
    assert by_get(http, **asked)[1] == first
    assert by_post(http, headers=NEWER, **asked)[0] == 400

    assert by_post(http, query=SLUG, **asked)[1]["data"] == expected
    assert by_post(http, **asked)[1]["data"] == expected
    assert by_get(http, **asked)[1]["data"] == expected
    # The same by the name that the draft of GraphQL over HTTP has for it.
    assert by_post(http, documentId=f"sha256:{hash_of(SLUG)}")[1]["data"] == expected
    assert by_get(http, documentId=hash_of(SLUG).upper())[1]["data"] == expected


def test_document_that_came_without_its_hash_is_not_kept(http: TestClient) -> None:
    assert by_post(http, query=NEVER_SENT)[0] == 200
    assert codes(by_post(http, extensions=hashed(NEVER_SENT))[1]) == ["PERSISTED_QUERY_NOT_FOUND"]


def test_hash_of_another_text_is_refused_and_nothing_kept(http: TestClient) -> None:
    for asked in ({"extensions": hashed(NEVER_SENT)}, {"documentId": hash_of(NEVER_SENT)}):
        status, answer = by_post(http, query=SLUG, **asked)
        assert (status, codes(answer)) == (400, ["PERSISTED_QUERY_MISMATCH"])
    assert codes(by_post(http, extensions=hashed(NEVER_SENT))[1]) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize(
    "persisted",
    [
        7,
        [],
        "x",
        {},
        {"version": 1},
        {"version": 2, "sha256Hash": hash_of(SLUG)},
        {"version": 1, "sha256Hash": 7},
        {"version": 1, "sha256Hash": "abc"},
        {"version": 1, "sha256Hash": f"{hash_of(SLUG)}x"},
    ],
)
def test_hash_that_cannot_be_one_is_400(http: TestClient, persisted: Any) -> None:
    for asked in ({}, {"query": SLUG}):
        status, answer = by_post(http, extensions={"persistedQuery": persisted}, **asked)
        assert (status, codes(answer)) == (400, ["BAD_REQUEST"])


def test_only_what_is_valid_is_kept(http: TestClient) -> None:
    refused = [
        "{ nothing }",
        "{",
        "{ organisations(first: 100) { nodes { "
        + "children(first: 100) { nodes { " * 2
        + "id"
        + " } }" * 3
        + " }",
        "{ __schema { queryType { name } } }",
    ]
    for text in refused:
        assert codes(by_post(http, query=text, extensions=hashed(text))[1]) != []
        assert codes(by_post(http, extensions=hashed(text))[1]) == ["PERSISTED_QUERY_NOT_FOUND"]
    assert len(http.app.state.runtime.terms.persisted) == 0  # type: ignore[attr-defined]


def test_deed_by_hash_is_still_no_get(http: TestClient) -> None:
    text = 'mutation { releaseHold(input: {hold: "x"}) { userErrors { code } } }'
    assert by_post(http, query=text, extensions=hashed(text))[0] == 200

    assert codes(by_post(http, extensions=hashed(text))[1]) == []
    status, answer = by_get(http, extensions=hashed(text))
    assert (status, codes(answer)) == (405, ["METHOD_NOT_ALLOWED"])


def test_nobody_fills_the_memory() -> None:
    kept: Kept[str] = Kept(most=3, heaviest=100)
    for number in range(10):
        kept.put(str(number), "x", 10)
    assert (len(kept), kept.weight, kept.get("6"), kept.get("7")) == (3, 30, None, "x")

    # What was asked for lately stays.
    kept.put("new", "x", 10)
    assert (kept.get("7"), kept.get("8")) == ("x", None)

    kept.put("heavy", "x", 95)
    assert (len(kept), kept.weight) == (1, 95)
    kept.put("too heavy", "x", 101)
    assert kept.get("too heavy") is None
    kept.put("heavy", "x", 1)
    assert (len(kept), kept.weight) == (1, 1)


def test_memory_of_documents_is_bounded_in_bytes() -> None:
    documents = PersistedDocuments()
    for number in range(200):
        documents.put(f"# {number} {'ș' * 30_000}")

    assert len(documents) == 4 * 1024 * 1024 // 60_010


# ------------------------------------------------------------------ trusted documents

OTHER_WAYS = [
    {"query": NEVER_SENT},
    {"query": f"{SLUG} "},
    {"extensions": hashed(NEVER_SENT)},
    {"documentId": hash_of(NEVER_SENT)},
]


@pytest.fixture
def trusting(http: TestClient) -> TestClient:
    """An application that answers one document only."""
    on_terms(http, trusted=TrustedDocuments({hash_of(SLUG): SLUG}))
    return http


def test_trusted_document_is_answered_and_no_other(trusting: TestClient) -> None:
    for asked in ({"query": SLUG}, {"documentId": f"sha256:{hash_of(SLUG)}"}, {"extensions": hashed(SLUG)}):
        assert by_post(trusting, **asked)[1]["data"] == {"organisation": {"slug": "bes"}}
        assert by_get(trusting, **asked)[1]["data"] == {"organisation": {"slug": "bes"}}
    for asked in OTHER_WAYS:
        for ask in (by_post, by_get):
            status, answer = ask(trusting, **asked)
            assert (status, codes(answer), "data" in answer) == (400, ["UNTRUSTED_DOCUMENT"], False)


def test_untrusted_document_is_refused_over_streams_and_sockets(trusting: TestClient) -> None:
    live = "subscription { activityLogged { code } }"
    response = trusting.post("/graphql", json={"query": live}, headers={"Accept": "text/event-stream"})
    assert (response.status_code, codes(response.json())) == (400, ["UNTRUSTED_DOCUMENT"])

    with trusting.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        for number, asked in enumerate([*OTHER_WAYS, {"query": live}]):
            socket.send_json({"type": "subscribe", "id": str(number), "payload": asked})
            refused = socket.receive_json()
            assert (refused["id"], refused["type"]) == (str(number), "error")
            assert codes({"errors": refused["payload"]}) == ["UNTRUSTED_DOCUMENT"]
        socket.send_json({"type": "subscribe", "id": "x", "payload": {"documentId": hash_of(SLUG)}})
        assert socket.receive_json()["payload"]["data"] == {"organisation": {"slug": "bes"}}


def test_our_own_pages_go_on_and_typed_documents_do_not(trusting: TestClient) -> None:
    assert trusting.get("/activities").status_code == 200
    for typed, refused in ((NEVER_SENT, True), (SLUG, False)):
        page = trusting.get("/graphql/plain").text
        [token] = re.findall(r'name="form_token" value="([^"]+)"', page)[:1]
        given = {"form_token": token, "query": typed, "variables": ""}
        answer = trusting.post("/graphql/plain", data=given)
        assert (answer.status_code, "UNTRUSTED_DOCUMENT" in answer.text) == (200, refused)


def test_trusted_documents_come_from_a_folder_or_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "documents"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.graphql").write_text(SLUG, encoding="utf-8")
    (folder / "inner" / "b.graphql").write_text("{ __typename } # ș", encoding="utf-8")
    (folder / "README.md").write_text("not one of them", encoding="utf-8")

    assert main(["print-trusted", str(folder)]) == 0
    printed = tmp_path / "trusted.json"
    printed.write_text(capsys.readouterr().out, encoding="utf-8")

    for place in (folder, printed):
        found = load_trusted(place)
        assert len(found) == 2
        assert found.holds(SLUG)
        assert found.get(hash_of("{ __typename } # ș")) == "{ __typename } # ș"
    assert main(["print-trusted", str(tmp_path / "nowhere")]) == 2


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"a": 1}', json.dumps({hash_of(SLUG): NEVER_SENT}), json.dumps({"abc": SLUG})]
)
def test_file_that_holds_no_trusted_documents_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "trusted.json"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(NotTrustedDocuments) as caught:
        load_trusted(file)
    assert str(caught.value).startswith(str(file))
