"""Loading the public record: every file, every line, and a report of what became of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from coalition.core.actor import system_actor
from coalition.core.errors import DatabaseFault
from coalition.core.unit_of_work import UnitOfWork, Units
from coalition.intake import activities, districts, organisations, published, services, topics, trainings
from coalition.intake.cells import Cells, LineRefused
from coalition.intake.lines import Line, read_lines
from coalition.intake.references import COALITION
from coalition.intake.report import FileReport, LoadReport
from coalition.intake.storing import Loading, Outcome
from coalition.members.models import Organisation
from coalition.members.seed import seed
from coalition.members.synthetic import holds_load_set

# The record that is shipped, with its README and sources.
SHIPPED = Path(__file__).with_name("data")
LOADER = system_actor("load-record")
# Told after each line: the file, how many of its lines are done, and how many it has.
Progress = Callable[[str, int, int], None]

_FAULTS = {
    "DATABASE_BUSY": "the database is in use by another writer; try again in a moment",
    "STORAGE_FULL": "the disk of the database is full; make room and try again",
    "DATABASE_READ_ONLY": "the database can only be read; look at the rights of its file and folder",
    "DATABASE_UNAVAILABLE": "the database cannot be reached, or it has not been migrated",
}


@dataclass(frozen=True)
class RecordFile:
    """A file of the record: its columns, which of them is its key, and how one line is stored."""

    name: str
    key: str
    columns: tuple[str, ...]
    load_line: Callable[[Loading, Cells], Outcome]
    arrange: Callable[[FileReport, Sequence[Line]], Sequence[Line]] = lambda _report, lines: lines


# Districts and topics are what records refer to; they are nobody's.
REFERENCE_FILES = ("districts.csv", "topics.csv")

# In an order in which what a line refers to comes before it.
FILES = (
    RecordFile("districts.csv", "code", districts.COLUMNS, districts.load_district),
    RecordFile(
        "organisations.csv",
        "org_id",
        organisations.COLUMNS,
        organisations.load_organisation,
        organisations.parents_first,
    ),
    RecordFile("topics.csv", "code", topics.COLUMNS, topics.load_topic),
    RecordFile("activities.csv", "activity_id", activities.COLUMNS, activities.load_activity),
    RecordFile("trainings.csv", "training_id", trainings.COLUMNS, trainings.load_training),
    RecordFile("services.csv", "service_id", services.COLUMNS, services.load_service),
    RecordFile("advocacy.csv", "advocacy_id", published.ADVOCACY_COLUMNS, published.load_advocacy),
    RecordFile("statistics.csv", "stat_id", published.STATISTIC_COLUMNS, published.load_statistic),
    RecordFile("programme.csv", "programme_id", published.PROGRAMME_COLUMNS, published.load_programme),
    RecordFile("partnership.csv", "actor", published.PARTNERSHIP_COLUMNS, published.load_partnership),
)


class IsLoadSet(Exception):
    """The database holds an invented load set, and real records are never put beside it."""

    def __init__(self) -> None:
        super().__init__(
            "The database holds a synthetic load set, made by `coalition synthesize`. Load the record into"
            " another database: name one with COALITION_DATABASE_URL and run `coalition init` there."
        )


def load_record(
    units: Units, folder: Path | None = None, *, on_progress: Progress | None = None
) -> LoadReport:
    """Load the files of `folder`, by default the record that is shipped.

    Each file is one transaction and each line a savepoint in it: a bad line is left out whole and
    stops nothing else. Lines that differ from what is stored update it; a second run changes nothing.
    Records whose lines are gone from a later file stay. What members amended since stays too, with a
    note. When the database fails, nothing of that file is stored and no further file is tried.

    Raises `IsLoadSet` on a database of `coalition synthesize`.
    """
    report = LoadReport(folder or SHIPPED)
    failed = _seed(units)
    if failed is None:
        _refuse_load_set(units)
    return _load_files(units, FILES, report, failed, on_progress)


def load_reference_data(units: Units) -> LoadReport:
    """Load the districts and topics of the shipped record, and what the coalition cannot be without."""
    files = [file for file in FILES if file.name in REFERENCE_FILES]
    return _load_files(units, files, LoadReport(SHIPPED), _seed(units), None)


def _refuse_load_set(units: Units) -> None:
    with units.reading() as uow:
        if holds_load_set(uow):
            raise IsLoadSet


def _load_files(
    units: Units,
    files: Sequence[RecordFile],
    report: LoadReport,
    failed: str | None,
    on_progress: Progress | None,
) -> LoadReport:
    for file in files:
        file_report = FileReport(file.name)
        report.files.append(file_report)
        if failed is not None:
            file_report.problem(f"nothing was stored: {failed}")
            continue
        try:
            _load_file(units, file, report.folder / file.name, file_report, on_progress)
        except DatabaseFault as fault:
            failed = _FAULTS[fault.code]
            file_report.nothing_stored(f"nothing was stored: {failed}")
        file_report.in_order()
    return report


def _seed(units: Units) -> str | None:
    """Write what the record stands on; gives back why that is not possible."""
    try:
        with units.writing() as uow:
            seed(uow)
    except DatabaseFault as fault:
        return _FAULTS[fault.code]
    return None


def _load_file(
    units: Units, file: RecordFile, path: Path, report: FileReport, on_progress: Progress | None
) -> None:
    lines = read_lines(path, columns=file.columns, key=file.key, report=report)
    lines = list(file.arrange(report, lines))
    if not lines:
        return
    with units.writing() as uow:
        _wait_for_other_loaders(uow)
        loading = Loading(uow, LOADER)
        for done, line in enumerate(lines, start=1):
            _load_line(loading, file, line, report)
            if on_progress is not None:
                on_progress(file.name, done, len(lines))


def _wait_for_other_loaders(uow: UnitOfWork) -> None:
    # SQLite has one writer at a time anyway. Here two loaders would find the same line missing.
    if not uow.is_sqlite:
        uow.db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("load-record", 0))))


def _load_line(loading: Loading, file: RecordFile, line: Line, report: FileReport) -> None:
    db = loading.uow.db
    if loading.owner_id is None:
        owner = sa.select(Organisation.id).where(Organisation.slug == COALITION)
        loading.owner_id = db.scalars(owner).one_or_none()
    try:
        with db.begin_nested():
            outcome = file.load_line(loading, Cells(line))
    except LineRefused as refused:
        for column, reason in refused.faults:
            report.problem(reason, line=line.number, column=column)
    except (sa.exc.IntegrityError, sa.exc.DataError) as error:
        reason = str(error.orig).partition("\n")[0]
        report.problem(f"the database does not take this line: {reason}", line=line.number)
    else:
        _count(outcome, line, report)


def _count(outcome: Outcome, line: Line, report: FileReport) -> None:
    if outcome is Outcome.CREATED:
        report.created += 1
    elif outcome is Outcome.UPDATED:
        report.updated += 1
    else:
        report.unchanged += 1
    if outcome is Outcome.KEPT:
        report.note("changed by its owner since; kept", line=line.number)
