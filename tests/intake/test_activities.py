from datetime import date
from typing import Any

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.enums import Qualifier
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import UNDATED
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation, Territory
from coalition.outreach.enums import ActivityKind, ActivityStatus, AgeBand, ParticipantRole, ReachMethod, Sex
from coalition.outreach.models import (
    Activity,
    ActivityDistrict,
    ActivityParticipant,
    ActivityQuantity,
    ActivityReach,
    ActivityTopic,
)
from tests.factories import NOW
from tests.intake.files import columns_of, count, one

MADE = {"created_at": NOW, "created_by": "system:load-record", "updated_at": NOW, "revision": 1}


def participants(units: Units, activity: Activity) -> list[tuple[str, ParticipantRole]]:
    with units.reading() as uow:
        rows = uow.db.execute(
            sa.select(Organisation.slug, ActivityParticipant.role)
            .join(Organisation, Organisation.id == ActivityParticipant.organisation_id)
            .where(ActivityParticipant.activity_id == activity.id)
            .order_by(ActivityParticipant.position)
        )
        return [(slug, role) for slug, role in rows]


def dates(row: Any) -> dict[str, Any]:
    names = ("starts_on", "ends_on")
    return {
        name: (getattr(row, name), getattr(row, f"{name}_precision"), getattr(row, f"{name}_certainty"))
        for name in names
    } | {"days": (row.first_day, row.last_day), "sort_on": row.sort_on, "note": row.date_note}


def test_an_activity_is_stored_as_its_line_says(shipped: Units) -> None:
    activity = one(shipped, Activity, code="ACT-047")

    assert columns_of(activity, "id", "search", "is_rolled_up") == {
        "code": "ACT-047",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PUBLIC,
        "is_loaded": True,
        "kind": ActivityKind.AWARENESS,
        "form": "flash mob",
        "title": {"en": "A kidnapped person, a lost dream"},
        "status": ActivityStatus.HELD,
        "starts_on": date(2015, 10, 20),
        "starts_on_precision": DatePrecision.DAY,
        "starts_on_certainty": DateCertainty.INFERRED,
        "starts_on_text": "2015-10-20",
        "ends_on": None,
        "ends_on_precision": None,
        "ends_on_certainty": None,
        "ends_on_text": None,
        "date_note": "day; year inferred",
        "first_day": date(2015, 10, 20),
        "last_day": date(2015, 10, 20),
        "sort_on": date(2015, 10, 20),
        "country": "MD",
        "place": "MallDova, Chișinău",
        "audience": ["shoppers"],
        "materials": ["T-shirts"],
        "organiser_names": [],
        "campaign": None,
        "people_reached": 20,
        "cancel_reason": None,
        "source": "http://www.iom.md/index.php/en/media-center/press-releases/318-flash-mob-at-malldova-and-the-serbian-film-"
        "sestre-by-international-organization-for-moldova-mission-in-moldova-under-the-national-campaign-week-"
        "against-trafficking-in-persons",
        "as_written": "twenty young people performed in a shopping centre",
        **MADE,
    }
    assert participants(shipped, activity) == [
        ("iom-md", ParticipantRole.UNSPECIFIED),
        ("speranta", ParticipantRole.UNSPECIFIED),
    ]
    assert columns_of(one(shipped, ActivityReach, activity_id=activity.id), "id") == {
        "activity_id": activity.id,
        "position": 0,
        "sex": Sex.UNSPECIFIED,
        "age_band": AgeBand.UNKNOWN,
        "count": 20,
        "method": ReachMethod.UNSPECIFIED,
        "qualifier": Qualifier.EXACT,
        "qualifier_text": "performers, exact",
    }
    assert (
        one(shipped, ActivityDistrict, activity_id=activity.id).district_id
        == one(shipped, Territory, code="MD-CU").id
    )
    for word in ("act", "047", "flash", "dream", "malldova", "speranta", "кишинев", "migration", "shirts"):
        assert word in activity.search.split()


def test_organisers_keep_the_order_of_the_source(shipped: Units) -> None:
    assert participants(shipped, one(shipped, Activity, code="ACT-021")) == [
        (slug, ParticipantRole.UNSPECIFIED) for slug in ("iom-md", "ps", "cctp", "cap", "tc-causeni")
    ]


def test_audience_and_materials_are_lists_by_semicolon(shipped: Units) -> None:
    prayer, week = one(shipped, Activity, code="ACT-001"), one(shipped, Activity, code="ACT-045")

    assert prayer.audience == ["public", "Orthodox and Baptist congregations"]
    assert week.materials == ["CDs", "brochures"]
    assert one(shipped, Activity, code="ACT-021").audience == [
        "authorities, civil society, religious denominations, teachers"
    ]


def test_dates_of_months_with_a_day_at_the_end(shipped: Units) -> None:
    assert dates(one(shipped, Activity, code="ACT-040")) == {
        "starts_on": (date(2014, 10, 1), DatePrecision.MONTH, DateCertainty.INFERRED),
        "ends_on": (date(2014, 10, 23), DatePrecision.DAY, DateCertainty.INFERRED),
        "days": (date(2014, 10, 1), date(2014, 10, 23)),
        "sort_on": date(2014, 10, 1),
        "note": "month; year inferred",
    }


def test_dates_of_a_span_of_months(shipped: Units) -> None:
    assert dates(one(shipped, Activity, code="ACT-005")) == {
        "starts_on": (date(2007, 1, 1), DatePrecision.MONTH, DateCertainty.STATED),
        "ends_on": (date(2008, 8, 1), DatePrecision.MONTH, DateCertainty.STATED),
        "days": (date(2007, 1, 1), date(2008, 8, 31)),
        "sort_on": date(2007, 1, 1),
        "note": None,
    }


def test_dates_of_an_approximate_year(shipped: Units) -> None:
    assert dates(one(shipped, Activity, code="ACT-003")) == {
        "starts_on": (date(2007, 1, 1), DatePrecision.YEAR, DateCertainty.APPROXIMATE),
        "ends_on": (None, None, None),
        "days": (date(2007, 1, 1), date(2007, 12, 31)),
        "sort_on": date(2007, 1, 1),
        "note": "year; approximate",
    }


def test_dates_that_are_not_known(shipped: Units) -> None:
    without = {
        "starts_on": (None, None, None),
        "ends_on": (None, None, None),
        "days": (None, None),
        "sort_on": UNDATED,
    }

    assert dates(one(shipped, Activity, code="ACT-014")) == {**without, "note": "unknown"}
    assert dates(one(shipped, Activity, code="ACT-063")) == {
        **without,
        "note": "day and month known (18-24 October), year not shown",
    }
    assert count(shipped, Activity, Activity.first_day.is_(None)) == 89 - 75


def test_a_count_that_is_not_people(shipped: Units) -> None:
    activity = one(shipped, Activity, code="ACT-036")

    assert columns_of(one(shipped, ActivityQuantity, activity_id=activity.id), "id") == {
        "activity_id": activity.id,
        "position": 0,
        "value": 300.0,
        "unit": "minutes of airtime",
        "qualifier": Qualifier.ABOUT,
        "qualifier_text": "about",
    }
    assert activity.people_reached is None
    assert count(shipped, ActivityQuantity) == 5


def test_people_reached_are_those_who_were_there(shipped: Units) -> None:
    with shipped.reading() as uow:
        rows = uow.db.execute(
            sa.select(Activity.code, Activity.people_reached).where(Activity.people_reached.is_not(None))
        )
        found = dict(rows.all())

    assert found == {
        "ACT-020": 22,
        "ACT-034": 490,
        "ACT-047": 20,
        "ACT-055": 2000,
        "ACT-072": 18,
        "ACT-083": 130,
    }
    assert count(shipped, ActivityReach) == 6


def test_planned_ones_stay_planned_however_long_ago(shipped: Units) -> None:
    with shipped.reading() as uow:
        planned = set(
            uow.db.scalars(sa.select(Activity.code).where(Activity.status == ActivityStatus.PLANNED))
        )

    assert planned == {"ACT-037", "ACT-059", "ACT-060"}


def test_the_four_of_assistance_are_loaded(shipped: Units) -> None:
    with shipped.reading() as uow:
        found = set(uow.db.scalars(sa.select(Activity.code).where(Activity.kind == ActivityKind.ASSISTANCE)))

    assert found == {"ACT-010", "ACT-012", "ACT-020", "ACT-088"}


def test_places_abroad_or_everywhere_have_no_district_and_no_country(shipped: Units) -> None:
    assert count(shipped, ActivityDistrict) == 68
    assert count(shipped, Activity, Activity.country == "MD") == 68
    assert count(shipped, Activity, Activity.country.is_(None)) == 21
    assert count(shipped, ActivityTopic) == 0
    assert (
        count(shipped, Activity, Activity.organiser_names != sa.literal([], Activity.organiser_names.type))
        == 0
    )
