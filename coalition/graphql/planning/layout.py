"""Which columns one statement reads: of its base, and of rows joined to it one to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import ColumnElement

from coalition.core.actor import Actor
from coalition.graphql.declare import View
from coalition.graphql.planning.leaves import Unplannable
from coalition.graphql.planning.statements import id_text, limit_value, now_value

Expression = Callable[[Any], ColumnElement[Any]]


@dataclass(frozen=True)
class Taken:
    """Where in the row a column stands, and what it holds."""

    place: int
    kind: sa.types.TypeEngine[Any]
    nullable: bool = True


@dataclass(eq=False)
class Source:
    """The base of a statement, or the visible row of a view whose id stands in `key` of another source."""

    layout: Layout
    model: Any
    view: View | None = None
    above: Source | None = None
    key: str = ""
    number: int = 0
    columns: dict[str, ColumnElement[Any]] = field(default_factory=dict)
    joined: dict[tuple[str, str], Source] = field(default_factory=dict)
    _taken: dict[str, Taken] = field(default_factory=dict)

    def take(self, name: str) -> Taken:
        """Read the column `name`."""
        known = self._taken.get(name)
        if known is not None:
            return known
        column = sa.inspect(self.model).columns.get(name)
        if column is None:
            raise Unplannable
        return self._add(name, getattr(self.model, name), Taken(0, column.type, bool(column.nullable)))

    def take_id(self, name: str = "id") -> int:
        """Read an id as text."""
        known = self._taken.get(f"text of {name}")
        if known is not None:
            return known.place
        column = id_text(getattr(self.model, name), self.layout.dialect)
        return self._add(f"text of {name}", column, Taken(0, sa.Text())).place

    def take_expression(self, name: str, make: Expression) -> Taken:
        """Read an expression over the row, at the moment of the answer."""
        known = self._taken.get(f"value of {name}")
        if known is not None:
            return known
        made = make(now_value())
        return self._add(f"value of {name}", made, Taken(0, made.type))

    def join(self, view: View, key: str) -> Source:
        """The visible row of `view` whose id stands in the column `key` here."""
        known = self.joined.get((view.type_name, key))
        if known is None:
            if sa.inspect(self.model).columns.get(key) is None:
                raise Unplannable
            known = self.layout.add(view, self, key)
            self.joined[(view.type_name, key)] = known
        return known

    def _add(self, name: str, column: Any, taken: Taken) -> Taken:
        place = len(self.layout.places)
        self.layout.places.append((self, f"c{place}"))
        self.columns[f"c{place}"] = column
        self._taken[name] = found = Taken(place, taken.kind, taken.nullable)
        return found


class Layout:
    """The sources of one statement and the columns read from each, in the order of the row."""

    def __init__(self, model: Any, dialect: Dialect) -> None:
        self.dialect = dialect
        self.places: list[tuple[Source, str]] = []
        self.sources: list[Source] = []
        self.base = Source(self, model)
        self.sources.append(self.base)

    def add(self, view: View, above: Source, key: str) -> Source:
        """One more source, joined to another."""
        made = Source(self, view.model, view, above, key, len(self.sources))
        self.sources.append(made)
        return made

    def select(
        self,
        actor: Actor,
        *,
        rows: Any,
        conditions: Sequence[ColumnElement[bool]],
        order: Sequence[tuple[ColumnElement[Any], bool]],
        extra: Sequence[ColumnElement[Any]] = (),
        limited: bool = False,
        each: ColumnElement[Any] | None = None,
    ) -> sa.Select[Any]:
        """The statement: the columns of `places`, then `extra`.

        `order` says of each key whether it descends. `limited` takes only as many rows as are wanted; with
        `each`, as many for each of its values.
        """
        keys = [key.label(f"o{number}") for number, (key, _) in enumerate(order)]
        clauses = [key.desc() if descends else key.asc() for key, descends in order]
        more = [column.label(f"x{number}") for number, column in enumerate(extra)]
        own = [*self._columns(self.base), *more]
        if limited and each is not None:
            place = sa.func.row_number().over(partition_by=each, order_by=clauses).label("o0")
            numbered = sa.select(*own, place).select_from(rows).where(*conditions).subquery("page")
            few = numbered.c.o0 <= limit_value()
            return self._joined(actor, numbered, few, [numbered.c.o0.asc()], len(more))
        page: Any = sa.select(*own).select_from(rows).where(*conditions).order_by(*clauses)
        if limited:
            page = page.limit(limit_value())
        if len(self.sources) == 1:
            # The columns of the base are then those of the row, in their order.
            found: sa.Select[Any] = page
            return found
        sorted_by = page.add_columns(*keys).subquery("page")
        again = [
            sorted_by.c[f"o{number}"].desc() if descends else sorted_by.c[f"o{number}"].asc()
            for number, (_, descends) in enumerate(order)
        ]
        return self._joined(actor, sorted_by, sa.true(), again, len(more))

    def _joined(
        self, actor: Actor, page: sa.Subquery, condition: Any, clauses: Sequence[Any], more: int
    ) -> sa.Select[Any]:
        found: dict[int, Any] = {0: page}
        source: Any = page
        for each in self.sources[1:]:
            shown: Any = each.view
            rows = (
                sa.select(each.model.id.label("id"), *self._columns(each))
                .where(shown.visible(actor))
                .subquery(f"t{each.number}")
            )
            above: Any = each.above
            source = source.outerjoin(rows, rows.c.id == found[above.number].c[f"k{each.number}"])
            found[each.number] = rows
        columns = [found[each.number].c[label] for each, label in self.places]
        columns += [page.c[f"x{number}"] for number in range(more)]
        return sa.select(*columns).select_from(source).where(condition).order_by(*clauses)

    def _columns(self, source: Source) -> list[ColumnElement[Any]]:
        own = [column.label(label) for label, column in source.columns.items()]
        keys = [getattr(source.model, each.key).label(f"k{each.number}") for each in source.joined.values()]
        return [*own, *keys]
