"""trainings.csv: seminars and courses, series of them, announcements and running totals."""

from __future__ import annotations

from typing import Any

from coalition.core.actor import Visibility
from coalition.core.checks import TITLE_LIMIT
from coalition.core.tables import UNDATED, date_columns, span
from coalition.intake.cells import Cells
from coalition.intake.dates import date_note, dates_of_line
from coalition.intake.qualifiers import qualifier_of
from coalition.intake.references import district_of, names_of, organisations_and_names
from coalition.intake.storing import Children, Loading, Outcome, store
from coalition.intake.topics import topic_of_text
from coalition.training.derived import training_search
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import TrainingOrganiser, TrainingSession, TrainingTopic

COLUMNS = (
    "training_id", "title", "date_start", "date_end", "date_precision", "district", "place", "country",
    "organisers", "funder", "audience", "sessions", "participants", "participants_qualifier", "record_type",
    "topic", "source", "as_written",
)  # fmt: skip
_RECORDS = {record.value.lower(): record for record in TrainingRecord}
_MOST_SESSIONS = 10_000


def load_training(loading: Loading, cells: Cells) -> Outcome:
    """Store one training; its topic becomes one of the list or one as written."""
    code = cells.identifier("training_id")
    organisers, names = organisations_and_names(loading.uow, cells.many("organisers"))
    district = district_of(loading.uow, cells, "district")
    values = _values(cells) | {
        "owner_id": loading.owner,
        "district_id": district.id if district else None,
        "organiser_names": names,
        "funders": names_of(loading.uow, cells.many("funder")),
    }
    cells.check()
    text = cells.text("topic")
    topics = [topic_of_text(loading, text)] if text else []
    draft = TrainingSession(code=code, **values)
    values["search"] = training_search(draft, organisations=organisers, district=district, topics=topics)
    parent = "training_session_id"
    given_by = [{"organisation_id": row.id} for row in organisers]
    about = [{"topic_id": row.id} for row in topics]
    parts = [
        Children("organisers", TrainingOrganiser, parent=parent, rows=given_by),
        Children("topics", TrainingTopic, parent=parent, rows=about),
    ]
    return store(loading, TrainingSession, key={"code": code}, values=values, parts=parts)[1]


def _values(cells: Cells) -> dict[str, Any]:
    start, end = dates_of_line(cells)
    first_day, last_day = span(start, end)
    record = cells.code("record_type", _RECORDS)
    planned = record is TrainingRecord.PLANNED
    return {
        "visibility": Visibility.PUBLIC,
        "title": {"en": cells.required("title", limit=TITLE_LIMIT)},
        "status": TrainingSessionStatus.SCHEDULED if planned else TrainingSessionStatus.COMPLETED,
        "record": record,
        **date_columns("starts_on", start),
        **date_columns("ends_on", end),
        "date_note": date_note(cells),
        "first_day": first_day,
        "last_day": last_day,
        "sort_on": start.date if start else UNDATED,
        "country": cells.country("country"),
        "place": cells.text("place"),
        "audience": cells.many("audience"),
        "sessions_count": cells.whole_number("sessions", maximum=_MOST_SESSIONS),
        **_participants(cells),
        "source": cells.text("source"),
        "as_written": cells.text("as_written"),
    }


def _participants(cells: Cells) -> dict[str, Any]:
    count = cells.whole_number("participants")
    text = cells.text("participants_qualifier")
    return {
        "participants_count": count,
        "participants_qualifier": qualifier_of(text) if count is not None else None,
        "participants_qualifier_text": text,
    }
