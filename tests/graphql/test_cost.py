"""Documents that would come to too much are refused before anything is read."""

from __future__ import annotations

import asyncio
from importlib.resources import files

import pytest
from graphql import GraphQLError, get_introspection_query, parse

from coalition.graphql.cost import DEEPEST_DOCUMENT, refuse_too_much
from coalition.graphql.run import run_document
from coalition.graphql.schema import schema
from tests.graphql.world import World


def cost_errors(document: str) -> list[str]:
    """What the count alone says of a document."""
    try:
        refuse_too_much(schema._schema, parse(document))
    except GraphQLError as error:
        return [error.message]
    return []


TOO_MUCH = {
    "lists in lists": """
    { organisations(first: 100) { nodes { activities(first: 100) { nodes {
      participants { organisation { activities(first: 100) { nodes { title } } } } } } } } }
    """,
    "edges too": """
    { organisations(first: 100) { edges { node { activities(first: 100) { edges { node {
      participants { organisation { activities(first: 100) { edges { node { title } } } } } } } } } } } }
    """,
    "through a fragment": """
    { organisations(first: 100) { nodes { ...Activities } } }
    fragment Activities on Organisation { activities(first: 100) { nodes { ...Participants } } }
    fragment Participants on Activity {
      participants { organisation { activities(first: 100) { totalCount nodes { id } } } } }
    """,
    "by variables": """
    query ($n: Int) { organisations(first: $n) { nodes { activities(first: $n) { nodes {
      participants { organisation { activities(first: $n) { nodes { title } } } } } } } } }
    """,
    "by node": """
    query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Organisation { activities(first: 100) { nodes {
      participants { organisation { activities(first: 100) { nodes { title } } } } } } } } }
    """,
    "by aliases": "{ " + " ".join(
        f"a{number}: organisations(first: 100) {{ nodes {{ activities(first: 100) {{ nodes {{ id }} }} }} }}"
        for number in range(11)
    ) + " }",
    "by answers of one object": "{ services(first: 100) { nodes { " + " ".join(
        f"a{number}: canTake(quantity: {number % 50 + 1})" for number in range(1_000)
    ) + " } } }",
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_is_refused(name: str) -> None:
    [message] = cost_errors(TOO_MUCH[name])

    assert message.endswith("100000 is the most. Ask for smaller pages.")


FINE = [
    "{ __typename }",
    get_introspection_query(),
    "{ organisations(first: 100) { nodes { activities(first: 100) { nodes { title } } } } }",
    """
    { activities(first: 100) { nodes { districts { region { code } } participants { organisation {
      denomination { code } churchBody { slug } } } topics { code } quantities { value } reach { count } } } }
    """,
    """
    { organisations(first: 100) { nodes {
      children { totalCount nodes { slug } } activities { totalCount nodes { title districts { code } } }
      services { nodes { name kinds pools { state } } } trainingSessions { nodes { title topics { code } } }
    } } }
    """,
    "{ nothing { of { this { schema } } } }",
    "query { ...F } fragment F on Query { ...F }",
    "query { ...Missing }",
    "subscription { activityLogged { code participants { organisation { slug } } } }",
    'mutation { releaseHold(input: {hold: "x"}) { hold { service { name } } userErrors { code } } }',
]


@pytest.mark.parametrize("number", range(len(FINE)))
def test_what_clients_need_passes(number: int) -> None:
    assert cost_errors(FINE[number]) == []


def test_documents_of_our_own_pages_may_ask_for_more(record: World) -> None:
    """They come from the package, not from whoever asks."""
    document = files("coalition.web").joinpath("queries/places.graphql").read_text(encoding="utf-8")
    actor = record.actor("bes")

    own = asyncio.run(
        run_document(record.runtime, document, {}, actor=actor, language="en", own_document=True)
    )

    assert (own.errors, own.data is not None) == ([], True)
    assert record.answer(document, actor).codes == ["TOO_COMPLEX"]


def test_only_so_deep() -> None:
    def nested(depth: int) -> str:
        parents = "parent { " * (depth - 2) + "slug" + " }" * (depth - 2)
        return f'{{ organisation(slug: "bes") {{ {parents} }} }}'

    assert cost_errors(nested(DEEPEST_DOCUMENT)) == []
    assert cost_errors(nested(DEEPEST_DOCUMENT + 1)) == ["The document is nested deeper than 30 levels."]


def test_many_fragments_are_walked_once() -> None:
    """Each fragment spreads the next one twice: walked without a memory it would take for ever."""
    fragments = " ".join(
        f"fragment F{number} on Organisation {{ ...F{number + 1} a{number}: parent {{ ...F{number + 1} }} }}"
        for number in range(60)
    )
    document = (
        f'{{ organisation(slug: "bes") {{ ...F0 }} }} {fragments} fragment F60 on Organisation {{ slug }}'
    )

    assert len(cost_errors(document)) == 1


def test_refusal_has_its_code(record: World) -> None:
    found = record.answer(TOO_MUCH["lists in lists"])

    assert (found.data, found.codes) == (None, ["TOO_COMPLEX"])
