"""The full form of an activity: its fields as input of the schema, and a record as fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coalition.core.i18n import LANGUAGES
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
_COMPARED = {name.split(".")[0] for name in ANCHORS} - {"organisation", "reason"}


def fields_of(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """What stands in the fields when `record`, of the document `activity_to_amend`, is opened."""
    values = {name: [record[name] or ""] for name in ("kind", "form", "place", "status", "visibility")}
    values |= {f"title.{each}": [text] for each, text in record["titles"].items()}
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


def amended_titles(record: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The titles that `given` leaves: those in languages that the form has no field for stay."""
    others = {each: text for each, text in record["titles"].items() if each not in LANGUAGES}
    return {**others, **given}


def partners_of(record: Mapping[str, Any]) -> list[Data]:
    """The participants besides the lead, whose record it is."""
    return [each for each in record["participants"] if each["role"] != "LEAD"]


def input_of(form: Form) -> Data:
    """The fields as input; both mutations take them alike, empty ones clear what was there."""
    return {
        "kind": form.needed_choice("kind"),
        "form": form.optional("form"),
        "title": form.needed_texts("title"),
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
    """The rows in which something stands, moved up so that their numbers are those of the input."""
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
            chosen = {
                name: form.text(f"reach.{row}.{name}") for name in ("sex", "ageBand", "method", "qualifier")
            }
            given.append({"count": count, **{name: value for name, value in chosen.items() if value}})
    return given


def differences(
    stored: Form, mine: Form, words: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str, str]]:
    """What differs between two versions: the field, and both contents in words.

    `words` gives, by the last part of a field's name, what its codes mean.
    """
    names = dict.fromkeys([*stored.values, *mine.values])
    compared = [name for name in names if name.split(".")[0] in _COMPARED]
    found: dict[str, tuple[list[str], list[str]]] = {}
    for name in compared:
        meaning = words.get(name.rpartition(".")[2], {})
        sides = [
            [meaning.get(value, value) for value in form.many(name)] if _is_used(form, name) else []
            for form in (stored, mine)
        ]
        if sides[0] != sides[1]:
            into = found.setdefault(name.split(".")[0], ([], []))
            into[0].extend(sides[0])
            into[1].extend(sides[1])
    return [(name, ", ".join(left), ", ".join(right)) for name, (left, right) in found.items()]


def _is_used(form: Form, name: str) -> bool:
    """Whether a field counts: rows that were left empty still send what their selects show first."""
    first, *rest = name.split(".")
    key = {"reach": "count", "partners": "organisation"}.get(first)
    return key is None or bool(form.text(f"{first}.{rest[0]}.{key}"))
