"""What each list page offers: its document, its filters, and its columns as CSV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from coalition.core.i18n import marked

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Filter:
    """One field of the filter form.

    `choices` names a closed set of `labels.LABELS`, or one of the lists of `filter_options`;
    without it the field is typed. `many`: the schema takes a list.
    """

    name: str
    words: str
    choices: str = ""
    type: str = "text"
    many: bool = False


@dataclass(frozen=True)
class Listing:
    """A list page: `name` is its address and its document, `connection` the field of the document.

    With `bare`, the filters are arguments of the field itself instead of a `filter` input.
    """

    name: str
    connection: str
    filters: tuple[Filter, ...] = ()
    columns: tuple[tuple[str, Callable[[Node], object]], ...] = ()
    bare: bool = False


def _value(*path: str) -> Callable[[Node], object]:
    def read(node: Node) -> object:
        found: Any = node
        for name in path:
            found = found[name] if found is not None else None
        return found

    return read


def _joined(list_name: str, *path: str) -> Callable[[Node], object]:
    read = _value(*path)
    return lambda node: "; ".join(str(read(item) if path else item) for item in node[list_name])


def _all_values(*names: str) -> tuple[tuple[str, Callable[[Node], object]], ...]:
    return tuple((name, _value(name)) for name in names)


_SEARCH = Filter("search", marked("Words"), type="search")
_DISTRICT = Filter("district", marked("District"), "districts")
_TOPIC = Filter("topic", marked("Topic"), "topics")
_DENOMINATION = Filter("denomination", marked("Denomination"), "denominations")
_CHURCH_BODY = Filter("churchBody", marked("Church"), "churchBodies")
_FROM = Filter("from", marked("From"), type="date")
_TO = Filter("to", marked("Until"), type="date")
_PERIOD = (
    ("starts_on", _value("startsOn", "text")),
    ("starts_on_certainty", _value("startsOn", "certainty")),
    ("ends_on", _value("endsOn", "text")),
    ("date_note", _value("dateNote")),
)
_PLACE = (
    ("district", _value("district", "code")),
    ("place", _value("place")),
    ("country", _value("country")),
)
_SOURCE = (("source", _value("source")),)

ORGANISATIONS = Listing(
    "organisations",
    "organisations",
    (
        _SEARCH,
        Filter("kind", marked("Kind"), "OrganisationKind"),
        Filter("status", marked("In the coalition"), "MembershipStatus"),
        _DISTRICT,
        _DENOMINATION,
        _CHURCH_BODY,
    ),
    (
        *_all_values("slug", "name", "kind", "status"),
        ("denomination", _value("denomination", "name")),
        ("church_body", _value("churchBody", "name")),
        *_PLACE,
        *_SOURCE,
    ),
)
ACTIVITIES = Listing(
    "activities",
    "activities",
    (
        _SEARCH,
        Filter("kind", marked("Kind"), "ActivityKind"),
        Filter("status", marked("State"), "ActivityStatus"),
        _DISTRICT,
        _TOPIC,
        _DENOMINATION,
        _CHURCH_BODY,
        _FROM,
        _TO,
    ),
    (
        *_all_values("code", "kind", "form", "title", "status"),
        *_PERIOD,
        ("districts", _joined("districts", "code")),
        *_all_values("place", "country"),
        ("participants", _joined("participants", "organisation", "name")),
        ("organiser_names", _joined("organiserNames")),
        ("topics", _joined("topics", "label")),
        ("people_reached", _value("peopleReached")),
        *_SOURCE,
    ),
)
TRAININGS = Listing(
    "trainings",
    "trainingSessions",
    (
        Filter("status", marked("State"), "TrainingSessionStatus"),
        _DISTRICT,
        _TOPIC,
        _DENOMINATION,
        _CHURCH_BODY,
        _FROM,
        _TO,
    ),
    (
        *_all_values("id", "title", "status", "record"),
        *_PERIOD,
        *_PLACE,
        ("organisers", _joined("organisers", "name")),
        ("organiser_names", _joined("organiserNames")),
        ("audience", _joined("audience")),
        ("sessions", _value("sessionsCount")),
        ("participants", _value("participantsCount")),
        ("participants_qualifier", _value("participantsQualifier")),
        *_SOURCE,
    ),
)
SERVICES = Listing(
    "services",
    "services",
    (
        _SEARCH,
        Filter("kinds", marked("Need"), "AssistanceKind", many=True),
        Filter("region", marked("Region"), "Region"),
        _DISTRICT,
        Filter("languages", marked("Language spoken"), "languages", many=True),
        Filter("targetGroup", marked("For whom"), "TargetGroup"),
    ),
    (
        *_all_values("id", "name"),
        ("provider", lambda node: _value("provider", "name")(node) or node["providerName"]),
        ("kinds", _joined("kinds")),
        ("region", _value("region", "code")),
        ("district", _value("district", "code")),
        ("status", _value("status")),
        ("languages", _joined("languages")),
        ("target_groups", _joined("targetGroups")),
        ("target_group_text", _value("targetGroupText")),
        *_SOURCE,
    ),
)
ADVOCACY = Listing(
    "advocacy",
    "advocacyTargets",
    (),
    (*_all_values("kind", "name", "number", "issuer", "stage"), ("date", _value("date", "text")), *_SOURCE),
)
STATISTICS = Listing(
    "statistics",
    "statistics",
    (Filter("indicator", marked("What is counted")),),
    (
        *_all_values("indicator", "population", "sex"),
        ("age_group", _value("ageGroup")),
        *_all_values("form", "destination", "value", "unit", "qualifier"),
        ("period_from", _value("periodFrom", "text")),
        ("period_to", _value("periodTo", "text")),
        *_all_values("publisher", "source"),
    ),
    bare=True,
)
PROGRAMMES = Listing(
    "programmes",
    "programmes",
    (),
    (
        ("name", _value("name")),
        ("donors", _joined("donors")),
        ("implementers", _joined("implementers")),
        ("partners", _joined("partners")),
        ("countries", _joined("countries")),
        ("period_from", _value("periodFrom", "text")),
        ("period_to", _value("periodTo", "text")),
        *_all_values("amount", "currency", "source"),
    ),
)
LISTINGS = (ORGANISATIONS, ACTIVITIES, TRAININGS, SERVICES, ADVOCACY, STATISTICS, PROGRAMMES)
