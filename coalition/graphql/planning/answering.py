"""Whether and how a plan answers an operation; else the ordinary way does."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_argument_values
from sqlalchemy.engine import Dialect
from strawberry.types.arguments import convert_arguments

from coalition.core.errors import CoalitionError
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.context import Context
from coalition.graphql.planning.compiling import Compiler, Plan, Slot, open_variables
from coalition.graphql.planning.leaves import Unanswerable, Unplannable
from coalition.graphql.planning.parts import Arguments, Run

# Of one operation, for different values of the variables in its directives.
_MOST_PLANS = 8

log = logging.getLogger("coalition.graphql")


class Plans:
    """The plans of one operation: by dialect, and by the variables that say which fields are asked for."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._open = open_variables(operation, fragments)
        self._made: dict[tuple[Any, ...], Plan | None] = {}

    def plan(self, dialect: Dialect, variables: Mapping[str, Any]) -> Plan | None:
        """The plan, or None when there can be none."""
        key = (dialect.name, *(variables.get(name) for name in self._open))
        if key in self._made:
            return self._made[key]
        made: Plan | None = None
        with suppress(Unplannable):
            made = Compiler(self._schema, self._fragments, variables, dialect).plan(self._operation)
        if len(self._made) >= _MOST_PLANS:
            # Nobody needs all combinations of many variables.
            self._made = {}
        self._made[key] = made
        return made

    def arguments(self, slot: Slot, variables: VariableValues) -> Arguments:
        """The arguments of a field in one run."""
        if not slot.node.arguments:
            return slot.defaults
        raw = get_argument_values(slot.field, slot.node, variables)
        ours: Any = self._schema.extensions["strawberry-definition"]
        registry = ours.schema_converter.scalar_registry
        found = convert_arguments(raw, slot.declared.arguments, scalar_registry=registry, config=ours.config)
        return {**slot.defaults, **found}


def answer(context: Context, plans: Plans, variables: VariableValues) -> dict[str, Any] | None:
    """The data of an answer without errors; None leaves it to the ordinary way, errors included."""
    try:
        return context.read_at_once(lambda uow: _planned(uow, context, plans, variables))
    except (Unanswerable, CoalitionError):
        # What is wrong with a request or a database the other way meets too, and knows how to say it.
        _begin_anew(context)
    except Exception:
        # The other way answers all the same, but this one has a fault.
        log.exception("a plan failed")
        _begin_anew(context)
    return None


def _begin_anew(context: Context) -> None:
    """After a failed statement nothing more can be read from a snapshot, and nothing was handed out."""
    context.secret_reads.take()
    context.forget()


def _planned(
    uow: UnitOfWork, context: Context, plans: Plans, variables: VariableValues
) -> dict[str, Any] | None:
    plan = plans.plan(uow.db.get_bind().dialect, variables.coerced)
    if plan is None:
        return None
    return plan.answer(Run(uow, context, [plans.arguments(slot, variables) for slot in plan.slots]))
