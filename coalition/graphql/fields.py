"""Fields with a resolver of their own, typed so that mypy sees through the decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

F = TypeVar("F", bound=Callable[..., Any])


def resolved(*, description: str, source: object | None = None) -> Callable[[F], F]:
    """A field that the decorated function resolves; `source` tells the planner where it comes from."""
    metadata = None if source is None else {"source": source}
    return cast(Callable[[F], F], strawberry.field(description=description, metadata=metadata))


def deed(*, description: str) -> Callable[[F], F]:
    """A mutation field: one transaction."""
    return cast(Callable[[F], F], strawberry.mutation(description=description))


def live(*, description: str) -> Callable[[F], F]:
    """A subscription field."""
    return cast(Callable[[F], F], strawberry.subscription(description=description))
