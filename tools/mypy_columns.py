"""Tells mypy that a column read from a table class is SQL, as SQLAlchemy makes it.

SQLModel declares a column with the type of its values, so that `TrainingSession.code == "T-1"` looks
like a bool and `select(TrainingSession.id)` like an error, and every query would need `col(…)` or a
`type: ignore`. Reading an attribute from the class of a table gives `InstrumentedAttribute[T]` here;
rows keep the plain type.
"""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import TypeInfo, Var
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type

_SQLMODEL = "sqlmodel.main.SQLModel"
_COLUMN = "sqlalchemy.orm.attributes.InstrumentedAttribute"


class ColumnPlugin(Plugin):
    """The one hook that mypy asks about attributes read from a class."""

    def get_class_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        class_name, _, attribute = fullname.rpartition(".")
        symbol = self.lookup_fully_qualified(class_name)
        if symbol is None or not isinstance(symbol.node, TypeInfo):
            return None
        return self._as_column if _is_column(symbol.node, attribute) else None

    def _as_column(self, context: AttributeContext) -> Type:
        column = self.lookup_fully_qualified(_COLUMN)
        if context.is_lvalue or column is None or not isinstance(column.node, TypeInfo):
            return context.default_attr_type
        return Instance(column.node, [context.default_attr_type])


def _is_column(info: TypeInfo, attribute: str) -> bool:
    """Whether `attribute` is a field of a class that names its table, or of a draft below it."""
    if attribute.startswith("_") or "__tablename__" not in info.names or not info.has_base(_SQLMODEL):
        return False
    for ancestor in info.mro:
        if ancestor.fullname == _SQLMODEL:
            return False
        if attribute in ancestor.names:
            node = ancestor.names[attribute].node
            return isinstance(node, Var) and not node.is_classvar
    return False


def plugin(_version: str) -> type[Plugin]:
    """What mypy calls to find the plugin."""
    return ColumnPlugin
