import csv
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core import database as core_database
from coalition.core.actor import Actor
from coalition.core.database import Database
from coalition.core.events import OutboxEntry
from coalition.core.unit_of_work import Units
from coalition.intake.cells import Cells
from coalition.intake.record import SHIPPED, RecordFile, load_record
from coalition.intake.storing import Loading, Outcome
from coalition.intake.topics import COLUMNS, load_topic
from coalition.members.models import Denomination, Organisation, Topic
from coalition.outreach.models import Activity, ActivityParticipant
from tests.intake.files import RecordFolder, count, dump, figures, of_file, one, problems
from tests.support.databases import Databases
from tests.support.keys import AUDIT_KEY

SIZES = {
    "districts.csv": 37,
    "organisations.csv": 67,
    "topics.csv": 21,
    "activities.csv": 89,
    "trainings.csv": 42,
    "services.csv": 31,
    "advocacy.csv": 50,
    "statistics.csv": 85,
    "programme.csv": 27,
    "partnership.csv": 4,
}


def test_load_record_stores_every_line_and_a_second_run_changes_nothing(units: Units) -> None:
    first = load_record(units)
    before = dump(units)
    second = load_record(units)

    assert first.folder == SHIPPED
    assert figures(first) == {name: (size, size, 0, 0) for name, size in SIZES.items()}
    assert figures(second) == {name: (size, 0, 0, size) for name, size in SIZES.items()}
    assert (problems(first), problems(second), first.notes, second.notes) == ([], [], [], [])
    assert dump(units) == before


def test_load_record_audits_every_record_and_tells_nobody(shipped: Units) -> None:
    with shipped.reading() as uow:
        rows = uow.db.execute(
            sa.select(AuditEntry.action, AuditEntry.actor, sa.func.count()).group_by(
                AuditEntry.action, AuditEntry.actor
            )
        )
        deeds = {(action, actor): number for action, actor, number in rows}

    loader = "system:load-record"
    assert deeds == {
        ("intake:territory:load", loader): 37,
        ("intake:organisation:load", loader): 67,
        ("intake:seat:load", loader): 4,
        ("intake:topic:load", loader): 21 + 30,
        ("intake:activity:load", loader): 89,
        ("intake:training_session:load", loader): 42,
        ("intake:service:load", loader): 31,
        ("intake:advocacy_target:load", loader): 50,
        ("intake:statistic:load", loader): 85,
        ("intake:programme:load", loader): 27,
        ("intake:partnership_assessment:load", loader): 4,
    }
    assert count(shipped, OutboxEntry) == 0


def test_load_record_tells_its_progress(units: Units, folder: RecordFolder) -> None:
    told: list[tuple[str, int, int]] = []
    folder.only("partnership.csv")

    load_record(units, folder.path, on_progress=lambda *step: told.append(step))

    assert told == [("partnership.csv", done, 4) for done in (1, 2, 3, 4)]


def test_load_record_of_a_folder_that_is_not_there(units: Units, tmp_path: Path) -> None:
    report = load_record(units, tmp_path / "nowhere")

    reason = f"there is no such file in {tmp_path / 'nowhere'}"
    assert problems(report) == [(name, None, None, reason) for name in SIZES]


def test_load_record_without_one_file_loads_the_others(units: Units, folder: RecordFolder) -> None:
    folder.only("districts.csv", "organisations.csv", "programme.csv")
    gone = [name for name in SIZES if not (folder.path / name).exists()]

    report = load_record(units, folder.path)

    assert problems(report) == [
        (name, None, None, f"there is no such file in {folder.path}") for name in SIZES if name in gone
    ]
    assert figures(report) == {
        name: (0, 0, 0, 0) if name in gone else (size, size, 0, 0) for name, size in SIZES.items()
    }


def test_load_record_without_the_coalition_refuses_lines_that_need_an_owner(
    units: Units, folder: RecordFolder
) -> None:
    folder.only("partnership.csv", "statistics.csv")

    report = load_record(units, folder.path)

    assert of_file(report, "partnership.csv").created == 4
    assert [problem.reason for problem in of_file(report, "statistics.csv").problems] == [
        "the organisation 'coalition' must be loaded first"
    ] * 85


def test_load_record_rolls_back_a_line_that_the_database_refuses(
    units: Units, folder: RecordFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_topic_and_stumble(loading: Loading, cells: Cells) -> Outcome:
        outcome = load_topic(loading, cells)
        if cells.line.cells["code"] == "recruitment":
            loading.uow.db.add(Denomination(code="orthodox", name={}))
        return outcome

    folder.only("topics.csv")
    stumbling = RecordFile("topics.csv", "code", COLUMNS, load_topic_and_stumble)
    monkeypatch.setattr("coalition.intake.record.FILES", [stumbling])

    report = load_record(units, folder.path)

    [problem] = report.problems
    assert (problem.line, problem.column) == (11, None)
    assert problem.reason.startswith("the database does not take this line: ")
    assert figures(report) == {"topics.csv": (21, 20, 0, 0)}
    assert count(units, Topic) == 20
    assert count(units, Topic, Topic.code == "recruitment") == 0
    assert count(units, AuditEntry, AuditEntry.action == "intake:topic:load") == 20


def test_load_record_updates_what_a_later_line_says_differently(loaded: Units, folder: RecordFolder) -> None:
    before = one(loaded, Activity, code="ACT-047")
    folder.keep("activities.csv", "ACT-047")
    folder.change("activities.csv", "ACT-047", title="A flash mob", organisers="iom-md;Some friends")

    report = of_file(load_record(loaded, folder.path), "activities.csv")

    after = one(loaded, Activity, code="ACT-047")
    assert (report.created, report.updated, report.unchanged, report.problems) == (0, 1, 3, [])
    assert (after.id, after.title, after.organiser_names) == (
        before.id,
        {"en": "A flash mob"},
        ["Some friends"],
    )
    assert (before.revision, after.revision) == (1, 2)
    assert count(loaded, ActivityParticipant, ActivityParticipant.activity_id == after.id) == 1
    [entry] = audit_of(loaded, after.id, "intake:activity:update")
    assert entry.fields == ["organiser_names", "participants", "search", "title"]


def test_load_record_follows_a_line_that_changes_twice(loaded: Units, folder: RecordFolder) -> None:
    folder.keep("activities.csv", "ACT-047")
    for title in ("Once", "Twice"):
        folder.change("activities.csv", "ACT-047", title=title)
        load_record(loaded, folder.path)

    after = one(loaded, Activity, code="ACT-047")

    assert (after.title, after.revision) == ({"en": "Twice"}, 3)


def test_load_record_keeps_records_whose_lines_are_gone(loaded: Units, folder: RecordFolder) -> None:
    before = dump(loaded)
    folder.keep("activities.csv", "ACT-047")
    folder.remove("activities.csv", "ACT-047")

    report = of_file(load_record(loaded, folder.path), "activities.csv")

    assert (report.read, report.unchanged, report.problems) == (3, 3, [])
    assert dump(loaded) == before


def test_load_record_keeps_what_a_member_amended(loaded: Units, folder: RecordFolder) -> None:
    amend(loaded, "ACT-047", title={"en": "As we remember it"})
    folder.keep("activities.csv", "ACT-047")
    line = folder.change("activities.csv", "ACT-047", form="dance")
    before = dump(loaded)

    report = of_file(load_record(loaded, folder.path), "activities.csv")

    assert (report.updated, report.unchanged, report.problems) == (0, 4, [])
    assert [(note.line, note.reason) for note in report.notes] == [(line, "changed by its owner since; kept")]
    assert dump(loaded) == before


def test_load_record_leaves_a_record_alone_that_has_the_same_code_but_was_not_loaded(
    loaded: Units, folder: RecordFolder
) -> None:
    with loaded.writing() as uow:
        activity = uow.db.scalars(sa.select(Activity).where(Activity.code == "ACT-047")).one()
        activity.created_by = "account:1"
    folder.keep("activities.csv", "ACT-047")
    line = folder.change("activities.csv", "ACT-047", title="Ours")

    report = of_file(load_record(loaded, folder.path), "activities.csv")

    reason = "a record with this id was made by somebody else and is left alone"
    assert [(problem.line, problem.column, problem.reason) for problem in report.problems] == [
        (line, None, reason)
    ]


def test_load_record_while_another_writes_stores_nothing_of_that_file(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_database, "SQLITE_BUSY_MILLISECONDS", 10)
    url = databases.migrated("sqlite")
    units, other = Units(Database(url), audit_key=AUDIT_KEY), Units(Database(url), audit_key=AUDIT_KEY)

    with other.writing() as uow:
        uow.db.execute(sa.select(1))
        report = load_record(units)

    reason = "nothing was stored: the database is in use by another writer; try again in a moment"
    assert problems(report) == [(name, None, None, reason) for name in SIZES]
    assert count(units, Organisation) == 0
    databases.drop("sqlite", url)


def test_two_loaders_at_once_store_every_line_once(
    database_url: str, folder: RecordFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_database, "SQLITE_BUSY_MILLISECONDS", 60_000)
    folder.only("districts.csv", "organisations.csv")
    loaders = [Units(Database(database_url), audit_key=AUDIT_KEY) for _ in range(2)]

    with ThreadPoolExecutor() as threads:
        reports = list(threads.map(lambda units: load_record(units, folder.path), loaders))

    for loader in loaders:
        loader.database.dispose()
    for name in ("districts.csv", "organisations.csv"):
        done = [of_file(report, name) for report in reports]
        assert sum(file.created for file in done) == SIZES[name]
        assert sum(file.unchanged for file in done) == SIZES[name]
        assert [file.problems for file in done] == [[], []]


def test_load_record_onto_a_full_disk_stores_nothing_of_that_file(databases: Databases) -> None:
    url = databases.migrated("sqlite")
    roomy, tight = Database(url), Database(url)
    with roomy.write_engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    @sa.event.listens_for(tight.write_engine, "connect")
    def leave_little_room(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages + 40}")

    report = load_record(Units(tight, audit_key=AUDIT_KEY))

    reason = "nothing was stored: the disk of the database is full; make room and try again"
    full = [problem.file for problem in report.problems]
    assert full == [name for name in SIZES if name in full]
    assert {problem.reason for problem in report.problems} == {reason}
    assert figures(report)["organisations.csv"] == (67, 67, 0, 0)
    assert of_file(report, full[0]).created == 0
    assert count(Units(roomy, audit_key=AUDIT_KEY), Activity) == of_file(report, "activities.csv").created
    assert figures(load_record(Units(roomy, audit_key=AUDIT_KEY)))[full[0]][1] == SIZES[full[0]]
    databases.drop("sqlite", url)


def test_load_record_into_a_database_that_can_only_be_read(databases: Databases) -> None:
    url = databases.migrated("sqlite")
    database = Database(url)

    @sa.event.listens_for(database.write_engine, "connect")
    def allow_reading_only(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only=ON")

    report = load_record(Units(database, audit_key=AUDIT_KEY))

    reason = "nothing was stored: the database can only be read; look at the rights of its file and folder"
    assert problems(report) == [(name, None, None, reason) for name in SIZES]
    databases.drop("sqlite", url)


def test_load_record_into_a_database_without_tables(bare_database_url: str) -> None:
    database = Database(bare_database_url)

    report = load_record(Units(database, audit_key=AUDIT_KEY))

    database.dispose()
    reason = "nothing was stored: the database cannot be reached, or it has not been migrated"
    assert problems(report) == [(name, None, None, reason) for name in SIZES]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_load_record_of_garbage_in_any_cell_never_raises(
    loaded_sqlite: Units, folder: RecordFolder, data: st.DataObject
) -> None:
    """Whatever stands in the cells: each line is loaded_sqlite or named, and a second run changes nothing."""
    shutil.rmtree(folder.path)
    shutil.copytree(SHIPPED, folder.path)
    name = data.draw(st.sampled_from(sorted(SIZES)))
    folder.keep(name, data.draw(st.sampled_from([next(iter(row.values())) for row in folder.rows(name)])))
    rows = folder.rows(name)
    for row in data.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=3)):
        column = data.draw(st.sampled_from(sorted(row)))
        row[column] = data.draw(
            st.text(max_size=12) | st.sampled_from(["MD-CU", "coalition", "2007", "-1", ";"])
        )
    (folder.path / name).write_bytes(as_csv(rows))

    report = of_file(load_record(loaded_sqlite, folder.path), name)
    before = dump(loaded_sqlite)
    again = of_file(load_record(loaded_sqlite, folder.path), name)

    refused = {problem.line for problem in report.problems}
    assert report.created + report.updated + report.unchanged + len(refused) == report.read
    assert (again.created, again.updated) == (0, 0)
    assert dump(loaded_sqlite) == before


def as_csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def amend(units: Units, code: str, **values: Any) -> None:
    """Change an activity as a member does: the next revision, and an entry in the audit log."""
    with units.writing() as uow:
        activity = uow.db.scalars(sa.select(Activity).where(Activity.code == code)).one()
        for name, value in values.items():
            setattr(activity, name, value)
        activity.revision += 1
        member = Actor(subject="account:1")
        subject = ("Activity", activity.id)
        record(uow, member, action="outreach:activity:amend", subject=subject, fields=list(values))


def audit_of(units: Units, subject_id: UUID, action: str) -> list[AuditEntry]:
    with units.reading() as uow:
        found = sa.select(AuditEntry).where(AuditEntry.subject_id == subject_id, AuditEntry.action == action)
        return list(uow.db.scalars(found))
