"""GraphQL over HTTP: what is answered to whom, and every refusal as JSON with a code."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.access.models import Account, PersonalAccessToken
from coalition.access.service import begin_sign_in
from coalition.core.actor import VISITORS_COST_BUDGET
from coalition.core.errors import DatabaseFault
from coalition.graphql.connections import PageInfo
from coalition.graphql.context import Context
from coalition.graphql.feed import LiveEvent
from coalition.graphql.schema import schema
from coalition.members import repository
from coalition.outreach.models import Activity
from tests.graphql.world import CLIENT, SECRETS, World, token_of
from tests.support.application import application, settings_for

WHO = "{ viewer { client person { name } } }"
NAMES = "{ __typename }"
GRAPHQL_RESPONSE = "application/graphql-response+json"


@pytest.fixture(scope="session")
def http_of(
    record_of: Callable[[str], World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], TestClient]]:
    opened: list[Any] = []

    @cache
    def of(kind: str) -> TestClient:
        url = record_of(kind).units.database.url.render_as_string(hide_password=False)
        running = application(settings_for(url, tmp_path_factory.mktemp("data")))
        opened.append(running)
        return running.__enter__()

    yield of
    for running in opened:
        running.__exit__(None, None, None)


@pytest.fixture
def http(http_of: Callable[[str], TestClient], database_kind: str) -> Iterator[TestClient]:
    """A client of the whole application on the shared record, without cookies."""
    client = http_of(database_kind)
    yield client
    client.cookies.clear()


@pytest.fixture
def own_http(world: World, tmp_path: Any) -> Iterator[TestClient]:
    """A client of the whole application on the test's own database."""
    url = world.units.database.url.render_as_string(hide_password=False)
    with application(settings_for(url, tmp_path)) as client:
        yield client


def post(
    client: TestClient, query: Any, headers: dict[str, str] | None = None, **members: Any
) -> httpx2.Response:
    return client.post("/graphql", json={"query": query, **members}, headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refusal(response: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal, which is JSON with one error, a message and no data."""
    assert response.headers["content-type"].partition(";")[0] in ("application/json", GRAPHQL_RESPONSE)
    body = response.json()
    assert set(body) == {"errors"}, body
    [error] = body["errors"]
    assert set(error) >= {"message", "extensions"}
    assert isinstance(error["message"], str)
    assert error["message"] != ""
    return response.status_code, error["extensions"]["code"]


# ------------------------------------------------------------------ answers


def test_post_and_get_answer_the_same(http: TestClient) -> None:
    document = "query Q($s: String!) { organisation(slug: $s) { slug } }"
    cost = {"requested": 2, "budget": VISITORS_COST_BUDGET, "depth": 2}
    expected = {"data": {"organisation": {"slug": "bes"}}, "extensions": {"cost": cost}}

    posted = post(http, document, variables={"s": "bes"}, operationName="Q")
    got = http.get(
        "/graphql", params={"query": document, "variables": json.dumps({"s": "bes"}), "operationName": "Q"}
    )

    assert (posted.status_code, posted.json()) == (200, expected)
    assert (got.status_code, got.json()) == (200, expected)
    assert posted.content == got.content
    # What GET was answered may be kept by whoever asked, and asked for again by its ETag.
    assert (posted.headers["cache-control"], "etag" in posted.headers) == ("no-store", False)
    assert got.headers["cache-control"] == "private, no-cache"


def test_there_is_no_redirect_and_no_other_address(http: TestClient) -> None:
    assert http.post("/graphql", json={"query": NAMES}, follow_redirects=False).status_code == 200
    assert http.post("/graphql/", json={"query": NAMES}, follow_redirects=False).status_code in (307, 404)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (GRAPHQL_RESPONSE.upper(), GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}; charset=utf-8", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, application/json;q=0.9", GRAPHQL_RESPONSE),
        (f"application/json;q=0.9, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, application/json;q=0.4", GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE};q=0.5, application/json", "application/json"),
        (f"{GRAPHQL_RESPONSE};q=0, application/json;q=0.1", "application/json"),
        (f"{GRAPHQL_RESPONSE};q=0", "application/json"),
        (f"{GRAPHQL_RESPONSE} ; q=0.5 , application/json ; q=0.6", "application/json"),
        (f"text/html, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"text/html;q=0.1, {GRAPHQL_RESPONSE};q=nonsense, application/json", "application/json"),
        (f"{GRAPHQL_RESPONSE}x", "application/json"),
        ("text/html", "application/json"),
    ],
)
def test_media_type_is_the_one_liked_best(http: TestClient, accept: str | None, media_type: str) -> None:
    headers = {"Accept": accept} if accept is not None else {}

    response = http.post("/graphql", json={"query": NAMES}, headers=headers)

    assert response.headers["content-type"].partition(";")[0] == media_type
    assert response.json()["data"] == {"__typename": "Query"}


FAULTS_OF_REQUESTS = {
    "{": "GRAPHQL_PARSE_FAILED",
    "{ nothing }": "GRAPHQL_VALIDATION_FAILED",
    "{ organisation { slug } }": "GRAPHQL_VALIDATION_FAILED",
    "query ($s: String) { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "query ($s: String!) { organisation(slug: $s) { slug } }": "GRAPHQL_VALIDATION_FAILED",
    "query A { __typename } query B { __typename }": "GRAPHQL_VALIDATION_FAILED",
    "query Q { __typename } fragment F on Query { __typename }": "GRAPHQL_VALIDATION_FAILED",
}


@pytest.mark.parametrize("document", FAULTS_OF_REQUESTS)
def test_request_that_is_not_executed_is_200_in_json_and_400_in_the_newer_type(
    http: TestClient, document: str
) -> None:
    plain = post(http, document, {"Accept": "application/json"})
    newer = post(http, document, {"Accept": GRAPHQL_RESPONSE})

    code = FAULTS_OF_REQUESTS[document]
    assert refusal(newer) == (400, code)
    # GraphQL over HTTP leaves both to servers of application/json; nothing is executed in either case.
    assert refusal(plain)[1] == code
    assert plain.status_code in (200, 400)


@pytest.mark.parametrize("document", ["", "  ", "# nothing", "fragment F on Query { __typename }"])
def test_document_without_an_operation_is_refused(http: TestClient, document: str) -> None:
    status, code = refusal(post(http, document, {"Accept": GRAPHQL_RESPONSE}))

    assert (status, code in ("BAD_REQUEST", "GRAPHQL_PARSE_FAILED")) == (400, True)


@pytest.mark.parametrize("depth", [50, 400])
def test_deep_document_is_answered_or_refused_but_never_breaks(http: TestClient, depth: int) -> None:
    document = '{ organisation(slug: "bes") ' + "{ parent " * depth + "{ slug }" + " }" * depth + " }"

    response = post(http, document, {"Accept": GRAPHQL_RESPONSE})

    assert response.status_code in (200, 400)
    assert "INTERNAL" not in response.text


def test_several_operations_need_a_name(http: TestClient) -> None:
    document = "query A { __typename } query B { coalition { council { kind } } }"

    assert post(http, document, operationName="B").json()["data"] == {
        "coalition": {"council": {"kind": "COUNCIL"}}
    }
    for name in (None, "", "C"):
        response = post(http, document, {"Accept": GRAPHQL_RESPONSE}, operationName=name)
        assert (response.status_code, "data" in response.json()) == (400, False), name


def test_field_that_fails_keeps_the_others(http: TestClient) -> None:
    document = """
    { a: viewer { client } c: activities(filter: {district: "x"}) { totalCount } }
    """

    response = post(http, document, {"Accept": GRAPHQL_RESPONSE})

    # The field that fails must not be null, so all of `data` is; what was executed is 200.
    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert (response.json()["data"], error["path"], error["extensions"]) == (
        None,
        ["c"],
        {"code": "UNKNOWN_DISTRICT"},
    )


# ------------------------------------------------------------------ refusals before anything is read


def send(client: TestClient, body: bytes, content_type: str | None = "application/json") -> httpx2.Response:
    headers = {} if content_type is None else {"Content-Type": content_type}
    return client.post("/graphql", content=body, headers=headers)


BAD_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "text": b"query { __typename }",
    "not UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ __typename }"}'.encode("utf-16"),
    "Latin-1": '{"query": "# é\n{ __typename }"}'.encode("latin-1"),
    "a string": b'"{ __typename }"',
    "a number": b"42",
    "null": b"null",
    "true": b"true",
    "a list": b"[1]",
    "a batch": b'[{"query": "{ __typename }"}]',
    "no query": b"{}",
    "query null": b'{"query": null}',
    "query a number": b'{"query": 7}',
    "query an object": b'{"query": {}}',
    "variables a list": b'{"query": "{ __typename }", "variables": []}',
    "variables a string": b'{"query": "{ __typename }", "variables": "{}"}',
    "operation name a number": b'{"query": "{ __typename }", "operationName": 7}',
    "extensions a list": b'{"query": "{ __typename }", "extensions": []}',
    "deep lists": b'{"query": "", "variables": {"a": ' + b"[" * 20_000 + b"]" * 20_000 + b"}}",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "unbalanced": b"[" * 60_000,
    "NUL": b'{"query": "{ __typename }\\u0000"}',
    "half a surrogate": b'{"query": "{ __typename } # \\ud83d"}',
    "infinite": b'{"query": "{ __typename }", "variables": {"a": Infinity}}',
    "not a number": b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    "huge number": b'{"query": "{ __typename }", "variables": {"a": 1' + b"0" * 10_000 + b"}}",
    "two documents": b'{"query": "{ __typename }"} {"query": "{ __typename }"}',
    "only a hash": b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "abc"}}}',
}


@pytest.mark.parametrize("body", BAD_BODIES)
def test_body_that_cannot_be_read_is_400(http: TestClient, body: str) -> None:
    assert refusal(send(http, BAD_BODIES[body])) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    [
        None, "", "text/plain", "application/graphql", "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x", "text/json", "application/jsonp", "application/json-patch+json",
    ],
)  # fmt: skip
def test_content_type_that_is_not_json_is_415(http: TestClient, content_type: str | None) -> None:
    assert refusal(send(http, b'{"query": "{ __typename }"}', content_type)) == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
def test_content_type_json_is_read(http: TestClient, content_type: str) -> None:
    assert send(http, b'{"query": "{ __typename }"}', content_type).status_code == 200


def test_body_of_64_kilobytes_is_the_largest(http: TestClient) -> None:
    def body(size: int) -> bytes:
        start, end = b'{"query": "{ __typename }", "variables": {"a": "', b'"}}'
        return start + b"x" * (size - len(start) - len(end)) + end

    assert send(http, body(64 * 1024)).status_code == 200
    assert refusal(send(http, body(64 * 1024 + 1))) == (413, "TOO_LARGE")
    assert refusal(send(http, b"x" * 5_000_000)) == (413, "TOO_LARGE")


def test_body_without_a_length_is_measured_too(http: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 1024

    response = http.post("/graphql", content=pieces(), headers={"Content-Type": "application/json"})

    assert refusal(response) == (413, "TOO_LARGE")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_405(http: TestClient, method: str) -> None:
    response = http.request(method, "/graphql", headers={"Content-Type": "application/json"})

    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["allow"].split(", ")) >= {"GET", "POST"}


def test_head_is_answered_without_a_body(http: TestClient) -> None:
    response = http.head("/graphql", params={"query": NAMES})

    assert (response.status_code, response.content) in [(200, b""), (405, b"")]


# ------------------------------------------------------------------ GET


def test_get_without_a_query_is_400(http: TestClient) -> None:
    assert refusal(http.get("/graphql")) == (400, "BAD_REQUEST")
    assert refusal(http.get("/graphql", params={"variables": "{}"})) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("variables", ["{", "7", '"x"', "[1]", "{'a': 1}", "[" * 20_000])
def test_get_with_variables_that_cannot_be_read_is_400(http: TestClient, variables: str) -> None:
    assert refusal(http.get("/graphql", params={"query": NAMES, "variables": variables})) == (
        400,
        "BAD_REQUEST",
    )


@pytest.mark.parametrize("extensions", ["{", "7", "[" * 20_000])
def test_get_with_extensions_that_cannot_be_read_is_400(http: TestClient, extensions: str) -> None:
    assert refusal(http.get("/graphql", params={"query": NAMES, "extensions": extensions})) == (
        400,
        "BAD_REQUEST",
    )


def test_get_does_no_deed(http: TestClient) -> None:
    document = 'mutation { releaseHold(input: {hold: "x"}) { userErrors { code } } }'

    response = http.get("/graphql", params={"query": document}, headers=bearer(token_of("reporter")))

    assert refusal(response) == (405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"


def test_get_reads_as_bearer(http: TestClient) -> None:
    def who(headers: dict[str, str]) -> Any:
        return http.get("/graphql", params={"query": WHO}, headers=headers).json()["data"]["viewer"]

    assert who({}) is None
    assert who(bearer(token_of("moc"))) == {"client": None, "person": {"name": "Demo moc"}}


def test_browser_gets_a_page_and_asks_in_json(http: TestClient) -> None:
    accept = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    page = http.get("/graphql", headers=accept)
    answer = http.get("/graphql", params={"query": NAMES}, headers=accept)

    assert page.headers["content-type"].startswith("text/html")
    assert answer.json()["data"] == {"__typename": "Query"}


# ------------------------------------------------------------------ subscriptions


@pytest.mark.parametrize("accept", ["application/json", GRAPHQL_RESPONSE, "*/*"])
def test_subscription_over_plain_json_is_refused(http: TestClient, accept: str) -> None:
    document = "subscription { activityLogged { code } }"

    posted = post(http, document, {"Accept": accept})
    got = http.get("/graphql", params={"query": document}, headers={"Accept": accept})

    assert refusal(posted) == refusal(got) == (400, "BAD_REQUEST")


# ------------------------------------------------------------------ who asks


BAD_TOKENS = [
    "Bearer nonsense",
    "Bearer cpat_nonsense",
    "Bearer coat_nonsense",
    "Bearer ",
    "bearer",
    "Bearer \tx y",
]


@pytest.mark.parametrize("sent", BAD_TOKENS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_bad_token_is_401(http: TestClient, method: str, sent: str) -> None:
    headers = {"Authorization": sent}

    response = (
        post(http, WHO, headers)
        if method == "POST"
        else http.get("/graphql", params={"query": WHO}, headers=headers)
    )

    assert refusal(response) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_bad_token_comes_before_the_document_is_read(http: TestClient) -> None:
    assert refusal(post(http, "{", bearer("nonsense"))) == (401, "UNAUTHENTICATED")


def test_two_authorizations_are_401(http: TestClient) -> None:
    headers = [("Authorization", f"Bearer {token_of(name)}") for name in ("moc", "bes")]

    response = http.post("/graphql", json={"query": WHO}, headers=headers)

    assert refusal(response) == (401, "UNAUTHENTICATED")


def test_scheme_is_written_in_any_case(http: TestClient) -> None:
    answer = post(http, WHO, {"Authorization": f"bEaReR   {token_of('moc')}"}).json()

    assert answer["data"]["viewer"]["person"] == {"name": "Demo moc"}


def test_revoked_and_ended_tokens_are_401(world: World, own_http: TestClient) -> None:
    with world.units.writing() as uow:
        owned = sa.select(PersonalAccessToken).join(Account).where(Account.email == "moc@demo.invalid")
        uow.db.scalars(owned).one().revoked_at = uow.now
        owned = sa.select(PersonalAccessToken).join(Account).where(Account.email == "bes@demo.invalid")
        uow.db.scalars(owned).one().expires_at = uow.now
        owned = sa.select(Account).where(Account.email == "expert@demo.invalid")
        uow.db.scalars(owned).one().is_active = False

    for name in ("moc", "bes", "expert"):
        assert refusal(post(own_http, WHO, bearer(token_of(name)))) == (401, "UNAUTHENTICATED"), name
    assert post(own_http, WHO, bearer(token_of("trainer"))).status_code == 200


def test_partner_asks_with_client_credentials(own_http: TestClient) -> None:
    granted = own_http.post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT.client_id, CLIENT.client_secret),
    ).json()

    answer = post(own_http, WHO, bearer(granted["access_token"])).json()

    assert answer["data"]["viewer"] == {"client": CLIENT.client_id, "person": None}


@pytest.fixture
def signed_in(world: World, own_http: TestClient) -> TestClient:
    """A browser that is signed in as the coordinator of moc."""
    with world.units.writing() as uow:
        # The application has the clock of the machine.
        uow.now = own_http.app.state.units.clock()
        account = uow.db.scalars(sa.select(Account).where(Account.email == "moc@demo.invalid")).one()
        began = begin_sign_in(uow, SECRETS, account.id)
    own_http.cookies.set(SIGN_IN_COOKIE, began.token)
    return own_http


def test_cookie_counts_on_post_and_not_on_get(signed_in: TestClient) -> None:
    posted = post(signed_in, WHO).json()["data"]["viewer"]
    got = signed_in.get("/graphql", params={"query": WHO}).json()["data"]["viewer"]

    assert (posted, got) == ({"client": None, "person": {"name": "Demo moc"}}, None)


def test_token_counts_more_than_the_cookie(signed_in: TestClient) -> None:
    answer = post(signed_in, WHO, bearer(token_of("bes"))).json()

    assert answer["data"]["viewer"]["person"] == {"name": "Demo bes"}
    assert refusal(post(signed_in, WHO, bearer("nonsense"))) == (401, "UNAUTHENTICATED")


def test_forms_of_other_sites_carry_the_cookie_in_vain(signed_in: TestClient) -> None:
    """What a form can send without asking first is refused, and no other site is let in."""
    body = b'{"query": "{ viewer { client } }"}'
    for content_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        assert refusal(send(signed_in, body, content_type)) == (415, "UNSUPPORTED_MEDIA_TYPE")

    asked = signed_in.options("/graphql", headers={"Origin": "https://evil.example"})
    answered = post(signed_in, WHO, {"Origin": "https://evil.example"})

    for response in (asked, answered):
        assert [name for name in response.headers if name.startswith("access-control-")] == []


def test_cookie_that_is_worth_nothing_is_nobody(http: TestClient) -> None:
    http.cookies.set(SIGN_IN_COOKIE, "cs_nonsense")

    assert post(http, WHO).json()["data"]["viewer"] is None


# ------------------------------------------------------------------ languages


@pytest.mark.parametrize(
    ("accept", "name"),
    [
        (None, "Coordination Council"),
        ("ro", "Consiliul de coordonare"),
        ("ru-MD, ro;q=0.5", "Координационный совет"),
        ("ru;q=0.1, ro;q=0.5", "Consiliul de coordonare"),
        ("de, fr;q=0.9", "Coordination Council"),
        ("de, ro;q=0.1", "Consiliul de coordonare"),
        ("ro;q=0, ru;q=0.1", "Координационный совет"),
        ("mo", "Consiliul de coordonare"),
    ],
)
def test_language_is_what_the_client_accepts(http: TestClient, accept: str | None, name: str) -> None:
    headers = {"Accept-Language": accept} if accept else {"Accept-Language": ""}

    answer = post(http, "{ coalition { council { name } } }", headers)

    assert answer.json()["data"]["coalition"]["council"]["name"] == name


def test_language_of_the_account_goes_before_what_the_client_accepts(
    world: World, own_http: TestClient
) -> None:
    with world.units.writing() as uow:
        uow.db.execute(sa.update(Account).where(Account.email == "moc@demo.invalid").values(language="ru"))
    document = '{ coalition { council { name ro: name(language: "ro") } } }'

    answer = post(own_http, document, {**bearer(token_of("moc")), "Accept-Language": "ro"})

    assert answer.json()["data"]["coalition"]["council"] == {
        "name": "Координационный совет",
        "ro": "Consiliul de coordonare",
    }


def test_refusals_are_in_the_language_that_the_client_accepts(http: TestClient) -> None:
    said = {
        language: post(http, WHO, {**bearer("nonsense"), "Accept-Language": language}).json()["errors"][0][
            "message"
        ]
        for language in ("ro", "ru", "en")
    }

    assert len(set(said.values())) == 3
    assert said["en"] == "You are not signed in, or your sign-in has ended. Sign in and try again."


# ------------------------------------------------------------------ faults of ours


def test_unexpected_error_is_masked_and_logged(
    http: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("secret-cause at /secret/path")

    monkeypatch.setattr(repository, "organisation_by_slug", fail)

    with caplog.at_level(logging.ERROR):
        response = post(http, '{ viewer { client } organisation(slug: "bes") { slug } }')

    [error] = response.json()["errors"]
    reference = error["extensions"].pop("reference")
    assert (response.status_code, response.json()["data"]) == (200, {"viewer": None, "organisation": None})
    assert error["path"] == ["organisation"]
    assert error["extensions"] == {"code": "INTERNAL"}
    assert error["message"].startswith("Unexpected error.")
    assert "secret" not in response.text
    assert "LookupError" not in response.text
    [logged] = [entry for entry in caplog.records if reference in entry.getMessage()]
    assert logged.exc_info is not None
    assert "secret-cause" in str(logged.exc_info[1])


def test_error_in_an_object_is_masked_too(http: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret-cause")

    monkeypatch.setattr(PageInfo, "__init__", fail)

    response = post(http, "{ organisations { pageInfo { hasNextPage } } }")

    [error] = response.json()["errors"]
    assert (error["extensions"]["code"], "secret" in response.text) == ("INTERNAL", False)


def test_unexpected_error_in_a_live_event_is_masked_too(
    record: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Over the stream of events, where each answer is put into words on its own."""

    async def events(*_: Any) -> AsyncIterator[LiveEvent]:
        yield LiveEvent("activity.logged", record.row(Activity, code="ACT-001").id, {})

    def fail(*_: Any, **__: Any) -> None:
        raise LookupError("secret-cause")

    async def first_answer() -> Any:
        context = Context(record.runtime)
        document = "subscription { activityLogged { code title } }"
        return await anext(aiter(await schema.stream(document, context_value=context)))

    monkeypatch.setattr(record.runtime.feed, "listen", events)
    monkeypatch.setattr("coalition.graphql.declare.in_language", fail)
    with caplog.at_level(logging.ERROR):
        answer = asyncio.run(first_answer())

    [error] = answer.errors
    reference = error.extensions["reference"]
    assert error.extensions["code"] == "INTERNAL"
    assert "secret" not in str(error.formatted)
    assert [entry for entry in caplog.records if reference in entry.getMessage()] != []


@pytest.mark.parametrize(
    "code", ["DATABASE_BUSY", "STORAGE_FULL", "DATABASE_READ_ONLY", "DATABASE_UNAVAILABLE"]
)
def test_fault_of_the_database_is_named(http: TestClient, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseFault(code)

    monkeypatch.setattr(repository, "organisation_by_slug", fail)

    response = post(http, '{ organisation(slug: "bes") { slug } }')

    [error] = response.json()["errors"]
    assert (response.json()["data"], error["extensions"]) == ({"organisation": None}, {"code": code})


def test_fault_of_the_database_while_finding_out_who_asks_is_503(
    http: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseFault("DATABASE_UNAVAILABLE")

    monkeypatch.setattr("coalition.access.middleware.caller_for_bearer", fail)

    response = post(http, WHO, bearer(token_of("moc")))

    assert refusal(response) == (503, "DATABASE_UNAVAILABLE")
    assert int(response.headers["retry-after"]) > 0


def test_documents_of_more_than_two_thousand_tokens_are_refused(http: TestClient) -> None:
    fields = " ".join(f"a{number}: __typename" for number in range(700))

    response = post(http, f"{{ {fields} }}", {"Accept": GRAPHQL_RESPONSE})

    assert refusal(response) == (400, "GRAPHQL_PARSE_FAILED")


def test_every_answer_names_its_request(http: TestClient) -> None:
    first, second = post(http, NAMES), post(http, "{")

    assert first.headers["x-request-id"] != second.headers["x-request-id"] != ""
