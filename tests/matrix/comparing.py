"""Cells: one caller, one record, one field, one way; what the page says against what came back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from tests.matrix.asking import kind_of
from tests.matrix.facts import Caller, Record
from tests.matrix.rules import field_rule, hears_of, is_for, is_named, is_reached, sees, stands
from tests.matrix.world import Matrix

ROW = "(row)"
_NOTHING: tuple[Any, ...] = (None, [], False)
# Wrong cells that are named; beyond them only their number is told.
SHOWN = 30


@dataclass
class Report:
    """How many cells were compared, and each wrong one in words."""

    matrix: Matrix
    cells: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(self, caller: Caller, what: str, way: str, got: Any, expected: Any) -> None:
        """Note one cell; `what` reads like `Activity.title of a PRIVATE record of bravo`."""
        self.cells += 1
        if got == expected:
            return
        if isinstance(got, set) and isinstance(expected, set):
            self.wrong += [
                f"{caller.name} finds {self._named(each)} through {way}" for each in got - expected
            ]
            self.wrong += [
                f"{caller.name} does not find {self._named(each)} through {way}" for each in expected - got
            ]
            return
        verb = (
            "sees" if expected in _NOTHING else "does not see" if got in _NOTHING else "is told otherwise of"
        )
        self.wrong.append(
            f"{caller.name} {verb} {what} through {way}: {_short(got)} instead of {_short(expected)}"
        )

    def rows(self, caller: Caller, what: str, way: str, got: set[str], expected: set[str]) -> None:
        """Note what was found among all records of a kind: each record is a cell."""
        self.cells += max(len(self.matrix.records.get(what, ())) - 1, 0)
        self.compare(caller, what, way, got, expected)

    def _named(self, opaque: str) -> str:
        record = self.matrix.by_id.get(opaque)
        return f"{record.type}: {record.label}" if record else opaque

    @property
    def summary(self) -> str:
        named = "\n".join(self.wrong[:SHOWN])
        more = f"\nand {len(self.wrong) - SHOWN} more" if len(self.wrong) > SHOWN else ""
        return f"{self.cells} cells, {len(self.wrong)} wrong\n{named}{more}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 90 else f"{text[:87]}…"


@dataclass
class Expecting:
    """What callers may expect, derived from the page and the facts."""

    matrix: Matrix
    truth: dict[str, dict[str, Any]]
    _seen: dict[tuple[str, str], bool] = field(default_factory=dict)

    def sees(self, caller: Caller, record: Record) -> bool:
        key = (caller.name, record.id)
        if key not in self._seen:
            self._seen[key] = sees(caller, record)
        return self._seen[key]

    def sees_id(self, caller: Caller, opaque: str) -> bool:
        """Whether a record that another points to exists for the caller; those of no owner do."""
        record = self.matrix.by_id.get(opaque)
        return record is None or self.sees(caller, record)

    def visible(self, caller: Caller, type_name: str) -> list[Record]:
        return [record for record in self.matrix.records[type_name] if self.sees(caller, record)]

    def value(self, caller: Caller, record: Record, name: str) -> Any:
        """What a field of a record that the caller sees shows them."""
        truth = self.truth[record.id][name]
        rule = field_rule(record.type, "canTake" if name == "canTakeMany" else name)
        service = record if record.type == "Service" else record.service
        kind = kind_of(record.type, name)
        if rule in ("with the record", "what you see of it"):
            return self.as_seen(caller, truth, kind)
        if rule in _OF_PEOPLE:
            return _OF_PEOPLE[rule](self, caller, record, truth)
        if rule == "what you see of it, protected ones to the provider's line":
            return self.services_under_provider(caller, truth)
        assert service is not None
        if rule in _SPECIAL:
            return _SPECIAL[rule](self, caller, record, service, name)
        if is_for(caller, rule, service):
            return self.as_seen(caller, truth, kind)
        return [] if isinstance(get_nullable_type(kind), GraphQLList) else None

    def as_seen(self, caller: Caller, value: Any, kind: Any) -> Any:
        """A value without what the caller does not see: null, or left out where it cannot be null."""
        if isinstance(kind, GraphQLNonNull):
            return self.as_seen(caller, value, kind.of_type)
        if value is None or is_leaf_type(get_named_type(kind)):
            return value
        if isinstance(kind, GraphQLList):
            found = [self.as_seen(caller, item, kind.of_type) for item in value]
            return [item for item in found if item is not None]
        if kind.name.endswith("Connection"):
            return _connection([node for node in value["nodes"] if self.sees_id(caller, node["id"])])
        return self._object_as_seen(caller, value, kind)

    def _object_as_seen(self, caller: Caller, value: dict[str, Any], kind: GraphQLObjectType) -> Any:
        if set(value) == {"id"}:
            return value if self.sees_id(caller, value["id"]) else None
        found = {name: self.as_seen(caller, item, kind.fields[name].type) for name, item in value.items()}
        broken = any(
            item is None and isinstance(kind.fields[name].type, GraphQLNonNull)
            for name, item in found.items()
        )
        return None if broken else found

    def services_under_provider(self, caller: Caller, truth: Any) -> Any:
        """Protected ones are listed under their provider, which places them, for its line only."""
        services = [self.matrix.by_id[node["id"]] for node in truth["nodes"]]
        return _connection(
            [
                {"id": service.id}
                for service in services
                if self.sees(caller, service) and is_for(caller, "place", service)
            ]
        )

    def named(self, caller: Caller, person: Record, truth: Any) -> Any:
        return truth if is_named(caller, person) else None

    def reached(self, caller: Caller, person: Record, truth: Any) -> Any:
        return truth if is_reached(caller, person) else None

    def people_there(self, caller: Caller, organisation: Record, truth: Any) -> Any:
        """People of an organisation, each for a role there that has not ended and that the caller sees."""

        def is_shown(person: Record) -> bool:
            there = [role for role in person.roles if role.owner == organisation.owner]
            return any(role.facts["state"] != "ENDED" and self.sees(caller, role) for role in there)

        return _connection([node for node in truth["nodes"] if is_shown(self.matrix.by_id[node["id"]])])

    def holy_days(self, caller: Caller, _record: Record, truth: Any) -> Any:
        """A day stays while somebody whom the caller sees keeps it, or a country does."""
        seen = [
            {
                **day,
                "organisations": [each for each in day["organisations"] if self.sees_id(caller, each["id"])],
            }
            for day in truth
        ]
        return [day for day in seen if day["organisations"] or day["country"]]

    def role_counts(self, caller: Caller, organisation: Record, truth: Any) -> Any:
        if not hears_of(caller, "roles", organisation.owner):
            return None
        counted = hears_of(caller, "counts", organisation.owner)
        return [{**each, "count": each["count"] if counted else None} for each in truth]

    def name_of_service(self, caller: Caller, record: Record, service: Record, _name: str) -> str:
        inside = is_for(caller, "place", service)
        return str(self.truth[record.id]["name"] if inside else record.facts["outside"])

    def word(self, caller: Caller, _record: Record, service: Record, name: str) -> str:
        """Ten places are free; outsiders have heard NO, and not yet that this has changed."""
        if service.draft:
            return "NO"
        if is_for(caller, "numbers", service):
            return "NO" if name == "canTakeMany" else "YES"
        return "NO" if stands(caller, "hears", service.provider) else "ASK_BY_PHONE"

    def state(self, caller: Caller, _record: Record, service: Record, _name: str) -> str:
        return "OPEN" if is_for(caller, "numbers", service) else "FULL"


_SPECIAL: dict[str, Callable[[Expecting, Caller, Record, Record, str], Any]] = {
    "with the record, without its place where place is withheld": Expecting.name_of_service,
    "the truth with numbers; the delayed word to who hears; else ASK_BY_PHONE": Expecting.word,
    "the truth with numbers; else as the delayed word": Expecting.state,
}


_OF_PEOPLE: dict[str, Callable[[Expecting, Caller, Record, Any], Any]] = {
    "whom the table of people names": Expecting.named,
    "civil ones, and those of churches that you see there": Expecting.holy_days,
    "oneself and whoever leads them": Expecting.reached,
    "those whose role there you see": Expecting.people_there,
    "the roles to who hears of them, their number to who hears counts": Expecting.role_counts,
}


def _connection(nodes: list[Any]) -> dict[str, Any]:
    return {"totalCount": len(nodes), "nodes": nodes, "edges": [{"node": node} for node in nodes]}
