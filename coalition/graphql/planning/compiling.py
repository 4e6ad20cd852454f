"""From a document to a plan, once; what no declaration tells how to read is `Unplannable`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from sqlalchemy.engine import Dialect
from strawberry.types.field import StrawberryField

from coalition.core.text import in_language
from coalition.graphql import declare as d
from coalition.graphql.identifiers import encode_text_id
from coalition.graphql.planning.layout import Layout, Source
from coalition.graphql.planning.leaves import (
    Unplannable,
    answer_value,
    python_value,
    shown_value,
)
from coalition.graphql.planning.parts import (
    BatchPart,
    ChildrenPart,
    ListBelow,
    NestedPagePart,
    NodePart,
    OnePart,
    Paged,
    PageShape,
    Part,
    RootListPart,
    RootPagePart,
    RootValuePart,
    Run,
    ValuesPart,
)
from coalition.graphql.planning.shapes import ObjectShape, PlainShape, Row, required

Nodes = list[FieldNode]


@dataclass(frozen=True)
class Slot:
    """A field that takes arguments: its values are found anew in each run.

    `defaults` are those of what is not given, by the signature of the resolver.
    """

    field: GraphQLField
    node: FieldNode
    declared: StrawberryField
    defaults: Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """A compiled operation: its root fields in order, and all fields that take arguments."""

    roots: Sequence[tuple[str, Any]]
    slots: Sequence[Slot]

    def answer(self, run: Run) -> dict[str, Any]:
        """The data of the answer."""
        return {key: part.answer(run) for key, part in self.roots}


class Typename:
    """`__typename` at the root."""

    def __init__(self, name: str) -> None:
        self._name = name

    def answer(self, _run: Run) -> str:
        """The name."""
        return self._name


def declared(field: GraphQLField) -> StrawberryField:
    """The declaration behind a field of the schema."""
    found: StrawberryField | None = (field.extensions or {}).get("strawberry-definition")
    if found is None:
        raise Unplannable
    return found


def open_variables(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables on which it depends which fields are asked for."""
    found: dict[str, None] = {}
    left: list[SelectionSetNode] = [
        operation.selection_set,
        *(each.selection_set for each in fragments.values()),
    ]
    while left:
        for selection in left.pop().selections:
            for directive in selection.directives or ():
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        found[argument.value.name.value] = None
            inner = getattr(selection, "selection_set", None)
            if inner is not None:
                left.append(inner)
    return tuple(found)


class Compiler:
    """Compiles one operation for one dialect and the values of its open variables."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        dialect: Dialect,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._dialect = dialect
        self._slots: list[Slot] = []
        self._lists = 0

    def plan(self, operation: OperationDefinitionNode) -> Plan:
        """The plan of a query. Raises `Unplannable`."""
        root: Any = self._schema.query_type
        fields = self._collect(root, [operation.selection_set])
        return Plan([(key, self._root(root, nodes)) for key, nodes in fields.items()], self._slots)

    # ------------------------------------------------------------------ selections

    def _collect(
        self, kind: GraphQLObjectType, selections: Iterable[SelectionSetNode | None]
    ) -> dict[str, Nodes]:
        """The fields asked of an object, by their key in the answer."""
        found: dict[str, Nodes] = {}
        seen: set[str] = set()
        for each in selections:
            if each is not None:
                self._add(found, kind, each, seen)
        return found

    def _add(
        self, found: dict[str, Nodes], kind: GraphQLObjectType, selections: SelectionSetNode, seen: set[str]
    ) -> None:
        for selection in selections.selections:
            if not self._is_included(selection):
                continue
            if isinstance(selection, FieldNode):
                key = selection.alias.value if selection.alias else selection.name.value
                found.setdefault(key, []).append(selection)
                continue
            inner: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in seen:
                    continue
                seen.add(name)
                inner = self._fragments[name]
                if inner.variable_definitions:
                    raise Unplannable
            elif not isinstance(selection, InlineFragmentNode):
                raise Unplannable
            if self._fits(kind, inner.type_condition):
                self._add(found, kind, inner.selection_set, seen)

    def _fits(self, kind: GraphQLObjectType, condition: Any) -> bool:
        if condition is None or condition.name.value == kind.name:
            return True
        return any(each.name == condition.name.value for each in kind.interfaces)

    def _is_included(self, selection: Any) -> bool:
        for directive in selection.directives or ():
            name = directive.name.value
            if name not in ("include", "skip"):
                raise Unplannable
            value = directive.arguments[0].value
            given = self._variables.get(value.name.value) if isinstance(value, VariableNode) else value.value
            if bool(given) != (name == "include"):
                return False
        return True

    def _inner(self, kind: GraphQLObjectType, nodes: Nodes) -> dict[str, Nodes]:
        return self._collect(kind, [node.selection_set for node in nodes])

    def _slot(self, field: GraphQLField, node: FieldNode) -> int:
        found = declared(field)
        resolver: Any = found.base_resolver
        defaults = {
            name: parameter.default
            for name, parameter in resolver.signature.parameters.items()
            if parameter.default is not parameter.empty
        }
        self._slots.append(Slot(field, node, found, defaults))
        return len(self._slots) - 1

    def _list(self, place: int, part: Any, lists: list[ListBelow]) -> int:
        self._lists += 1
        lists.append(ListBelow(self._lists, place, part))
        return self._lists

    # ------------------------------------------------------------------ root

    def _root(self, root: GraphQLObjectType, nodes: Nodes) -> Any:
        name = nodes[0].name.value
        if name == "__typename":
            return Typename(root.name)
        field = root.fields.get(name)
        if field is None:
            raise Unplannable
        source = declared(field).metadata.get("source")
        kind: Any = get_named_type(field.type)
        slot = self._slot(field, nodes[0])
        if isinstance(source, d.RootPages):
            view = self._view_of_connection(kind)
            part = RootPagePart(Layout(view.model, self._dialect), slot=slot, listing=source.listing)
            self._page(part, kind, nodes)
            return part
        if isinstance(source, d.RootList):
            view = d.VIEWS[kind.name]
            rows = RootListPart(Layout(view.model, self._dialect), slot=slot, listing=source.listing)
            rows.shape = self._object(rows.layout.base, kind, nodes, rows.lists)
            return rows
        if isinstance(source, d.RootValue):
            return self._value(source, kind, nodes, slot)
        if isinstance(source, d.RootOne):
            return self._one(d.VIEWS[kind.name], source.column, kind, nodes, slot, source.argument)
        if isinstance(source, d.RootNode):
            return self._node(nodes, slot, source.argument)
        raise Unplannable

    def _one(
        self, view: d.View, column: str, kind: GraphQLObjectType, nodes: Nodes, slot: int, argument: str
    ) -> OnePart:
        part = OnePart(Layout(view.model, self._dialect), view=view, slot=slot, argument=argument)
        part.column = getattr(view.model, column)
        part.shape = self._object(part.layout.base, kind, nodes, part.lists)
        return part

    def _value(self, source: d.RootValue, kind: GraphQLObjectType, nodes: Nodes, slot: int) -> RootValuePart:
        part = RootValuePart(source.read, self._names(nodes), slot)
        part.shape = self._plain(part, kind, nodes)
        return part

    def _names(self, nodes: Nodes) -> frozenset[str]:
        """The names of all fields below, also where they are then left out."""
        found: set[str] = set()
        left: list[Any] = [node.selection_set for node in nodes if node.selection_set]
        while left:
            for selection in left.pop().selections:
                if isinstance(selection, FieldNode):
                    found.add(selection.name.value)
                if isinstance(selection, FragmentSpreadNode):
                    left.append(self._fragments[selection.name.value].selection_set)
                elif selection.selection_set is not None:
                    left.append(selection.selection_set)
        return frozenset(found)

    def _plain(self, part: RootValuePart, kind: GraphQLObjectType, nodes: Nodes) -> PlainShape:
        """The shape of an object whose fields are attributes, or rows whose ids are."""
        shape = PlainShape()
        for key, inner in self._inner(kind, nodes).items():
            name = inner[0].name.value
            if name == "__typename":
                shape.constant(key, kind.name)
                continue
            field = kind.fields[name]
            found = declared(field)
            source = found.metadata.get("source")
            shown: Any = get_named_type(field.type)
            if isinstance(source, d.Column) and source.guard is d.UNGUARDED:
                attribute = source.name or found.python_name
                if not is_object_type(shown):
                    shape.value(key, attribute, shown_value(field.type))
                    continue
                if not is_non_null_type(field.type):
                    raise Unplannable
                many = is_list_type(_nullable(field.type))
                shape.inner(key, attribute, self._plain(part, shown, inner), many=many)
            elif isinstance(source, d.ToOne) and not is_non_null_type(field.type):
                self._reference(part, shape, key, source, shown, inner)
            else:
                raise Unplannable
        return shape

    def _reference(
        self,
        part: RootValuePart,
        shape: PlainShape,
        key: str,
        source: d.ToOne,
        kind: GraphQLObjectType,
        nodes: Nodes,
    ) -> None:
        view = d.VIEWS[source.target]
        model: Any = view.model
        rows = ChildrenPart(Layout(model, self._dialect), parent=model.id, single=True)
        rows.select = lambda actor: {"rows": model, "conditions": (view.visible(actor),), "order": ()}
        rows.shape = self._object(rows.layout.base, kind, nodes, rows.lists)
        self._lists += 1
        part.parts[self._lists] = rows
        shape.reference(key, source.key, self._lists)

    def _node(self, nodes: Nodes, slot: int, argument: str) -> NodePart:
        """One part for each type that can be asked for; a type whose fields nobody can plan has none."""
        parts: dict[str, OnePart] = {}
        for name, view in d.VIEWS.items():
            kind: Any = self._schema.type_map[name]
            if view.is_node:
                with suppress(Unplannable):
                    parts[name] = self._one(view, "id", kind, nodes, slot, argument)
        return NodePart(parts, slot, argument)

    def _view_of_connection(self, kind: GraphQLObjectType) -> d.View:
        shown = d.VIEWS.get(get_named_type(kind.fields["nodes"].type).name)
        if shown is None:
            raise Unplannable
        return shown

    # ------------------------------------------------------------------ pages

    def _page(self, part: Any, kind: GraphQLObjectType, nodes: Nodes) -> None:
        """Give a part of a page its shape."""
        shapes: list[tuple[str, PageShape]] = []
        part.layout.base.take_id()
        for key, inner in self._inner(kind, nodes).items():
            shapes.append((key, self._page_field(part, kind, inner)))

        def shape(paged: Paged, run: Run) -> dict[str, Any]:
            return {key: make(paged, run) for key, make in shapes}

        part.shape = shape

    def _page_field(self, part: Any, kind: GraphQLObjectType, nodes: Nodes) -> Callable[[Paged, Run], Any]:
        name = nodes[0].name.value
        if name == "__typename":
            return lambda _paged, _run: kind.name
        inner: Any = get_named_type(kind.fields[name].type)
        if name == "nodes":
            shape = self._object(part.layout.base, inner, nodes, part.lists)
            return lambda paged, run: [shape(row, run) for row in paged.rows]
        if name == "edges":
            edge = self._edge(part, inner, nodes)
            return lambda paged, run: [edge(paged, row, run) for row in paged.rows]
        if name == "pageInfo":
            return self._page_info(inner, nodes)
        if name == "totalCount":
            part.with_total = True
            return lambda paged, _run: paged.total
        raise Unplannable

    def _edge(
        self, part: Part, kind: GraphQLObjectType, nodes: Nodes
    ) -> Callable[[Paged, Row, Run], dict[str, Any]]:
        makers: list[tuple[str, Callable[[Paged, Row, Run], Any]]] = []
        for key, inner in self._inner(kind, nodes).items():
            name = inner[0].name.value
            if name == "cursor":
                makers.append((key, lambda paged, row, _run: paged.cursor(row)))
            elif name == "node":
                shown: Any = get_named_type(kind.fields["node"].type)
                makers.append((key, _in_edge(self._object(part.layout.base, shown, inner, part.lists))))
            elif name == "__typename":
                makers.append((key, lambda _paged, _row, _run: kind.name))
            else:
                raise Unplannable
        return lambda paged, row, run: {key: make(paged, row, run) for key, make in makers}

    def _page_info(self, kind: GraphQLObjectType, nodes: Nodes) -> PageShape:
        makers: list[tuple[str, Callable[[Paged], Any]]] = []
        for key, inner in self._inner(kind, nodes).items():
            name = inner[0].name.value
            if name == "__typename":
                makers.append((key, lambda _paged: kind.name))
            elif name in _PAGE_INFO:
                makers.append((key, _PAGE_INFO[name]))
            else:
                raise Unplannable
        return lambda paged, _run: {key: make(paged) for key, make in makers}

    # ------------------------------------------------------------------ objects

    def _object(
        self, source: Source, kind: GraphQLObjectType, nodes: Nodes, lists: list[ListBelow]
    ) -> ObjectShape:
        """The shape of an object whose columns come from `source`."""
        if not is_object_type(kind):
            raise Unplannable
        shape = ObjectShape()
        if not source.layout.places:
            # A row needs some column, even if nothing but the type's name is asked for.
            source.take(sa.inspect(source.model).primary_key[0].key)
        for key, inner in self._inner(kind, nodes).items():
            name = inner[0].name.value
            if name == "__typename":
                shape.patch(key, _constant(kind.name))
                continue
            field = kind.fields.get(name)
            if field is None:
                raise Unplannable
            self._field(_Place(shape, key, source, field, inner, lists), kind)
        return shape

    def _field(self, at: _Place, kind: GraphQLObjectType) -> None:
        found = declared(at.field)
        source = found.metadata.get("source")
        if source is None and found.python_name == "id" and d.VIEWS[kind.name].is_node:
            at.shape.patch(at.key, _node_id(kind.name, at.source.take_id()))
            return
        write = self._writers.get(type(source))
        if write is None:
            raise Unplannable
        write(self, at, source, found.python_name)

    def _column(self, at: _Place, source: d.Column, name: str) -> None:
        taken = at.source.take(source.name or name)
        convert = answer_value(taken.kind, at.field.type, self._dialect, nullable=taken.nullable)
        if source.guard is d.UNGUARDED:
            at.shape.value(at.key, taken.place, convert)
            return
        guard, place = source.guard, taken.place
        self._facts(at, guard.needs)

        def patch(row: Row, run: Run, facts: Any) -> Any:
            if not guard.opens(run.context, facts, name):
                return None
            return row[place] if convert is None else convert(row[place])

        at.shape.factual(at.key, patch)

    def _texts(self, at: _Place, source: d.Texts, _name: str) -> None:
        slot = self._slot(at.field, at.nodes[0]) if at.nodes[0].arguments else None

        def language(run: Run) -> str:
            asked = run.arguments[slot]["language"] if slot is not None else None
            return asked or run.language

        if source.choose is not None:
            choose = source.choose
            self._facts(at, source.needs)
            at.shape.factual(
                at.key, lambda _row, run, facts: in_language(choose(facts, run.context), language(run))
            )
            return
        taken = at.source.take(source.column)
        load, place = python_value(taken.kind, self._dialect), taken.place
        if load is None:
            at.shape.patch(at.key, lambda row, run: in_language(row[place], language(run)))
        else:
            at.shape.patch(at.key, lambda row, run: in_language(load(row[place]), language(run)))

    def _date(self, at: _Place, source: d.DateColumns, _name: str) -> None:
        """As `partial_date` has it: known when day, precision and certainty are; its text may be missing."""
        columns = {"date": source.name}
        columns |= {part: f"{source.name}_{part}" for part in ("precision", "certainty", "text")}
        taken = {part: at.source.take(name) for part, name in columns.items()}
        kind: Any = get_named_type(at.field.type)
        shape = ObjectShape()
        for key, inner in self._inner(kind, at.nodes).items():
            name = inner[0].name.value
            if name == "__typename":
                shape.patch(key, _constant(kind.name))
            elif name == "text":
                shape.patch(key, _or_empty(taken[name].place))
            else:
                found = taken[name]
                shown = kind.fields[name].type
                shape.value(key, found.place, answer_value(found.kind, shown, self._dialect, nullable=False))
        must = is_non_null_type(at.field.type)
        needed = [taken[part].place for part in ("date", "precision", "certainty")]

        def patch(row: Row, run: Run) -> Any:
            if any(row[place] is None for place in needed):
                return required(None) if must else None
            return shape(row, run)

        at.shape.patch(at.key, patch)

    def _computed(self, at: _Place, source: d.Computed, name: str) -> None:
        if at.nodes[0].selection_set is not None:
            raise Unplannable
        self._facts(at, source.needs)
        facts = at.shape.facts
        for other in source.others:
            joined = at.source.join(d.VIEWS[other.target], other.key)
            theirs = facts.other(other.name, joined.take_id())
            for need in other.needs:
                taken = joined.take(need)
                theirs.add(need, taken.place, python_value(taken.kind, self._dialect))
        for label, make in source.expressions:
            taken = at.source.take_expression(label, make)
            facts.add(label, taken.place, python_value(taken.kind, self._dialect))
        show, compute = shown_value(at.field.type), source.compute
        at.shape.factual(at.key, lambda _row, run, found: show(compute(found, run.context, name)))

    def _facts(self, at: _Place, needs: Sequence[str]) -> None:
        for need in needs:
            taken = at.source.take(need)
            at.shape.facts.add(need, taken.place, python_value(taken.kind, self._dialect))

    def _to_one(self, at: _Place, source: d.ToOne, name: str) -> None:
        joined = at.source.join(d.VIEWS[source.target], source.key)
        place = joined.take_id()
        kind: Any = get_named_type(at.field.type)
        inner = self._object(joined, kind, at.nodes, at.lists)
        must = is_non_null_type(at.field.type)

        def patch(row: Row, run: Run) -> Any:
            if row[place] is None:
                return required(None) if must else None
            return inner(row, run)

        if source.guard is d.UNGUARDED:
            at.shape.patch(at.key, patch)
            return
        guard, key_place = source.guard, at.source.take(source.key).place
        self._facts(at, guard.needs)

        def guarded(row: Row, run: Run, facts: Any) -> Any:
            if row[key_place] is None or not guard.opens(run.context, facts, name):
                return required(None) if must else None
            return patch(row, run)

        at.shape.factual(at.key, guarded)

    # ------------------------------------------------------------------ lists

    def _linked(self, at: _Place, source: d.Linked, _name: str) -> None:
        rows = source.rows
        shown = d.VIEWS[source.target]
        target: Any = shown.model
        link: Any = rows.link
        part = ChildrenPart(Layout(target, self._dialect), parent=getattr(link, rows.parent))
        part.single = not is_list_type(_nullable(at.field.type))
        joined = sa.join(target, link, target.id == getattr(link, rows.child))
        only = () if rows.only is None else (rows.only,)

        def select(actor: Any) -> dict[str, Any]:
            conditions = (shown.visible(actor), *only)
            return {"rows": joined, "conditions": conditions, "order": (link.position, target.id)}

        part.select = select
        self._children_of(at, part)

    def _children(self, at: _Place, source: d.Children, name: str) -> None:
        rows = source.rows
        part = ChildrenPart(Layout(rows.model, self._dialect), parent=getattr(rows.model, rows.parent))
        part.select = lambda actor: {
            "rows": rows.model, "conditions": rows.conditions(actor), "order": rows.order(),
        }  # fmt: skip
        self._children_of(at, part, source.guard, name)

    def _children_of(
        self, at: _Place, part: ChildrenPart, guard: d.Guard = d.UNGUARDED, name: str = ""
    ) -> None:
        kind: Any = get_named_type(at.field.type)
        part.shape = self._object(part.layout.base, kind, at.nodes, part.lists)
        place = at.source.take_id()
        number = self._list(place, part, at.lists)
        if part.single:
            at.shape.patch(at.key, lambda row, run: run.found[number].get(row[place]))
        elif guard is d.UNGUARDED:
            at.shape.patch(at.key, lambda row, run: run.found[number].get(row[place], []))
        else:
            self._facts(at, guard.needs)

            def patch(row: Row, run: Run, facts: Any) -> Any:
                guard.opens(run.context, facts, name)
                return run.found[number].get(row[place], [])

            at.shape.factual(at.key, patch)

    def _listed(self, at: _Place, source: d.Listed, _name: str) -> None:
        place = at.source.take_id()
        column = source.values.column
        shown: Any = _nullable(at.field.type)
        convert = answer_value(column.type, shown.of_type, self._dialect, nullable=bool(column.nullable))
        number = self._list(place, ValuesPart(column, source.values.parent, convert), at.lists)
        at.shape.patch(at.key, lambda row, run: run.found[number].get(row[place], []))

    def _batched(self, at: _Place, source: d.Batched, _name: str) -> None:
        if at.nodes[0].selection_set is not None or source.key != "id":
            raise Unplannable
        self._batch(at, BatchPart(source.batch, shown_value(at.field.type)))

    def _asked(self, at: _Place, source: d.Asked, _name: str) -> None:
        if at.nodes[0].selection_set is not None:
            raise Unplannable
        slot = self._slot(at.field, at.nodes[0])
        self._batch(at, BatchPart(source.batch, shown_value(at.field.type), source.request, slot))

    def _batch(self, at: _Place, part: BatchPart) -> None:
        place = at.source.take_id()
        number = self._list(place, part, at.lists)
        at.shape.patch(at.key, lambda row, run: run.found[number][row[place]])

    def _pages(self, at: _Place, source: d.Pages, _name: str) -> None:
        kind: Any = get_named_type(at.field.type)
        slot = self._slot(at.field, at.nodes[0])
        part = NestedPagePart(
            Layout(source.listing.model, self._dialect), slot=slot, listing=source.listing, order=source.order
        )
        self._page(part, kind, at.nodes)
        place = at.source.take_id()
        number = self._list(place, part, at.lists)
        at.shape.patch(at.key, lambda row, run: run.found[number][row[place]])

    _writers: Mapping[type, Callable[..., None]] = {
        d.Column: _column,
        d.Texts: _texts,
        d.DateColumns: _date,
        d.Computed: _computed,
        d.ToOne: _to_one,
        d.Linked: _linked,
        d.Children: _children,
        d.Listed: _listed,
        d.Batched: _batched,
        d.Asked: _asked,
        d.Pages: _pages,
    }


@dataclass(frozen=True)
class _Place:
    """Where a field is to be written: under `key` of a shape, from a source, with lists beside it."""

    shape: ObjectShape
    key: str
    source: Source
    field: GraphQLField
    nodes: Nodes
    lists: list[ListBelow]


def _nullable(kind: Any) -> Any:
    return kind.of_type if is_non_null_type(kind) else kind


def _constant(value: Any) -> Callable[[Row, Run], Any]:
    return lambda _row, _run: value


def _node_id(type_name: str, place: int) -> Callable[[Row, Run], str]:
    return lambda row, _run: encode_text_id(type_name, row[place])


def _or_empty(place: int) -> Callable[[Row, Run], str]:
    return lambda row, _run: row[place] or ""


def _in_edge(shape: ObjectShape) -> Callable[[Paged, Row, Run], Any]:
    return lambda _paged, row, run: shape(row, run)


_PAGE_INFO: Mapping[str, Callable[[Paged], Any]] = {
    "hasNextPage": lambda paged: paged.request.cursor is not None if paged.request.backwards else paged.more,
    "hasPreviousPage": lambda paged: (
        paged.more if paged.request.backwards else paged.request.cursor is not None
    ),
    "startCursor": lambda paged: paged.cursor(paged.rows[0]) if paged.rows else None,
    "endCursor": lambda paged: paged.cursor(paged.rows[-1]) if paged.rows else None,
}
