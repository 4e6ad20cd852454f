"""How much a document can ask for at most, counted before anything is read.

A few nested lists of a hundred rows each would otherwise be millions of objects, for two hundred bytes.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from coalition.graphql.paging import DEFAULT_PAGE, LARGEST_PAGE

LARGEST_COST = 100_000
DEEPEST_DOCUMENT = 30
# Districts, topics or participants of one record are rarely more.
PLAIN_LIST = 3
_SIZES = ("first", "last")


class _TooDeep(Exception):
    """A document nested deeper than anybody needs."""


def refuse_too_much(schema: GraphQLSchema, document: DocumentNode) -> None:
    """Raise `GraphQLError` with TOO_COMPLEX for what could come to more objects than `LARGEST_COST`.

    Pages count as full, and as full as can be where a variable gives their size.
    """
    counting = _Counting(schema, document)
    for definition in document.definitions:
        root = isinstance(definition, OperationDefinitionNode) and schema.get_root_type(definition.operation)
        if isinstance(definition, OperationDefinitionNode) and root:
            _refuse_too_much(counting, definition, root)


def _refuse_too_much(counting: _Counting, node: OperationDefinitionNode, root: GraphQLNamedType) -> None:
    try:
        cost = counting.cost(node.selection_set, root, 1)
    except _TooDeep:
        raise _refusal(f"The document is nested deeper than {DEEPEST_DOCUMENT} levels.", node) from None
    if cost > LARGEST_COST:
        text = f"This can come to {cost} objects; {LARGEST_COST} is the most. Ask for smaller pages."
        raise _refusal(text, node)


def _refusal(text: str, node: OperationDefinitionNode) -> GraphQLError:
    return GraphQLError(text, node, extensions={"code": "TOO_COMPLEX"})


class _Counting:
    """Counts the objects that selections can come to; each fragment is walked once for each depth."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._types = schema.type_map
        found = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
        self._fragments = {each.name.value: each for each in found}
        self._known: dict[tuple[str, int], int] = {}

    def cost(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, depth: int) -> int:
        if depth > DEEPEST_DOCUMENT:
            raise _TooDeep
        total = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                total += self._field(selection, parent, depth)
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                kind = self._types.get(condition.name.value) if condition else parent
                total += self.cost(selection.selection_set, kind, depth)
            elif isinstance(selection, FragmentSpreadNode):
                total += self._fragment(selection.name.value, depth)
        return total

    def _fragment(self, name: str, depth: int) -> int:
        key = (name, depth)
        fragment = self._fragments.get(name)
        if fragment is not None and key not in self._known:
            # A fragment that spreads itself is refused elsewhere; here it must only come to an end.
            self._known[key] = 0
            kind = self._types.get(fragment.type_condition.name.value)
            self._known[key] = self.cost(fragment.selection_set, kind, depth)
        return self._known.get(key, 0)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, depth: int) -> int:
        if node.selection_set is None:
            # What takes arguments is computed, such as whether a service can take somebody.
            return 1 if node.arguments else 0
        field = getattr(parent, "fields", {}).get(node.name.value)
        kind = field.type if field else None
        inner = self.cost(node.selection_set, get_named_type(kind) if kind else None, depth + 1)
        return _times(node, kind, parent) * (1 + inner)


def _times(node: FieldNode, kind: Any, parent: GraphQLNamedType | None) -> int:
    """How many objects a field can hold."""
    if kind is None:
        return 1
    if get_named_type(kind).name.endswith("Connection"):
        return _page_size(node)
    if not is_list_type(get_nullable_type(kind)) or (parent and parent.name.endswith("Connection")):
        return 1
    given = next((each.value for each in node.arguments or () if each.name.value == "ids"), None)
    if given is None:
        return PLAIN_LIST
    return len(given.values) if isinstance(given, ListValueNode) else LARGEST_PAGE


def _page_size(node: FieldNode) -> int:
    sizes = [each.value for each in node.arguments or () if each.name.value in _SIZES]
    if any(isinstance(size, VariableNode) for size in sizes):
        return LARGEST_PAGE
    given = [int(size.value) for size in sizes if isinstance(size, IntValueNode)]
    return min(max(given, default=DEFAULT_PAGE), LARGEST_PAGE)
