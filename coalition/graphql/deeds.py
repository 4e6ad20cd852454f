"""Carrying out a deed: one transaction, refusals as data in the caller's language."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from coalition.core.changes import UNCHANGED
from coalition.core.errors import Fault, Refused, refuse
from coalition.core.idempotency import ClientKey, input_hash
from coalition.core.messages import message
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.context import Context
from coalition.graphql.identifiers import record_id
from coalition.graphql.types.common import InputError, UserError

T = TypeVar("T")


def user_errors(faults: Iterable[Fault], language: str) -> list[UserError]:
    """Faults in words, with their paths."""
    return [
        InputError(
            code=fault.code,
            message=message(fault.code, fault.params, language),
            field=list(fault.path) or None,
        )
        for fault in faults
    ]


async def perform(context: Context, work: Callable[[UnitOfWork], T]) -> T | Refused:
    """Do `work` in a transaction of its own; a refusal comes back as a value and leaves nothing stored."""
    try:
        return await context.write(work)
    except Refused as refusal:
        return refusal


def client_key(given: Any, client_id: str | None) -> ClientKey | None:
    """The idempotency key of an input: the client's id with a hash of all the rest.

    Raises `Refused` with INVALID_ID when the id is no UUID.
    """
    if client_id is None:
        return None
    try:
        parsed = uuid.UUID(client_id)
    except ValueError:
        raise refuse("INVALID_ID", "clientId", value=client_id) from None
    content = plain(given)
    content.pop("client_id", None)
    return ClientKey(parsed, input_hash(content))


def plain(value: Any) -> Any:
    """A coerced input as JSON values; fields that were not given are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(item) for name, item in pairs if item is not strawberry.UNSET}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def organisation_id(opaque: str | None) -> UUID | None:
    """The record id in an organisation's `ID`; any other id finds nothing."""
    return record_id(opaque, "Organisation")


def change(value: Any, convert: Callable[[Any], Any] = lambda given: given) -> Any:
    """An amended field: not given is `UNCHANGED`, null is cleared, else converted."""
    if value is strawberry.UNSET:
        return UNCHANGED
    return None if value is None else convert(value)
