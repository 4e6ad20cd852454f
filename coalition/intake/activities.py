"""activities.csv: what was done for prevention, awareness, advocacy and coordination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coalition.core.actor import Visibility
from coalition.core.checks import TITLE_LIMIT
from coalition.core.tables import UNDATED, date_columns, span
from coalition.intake.cells import Cells
from coalition.intake.dates import date_note, dates_of_line
from coalition.intake.qualifiers import qualifier_of
from coalition.intake.references import district_of, districts_of, organisations_and_names
from coalition.intake.storing import Children, Loading, Outcome, store
from coalition.members.models import Organisation, Territory
from coalition.outreach.derived import activity_search, people_reached
from coalition.outreach.enums import ActivityKind, ActivityStatus, AgeBand, ParticipantRole, ReachMethod, Sex
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityQuantity,
    ActivityReach,
)
from coalition.outreach.rollup import take_out

COLUMNS = (
    "activity_id", "kind", "form", "title", "date_start", "date_end", "date_precision", "district",
    "status", "place", "organisers", "audience", "participants", "participants_qualifier", "quantity",
    "quantity_unit", "materials", "source", "as_written",
)  # fmt: skip
_KINDS = {kind.value.lower(): kind for kind in ActivityKind}
_STATUSES = {"held": ActivityStatus.HELD, "planned": ActivityStatus.PLANNED}


def load_activity(loading: Loading, cells: Cells) -> Outcome:
    """Store one activity; none of its organisers is said to lead."""
    code = cells.identifier("activity_id")
    organisers, names = organisations_and_names(loading.uow, cells.many("organisers"))
    district = district_of(loading.uow, cells, "district")
    reach = _reach(cells)
    quantities = _quantities(cells, said_of_people=bool(reach))
    values = _values(cells) | {
        "owner_id": loading.owner,
        "country": district.country if district else None,
        "organiser_names": names,
        "people_reached": people_reached(ActivityReach(**row) for row in reach),
    }
    cells.check()
    draft = Activity(code=code, **values)
    values["search"] = activity_search(
        draft, organisations=organisers, districts=districts_of(district), topics=()
    )
    parts = _parts(organisers, district, reach, quantities)
    return store(loading, Activity, key={"code": code}, values=values, parts=parts, before_change=take_out)[1]


def _values(cells: Cells) -> dict[str, Any]:
    start, end = dates_of_line(cells)
    first_day, last_day = span(start, end)
    return {
        "visibility": Visibility.PUBLIC,
        "is_loaded": True,
        "kind": cells.code("kind", _KINDS),
        "form": cells.text("form"),
        "title": {"en": cells.required("title", limit=TITLE_LIMIT)},
        "status": cells.code("status", _STATUSES),
        **date_columns("starts_on", start),
        **date_columns("ends_on", end),
        "date_note": date_note(cells),
        "first_day": first_day,
        "last_day": last_day,
        "sort_on": start.date if start else UNDATED,
        "place": cells.text("place"),
        "audience": cells.many("audience"),
        "materials": cells.many("materials"),
        "source": cells.text("source"),
        "as_written": cells.text("as_written"),
    }


def _reach(cells: Cells) -> list[dict[str, Any]]:
    count = cells.whole_number("participants")
    if count is None:
        return []
    text = cells.text("participants_qualifier")
    return [
        {
            "sex": Sex.UNSPECIFIED,
            "age_band": AgeBand.UNKNOWN,
            "count": count,
            "method": ReachMethod.UNSPECIFIED,
            "qualifier": qualifier_of(text),
            "qualifier_text": text,
        }
    ]


def _quantities(cells: Cells, *, said_of_people: bool) -> list[dict[str, Any]]:
    """The count that is not people; the line's qualifier is its own unless people are counted too."""
    value = cells.number("quantity")
    if value is None:
        if cells.text("quantity_unit") and not cells.text("quantity"):
            cells.fault("quantity", "there is a unit but no number")
        return []
    text = None if said_of_people else cells.text("participants_qualifier")
    return [
        {
            "value": value,
            "unit": cells.required("quantity_unit", limit=200),
            "qualifier": qualifier_of(text) if text else None,
            "qualifier_text": text,
        }
    ]


def _parts(
    organisers: Sequence[Organisation],
    district: Territory | None,
    reach: list[dict[str, Any]],
    quantities: list[dict[str, Any]],
) -> list[Children]:
    taking_part = [{"organisation_id": row.id, "role": ParticipantRole.UNSPECIFIED} for row in organisers]
    in_districts = [{"district_id": row.id} for row in districts_of(district)]
    parent = "activity_id"
    return [
        Children("participants", ActivityParticipant, parent=parent, rows=taking_part),
        Children("districts", ActivityDistrict, parent=parent, rows=in_districts),
        Children("reach", ActivityReach, parent=parent, rows=reach),
        Children("quantities", ActivityQuantity, parent=parent, rows=quantities),
    ]
