"""Selections of everything that a type has, made from the schema, so that no new field is forgotten."""

from __future__ import annotations

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from coalition.graphql.printing import print_schema

SCHEMA = build_schema(print_schema())


def everything(type_name: str, depth: int = 1, *, without: frozenset[str] = frozenset()) -> str:
    """All fields of a type, with those of the objects in it `depth` levels down; connections by their nodes.

    `without` names fields to leave out, as `Type.field`.
    """
    kind = SCHEMA.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    parts: list[str] = []
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if f"{type_name}.{name}" in without:
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif inner.name.endswith("Connection"):
            if depth > 0:
                node = everything(inner.name.removesuffix("Connection"), depth - 1, without=without)
                parts.append(f"{name} {{ totalCount edges {{ cursor }} nodes {{ {node} }} }}")
        elif depth > 0:
            parts.append(f"{name} {{ {everything(inner.name, depth - 1, without=without)} }}")
    return " ".join(["__typename", *parts])
