from datetime import date

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.core.partial_date import DateCertainty, DatePrecision
from coalition.core.tables import UNDATED
from coalition.core.unit_of_work import Units
from coalition.members.models import Organisation
from coalition.outreach.enums import AdvocacyKind, AdvocacyStage
from coalition.outreach.models import AdvocacyTarget, PartnershipAssessment, Programme, Statistic
from tests.intake.files import columns_of, count, one


def test_a_step_is_stored_as_its_line_says(shipped: Units) -> None:
    plan = one(shipped, AdvocacyTarget, code="ADV-023")

    assert columns_of(plan, "id") == {
        "code": "ADV-023",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PUBLIC,
        "kind": AdvocacyKind.PLAN,
        "name": {"en": "National action plan 2022-2024"},
        "number": None,
        "issuer": None,
        "stage": AdvocacyStage.ADOPTED,
        "dated_on": date(2022, 1, 1),
        "dated_on_precision": DatePrecision.YEAR,
        "dated_on_certainty": DateCertainty.STATED,
        "dated_on_text": "2022",
        "date_note": None,
        "period_from": date(2022, 1, 1),
        "period_from_precision": DatePrecision.YEAR,
        "period_from_certainty": DateCertainty.STATED,
        "period_from_text": "2022",
        "period_to": date(2024, 1, 1),
        "period_to_precision": DatePrecision.YEAR,
        "period_to_certainty": DateCertainty.STATED,
        "period_to_text": "2024",
        "sort_on": date(2022, 1, 1),
        "amount": 16_200_000.0,
        "currency": "MDL",
        "source": "https://www.amicidilazzaro.it/en/trafficking-and-exploitation/"
        "prevention-of-human-trafficking-in-moldavia-tip-2023/",
        "as_written": "16.2 million lei allocated",
    }


def test_issuers_that_are_listed_are_named_in_english(shipped: Units) -> None:
    issuers = {
        code: one(shipped, AdvocacyTarget, code=code).issuer for code in ("ADV-001", "ADV-030", "ADV-037")
    }

    assert issuers == {
        "ADV-001": "Parliament",
        "ADV-030": "National Committee for Combating Trafficking in Human Beings",
        "ADV-037": "Permanent Secretariat of the National Committee",
    }


def test_doubts_about_the_date_of_a_step_leave_its_period(shipped: Units) -> None:
    report = one(shipped, AdvocacyTarget, code="ADV-043")

    assert (report.dated_on_certainty, report.date_note) == (DateCertainty.INFERRED, "year; inferred")
    assert report.period_from_certainty is DateCertainty.STATED


def test_a_step_without_a_date_comes_last(shipped: Units) -> None:
    programme = one(shipped, AdvocacyTarget, code="ADV-024")

    assert (programme.dated_on, programme.date_note, programme.sort_on) == (None, "unknown", UNDATED)
    assert (programme.period_from, programme.period_to) == (date(2022, 1, 1), date(2026, 1, 1))


def test_a_figure_is_stored_as_its_line_says(shipped: Units) -> None:
    figure = one(shipped, Statistic, code="STA-007")

    assert columns_of(figure, "id") == {
        "code": "STA-007",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PUBLIC,
        "position": 8,
        "indicator": "victims assisted by the Chișinău centre, cumulative",
        "population": "victims",
        "sex": "all",
        "age_group": "all",
        "form": "all",
        "destination": None,
        "value": 2425.0,
        "unit": "persons",
        "qualifier": "more than; end year inferred",
        "period_from": date(2001, 1, 1),
        "period_from_precision": DatePrecision.YEAR,
        "period_from_certainty": DateCertainty.STATED,
        "period_from_text": "2001",
        "period_to": date(2008, 1, 1),
        "period_to_precision": DatePrecision.YEAR,
        "period_to_certainty": DateCertainty.INFERRED,
        "period_to_text": "2008",
        "publisher": "IOM Moldova",
        "source": "https://iom.int/news/moldova-unite-prayer-victims-trafficking",
        "as_written": "more than 2,425 victims since 2001",
    }


def test_figures_keep_the_order_of_their_file(shipped: Units) -> None:
    with shipped.reading() as uow:
        codes = list(uow.db.scalars(sa.select(Statistic.code).order_by(Statistic.position)))

    assert codes == [f"STA-{number:03}" for number in range(1, 86)]
    assert one(shipped, Statistic, code="STA-080").value == 17.2
    assert one(shipped, Statistic, code="STA-032").destination == "MD"


def test_a_programme_is_stored_as_its_line_says(shipped: Units) -> None:
    programme = one(shipped, Programme, code="PRG-010")

    assert columns_of(programme, "id") == {
        "code": "PRG-010",
        "owner_id": one(shipped, Organisation, slug="coalition").id,
        "visibility": Visibility.PUBLIC,
        "position": 11,
        "name": "Consolidating national efforts to prevent trafficking and rehabilitate victims",
        "donors": ["US Department of State, J/TIP"],
        "implementers": ["International Organization for Migration, Mission to Moldova"],
        "partners": ["Ministry of Labour and Social Protection"],
        "countries": ["MD"],
        "period_from": date(2019, 1, 1),
        "period_from_precision": DatePrecision.YEAR,
        "period_from_certainty": DateCertainty.INFERRED,
        "period_from_text": "2019",
        "period_to": date(2024, 1, 1),
        "period_to_precision": DatePrecision.MONTH,
        "period_to_certainty": DateCertainty.STATED,
        "period_to_text": "2024-01",
        "amount": None,
        "currency": None,
        "amount_note": "start year inferred from five years",
        "source": "https://ipn.md/ru/itogovoe-zasedanie-rukovodyashchego-komiteta-proekta-po-predotvrashcheniyu-torgo-7967_1102391.html",
        "as_written": "five-year project closed on 30 January 2024",
    }


def test_programmes_name_who_is_listed_and_who_is_not(shipped: Units) -> None:
    phare, network = one(shipped, Programme, code="PRG-001"), one(shipped, Programme, code="PRG-011")

    assert phare.partners == ["OSCE", "La Strada", "All-Ukrainian Counter-Trafficking Coalition"]
    assert (phare.amount, phare.currency) == (70_000_000.0, "DKK")
    assert network.countries == ["MD", "RO", "UA", "others"]
    assert network.implementers == ["Churches' Commission for Migrants in Europe"]
    assert one(shipped, Programme, code="PRG-026").implementers == ["Development Alternatives, Inc."]
    assert one(shipped, Programme, code="PRG-019").amount == 8655.98


def test_the_assessment_of_2008_is_stored(shipped: Units) -> None:
    assert columns_of(one(shipped, PartnershipAssessment, actor="beneficiaries"), "id") == {
        "actor": "beneficiaries",
        "aims": ["rebuild life", "from object to subject of their destiny", "involve in advocacy"],
        "challenges": [
            "return to broken home",
            "stigma, including from care-givers",
            "distant from decision makers",
        ],
        "assessment_as_written": "hasn't really started yet",
        "assessment": "not_started",
        "year": 2008,
        "source": "presentation 'Partnerships to Assist Victims of Trafficking', 2008",
    }
    assert count(shipped, PartnershipAssessment) == 4
