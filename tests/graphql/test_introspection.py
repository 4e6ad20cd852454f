"""The schema is told, and what somebody may have meant, only where that is configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import get_introspection_query
from starlette.testclient import TestClient

from coalition.graphql.schema import schema
from tests.graphql.served import codes, on_terms, served
from tests.graphql.world import World


@pytest.fixture
def http(record: World, tmp_path: Path) -> Iterator[TestClient]:
    with served(record, tmp_path) as client:
        yield client


def ask(client: TestClient, document: str, **variables: Any) -> Any:
    return client.post("/graphql", json={"query": document, "variables": variables}).json()


ASKING_FOR_THE_SCHEMA = [
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Activity") { name } }',
    "{ a: __schema { queryType { name } } }",
    "{ __typename ... { ... on Query { __schema { queryType { name } } } } }",
    '{ ...A } fragment A on Query { ...B } fragment B on Query { b: __type(name: "Query") { name } }',
    "query A { __typename __schema @include(if: false) { queryType { name } } }",
    "query ($no: Boolean! = false) { __typename __schema @include(if: $no) { queryType { name } } }",
    "mutation { __schema { queryType { name } } }",
    get_introspection_query(),
]
MISSPELLED = {
    "{ organisatons { totalCount } }": "organisations",
    '{ organisation(slog: "bes") { slug } }': "slug",
    "query ($f: ActivityFiltr) { activities(filter: $f) { totalCount } }": "ActivityFilter",
    "{ ...F } fragment F on Qury { __typename }": "Query",
    "{ activities(filter: {kind: AWARENES}) { totalCount } }": "AWARENESS",
    "{ activities(filter: {kid: AWARENESS}) { totalCount } }": "kind",
    "{ __typename @skp(if: true) }": "skip",
}


def test_schema_is_not_told_unless_configured(http: TestClient) -> None:
    for document in ASKING_FOR_THE_SCHEMA:
        answer = ask(http, document)
        assert (codes(answer), "data" in answer) == (["GRAPHQL_VALIDATION_FAILED"], False), document
        assert answer["errors"][0]["message"].endswith("it is published as schema.graphql.")
    assert (
        ask(http, "{ __typename coalition { __typename } }")["data"]["coalition"]["__typename"] == "Coalition"
    )

    on_terms(http, introspection=True)
    for document in (ASKING_FOR_THE_SCHEMA[0], ASKING_FOR_THE_SCHEMA[4], get_introspection_query()):
        assert codes(ask(http, document)) == []


def test_nothing_is_suggested_unless_the_schema_is_told(http: TestClient) -> None:
    def said(document: str, **variables: Any) -> str:
        return " ".join(error["message"] for error in ask(http, document, **variables)["errors"])

    wrong_value = "query ($f: ActivityFilter) { activities(filter: $f) { totalCount } }"
    silent = {document: said(document) for document in MISSPELLED}
    silent["kind"] = said(wrong_value, f={"kind": "AWARENES"})
    silent["field"] = said(wrong_value, f={"kid": "AWARENESS"})
    on_terms(http, introspection=True)
    telling = {document: said(document) for document in MISSPELLED}

    assert [document for document, text in silent.items() if "Did you mean" in text] == []
    # There is something to keep silent about.
    kept = [meant for document, meant in MISSPELLED.items() if f"'{meant}'" in telling[document]]
    assert len(kept) >= 5
    for document, text in silent.items():
        assert text != "", document


def test_nothing_is_suggested_over_sockets_either(http: TestClient) -> None:
    with http.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        for number, document in enumerate(
            [
                "{ organisatons { totalCount } }",
                "subscription { activityLoged { code } }",
                ASKING_FOR_THE_SCHEMA[0],
            ]
        ):
            socket.send_json({"type": "subscribe", "id": str(number), "payload": {"query": document}})
            refused = socket.receive_json()
            assert (refused["type"], codes({"errors": refused["payload"]})) == (
                "error",
                ["GRAPHQL_VALIDATION_FAILED"],
            )
            assert "Did you mean" not in refused["payload"][0]["message"]


def test_what_gateways_ask_for_does_not_exist(http: TestClient) -> None:
    """It would tell the whole schema whatever is configured, and reach objects past their fields."""
    on_terms(http, introspection=True)
    for document in (
        "{ _service { sdl } }",
        '{ _entities(representations: [{__typename: "Organisation", id: "x"}]) { __typename } }',
    ):
        assert codes(ask(http, document)) == ["GRAPHQL_VALIDATION_FAILED"]
    query = schema._schema.query_type
    assert query is not None
    assert {name for name in query.fields if name.startswith("_")} == set()
    assert {"_Service", "_Any", "_Entity"} & set(schema._schema.type_map) == set()


def test_pages_for_people_know_their_own_documents(http: TestClient) -> None:
    assert http.get("/graphql", headers={"Accept": "text/html"}).status_code == 200
