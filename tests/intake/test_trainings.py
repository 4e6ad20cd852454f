from datetime import date

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import UNDATED
from coalition.core.unit_of_work import Units
from coalition.intake.record import load_record
from coalition.members.models import Organisation, Territory, Topic
from coalition.training.enums import TrainingRecord, TrainingSessionStatus
from coalition.training.models import TrainingOrganiser, TrainingSession, TrainingTopic
from tests.factories import NOW
from tests.intake.files import RecordFolder, columns_of, count, of_file, one

MADE = {"created_at": NOW, "created_by": "system:load-record", "updated_at": NOW, "revision": 1}


def topics_of(units: Units, code: str) -> list[tuple[str, str, dict[str, str]]]:
    with units.reading() as uow:
        rows = uow.db.execute(
            sa.select(Topic.code, Topic.topic_group, Topic.label)
            .join(TrainingTopic, TrainingTopic.topic_id == Topic.id)
            .join(TrainingSession, TrainingSession.id == TrainingTopic.training_session_id)
            .where(TrainingSession.code == code)
        )
        return [(code, group, label) for code, group, label in rows]


def test_a_training_is_stored_as_its_line_says(shipped: Units) -> None:
    training = one(shipped, TrainingSession, code="TRN-012")

    assert columns_of(training, "id", "search") == {
        "code": "TRN-012",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PUBLIC,
        "title": {"en": "Workshop on assisting victims after trauma"},
        "status": TrainingSessionStatus.COMPLETED,
        "record": TrainingRecord.SINGLE,
        "starts_on": date(2004, 9, 23),
        "starts_on_precision": DatePrecision.DAY,
        "starts_on_certainty": DateCertainty.STATED,
        "starts_on_text": "2004-09-23",
        "ends_on": date(2004, 9, 24),
        "ends_on_precision": DatePrecision.DAY,
        "ends_on_certainty": DateCertainty.INFERRED,
        "ends_on_text": "2004-09-24",
        "date_note": "day; end inferred",
        "first_day": date(2004, 9, 23),
        "last_day": date(2004, 9, 24),
        "sort_on": date(2004, 9, 23),
        "district_id": one(shipped, Territory, code="MD-DU").id,
        "country": "MD",
        "place": "Molovata Nouă",
        "organiser_names": [],
        "funders": ["OSCE Mission to Moldova"],
        "audience": ["social workers and psychologists"],
        "languages": [],
        "sessions_count": 1,
        "capacity": None,
        "participants_count": 20,
        "participants_qualifier": Qualifier.ABOUT,
        "participants_qualifier_text": "about",
        "source": "https://shhada.ir/moldova/56737",
        "as_written": "second workshop, about twenty specialists for two days",
        **MADE,
    }
    for word in ("trn", "012", "trauma", "molovata", "noua", "strada", "osce", "dubasari", "standards"):
        assert word in training.search.split()


def test_organisers_keep_the_order_of_the_source(shipped: Units) -> None:
    training = one(shipped, TrainingSession, code="TRN-001")

    with shipped.reading() as uow:
        slugs = uow.db.scalars(
            sa.select(Organisation.slug)
            .join(TrainingOrganiser, TrainingOrganiser.organisation_id == Organisation.id)
            .where(TrainingOrganiser.training_session_id == training.id)
            .order_by(TrainingOrganiser.position)
        ).all()
    assert slugs == ["iom-md", "mca", "moc", "bes", "ubceb", "elc", "coalition"]
    assert (training.record, training.sessions_count) == (TrainingRecord.SERIES, 25)
    assert (training.participants_count, training.participants_qualifier) == (650, Qualifier.MORE_THAN)


def test_records_and_what_they_mean_for_the_status(shipped: Units) -> None:
    with shipped.reading() as uow:
        rows = uow.db.execute(
            sa.select(TrainingSession.record, TrainingSession.status, sa.func.count()).group_by(
                TrainingSession.record, TrainingSession.status
            )
        )
        found = {(record, status): number for record, status, number in rows}

    assert found == {
        (TrainingRecord.SINGLE, TrainingSessionStatus.COMPLETED): 22,
        (TrainingRecord.SERIES, TrainingSessionStatus.COMPLETED): 8,
        (TrainingRecord.PLANNED, TrainingSessionStatus.SCHEDULED): 10,
        (TrainingRecord.CUMULATIVE, TrainingSessionStatus.COMPLETED): 2,
    }


def test_a_training_with_only_an_end(shipped: Units) -> None:
    total = one(shipped, TrainingSession, code="TRN-003")

    assert (total.starts_on, total.ends_on) == (None, date(2008, 12, 1))
    assert (total.ends_on_precision, total.ends_on_certainty) == (DatePrecision.MONTH, DateCertainty.INFERRED)
    assert (total.first_day, total.last_day, total.sort_on) == (
        date(2008, 12, 1),
        date(2008, 12, 31),
        UNDATED,
    )


def test_a_training_from_a_month_to_a_year(shipped: Units) -> None:
    planned = one(shipped, TrainingSession, code="TRN-031")

    assert (planned.starts_on, planned.starts_on_precision) == (date(2018, 5, 1), DatePrecision.MONTH)
    assert (planned.ends_on, planned.ends_on_precision) == (date(2020, 1, 1), DatePrecision.YEAR)
    assert (planned.first_day, planned.last_day) == (date(2018, 5, 1), date(2020, 12, 31))
    assert (planned.participants_qualifier, planned.participants_qualifier_text) == (
        Qualifier.PLANNED,
        "planned, more than",
    )


def test_funders_are_names_and_a_listed_one_is_named_in_english(shipped: Units) -> None:
    assert one(shipped, TrainingSession, code="TRN-011").funders == ["OSCE Mission", "ODIHR"]
    assert one(shipped, TrainingSession, code="TRN-010").funders == ["World Council of Churches"]
    assert one(shipped, TrainingSession, code="TRN-038").funders == [
        "The Salvation Army Netherlands, Czech Republic and Slovakia"
    ]


def test_a_training_abroad_and_one_of_nobody(shipped: Units) -> None:
    abroad, nobodys = (
        one(shipped, TrainingSession, code="TRN-020"),
        one(shipped, TrainingSession, code="TRN-039"),
    )

    assert (abroad.country, abroad.district_id, abroad.place) == ("RO", None, "Alba Iulia")
    assert count(shipped, TrainingOrganiser, TrainingOrganiser.training_session_id == nobodys.id) == 0
    assert nobodys.organiser_names == []


def test_a_topic_that_is_not_of_the_list_is_kept_as_written(shipped: Units) -> None:
    assert topics_of(shipped, "TRN-001") == [
        ("awareness-and-the-church-s-role", "as_written", {"en": "awareness and the church's role"})
    ]
    assert topics_of(shipped, "TRN-015") == topics_of(shipped, "TRN-019")
    assert count(shipped, TrainingTopic) == 42
    assert count(shipped, Topic, Topic.topic_group == "as_written") == 30
    assert count(shipped, Topic) == 51


def test_a_topic_equal_to_a_label_is_that_topic(loaded: Units, folder: RecordFolder) -> None:
    folder.keep("trainings.csv", "TRN-002")
    folder.change("trainings.csv", "TRN-001", topic="PASTORAL counselling")
    folder.change("trainings.csv", "TRN-002", topic="Выявление и Перенаправление")

    report = of_file(load_record(loaded, folder.path), "trainings.csv")

    assert (report.updated, report.problems) == (2, [])
    assert [code for code, _, _ in topics_of(loaded, "TRN-001")] == ["pastoral_counselling"]
    assert [code for code, _, _ in topics_of(loaded, "TRN-002")] == ["identification_and_referral"]


def test_topics_as_written_with_the_same_slug_are_two(loaded: Units, folder: RecordFolder) -> None:
    folder.keep("trainings.csv", "TRN-002")
    folder.change("trainings.csv", "TRN-001", topic="Life-skills!")
    folder.change("trainings.csv", "TRN-002", topic="?!")

    load_record(loaded, folder.path)
    again = of_file(load_record(loaded, folder.path), "trainings.csv")

    assert topics_of(loaded, "TRN-001") == [("life-skills-2", "as_written", {"en": "Life-skills!"})]
    assert topics_of(loaded, "TRN-002") == [("topic", "as_written", {"en": "?!"})]
    assert (again.updated, again.unchanged) == (0, 3)


def test_a_topic_that_enters_the_list_takes_over_from_the_text(loaded: Units, folder: RecordFolder) -> None:
    folder.only("topics.csv", "trainings.csv")
    folder.add("topics.csv", code="trauma_care", group="method", name_en="Trauma", name_ro="Traumă")

    report = load_record(loaded, folder.path)

    assert (of_file(report, "topics.csv").created, of_file(report, "trainings.csv").updated) == (1, 1)
    assert topics_of(loaded, "TRN-039") == [("trauma_care", "method", {"en": "Trauma", "ro": "Traumă"})]
