"""Scalars of the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, NewType

import strawberry
from graphql import Undefined, ValueNode, value_from_ast_untyped
from strawberry.schema.types.base_scalars import DateDefinition, DateTimeDefinition

from coalition.core.errors import BadUserInput

LocalizedText = NewType("LocalizedText", dict[str, str])


def _read(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError('a LocalizedText is a map of language to text, such as {ro: "…", en: "…"}')
    return {str(language): text for language, text in value.items()}


def _read_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> dict[str, str]:
    """Read an inline map; while a document is validated, the values of variables in it are not known yet."""
    value = value_from_ast_untyped(node, variables)
    if variables is None and isinstance(value, dict):
        value = {language: text for language, text in value.items() if text is not Undefined}
    return _read(value)


LOCALIZED_TEXT = strawberry.scalar(
    name="LocalizedText",
    description="A text in several languages: a map of BCP 47 tag to text, at least one of ro, ru, en:"
    ' {ro: "…", en: "…"}.',
    serialize=dict,
    parse_value=_read,
    parse_literal=_read_literal,
)

SCALARS: dict[object, Any] = {
    LocalizedText: LOCALIZED_TEXT,
    date: replace(DateDefinition, description="A day, as ISO 8601: 2026-05-14."),
    datetime: replace(
        DateTimeDefinition, description="An instant in UTC, as ISO 8601: 2026-05-14T22:30:00+00:00."
    ),
}


def given_text(value: LocalizedText) -> dict[str, str]:
    """The plain map of a localized text given by a client."""
    return dict(value)


def unknown(code: str, value: str) -> BadUserInput:
    """The error for a name in a filter that nothing has."""
    return BadUserInput(code, value=value)
