"""Must-show 2: what is sent to do harm is refused with a code, in bounded work, and nothing is written.

Work is counted, not timed: statements sent to the database (none at all), steps of the walk through a
document, and visits of nodes while it is validated.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLError, TypeInfoVisitor, parse
from graphql.validation.rules import overlapping_fields_can_be_merged as merging
from sqlalchemy import event
from sqlalchemy.engine import Engine
from starlette.requests import Request as StarletteRequest
from starlette.testclient import TestClient

from coalition.graphql import documents
from coalition.graphql.cost import TooDeep, analyse
from coalition.graphql.documents import LARGEST_DOCUMENT_TOKENS
from coalition.graphql.gate import LARGEST_BODY_BYTES, NotAdmitted, admit
from coalition.graphql.guarded_sockets import MOST_OPERATIONS
from coalition.graphql.problems import LONGEST_MESSAGE, MOST_ERRORS
from coalition.graphql.schema import schema
from tests.graphql.served import codes, served
from tests.graphql.world import World, token_of

JSON = {"Content-Type": "application/json"}
NEWER = {**JSON, "Accept": "application/graphql-response+json"}
DEED = 'mutation { releaseHold(input: {hold: "x"}) { userErrors { code } } }'
PARSE, VALIDATION, COMPLEX = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "TOO_COMPLEX"
UNREADABLE, INVALID, TOO_MUCH = (PARSE,), (VALIDATION,), (COMPLEX,)
BAD, MEDIA = "BAD_REQUEST", "UNSUPPORTED_MEDIA_TYPE"


def doubling(levels: int, shape: str) -> str:
    """Fragments of which each spreads the next one twice: two to the power of `levels` if expanded."""
    fragments = " ".join(
        f"fragment F{n} on Organisation {{ {shape.format(next=n + 1)} }}" for n in range(levels)
    )
    return (
        f'{{ organisation(slug: "x") {{ ...F0 }} }} {fragments} fragment F{levels} on Organisation {{ id }}'
    )


def circle(size: int) -> str:
    fragments = " ".join(f"fragment F{n} on Query {{ ...F{(n + 1) % size} ...F0 }}" for n in range(size))
    return f"{{ ...F0 }} {fragments}"


def lists(depth: int) -> str:
    return "[" * depth + "]" * depth


def objects(depth: int) -> str:
    return "{a:" * depth + "1" + "}" * depth


CIRCLE_OF_FIELDS = """{ node(id: "x") { ...A } } fragment A on Organisation { parent { ...B } }
  fragment B on Organisation { parent { ...A } children { nodes { ...B ...A } } }"""

# Each document, and the codes of which one it must be refused with.
DOCUMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "3,000 aliases": ("{ " + " ".join(f"a{n}: __typename" for n in range(3_000)) + " }", UNREADABLE),
    "as many aliases as there are tokens for": (
        "{ organisations(first: 100) { nodes { activities(first: 100) { nodes { "
        + " ".join(f"a{n}: title" for n in range(640)) + " } } } } }", TOO_MUCH),
    "aliases of lists": (
        "{ " + " ".join(f"a{n}: activities(first: 100) {{ totalCount nodes {{ id }} }}" for n in range(100))
        + " b: organisations(first: 100) { nodes { activities(first: 100) { nodes { lead { id } } } } }"
        + " c: organisations(first: 100) { nodes { activities(first: 100) { nodes { lead { id } } } } }"
        + " d: organisations(first: 100) { nodes { activities(first: 100) { nodes { lead { id } } } } } }",
        TOO_MUCH),
    "depth 40": ('{ organisation(slug: "x") ' + "{ parent " * 40 + "{ id }" + " }" * 41, TOO_MUCH),
    "depth 400": ('{ organisation(slug: "x") ' + "{ parent " * 400 + "{ id }" + " }" * 401, (PARSE, COMPLEX)),
    "depth 3,000": ("{ a " * 3_000 + "}" * 3_000, UNREADABLE),
    "5,000 directives": ("{ __typename " + "@skip " * 5_000 + "}", UNREADABLE),
    "as many directives as there are tokens for": ("{ __typename " + "@skip " * 990 + "}", INVALID),
    "20,000 fields": ("{ " + "id " * 20_000 + "}", UNREADABLE),
    "fields of one name": ("{ organisations(first: 1) { nodes { " + "slug " * 1_900 + "} } }", INVALID),
    "lists of one name": ("{ " + "organisations { nodes { slug } } " * 240 + "}", INVALID),
    "fields of one name that conflict": (
        "{ " + " ".join(f'a: organisation(slug: "{n}") {{ id }}' for n in range(170)) + " }", INVALID),
    "doubling fragments": (doubling(100, "...F{next} ...F{next}"), TOO_MUCH),
    "doubling fields": (doubling(60, "a: parent {{ ...F{next} }} b: parent {{ ...F{next} }}"), TOO_MUCH),
    "doubling fields, not too deep": (
        doubling(27, "a: parent {{ ...F{next} }} b: parent {{ ...F{next} }}"), TOO_MUCH),
    "doubling lists": (
        doubling(10, "a: children {{ nodes {{ ...F{next} }} }} b: children {{ nodes {{ ...F{next} }} }}"),
        TOO_MUCH),
    "doubling inline": (doubling(60, "... {{ ...F{next} }} ... on Node {{ ...F{next} }}"), TOO_MUCH),
    "inline in inline": ("{ " + "... { " * 150 + "__typename" + " }" * 151, (COMPLEX, PARSE)),
    "circular fragment": ("{ ...F } fragment F on Query { ...F }", INVALID),
    "circular fragments": (circle(150), (COMPLEX, VALIDATION)),
    "circle through fields": (CIRCLE_OF_FIELDS, INVALID),
    "lists 3,000 deep": (f"{{ nodes(ids: {lists(3_000)}) {{ id }} }}", UNREADABLE),
    "objects 3,000 deep": (f"{{ activities(filter: {objects(3_000)}) {{ totalCount }} }}", UNREADABLE),
    "objects 90 deep": (f"{{ activities(filter: {objects(90)}) {{ totalCount }} }}", INVALID),
    "list types deep": (f"query ($a: {lists(900).replace('[]', '[Int]')}) {{ __typename }}", UNREADABLE),
    "string of first": ('{ activities(first: "' + "9" * 60_000 + '") { totalCount } }', INVALID),
    "number of first": ("{ activities(first: " + "9" * 60_000 + ") { totalCount } }", INVALID),
    "number beyond all": ("{ activities(first: 1e" + "9" * 1_000 + ") { totalCount } }", INVALID),
    "long name": ("{ " + "a" * 60_000 + " }", INVALID),
    "long alias": ("{ " + "a" * 60_000 + ": __typename }", INVALID),
    "long alias in rows": (
        "{ organisations(first: 100) { nodes { activities(first: 100) { nodes { "
        + "a" * 60_000 + ": id } } } } }", INVALID),
    "long names of arguments": (
        "{ " + " ".join(f"a{n}: organisation({'b' * 400}: 1) {{ id }}" for n in range(140)) + " }", INVALID),
    "many operations": (" ".join(f"query Q{n} {{ __typename }}" for n in range(390)), INVALID),
    "operations of one name": ("query Q { __typename } " * 390, INVALID),
    "many variables": (
        "query (" + " ".join(f"$a{n}: Int" for n in range(490)) + ") { __typename }", INVALID),
    "many faults": ("{ " + " ".join(f"a{n}: nothing{n}" for n in range(640)) + " }", INVALID),
    "introspection in circles": (
        "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }", INVALID),
    "a schema": ("type Query { a: Int } " * 200, ("BAD_REQUEST", VALIDATION)),
    "10,000 comments": ("{\n" + "# a\n" * 10_000 + "__typename }", UNREADABLE),
    "comments without an operation": ("# a\n" * 10_000, UNREADABLE),
    "commas without an operation": (", " * 20_000, UNREADABLE),
    "a string that does not end": ('{ organisation(slug: "' + "\\\\" * 12_000, UNREADABLE),
    "a block that does not end": ('{ organisation(slug: """' + '\\"""' * 8_000, UNREADABLE),
    "a fragment for each name": (
        "{ ...F0 } " + " ".join(f"fragment F{n} on Query {{ __typename }}" for n in range(240)), INVALID),
}  # fmt: skip


@pytest.fixture
def http(world: World, tmp_path: Path) -> Iterator[TestClient]:
    with served(world, tmp_path) as client:
        yield client


@dataclass
class Work:
    """What was done while something was refused."""

    visits: int = 0


@contextmanager
def counted() -> Iterator[Work]:
    """Counts the nodes that validation enters."""
    work = Work()
    enter = TypeInfoVisitor.enter

    def counting(self: TypeInfoVisitor, node: Any, *rest: Any) -> Any:
        work.visits += 1
        return enter(self, node, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TypeInfoVisitor, "enter", counting)
        yield work


def send(client: TestClient, document: str, **members: Any) -> Any:
    # As compact as it can be: some documents are as long as a request may be.
    body = json.dumps({"query": document, **members}, separators=(",", ":"), ensure_ascii=False)
    return client.post("/graphql", content=body.encode(), headers=NEWER)


@contextmanager
def nothing_happens(world: World, *, statements: int = 0) -> Iterator[None]:
    """No row is written, and so many statements are sent at most."""
    before = world.dump()
    with world.statements() as own, statements_of_server() as sent:
        yield
    assert own == []
    assert len(sent) <= statements, sent[:3]
    assert world.dump() == before


@contextmanager
def statements_of_server() -> Iterator[list[str]]:
    """Statements of every connection in this process, those of the live feed and the sealer excepted."""
    sent: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        housekeeping = ("outbox", "audit_", "job_run", "SET LOCAL", "BEGIN", "COMMIT", "ROLLBACK")
        if not any(word in statement for word in housekeeping):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def test_documents_are_refused_in_bounded_work(world: World, http: TestClient) -> None:
    with nothing_happens(world):
        for name, (document, expected) in DOCUMENTS.items():
            with counted() as work:
                response = send(http, document)
            answer = response.json()
            assert response.status_code in (400, 413), (name, response.status_code, answer)
            assert set(codes(answer)) <= set(expected), (name, codes(answer)[:3], answer["errors"][0])
            assert "data" not in answer, name
            # Each node once or not at all, however often fragments spread it; and no book comes back.
            assert work.visits <= 2 * LARGEST_DOCUMENT_TOKENS, (name, work.visits)
            assert len(answer["errors"]) <= MOST_ERRORS, name
            assert len(response.content) < 200_000, (name, len(response.content))


def test_walk_through_a_document_takes_no_more_steps_than_it_has_nodes() -> None:
    for name, (document, _) in DOCUMENTS.items():
        try:
            parsed = parse(document, max_tokens=LARGEST_DOCUMENT_TOKENS)
        except GraphQLError:
            continue
        try:
            steps = analyse(schema._schema, parsed).nodes
        except TooDeep:
            continue
        assert steps <= LARGEST_DOCUMENT_TOKENS, name


def test_comparing_fields_of_one_name_is_bounded(http: TestClient) -> None:
    """The library's own bound would let one request compare a quarter of a million pairs."""
    assert merging.MAX_COMPLEXITY_BUDGET == 50_000
    # What people write has room, also with each row's fields in several fragments.
    fragments = " ".join(
        f"fragment F{n} on Organisation {{ slug name parent {{ slug }} }}" for n in range(20)
    )
    spreads = " ".join(f"...F{n}" for n in range(20))
    document = f"{{ organisations(first: 1) {{ nodes {{ {spreads} }} }} }} {fragments}"
    assert codes(send(http, document).json()) == []


FINE_BUT_ODD = {
    "10,000 commas": "{" + "," * 10_000 + "__typename}",
    "10,000 blanks": "{" + " \t\n" * 10_000 + "__typename }",
    "byte order mark": "\ufeff{ __typename }",
    "many words": "{ __typename } # " + "ș" * 30_000,
}


def test_what_is_only_odd_is_answered(world: World, http: TestClient) -> None:
    with nothing_happens(world):
        for name, document in FINE_BUT_ODD.items():
            assert send(http, document).json().get("data") == {"__typename": "Query"}, name


def test_variables_are_refused_in_bounded_work(world: World, http: TestClient) -> None:
    listing = "query ($f: ActivityFilter) { activities(filter: $f) { totalCount } }"
    ids = "query ($i: [ID!]!) { nodes(ids: $i) { id } }"
    paged = "query ($n: Int) { activities(first: $n) { totalCount } }"
    deep: Any = "x"
    for _ in range(30):
        deep = {"search": deep}
    sent = {
        "ids without end": (ids, {"i": ["x"] * 15_000}),
        "ids of the wrong kind": (ids, {"i": [{}] * 15_000}),
        "an object in place of text": (listing, {"f": deep}),
        "names that nobody knows": (listing, {"f": {f"a{n}": n for n in range(4_000)}}),
        "long name": (listing, {"f": {"a" * 60_000: 1}}),
        "a number without end": (paged, {"n": 10**4_000}),
        "a large number": (paged, {"n": 2**40}),
        "a fraction": (paged, {"n": 1.5}),
        "text for a number": (paged, {"n": "9" * 60_000}),
        "nothing": (ids, {}),
    }
    with nothing_happens(world):
        for name, (document, variables) in sent.items():
            response = send(http, document, variables=variables)
            assert response.status_code in (200, 400), (name, response.text[:200])
            assert codes(response.json()) != [], name
            assert "INTERNAL" not in codes(response.json()), name
            assert len(response.json()["errors"]) <= MOST_ERRORS, name
            longest = max(len(error["message"]) for error in response.json()["errors"])
            assert longest <= LONGEST_MESSAGE, (name, longest)
            assert len(response.content) < 100_000, name


def test_faults_of_many_rows_are_answered_as_a_hundred(world: World, http: TestClient) -> None:
    broken = 'children(first: 1, after: "broken") { totalCount }'

    response = send(http, f"{{ organisations(first: 100) {{ nodes {{ slug parent {{ {broken} }} }} }} }}")

    assert set(codes(response.json())) == {"BAD_USER_INPUT"}
    assert 1 <= len(response.json()["errors"]) <= MOST_ERRORS


Request = Callable[[TestClient], Any]


def body(content: bytes, **headers: str) -> Request:
    return lambda client: client.post("/graphql", content=content, headers={**JSON, **headers})


def form(content_type: str) -> Request:
    content = json.dumps({"query": DEED}).encode()
    return lambda client: client.post("/graphql", content=content, headers={"Content-Type": content_type})


def got(**parameters: Any) -> Request:
    return lambda client: client.get("/graphql", params=parameters)


ASKED = b'{"query":"{ __typename }"}'
REQUESTS: dict[str, tuple[Request, int, str]] = {
    "batch of 50": (body(json.dumps([{"query": DEED}] * 50).encode()), 400, BAD),
    "lists 3,000 deep": (
        body(b'{"query":"{ __typename }","variables":{"a":' + lists(3_000).encode() + b"}}"), 400, BAD),
    "objects 3,000 deep": (
        body(b'{"query":"{ __typename }","variables":' + b'{"a":' * 3_000 + b"1" + b"}" * 3_001),
        400, BAD),
    "extensions deep": (
        body(b'{"query":"{ __typename }","extensions":{"a":' + lists(3_000).encode() + b"}}"), 400, BAD),
    "5 MB": (body(b" " * 5_000_000), 413, "TOO_LARGE"),
    "5 MB declared": (body(ASKED, **{"Content-Length": "5000000"}), 413, "TOO_LARGE"),
    "a length of thousands of digits": (body(ASKED, **{"Content-Length": "9" * 5_000}), 413, "TOO_LARGE"),
    "deed by GET": (got(query=DEED), 405, "METHOD_NOT_ALLOWED"),
    "deed by form": (form("application/x-www-form-urlencoded"), 415, MEDIA),
    "deed by multipart": (form("multipart/form-data; boundary=x"), 415, MEDIA),
    "deed by text": (form("text/plain"), 415, MEDIA),
    "deed as GraphQL": (form("application/graphql"), 415, MEDIA),
    "deed as JSON in another encoding": (form("application/json; charset=utf-16"), 415, MEDIA),
    "compressed": (body(gzip.compress(ASKED), **{"Content-Encoding": "gzip"}), 415, MEDIA),
    "said to be compressed": (body(ASKED, **{"Content-Encoding": "br"}), 415, MEDIA),
    "a bomb": (
        body(gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"}), 415, MEDIA),
    "UTF-16": (body(ASKED.decode().encode("utf-16")), 400, BAD),
    "UTF-32": (body(ASKED.decode().encode("utf-32")), 400, BAD),
    "byte order mark": (body(b"\xef\xbb\xbf" + ASKED), 400, BAD),
    "overlong UTF-8": (body(b'{"query":"{ __typename }\xc0\x80"}'), 400, BAD),
    "surrogates in UTF-8": (body(b'{"query":"{ __typename } # \xed\xa0\x80"}'), 400, BAD),
    "NUL": (body(b'{"query":"{ __typename } # \\u0000"}'), 400, BAD),
    "NUL as it is": (body(b'{"query":"{ __typename } # \x00"}'), 400, BAD),
    "NUL in a variable": (body(b'{"query":"{ __typename }","variables":{"a":"\\u0000"}}'), 400, BAD),
    "NUL in a literal": (
        body(b'{"query":"{ organisation(slug: \\"\\\\u0000\\") { id } }"}'), 400, BAD),
    "NUL hidden in escapes": (
        body(b'{"query":"{ organisation(slug: \\"\\u005cu0000\\") { id } }"}'), 400, BAD),
    "NUL in braces": (
        body(b'{"query":"{ organisation(slug: \\"\\\\u{0}\\") { id } }"}'), 400, BAD),
    "NUL in the operation's name": (
        body(b'{"query":"{ __typename }","operationName":"\\u0000"}'), 400, BAD),
    "half a surrogate": (body(b'{"query":"{ __typename } # \\ud83d"}'), 400, BAD),
    "half a surrogate in a variable": (
        body(b'{"query":"{ __typename }","variables":{"a":["\\udc00"]}}'), 400, BAD),
    "half a surrogate in a literal": (
        body(b'{"query":"{ organisation(slug: \\"\\\\ud800\\") { id } }"}'), 400, BAD),
    "half a surrogate in the operation's name": (
        body(b'{"query":"{ __typename }","operationName":"\\ud800"}'), 400, BAD),
    "NUL by GET": (got(query="{ __typename } # \x00"), 400, BAD),
    "NUL in a variable by GET": (got(query="{ __typename }", variables='{"a":"\\u0000"}'), 400, BAD),
    "lists 3,000 deep by GET": (got(query="{ __typename }", variables=lists(3_000)), 400, BAD),
    "two documents by GET": (got(query=["{ __typename }", DEED]), 400, BAD),
    "two documents": (
        body(b'{"query":"{ __typename }","query":' + json.dumps(DEED).encode() + b"}"), 400, BAD),
    "a number without end": (
        body(b'{"query":"{ __typename }","variables":{"a":1' + b"0" * 50_000 + b"}}"), 400, BAD),
    "a number beyond all": (
        body(b'{"query":"{ __typename }","variables":{"a":1e999999}}'), 400, BAD),
    "quotes without end": (body(b'"' + b'\\"' * 32_000), 400, BAD),
    "quotes without end by GET": (got(query="{ __typename }", variables='"' + '\\"' * 10_000), 400, BAD),
    "an operation that is not there": (
        body(json.dumps({"query": "{ __typename }", "operationName": "a" * 60_000}).encode()), 400, BAD),
}  # fmt: skip


def test_requests_are_refused_before_they_are_read_as_graphql(world: World, http: TestClient) -> None:
    with nothing_happens(world):
        for name, (request, status, code) in REQUESTS.items():
            response = request(http)
            answer = response.json()
            assert (response.status_code, codes(answer)) == (status, [code]), (name, answer)
            assert "data" not in answer, name
            assert len(response.content) < 2_000, name


def test_who_is_signed_in_is_refused_alike(world: World, http: TestClient) -> None:
    """The same with a token: finding out whose it is takes reading, and nothing more does."""
    headers = {"Authorization": f"Bearer {token_of('council_secretary')}"}
    http.headers.update(headers)
    each_asks = 8
    names = ["doubling fields, not too deep", "circular fragments", "long alias in rows", "many faults"]
    with nothing_happens(world, statements=each_asks * (len(names) + 2)):
        for name in names:
            document, expected = DOCUMENTS[name]
            assert set(codes(send(http, document).json())) <= set(expected), name
        for name in ("deed by form", "batch of 50"):
            request, status, code = REQUESTS[name]
            assert (request(http).status_code, codes(request(http).json())) == (status, [code]), name


def admitted(scope: dict[str, Any], pieces: Iterator[bytes]) -> tuple[int, str]:
    """Status and code with which the gate alone refuses a request."""

    async def receive() -> Any:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    with pytest.raises(NotAdmitted) as refused:
        asyncio.run(admit(StarletteRequest({"type": "http", "path": "/graphql", **scope}, receive)))
    return refused.value.status, refused.value.code


def test_large_body_is_refused_before_it_is_kept() -> None:
    """Without a length it is read in pieces; reading ends with the piece that is too much."""
    read = []

    def pieces() -> Iterator[bytes]:
        for _ in range(5_000):
            read.append(1)
            yield b" " * 1024

    scope = {"method": "POST", "headers": [(b"content-type", b"application/json")]}

    assert admitted(scope, pieces()) == (413, "TOO_LARGE")
    assert len(read) == LARGEST_BODY_BYTES // 1024 + 1


def test_long_address_is_refused_before_it_is_read() -> None:
    scope = {"method": "GET", "headers": [], "query_string": b"query=" + b"%20" * 30_000}

    assert admitted(scope, iter(())) == (414, "TOO_LARGE")


# ------------------------------------------------------------------ sockets and streams

PROTOCOL = ["graphql-transport-ws"]
BAD_MESSAGES = [
    "hello",
    "[]",
    '"x"',
    "{}",
    '{"type": 7}',
    '{"type": "nothing"}',
    '{"type": "ping", "type": "pong"}',
    '{"type": "ping", "payload": ' + lists(3_000) + "}",
    "[" * 60_000,
    '{"type": "subscribe", "id": 7, "payload": {"query": "{ __typename }"}}',
    '{"type": "subscribe", "id": "1", "payload": [1]}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename } # \\u0000"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ __typename }", "variables": [1]}}',
    '{"type": "subscribe", "id": "' + "a" * 1_000 + '", "payload": {"query": "{ __typename }"}}',
    '{"type": "complete"}',
]


def test_socket_ends_at_a_message_that_is_none(world: World, http: TestClient) -> None:
    with nothing_happens(world):
        for text in BAD_MESSAGES:
            with http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
                socket.send_json({"type": "connection_init"})
                assert socket.receive_json()["type"] == "connection_ack"
                socket.send_text(text)
                ended = socket.receive()
                assert (ended["type"], ended["code"]) == ("websocket.close", 4400), text[:60]
                assert len(ended["reason"].encode()) <= 120
        with http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
            socket.send_text(json.dumps({"type": "ping", "payload": {"a": "x" * 70_000}}))
            assert socket.receive()["code"] == 4413
        with http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
            socket.send_bytes(b'{"type": "ping"}')
            assert socket.receive()["code"] == 4400


def test_documents_over_sockets_and_streams_keep_the_same_limits(world: World, http: TestClient) -> None:
    names = (
        *("as many aliases as there are tokens for", "depth 40", "depth 400", "20,000 fields"),
        *("5,000 directives", "doubling fragments", "doubling lists", "circular fragments"),
        *("lists 3,000 deep", "number of first", "long name", "long alias in rows", "many operations"),
        *("many variables", "a schema"),
    )
    chosen = {name: DOCUMENTS[name] for name in names}
    stream = {**JSON, "Accept": "text/event-stream"}
    with nothing_happens(world), http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        for name, (document, expected) in chosen.items():
            content = json.dumps({"type": "subscribe", "id": "1", "payload": {"query": document}})
            socket.send_text(content)
            refused = socket.receive_json()
            assert (refused["type"], refused["id"]) == ("error", "1"), name
            assert {error["extensions"]["code"] for error in refused["payload"]} <= {
                *expected,
                PARSE,
                VALIDATION,
            }, name
            response = http.post("/graphql", content=json.dumps({"query": document}), headers=stream)
            assert response.status_code < 500, name
            assert '"data":{' not in response.text, name
        socket.send_json({"type": "subscribe", "id": "2", "payload": {"query": "{ __typename }"}})
        answered = socket.receive_json()
    assert answered["payload"]["data"] == {"__typename": "Query"}
    assert set(answered["payload"]["extensions"]["cost"]) == {"requested", "budget", "depth"}


def test_socket_carries_so_many_operations_at_once(http: TestClient) -> None:
    live = {"query": "subscription { activityLogged { code } }"}
    with http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        for number in range(MOST_OPERATIONS + 1):
            socket.send_json({"type": "subscribe", "id": str(number), "payload": live})
        refused = socket.receive_json()
    assert (refused["id"], refused["type"]) == (str(MOST_OPERATIONS), "error")
    assert refused["payload"][0]["extensions"]["code"] == "TOO_COMPLEX"


def test_socket_that_says_nothing_is_closed(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    route = next(r for r in http.app.routes if type(r).__name__ == "WebSocketRoute")  # type: ignore[attr-defined]
    monkeypatch.setattr(route.endpoint, "connection_init_wait_timeout", timedelta(0))
    with http.websocket_connect("/graphql", subprotocols=PROTOCOL) as socket:
        assert socket.receive()["code"] == 4408


def test_valid_documents_of_strangers_do_not_drive_out_our_own() -> None:
    own = documents._known_own
    held = len(own)
    parsed = parse("{ __typename }")
    found = documents.KnownDocument(parsed, analyse(schema._schema, parsed))
    for number in range(2_000):
        documents.remember(f"{{ __typename }} # {number}", found, own=False)

    assert len(own) == held
    assert len(documents._known) <= 500
