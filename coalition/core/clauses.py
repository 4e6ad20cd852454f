"""Rules about who may see a row, said once: the SQL condition and the reason are the same declaration.

A policy is a list of clauses; a row is visible when one of them holds. Readers use the policy as one
condition; whoever asks why they can see a row is told which clauses hold for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor


class Why(StrEnum):
    """Why a row is visible to somebody."""

    EVERYBODY = "EVERYBODY"
    SHARED = "SHARED"
    OWN_LINE = "OWN_LINE"
    PROVIDER = "PROVIDER"
    CAPACITY = "CAPACITY"
    HOLDER = "HOLDER"
    OWN_PERSON = "OWN_PERSON"
    MANAGED = "MANAGED"
    IN_OFFICE = "IN_OFFICE"
    CONSENT_COALITION = "CONSENT_COALITION"
    CONSENT_PARTNERS = "CONSENT_PARTNERS"
    AUDITED = "AUDITED"
    ADMINISTERED = "ADMINISTERED"
    CLIENT_LINE = "CLIENT_LINE"
    CLIENT_OFFICE = "CLIENT_OFFICE"


@dataclass(frozen=True)
class Clause:
    """One reason to see a row, with the condition under which it holds.

    `access.explain` puts `why` into words. `permission` is what the caller holds,
    and `at` the column with the organisation that it must reach; `visibility` is the column that says
    with whom the owner shares the row.
    """

    why: Why
    condition: ColumnElement[bool]
    permission: str | None = None
    at: Any = None
    visibility: Any = None


class Policy:
    """A function from an actor to clauses, to be used as one condition.

    `whole` says the same as all clauses together, for a database that would look at each by itself.
    """

    def __init__(
        self,
        clauses: Callable[[Actor], Sequence[Clause]],
        whole: Callable[[Actor], ColumnElement[bool]] | None = None,
    ) -> None:
        self.clauses = clauses
        self._whole = whole
        self.__name__ = clauses.__name__
        self.__doc__ = clauses.__doc__

    def __call__(self, actor: Actor) -> ColumnElement[bool]:
        """The condition on rows that the actor may see: one of the clauses holds."""
        return any_of(self.clauses(actor)) if self._whole is None else self._whole(actor)


def policy(clauses: Callable[[Actor], Sequence[Clause]]) -> Policy:
    """Make a policy of a function that lists its clauses."""
    return Policy(clauses)


def policy_as(
    whole: Callable[[Actor], ColumnElement[bool]],
) -> Callable[[Callable[[Actor], Sequence[Clause]]], Policy]:
    """Make a policy of a function that lists its clauses, and of one that says them all in one condition."""
    return lambda clauses: Policy(clauses, whole)


def any_of(clauses: Sequence[Clause]) -> ColumnElement[bool]:
    """The condition that at least one clause holds."""
    return sa.or_(sa.false(), *(clause.condition for clause in clauses))
