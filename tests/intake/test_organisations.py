from datetime import date
from typing import Any

import sqlalchemy as sa

from coalition.core.actor import Visibility, system_actor
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.unit_of_work import Units
from coalition.intake.organisations import KINDS
from coalition.intake.record import load_record
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Body, Denomination, Organisation, OrganisationLine, Seat, Territory
from tests.factories import NOW
from tests.intake.files import RecordFolder, columns_of, count, of_file, one, problems

MADE = {"created_at": NOW, "created_by": "system:load-record", "updated_at": NOW, "revision": 1}


def slugs(units: Units, condition: Any) -> set[str]:
    with units.reading() as uow:
        return set(uow.db.scalars(sa.select(Organisation.slug).where(condition)))


def test_an_organisation_is_stored_as_its_line_says(shipped: Units) -> None:
    diaconia = one(shipped, Organisation, slug="diaconia")
    bes = one(shipped, Organisation, slug="bes")

    assert columns_of(diaconia, "id", "search") == {
        "slug": "diaconia",
        "name": {"en": "Social Mission Diaconia", "ro": "Misiunea Socială Diaconia"},
        "kind": OrganisationKind.FAITH_BASED_NGO,
        "status": MembershipStatus.PARTNER,
        "denomination_id": one(shipped, Denomination, code="orthodox").id,
        "denomination_text": "Orthodox (Romanian Patriarchate)",
        "church_body_id": bes.id,
        "parent_id": bes.id,
        "district_id": one(shipped, Territory, code="MD-CU").id,
        "place": "Chișinău",
        "country": "MD",
        "languages": [],
        "reckoning": None,
        "pascha": None,
        "patronal_feast": None,
        "patronal_feast_name": {},
        "role_in_coalition": "implementing partner for clergy training",
        "active_from": date(2001, 6, 5),
        "active_from_precision": DatePrecision.DAY,
        "active_from_certainty": DateCertainty.STATED,
        "active_from_text": "2001-06-05",
        "source": "http://diaconia.md/pageview.php?l=en&idc=66&t=/About/History",
        "as_written": "association registered 5 June 2001; "
        "recognised as the social structure of the metropolis in 2003",
        "certainty": "high",
        "visibility": Visibility.PUBLIC,
        "sort_ro": "misiunea sociala\ue000 diaconia",
        "sort_ru": "misiunea sociala diaconia",
        "sort_en": "social mission diaconia",
        **MADE,
    }
    for word in (
        "misiunea",
        "sociala",
        "diaconia",
        "mission",
        "orthodox",
        "ortodoxa",
        "chisinau",
        "кишинев",
        "romanian",
    ):
        assert word in diaconia.search.split()


def test_an_organisation_of_which_little_is_known(shipped: Units) -> None:
    coatnet = one(shipped, Organisation, slug="coatnet")

    given = {
        name: value
        for name, value in columns_of(coatnet, "id", "search").items()
        if value not in (None, [], {})
    }
    assert given == {
        "slug": "coatnet",
        "name": {"en": "COATNET"},
        "kind": OrganisationKind.NETWORK,
        "status": MembershipStatus.NONE,
        "denomination_text": "ecumenical",
        "active_from": date(2002, 1, 1),
        "active_from_precision": DatePrecision.YEAR,
        "active_from_certainty": DateCertainty.STATED,
        "active_from_text": "2002",
        "source": "https://zenit.org/articles/trafficking-in-women-is-targeted-by-christian-aid-groups/",
        "as_written": "Caritas initiative turned into an ecumenical portal of Christian initiatives",
        "certainty": "medium",
        "visibility": Visibility.PUBLIC,
        "sort_ro": "coatnet",
        "sort_ru": "coatnet",
        "sort_en": "coatnet",
        **MADE,
    }


def test_a_local_name_in_cyrillic_is_russian(shipped: Units) -> None:
    assert one(shipped, Organisation, slug="interaction").name == {
        "en": "NGO Interaction",
        "ru": "Взаимодействие (Vzaimodeistvie)",
    }


def test_kinds_load_as_the_readme_says(shipped: Units, folder: RecordFolder) -> None:
    with shipped.reading() as uow:
        stored = dict(uow.db.execute(sa.select(Organisation.slug, Organisation.kind)).all())

    rows = folder.rows("organisations.csv")
    assert stored == {row["org_id"]: KINDS[row["kind"]] for row in rows}
    assert {row["kind"]: stored[row["org_id"]].value for row in rows} == {
        "coalition": "COALITION",
        "international_organisation": "INTERNATIONAL_ORGANISATION",
        "faith_based_ngo": "FAITH_BASED_NGO",
        "church": "CHURCH",
        "church_union": "UNION",
        "local_church": "PARISH",
        "faith_based_service": "FAITH_BASED_NGO",
        "secular_ngo": "NGO",
        "business_association": "BUSINESS_ASSOCIATION",
        "community_centre": "COMMUNITY_CENTRE",
        "state_body": "STATE_BODY",
        "service_provider": "SERVICE_PROVIDER",
        "education": "SCHOOL",
        "cultural": "CULTURAL_INSTITUTION",
        "territorial_commission": "TERRITORIAL_COMMISSION",
        "local_authority": "LOCAL_AUTHORITY",
        "international_faith_network": "NETWORK",
        "international_network": "NETWORK",
    }


def test_membership_is_read_from_the_line(shipped: Units) -> None:
    assert slugs(shipped, Organisation.status == MembershipStatus.MEMBER) == {"moc", "bes", "ubceb", "elc"}
    assert slugs(shipped, Organisation.status == MembershipStatus.PARTNER) == {
        "iom-md",
        "mca",
        "diaconia",
        "lastrada",
        "cap",
        "osce-md",
    }
    assert count(shipped, Organisation, Organisation.status == MembershipStatus.OBSERVER) == 8
    assert count(shipped, Organisation, Organisation.status == MembershipStatus.NONE) == 49


def test_church_bodies_are_their_own_and_those_below_name_them(shipped: Units) -> None:
    with shipped.reading() as uow:
        body = sa.orm.aliased(Organisation)
        pairs = sa.select(Organisation.slug, body.slug).join(body, Organisation.church_body_id == body.id)
        found = dict(uow.db.execute(pairs).all())

    assert found == {
        "moc": "moc",
        "bes": "bes",
        "ubceb": "ubceb",
        "elc": "elc",
        "diaconia": "bes",
        "iisus": "ubceb",
        "hmf": "moc",
    }


def test_lines_hold_everybody_and_whom_they_stand_under(shipped: Units) -> None:
    above, below = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    with shipped.reading() as uow:
        rows = uow.db.execute(
            sa.select(
                above.slug, below.slug, OrganisationLine.depth, OrganisationLine.since, OrganisationLine.until
            )
            .join(above, above.id == OrganisationLine.ancestor_id)
            .join(below, below.id == OrganisationLine.descendant_id)
        ).all()

    assert {(row[0], row[1]) for row in rows if row.depth == 0} == {
        (slug, slug) for slug in slugs(shipped, sa.true())
    }
    commissions = ["tc-telenesti", "tc-dubasari", "tc-falesti", "tc-ocnita", "tc-causeni", "tc-chisinau"]
    assert sorted((row[0], row[1]) for row in rows if row.depth == 1) == sorted(
        [("bes", "diaconia"), ("ubceb", "iisus"), ("moc", "hmf"), ("ncc", "ps")]
        + [("ncc", commission) for commission in commissions]
    )
    assert len(rows) == 67 + 10
    assert {(row.since, row.until) for row in rows} == {(None, None)}


def test_each_member_church_body_has_one_voting_seat_in_the_council(loaded: Units) -> None:
    load_record(loaded)

    with loaded.reading() as uow:
        seats = uow.db.execute(
            sa.select(Body.code, Organisation.slug, Seat.voting)
            .join(Body, Body.id == Seat.body_id)
            .join(Organisation, Organisation.id == Seat.held_for_id)
        ).all()
    assert sorted(map(tuple, seats)) == [
        ("council", "bes", True),
        ("council", "elc", True),
        ("council", "moc", True),
        ("council", "ubceb", True),
    ]


def test_parents_may_stand_anywhere_in_the_file(units: Units, folder: RecordFolder) -> None:
    folder.only("districts.csv", "organisations.csv")
    folder.write("organisations.csv", folder.rows("organisations.csv")[::-1])
    folder.add(
        "organisations.csv", org_id="parish", name_en="A parish", kind="local_church", parent_org_id="deanery"
    )
    folder.add(
        "organisations.csv", org_id="deanery", name_en="A deanery", kind="deanery", parent_org_id="bes"
    )

    report = of_file(load_record(units, folder.path), "organisations.csv")

    assert (report.created, report.problems) == (69, [])
    lines = sa.select(Organisation.slug, OrganisationLine.depth).join(
        Organisation, Organisation.id == OrganisationLine.ancestor_id
    )
    parish = one(units, Organisation, slug="parish")
    with units.reading() as uow:
        found = dict(uow.db.execute(lines.where(OrganisationLine.descendant_id == parish.id)).all())
    assert found == {"parish": 0, "deanery": 1, "bes": 2}


def test_organisations_that_stand_above_themselves_are_left_out(units: Units, folder: RecordFolder) -> None:
    folder.only("districts.csv", "organisations.csv")
    folder.change("organisations.csv", "ncc", parent_org_id="tc-falesti")

    report = load_record(units, folder.path)

    circle = "this organisation stands above itself: "
    found = [finding for finding in problems(report) if finding[0] == "organisations.csv"]
    assert [(line, column) for _, line, column, _ in found] == [
        (40, "parent_org_id"),
        (41, "parent_org_id"),
        (55, "parent_org_id"),
        (56, "parent_org_id"),
        (57, "parent_org_id"),
        (58, "parent_org_id"),
        (61, "parent_org_id"),
        (62, "parent_org_id"),
    ]
    reasons = {line: reason for _, line, _, reason in found}
    assert reasons.pop(40).startswith(circle)
    assert reasons.pop(57).startswith(circle)
    assert set(reasons.values()) == {"there is no organisation 'ncc'"}
    assert of_file(report, "organisations.csv").created == 67 - 8


def test_an_organisation_moves_when_its_line_does(loaded: Units, folder: RecordFolder) -> None:
    folder.only("organisations.csv")
    folder.change("organisations.csv", "iisus", parent_org_id="elc", church_body="elc")

    report = of_file(load_record(loaded, folder.path), "organisations.csv")

    moved, elc = one(loaded, Organisation, slug="iisus"), one(loaded, Organisation, slug="elc")
    assert (report.updated, report.unchanged, report.problems) == (1, 66, [])
    assert (moved.parent_id, moved.church_body_id, moved.revision) == (elc.id, elc.id, 2)
    above = sa.select(Organisation.slug).join(
        OrganisationLine, OrganisationLine.ancestor_id == Organisation.id
    )
    with loaded.reading() as uow:
        found = set(uow.db.scalars(above.where(OrganisationLine.descendant_id == moved.id)))
    assert found == {"iisus", "elc"}


def test_a_parent_below_the_organisation_is_refused(loaded: Units, folder: RecordFolder) -> None:
    rows = [row for row in folder.rows("organisations.csv") if row["org_id"] == "bes"]
    folder.only("organisations.csv")
    folder.write("organisations.csv", [rows[0] | {"parent_org_id": "diaconia"}])

    report = of_file(load_record(loaded, folder.path), "organisations.csv")

    assert [(problem.line, problem.column, problem.reason) for problem in report.problems] == [
        (2, "parent_org_id", "this parent stands below the organisation")
    ]
    assert one(loaded, Organisation, slug="bes").parent_id is None


def test_the_loader_sees_everything() -> None:
    assert system_actor("load-record").may("records:read")
