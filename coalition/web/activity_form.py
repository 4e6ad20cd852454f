"""The full form of an activity: its fields as input of the schema, and a record as fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coalition.web.forms import Form
from coalition.web.gateway import Data

ROWS = 3
TITLES = ("title.ro", "title.ru", "title.en")
ANCHORS = (
    "organisation",
    "kind",
    "form",
    *TITLES,
    "title",
    "startsOn",
    "endsOn",
    "districts",
    "place",
    "status",
    "visibility",
    "audience",
    "topics",
    "materials",
    *(f"partners.{row}" for row in range(ROWS)),
    *(f"reach.{row}" for row in range(ROWS)),
    "reason",
)


def fields_of(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields when `record`, of the document `activity_to_amend`, is opened."""
    values = {name: [record[name] or ""] for name in ("kind", "form", "place", "status", "visibility")}
    values |= {f"title.{language}": [text] for language, text in record["titles"].items()}
    values |= {name: ["\n".join(record[name])] for name in ("audience", "materials")}
    values |= {name: [each["code"] for each in record[name]] for name in ("districts", "topics")}
    for name in ("startsOn", "endsOn"):
        if record[name]:
            values[name] = [record[name]["date"]]
            values[f"{name}.precision"] = [record[name]["precision"]]
    for row, each in enumerate(partners_of(record)):
        values[f"partners.{row}.organisation"] = [each["organisation"]["id"]]
        values[f"partners.{row}.role"] = [each["role"]]
    for row, each in enumerate(record["reach"]):
        for name in ("sex", "ageBand", "count", "method", "qualifier"):
            values[f"reach.{row}.{name}"] = [str(each[name])]
    return values


def partners_of(record: Mapping[str, Any]) -> list[Data]:
    """The participants besides the lead, whose record it is."""
    return [each for each in record["participants"] if each["role"] != "LEAD"]


def input_of(form: Form) -> Data:
    """The fields as input; both mutations take them alike, empty ones clear what was there."""
    return {
        "kind": form.needed_choice("kind"),
        "form": form.optional("form"),
        "title": form.texts("title"),
        "startsOn": _partial_date(form, "startsOn", needed=True),
        "endsOn": _partial_date(form, "endsOn"),
        "districts": form.many("districts"),
        "place": form.optional("place"),
        "status": form.text("status") or "HELD",
        "visibility": form.text("visibility") or "COALITION",
        "audience": form.lines("audience"),
        "topics": form.many("topics"),
        "materials": form.lines("materials"),
        "partners": _partners(form),
        "reach": _reach(form),
        "textConfirmed": form.checked("textConfirmed"),
    }


def _partial_date(form: Form, name: str, *, needed: bool = False) -> Data | None:
    day = form.needed_day(name) if needed else form.day(name)
    return {"date": day, "precision": form.text(f"{name}.precision") or "DAY"} if day else None


def _rows(form: Form, name: str, key: str) -> list[int]:
    """The rows in which something stands, moved up so that the numbers of the answer fit those of the page."""
    used = [row for row in range(ROWS) if form.text(f"{name}.{row}.{key}")]
    for to, row in enumerate(used):
        moved = {field: values for field, values in form.values.items() if field.startswith(f"{name}.{row}.")}
        for field, values in moved.items():
            form.values[field] = [""] if to != row else values
            form.values[f"{name}.{to}.{field.rpartition('.')[2]}"] = values
    return list(range(len(used)))


def _partners(form: Form) -> list[Data]:
    return [
        {
            "organisation": form.text(f"partners.{row}.organisation"),
            "role": form.text(f"partners.{row}.role") or "IMPLEMENTING",
        }
        for row in _rows(form, "partners", "organisation")
    ]


def _reach(form: Form) -> list[Data]:
    given = []
    for row in _rows(form, "reach", "count"):
        count = form.number(f"reach.{row}.count")
        if count is not None:
            chosen = {name: form.text(f"reach.{row}.{name}") for name in ("sex", "ageBand", "method", "qualifier")}
            given.append({"count": count, **{name: value for name, value in chosen.items() if value}})
    return given
