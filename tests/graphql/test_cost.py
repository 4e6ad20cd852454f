"""What documents cost, and that what asks for too much is refused before anything is read."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    get_introspection_query,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
    parse,
)

from coalition.core.actor import ANONYMOUS, VISITORS_COST_BUDGET
from coalition.graphql.context import Context
from coalition.graphql.cost import DEEPEST_DOCUMENT, DEEPEST_NESTING, Analysis, Cost, TooDeep, analyse
from coalition.graphql.run import run_document
from coalition.graphql.schema import schema
from coalition.graphql.weights import LARGEST_EVENT
from tests.graphql.world import EVERYBODY, World

CORE = schema._schema


def analysed(document: str) -> Analysis:
    return analyse(CORE, parse(document))


def cost_of(document: str, **variables: Any) -> int:
    """What the only operation of a document comes to."""
    [weighed] = analysed(document).operations.values()
    return weighed.cost(variables).requested


# ------------------------------------------------------------------ what each part costs


def test_cost_counts_objects_and_what_they_hold() -> None:
    assert cost_of("{ __typename }") == 1
    # Ten plain values are one point, an object is one.
    assert cost_of('{ organisation(slug: "bes") { id slug kind status country place } }') == 2
    assert cost_of('{ organisation(slug: "bes") { parent { parent { slug } } } }') == 4
    # Three where nobody says how many.
    assert cost_of('{ activity(code: "x") { participants { role } } }') == 1 + 4


def test_page_costs_its_rows_whether_or_not_they_are_looked_at() -> None:
    assert cost_of("{ organisations(first: 100) { nodes { slug } } }") == 5 + 110
    assert cost_of("{ organisations(first: 100) { edges { node { slug } } } }") == 5 + 210
    assert cost_of("{ organisations(first: 100) { pageInfo { hasNextPage } } }") == 5 + 2 + 10
    assert cost_of("{ organisations { nodes { slug } } }") == 5 + 22
    assert cost_of("{ organisations(last: 7) { nodes { slug } } }") == 5 + 8
    # Counted once for the list, not once for each row.
    assert cost_of("{ organisations(first: 100) { totalCount nodes { slug } } }") == 5 + 20 + 110


def test_page_costs_the_same_through_fragments() -> None:
    plain = "{ organisations(first: 50) { totalCount nodes { slug children { totalCount } } } }"
    spread = """{ organisations(first: 50) { ...Page ... on OrganisationConnection { nodes { ...Row } } } }
      fragment Page on OrganisationConnection { totalCount }
      fragment Row on Organisation { slug ... { children { ...Page } } }"""

    assert cost_of(spread) == cost_of(plain)


def test_what_takes_computing_has_its_own_price() -> None:
    assert cost_of("{ coverage(by: []) { total { activities } } }") == 203
    answers = "{ services(first: 100) { nodes { a: canTake(quantity: 1) b: canTake(quantity: 2) } } }"
    assert cost_of(answers) == 5 + 100 * (1 + 4)
    assert cost_of('{ services(first: 1, filter: {search: "x"}) { nodes { id } } }') == 5 + 50 + 2


def test_aliases_cost_more_than_the_field() -> None:
    once = cost_of("{ organisations(first: 100) { nodes { slug } } }")
    assert cost_of("{ organisations(first: 100) { nodes { slug a: slug b: slug } } }") == once + 200


SIZES = """query ($n: Int = 50) { organisations(first: $n) { nodes { ...F } } }
  fragment F on Organisation { slug children(first: $n) { nodes { id } } }"""


def test_variables_are_filled_in_for_each_request() -> None:
    def expected(rows: int) -> int:
        return -(-(50 + rows * (10 + 1 + 50 + rows * 11)) // 10)

    [weighed] = analysed(SIZES).operations.values()

    assert weighed.cost({"n": 10}).requested == expected(10)
    assert weighed.cost({}).requested == expected(50)
    # What is null is twenty; what is no page size is refused later, and a full page until then.
    assert weighed.cost({"n": None}).requested == expected(20)
    for strange in (1_000, -1, "10", [1], True, 1.5, 10**30):
        assert weighed.cost({"n": strange}).requested == expected(100)


def test_search_and_ids_may_stand_in_variables() -> None:
    search = "query ($f: ServiceFilter) { services(first: 1, filter: $f) { nodes { id } } }"
    assert cost_of(search, f={"search": "x"}) == cost_of(search, f={"district": "x"}) + 50
    assert cost_of(search) == cost_of(search, f=None) == cost_of(search, f={"search": None})

    ids = "query ($i: [ID!]!) { nodes(ids: $i) { id } }"
    assert cost_of(ids, i=["a"] * 50) == cost_of("{ nodes(ids: [%s]) { id } }" % ('"a" ' * 50)) == 55


def test_same_sizes_are_reckoned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reckoned: list[Any] = []
    [weighed] = analysed(SIZES).operations.values()
    whole = type("Whole", (), {"total": lambda _self, found: reckoned.append(found) or (10, 0)})
    monkeypatch.setattr("coalition.graphql.cost._Reckoning", lambda _amounts: whole())

    for size in (1, 2, 1, 2, 1):
        assert weighed.cost({"n": size}) == Cost(1, 5)
    assert len(reckoned) == 2


# ------------------------------------------------------------------ depth


def nested(depth: int) -> str:
    parents = "parent { " * (depth - 2) + "slug" + " }" * (depth - 2)
    return f'{{ organisation(slug: "bes") {{ {parents} }} }}'


def test_only_so_deep() -> None:
    assert analysed(nested(DEEPEST_DOCUMENT)).operation(None).depth == DEEPEST_DOCUMENT  # type: ignore[union-attr]
    with pytest.raises(TooDeep):
        analysed(nested(DEEPEST_DOCUMENT + 1))


def test_depth_goes_through_fragments_but_they_are_no_level() -> None:
    document = """{ organisation(slug: "bes") { ...A } } fragment A on Organisation { ... { ...B } }
      fragment B on Organisation { parent { slug } }"""
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(DEEPEST_NESTING + 1))

    assert analysed(document).operation(None).depth == 3  # type: ignore[union-attr]
    with pytest.raises(TooDeep):
        analysed(f"{{ ...F0 }} {chain} fragment F{DEEPEST_NESTING + 1} on Query {{ __typename }}")


def test_fragments_of_any_shape_are_walked_once() -> None:
    """Each spreads the next one many times: walked without a memory it would take for ever."""
    spreads = {
        "plain": "...F{next} ...F{next} ...F{next}",
        "inline": "... {{ ...F{next} }} ... on Organisation {{ ...F{next} }}",
        "aliased": "a: parent {{ ...F{next} }} b: parent {{ ...F{next} }}",
        "in lists": "a: children {{ nodes {{ ...F{next} }} }} b: children {{ nodes {{ ...F{next} }} }}",
        "backwards": "...F{last} ...F{next}",
    }
    for name, shape in spreads.items():
        levels = 7 if name == "in lists" else 25
        fragments = " ".join(
            f"fragment F{n} on Organisation {{ {shape.format(next=n + 1, last=levels)} }}"
            for n in range(levels)
        )
        last = f"fragment F{levels} on Organisation {{ id }}"
        document = f'{{ organisation(slug: "x") {{ ...F0 }} }} {fragments} {last}'
        found = analysed(document)
        assert found.nodes <= len(parse(document).definitions) * 8, name
        assert found.operation(None).cost({}).requested > 0, name  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "document",
    [
        "{ ...F } fragment F on Query { ...F }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }",
        "{ organisations { nodes { ... { ...B } } } } fragment B on Organisation { parent { ...B } ...B }",
        "{ ...Missing }",
        "{ nothing { of { this { schema } } } }",
        "{ nothing(first: 100) { nodes { a } } ... on Nowhere { a { b } } }",
        "{ nodes(ids: {}) { id } organisations(first: {}) { nodes { id } } }",
        "{ organisations(first: 1" + "0" * 9_000 + ") { nodes { id } } }",
    ],
)
def test_walk_ends_for_documents_that_are_not_valid(document: str) -> None:
    assert analysed(document).nodes < 20


# ------------------------------------------------------------------ what is refused

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
    query ($n: Int = 100) { organisations(first: $n) { nodes { activities(first: $n) { nodes {
      participants { organisation { activities(first: $n) { nodes { title } } } } } } } } }
    """,
    "by aliases": "{ " + " ".join(
        f"a{number}: organisations(first: 100) {{ nodes {{ activities(first: 100) {{ nodes {{ id }} }} }} }}"
        for number in range(11)
    ) + " }",
    "by answers of one object": "{ services(first: 100) { nodes { " + " ".join(
        f"a{number}: canTake" for number in range(300)
    ) + " } } }",
    "by values of one object": "{ organisations(first: 100) { nodes { activities(first: 100) { nodes { "
    + " ".join(f"a{number}: title" for number in range(300)) + " } } } } }",
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_is_refused_with_its_cost(record: World, name: str) -> None:
    found = record.answer(TOO_MUCH[name])

    assert (found.data, found.codes) == (None, ["TOO_COMPLEX"])
    cost = found.errors[0]["extensions"]["cost"]
    assert cost["requested"] > cost["budget"] == VISITORS_COST_BUDGET
    assert found.errors[0]["message"].startswith("This can come to ")


def test_refusal_is_in_the_readers_language(record: World) -> None:
    said = {
        record.answer(TOO_MUCH["edges too"], language=language).errors[0]["message"]
        for language in ("ro", "ru", "en")
    }

    assert len(said) == 3


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
    "subscription { activityLogged { code participants { organisation { slug } } } }",
    'mutation { releaseHold(input: {hold: "x"}) { hold { service { name } } userErrors { code } } }',
]


@pytest.mark.parametrize("number", range(len(FINE)))
def test_what_clients_need_passes(number: int) -> None:
    assert cost_of(FINE[number]) <= min(VISITORS_COST_BUDGET, LARGEST_EVENT * 10)


def _plain(kind: GraphQLObjectType, *, lists: bool) -> str:
    """Every plain and to-one field, with `lists` plain lists too, each with its own plain fields."""
    chosen = []
    for name, each in kind.fields.items():
        inner = get_named_type(each.type)
        if _needs_arguments(each) or inner.name.endswith("Connection"):
            continue
        if is_leaf_type(inner):
            chosen.append(name)
        elif is_object_type(inner) and (lists or not _is_list(each)):
            chosen.append(f"{name} {{ {_leaves(inner)} }}")
    return " ".join(chosen)


def _leaves(kind: GraphQLObjectType) -> str:
    found = [
        name
        for name, each in kind.fields.items()
        if is_leaf_type(get_named_type(each.type)) and not _needs_arguments(each)
    ]
    return " ".join(found) or "__typename"


def _is_list(each: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(each.type))


def _needs_arguments(each: GraphQLField) -> bool:
    return any(argument.type is not get_nullable_type(argument.type) for argument in each.args.values())


def _connections() -> list[tuple[GraphQLObjectType, str, GraphQLObjectType]]:
    """Every connection field of the schema: the type it stands in, its name, and the type of its rows."""
    found = []
    for kind in CORE.type_map.values():
        if is_object_type(kind) and not kind.name.startswith("__"):
            for name, each in kind.fields.items():
                page = get_named_type(each.type)
                if page.name.endswith("Connection"):
                    found.append((kind, name, get_named_type(page.fields["nodes"].type)))
    return found


# How to come from the root to one object of a type that has a connection.
WAYS = {
    "Query": "{{ {} }}",
    "Coalition": "{{ coalition {{ {} }} }}",
    "Organisation": '{{ organisation(slug: "bes") {{ {} }} }}',
}


def _way(kind: GraphQLObjectType) -> str:
    return WAYS.get(kind.name, f'{{{{ node(id: "x") {{{{ ... on {kind.name} {{{{ {{}} }}}} }}}} }}}}')


def _everything(kind: GraphQLObjectType, name: str, row: GraphQLObjectType) -> str:
    rows = f"edges {{ cursor node {{ {_plain(row, lists=True)} }} }}"
    return _way(kind).format(
        f"{name}(first: 100) {{ totalCount pageInfo {{ hasNextPage endCursor }} {rows} }}"
    )


def test_everybody_may_ask_for_any_page_of_a_hundred_with_all_that_its_rows_hold(record: World) -> None:
    connections = _connections()
    assert {name for _, name, _ in connections} >= {
        "organisations",
        "activities",
        "members",
        "holds",
        "children",
    }
    documents = [_everything(*each) for each in connections]
    for who in EVERYBODY:
        budget = record.actor(who).cost_budget
        costs = {document: cost_of(document) for document in documents}
        assert {d: c for d, c in costs.items() if c > budget} == {}, who


def test_pages_of_a_hundred_are_really_answered(record: World) -> None:
    """The dearest of them, executed for who has least and who has most."""
    documents = sorted((_everything(*each) for each in _connections()), key=cost_of)
    for document in documents[-3:]:
        for who in ("anonymous", "auditor"):
            found = record.answer(document, who)
            assert "TOO_COMPLEX" not in found.codes


def test_everybody_may_count_eight_lists_at_once(record: World) -> None:
    roots = [name for kind, name, _ in _connections() if kind.name == "Query"][:8]
    document = "{ " + " ".join(f"{name} {{ totalCount }}" for name in roots) + " }"
    aliased = "{ " + " ".join(f"a{n}: activities {{ totalCount }}" for n in range(8)) + " }"

    assert len(roots) == 8
    for who in EVERYBODY:
        assert record.answer(aliased, who).codes == []
        assert record.answer(document, who).codes == []


# ------------------------------------------------------------------ whose budget


def test_each_role_type_has_its_budget(record: World) -> None:
    budgets = {who: record.actor(who).cost_budget for who in EVERYBODY}

    assert budgets.pop("anonymous") == ANONYMOUS.cost_budget == 50_000
    assert budgets.pop("auditor") == 200_000
    assert set(budgets.values()) == {100_000}


def test_budget_comes_with_the_grants_and_no_statement_of_its_own(record: World) -> None:
    record.meet_anew()
    with record.statements() as sent:
        record.actor("auditor")
    record.meet_anew()

    assert len([each for each in sent if "cost_budget" in each]) == 1
    assert [each for each in sent if "cost_budget" in each and "role_type_permission" not in each] == []


def test_same_document_passes_for_one_and_not_for_another(record: World) -> None:
    document = "{ " + " ".join(
        f"a{n}: organisations(first: 100) {{ nodes {{ activities(first: 100) {{ nodes {{ id }} }} }} }}"
        for n in range(7)
    ) + " }"  # fmt: skip

    assert record.answer(document).codes == ["TOO_COMPLEX"]
    assert record.answer(document, "bes").codes == []


def test_live_event_may_come_to_less(record: World) -> None:
    inner = "lead { activities(first: 100) { nodes { id } } }"
    document = (
        f"subscription {{ activityLogged {{ lead {{ activities(first: 100) {{ nodes {{ {inner} }} }} }} }} }}"
    )

    async def first_answer() -> Any:
        context = Context(record.runtime, actor=record.actor("auditor"))
        return await anext(aiter(await schema.stream(document, context_value=context)))

    answer = asyncio.run(first_answer())

    [error] = answer.errors
    cost = error.extensions["cost"]
    assert (error.extensions["code"], cost["budget"]) == ("TOO_COMPLEX", LARGEST_EVENT)
    assert LARGEST_EVENT < cost["requested"] < VISITORS_COST_BUDGET


def test_documents_of_our_own_pages_may_ask_for_more(record: World) -> None:
    """They come from the package, not from whoever asks."""
    actor = record.actor("bes")
    document = TOO_MUCH["lists in lists"].replace("100", "30")

    own = asyncio.run(
        run_document(record.runtime, document, {}, actor=actor, language="en", own_document=True)
    )

    assert (own.errors, own.data is not None) == ([], True)
    assert record.answer(document, actor).codes == ["TOO_COMPLEX"]


def test_our_own_documents_are_below_what_others_may_ask() -> None:
    folder = files("coalition.web").joinpath("queries")
    texts = {
        each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".graphql")
    }

    assert max(len(text) for text in texts.values()) > 0
    for name, text in texts.items():
        assert analysed(text).nodes < 500, name
