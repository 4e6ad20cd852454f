"""How much a document can ask for at most, and how deep it goes, found out before anything is read.

A few nested lists of a hundred rows each would otherwise be millions of objects, for two hundred bytes.
A document is walked once: each fragment is weighed once, however often and in whatever shape it is spread.
What the walk leaves is a small tree of weights in which only page sizes that variables give are open; they
are filled in for each request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
    value_from_ast_untyped,
)

from coalition.graphql import weights
from coalition.graphql.paging import DEFAULT_PAGE, LARGEST_PAGE

DEEPEST_DOCUMENT = 30
# Fragments within fragments count here too: a client's components may each have one.
DEEPEST_NESTING = 90
LONGEST_ALIAS = 100
# Page sizes of one document that are remembered; a client has a handful.
_MOST_ANSWERS = 32
_SIZES = ("first", "last")
_INTROSPECTION = {"__schema": "__Schema", "__type": "__Type"}


class TooDeep(Exception):
    """A document nested deeper than anybody needs."""


@dataclass(frozen=True)
class Given:
    """A number that a variable gives: how `measure` reads it from the variable's value."""

    variable: str
    measure: Callable[[Any], int]


def _page(value: Any) -> int:
    if value is None:
        return DEFAULT_PAGE
    # What is no number, or out of range, is refused later; until then it is worth a full page.
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_PAGE
    return value if is_size else LARGEST_PAGE


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1


def _searches(value: Any) -> int:
    return 1 if isinstance(value, dict) and value.get("search") is not None else 0


Amount = int | Given
Amounts = Mapping[Given, int]


@dataclass
class _Part:
    """One field: what it costs itself, how often its inner selections count, and which those are.

    `pages` are page sizes of which the largest counts, for a connection; `is_row` marks its rows.
    """

    weight: int
    times: Amount = 1
    inner: _Selections | None = None
    pages: tuple[Amount, ...] = ()
    searches: Amount = 0
    is_row: bool = False


@dataclass
class _Selections:
    """A selection set: its own fields, and fragments spread into it. `height` counts levels of fields."""

    parts: list[_Part] = field(default_factory=list)
    spreads: list[_Selections] = field(default_factory=list)
    height: int = 0
    nesting: int = 0

    def holds(self, other: _Selections, *, level: int) -> None:
        self.height = max(self.height, other.height + level)
        self.nesting = max(self.nesting, other.nesting + 1)


@dataclass(frozen=True)
class Cost:
    """What one request comes to: points at most, and levels."""

    requested: int
    depth: int


class Weighed:
    """One operation of a document, weighed except for what variables give."""

    def __init__(
        self, node: OperationDefinitionNode, selections: _Selections, open_: Iterable[Given]
    ) -> None:
        self.node = node
        self.depth = selections.height
        self._selections = selections
        self._open = tuple(open_)
        defaults = {v.variable.name.value: v.default_value for v in node.variable_definitions or ()}
        self._defaults = {
            name: value_from_ast_untyped(value) if value else None for name, value in defaults.items()
        }
        self._answers: dict[tuple[int, ...], Cost] = {}

    def cost(self, variables: Mapping[str, Any] | None) -> Cost:
        """The cost with these variables; the same sizes are not reckoned twice."""
        key = tuple(given.measure(self._value(given.variable, variables or {})) for given in self._open)
        known = self._answers.get(key)
        if known is None:
            fixed, _ = _Reckoning(dict(zip(self._open, key, strict=True))).total(self._selections)
            known = Cost(-(-fixed // 10), self.depth)
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            self._answers[key] = known
        return known

    def _value(self, name: str, variables: Mapping[str, Any]) -> Any:
        return variables[name] if name in variables else self._defaults.get(name)


class _Reckoning:
    """Adds up weights; a fragment that is spread many times is added up once."""

    def __init__(self, amounts: Amounts) -> None:
        self._amounts = amounts
        self._known: dict[int, tuple[int, int]] = {}

    def total(self, selections: _Selections) -> tuple[int, int]:
        """What a selection set costs, and within a connection what each row of the page adds."""
        known = self._known.get(id(selections))
        if known is None:
            known = self._total(selections)
            self._known[id(selections)] = known
        return known

    def _total(self, selections: _Selections) -> tuple[int, int]:
        fixed = each_row = 0
        for part in selections.parts:
            cost = self._part(part)
            if part.is_row:
                each_row += cost
            else:
                fixed += cost
        for spread in selections.spreads:
            more_fixed, more_each_row = self.total(spread)
            fixed += more_fixed
            each_row += more_each_row
        return fixed, each_row

    def _part(self, part: _Part) -> int:
        if part.inner is None:
            return part.weight
        fixed, each_row = self.total(part.inner)
        if part.pages:
            size = max(self._amount(page) for page in part.pages)
            # The rows of a page are read also where nobody asks what they hold.
            own = part.weight + fixed + size * max(each_row, weights.VALUE)
            return own + weights.SEARCH * self._amount(part.searches)
        return self._amount(part.times) * (part.weight + fixed + each_row)

    def _amount(self, amount: Amount) -> int:
        return amount if isinstance(amount, int) else self._amounts[amount]


@dataclass(frozen=True)
class Analysis:
    """A document walked once. `nodes` is how many steps that took, and about what keeping it takes."""

    operations: Mapping[str | None, Weighed]
    introspects: bool
    long_alias: bool
    nodes: int

    def operation(self, name: str | None) -> Weighed | None:
        """The operation with this name; without one the only one."""
        if name is None:
            return next(iter(self.operations.values()), None)
        return self.operations.get(name)


def analyse(schema: GraphQLSchema, document: DocumentNode) -> Analysis:
    """Walk a parsed document, valid or not. Raises `TooDeep`."""
    walk = _Walk(schema, document)
    weighed: dict[str | None, Weighed] = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            root = schema.get_root_type(node.operation)
            selections = walk.selections(node.selection_set, root, 1)
            if selections.height > DEEPEST_DOCUMENT:
                raise TooDeep
            weighed[node.name.value if node.name else None] = Weighed(node, selections, walk.open)
    for name in walk.fragments:
        # What no operation spreads is refused elsewhere, but it has been sent and is looked at too.
        walk.fragment(name, 1)
    return Analysis(weighed, walk.introspects, walk.long_alias, walk.nodes)


class _Walk:
    """Walks selection sets; each fragment is walked once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._types = schema.type_map
        found = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self.fragments = {each.name.value: each for each in found}
        self._known: dict[str, _Selections] = {}
        self.open: dict[Given, None] = {}
        self.introspects = False
        self.long_alias = False
        self.nodes = 0

    def selections(
        self, node: SelectionSetNode, parent: GraphQLNamedType | None, nesting: int
    ) -> _Selections:
        if nesting > DEEPEST_NESTING:
            raise TooDeep
        made = _Selections()
        for selection in node.selections:
            self.nodes += 1
            if isinstance(selection, FieldNode):
                self._add_field(made, selection, parent, nesting)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                kind = self._types.get(condition.name.value) if condition else parent
                self._add_spread(made, self.selections(selection.selection_set, kind, nesting + 1))
            elif isinstance(selection, FragmentSpreadNode):
                self._add_spread(made, self.fragment(selection.name.value, nesting + 1))
        if nesting + made.nesting > DEEPEST_NESTING:
            raise TooDeep
        return made

    def fragment(self, name: str, nesting: int) -> _Selections:
        """The selections of a fragment; one that is missing or spreads itself is refused elsewhere."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = _Selections()
            node = self.fragments.get(name)
            if node is not None:
                kind = self._types.get(node.type_condition.name.value)
                known = self._known[name] = self.selections(node.selection_set, kind, nesting)
        return known

    def _add_spread(self, made: _Selections, spread: _Selections) -> None:
        made.spreads.append(spread)
        made.holds(spread, level=0)

    def _add_field(
        self, made: _Selections, node: FieldNode, parent: GraphQLNamedType | None, nesting: int
    ) -> None:
        name = node.name.value
        self.introspects = self.introspects or name in _INTROSPECTION
        self.long_alias = self.long_alias or (
            node.alias is not None and len(node.alias.value) > LONGEST_ALIAS
        )
        part = self._part(node, parent)
        made.height = max(made.height, 1)
        if node.selection_set is not None:
            found = getattr(parent, "fields", {}).get(name)
            kind = get_named_type(found.type) if found else self._types.get(_INTROSPECTION.get(name, ""))
            part.inner = self.selections(node.selection_set, kind, nesting + 1)
            made.holds(part.inner, level=1)
        made.parts.append(part)

    def _part(self, node: FieldNode, parent: GraphQLNamedType | None) -> _Part:
        kind_of_parent = parent.name if parent else ""
        in_connection = kind_of_parent.endswith("Connection")
        place = f"{'Connection' if in_connection else kind_of_parent}.{node.name.value}"
        computed = weights.COMPUTED.get(place, 0)
        if node.selection_set is None:
            return _Part(computed or (weights.ALIASED_VALUE if node.alias else weights.VALUE))
        found = getattr(parent, "fields", {}).get(node.name.value)
        of_schema = kind_of_parent.startswith("__") or node.name.value.startswith("__")
        own = weights.OBJECT_OF_THE_SCHEMA if of_schema else weights.OBJECT
        if found is None:
            return _Part(own)
        if get_named_type(found.type).name.endswith("Connection"):
            return self._connection(node)
        is_list = is_list_type(get_nullable_type(found.type))
        if in_connection and is_list:
            return _Part(own, is_row=True)
        return _Part(own + computed, self._times(node, place) if is_list else 1)

    def _connection(self, node: FieldNode) -> _Part:
        given = {each.name.value: each.value for each in node.arguments or ()}
        sizes = [given[name] for name in _SIZES if not isinstance(given.get(name), NullValueNode | None)]
        pages = tuple(self._open(size, _page) for size in sizes) or (DEFAULT_PAGE,)
        searches: Amount = 0
        asked = given.get("filter")
        if isinstance(asked, ObjectValueNode):
            searches = int(any(each.name.value == "search" for each in asked.fields))
        elif isinstance(asked, VariableNode):
            searches = self._open(asked, _searches)
        return _Part(weights.CONNECTION, pages=pages, searches=searches)

    def _times(self, node: FieldNode, place: str) -> Amount:
        given = next((each.value for each in node.arguments or () if each.name.value == "ids"), None)
        if isinstance(given, ListValueNode):
            return len(given.values)
        if isinstance(given, VariableNode):
            return self._open(given, _length)
        return weights.LISTS.get(place, weights.PLAIN_LIST)

    def _open(self, value: Any, measure: Callable[[Any], int]) -> Amount:
        if isinstance(value, VariableNode):
            given = Given(value.name.value, measure)
            self.open[given] = None
            return given
        # A number of thousands of digits is no page size, and Python does not even read it.
        is_short = isinstance(value, IntValueNode) and len(value.value) < 10
        return measure(int(value.value) if is_short else "no size")


def answered_cost(cost: Cost, budget: int) -> dict[str, int]:
    """What an answer tells of its cost."""
    return {"requested": cost.requested, "budget": budget, "depth": cost.depth}


def budget_of(weighed: Weighed, budget: int) -> int:
    """What an operation may come to for a caller who has `budget` points."""
    live = weighed.node.operation is OperationType.SUBSCRIPTION
    return min(budget, weights.LARGEST_EVENT) if live else budget
