"""Addresses whose parts name nothing, or something else: a page that says so, never a fault."""

from __future__ import annotations

import base64

import pytest

from coalition.web.routes import PAGES
from tests.web.site import Site

READ_BY_PART = sorted(path for path, _, methods in PAGES if "{" in path and "GET" in methods)
NOTHING = "01919191-0000-7000-8000-000000000000"


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize("role", ["", "coordinator", "administrator"])
def test_parts_that_name_nothing(reader: Site, role: str) -> None:
    if role:
        reader.sign_in(role)
    asked = reader.client.post("/graphql", json={"query": "{ organisations(first: 1) { nodes { id } } }"})
    [another] = asked.json()["data"]["organisations"]["nodes"]
    parts = [
        "x",
        another["id"],
        encoded(f"Service:{NOTHING}"),
        encoded("Service"),
        "%00",
        "%E0%80",
        "a" * 300,
    ]

    answers = {
        (path, part): reader.client.get(path[: path.index("{")] + part + path[path.index("}") + 1 :])
        for path in READ_BY_PART
        for part in parts
    }

    seen = {asked: answer.status_code for asked, answer in answers.items()}
    assert {asked: status for asked, status in seen.items() if status not in (200, 400, 403, 404)} == {}
    assert 404 in seen.values()


@pytest.mark.parametrize(
    "document",
    ["", " ", "fragment A on Query { viewer { client } }", "subscription { capacityChanged { id } }"],
)
def test_documents_without_a_query(reader: Site, document: str) -> None:
    form = reader.open("/en/graphql/plain").form("/en/graphql/plain")

    answer = reader.send(form, query=document, variables="")

    assert answer.status == 200
    assert "BAD_REQUEST" in answer.text
    assert "The document holds no query and no mutation." in answer.text
