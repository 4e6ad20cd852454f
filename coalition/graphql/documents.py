"""Documents that were read before: parsed, weighed and found valid once, then only looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.graphql import OperationType
from strawberry.utils.operation import get_operation_type

from coalition.core.kept import Kept
from coalition.graphql.cost import Analysis, TooDeep, Weighed, analyse

LARGEST_DOCUMENT_TOKENS = 2000
# Comparing fields of the same name is quadratic: 240 of them in one selection took more than a second at
# the library's own bound of 500,000, and our largest documents need 2,000.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 50_000

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class KnownDocument:
    """A document that fits the schema."""

    document: DocumentNode
    analysis: Analysis
    # Of its operations, by name, once they were asked for.
    plans: dict[str | None, Any] = field(default_factory=dict, compare=False, repr=False)


# A step of the walk stands for some 3 KB of parsed document. Our own pages' documents are few, and must
# not be driven out by what strangers send.
_known: Kept[KnownDocument] = Kept(most=500, heaviest=20_000)
_known_own: Kept[KnownDocument] = Kept(most=500, heaviest=100_000)


def known_document(text: str, *, own: bool) -> KnownDocument | None:
    """A document that was found valid before."""
    return (_known_own if own else _known).get(text)


def remember(text: str, found: KnownDocument, *, own: bool) -> None:
    """Keep a valid document; invalid ones would only take the room of others."""
    (_known_own if own else _known).put(text, found, found.analysis.nodes + 1)


def read_live(
    schema: GraphQLSchema, text: str, name: str | None, affordable: Callable[[Weighed], bool]
) -> bool:
    """Whether a stranger's document is a live one; if so it is remembered when it is valid and affordable.

    For a worker: what comes next on the server's loop then only looks it up. Anything that cannot be read
    is not live.
    """
    known = known_document(text, own=False)
    try:
        document = known.document if known else parse(text, max_tokens=LARGEST_DOCUMENT_TOKENS)
        if get_operation_type(document, name) is not OperationType.SUBSCRIPTION:
            return False
        found = known or KnownDocument(document, analyse(schema, document))
    except (GraphQLError, RuntimeError):
        return False
    except TooDeep:
        return True
    weighed = found.analysis.operation(name)
    is_new = known is None and weighed is not None and affordable(weighed)
    if is_new and not validate(schema, document, RULES, hide_suggestions=True):
        remember(text, found, own=False)
    return True
