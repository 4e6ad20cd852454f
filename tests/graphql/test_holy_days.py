"""`holyDays`, `civilYears`, and what `planTrainingSession` says about holy days."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from coalition.core.actor import Visibility
from coalition.members.models import Organisation
from coalition.training.models import AcceptedHolyDay, TrainingSession
from tests.graphql.world import World

DAYS = """
query ($from: Date!, $to: Date!, $organisation: ID, $organisations: [ID!]) {
  holyDays(from: $from, to: $to, organisation: $organisation, organisations: $organisations) {
    date code name tag country organisations { slug }
  }
}
"""


def days(
    world: World, first: str, last: str, *tags: str, language: str = "en", **asked: Any
) -> list[tuple[str, str, str, list[str]]]:
    found = world.one(DAYS, language=language, **{"from": first, "to": last}, **asked)
    wanted = tags or ("NO_TRAINING", "AVOID")
    return [
        (day["date"], day["name"], day["tag"], [each["slug"] for each in day["organisations"]])
        for day in found
        if day["tag"] in wanted
    ]


# ------------------------------------------------------------------ holyDays


def test_holy_days_of_members_between_them(record: World) -> None:
    assert days(record, "2027-05-02", "2027-05-16") == [
        ("2027-05-02", "Easter", "NO_TRAINING", ["bes", "moc", "ubceb"]),
        ("2027-05-03", "Bright Monday", "NO_TRAINING", ["bes", "moc", "ubceb"]),
        ("2027-05-06", "Ascension of the Lord", "AVOID", ["elc"]),
        ("2027-05-10", "Memorial Easter", "NO_TRAINING", ["bes", "moc", "ubceb"]),
        ("2027-05-16", "Pentecost", "NO_TRAINING", ["elc"]),
    ]
    assert days(record, "2027-01-06", "2027-01-08", "NO_TRAINING", "CIVIL_HOLIDAY", language="ro") == [
        ("2027-01-06", "Botezul Domnului (Boboteaza)", "NO_TRAINING", ["ubceb"]),
        ("2027-01-06", "Botezul Domnului - Boboteaza", "CIVIL_HOLIDAY", []),
        # Alphabetical in the reader's language: Biserica Ortodoxă, then Mitropolia Basarabiei.
        ("2027-01-07", "Nașterea Domnului (Crăciunul)", "NO_TRAINING", ["moc", "bes"]),
        ("2027-01-07", "Crăciunul ortodox", "CIVIL_HOLIDAY", []),
        ("2027-01-07", "Nașterea lui Iisus Hristos (Crăciunul pe stil vechi)", "CIVIL_HOLIDAY", []),
        ("2027-01-07", "Soborul Sfântului Proroc Ioan Botezătorul", "CIVIL_HOLIDAY", []),
        ("2027-01-08", "Nașterea lui Iisus Hristos (Crăciunul pe stil vechi)", "CIVIL_HOLIDAY", []),
    ]


def test_holy_days_of_an_organisation_are_those_of_its_line(record: World) -> None:
    diaconia, lastrada = record.organisation("diaconia"), record.organisation("lastrada")

    assert days(record, "2027-01-06", "2027-01-08", language="ru", organisation=diaconia) == [
        ("2027-01-07", "Рождество Христово", "NO_TRAINING", ["diaconia"])
    ]
    tags = ("NO_TRAINING", "AVOID", "FASTING", "CIVIL_HOLIDAY")
    assert days(record, "2027-01-06", "2027-01-07", *tags, language="ru", organisation=lastrada) == [
        ("2027-01-07", "Рождество Христово (по старому стилю)", "CIVIL_HOLIDAY", ["lastrada"])
    ]


def test_fasts_are_one_entry_a_day_and_of_orthodox_bodies_only(record: World) -> None:
    lent = days(record, "2027-03-14", "2027-05-02", "FASTING", language="ro")

    assert len(lent) == 48
    assert {(name, tuple(keepers)) for _, name, _, keepers in lent} == {("Postul Mare", ("moc", "bes"))}
    assert (lent[0][0], lent[-1][0]) == ("2027-03-15", "2027-05-01")
    assert (
        days(record, "2027-03-14", "2027-05-02", "FASTING", organisation=record.organisation("ubceb")) == []
    )


def test_several_organisations_and_a_name_in_another_language(record: World) -> None:
    ids = [record.organisation(slug) for slug in ("elc", "diaconia", "elc")]

    assert days(record, "2027-03-26", "2027-04-07", organisations=ids) == [
        ("2027-03-26", "Good Friday", "NO_TRAINING", ["elc"]),
        ("2027-03-28", "Easter", "NO_TRAINING", ["elc"]),
        ("2027-03-29", "Easter Monday", "NO_TRAINING", ["elc"]),
        ("2027-04-07", "Annunciation", "AVOID", ["diaconia"]),
    ]
    document = '{ holyDays(from: "2026-01-01", to: "2026-01-01") { code name(language: "be") country } }'
    names = {day["code"]: day["name"] for day in record.one(document, language="ru") if day["country"]}
    # A name in the language of the country, else in Romanian.
    assert names == {
        "by_new_year": "Новы год",
        "dk_new_year": "Anul Nou",
        "md_new_year": "Anul Nou",
        "ro_new_year": "Anul Nou",
    }


def test_periods_and_organisations_that_cannot_be_asked_for(record: World) -> None:
    def codes(first: str, last: str, **asked: Any) -> list[str]:
        return record.answer(DAYS, **{"from": first, "to": last}, **asked).codes

    assert codes("2027-01-02", "2027-01-01") == ["END_BEFORE_START"]
    assert codes("2027-01-01", "2032-01-02") == ["OUT_OF_RANGE"]
    assert codes("1066-01-01", "1066-12-31") == ["OUT_OF_RANGE"]
    assert codes("2027-01-01", "2027-01-01", organisation="nonsense") == ["NOT_FOUND"]
    assert codes("2027-01-01", "2027-01-01", organisations=[record.district("MD-CU")]) == ["NOT_FOUND"]
    assert codes("2027-01-01", "2027-01-01", organisations=["x"] * 101) == ["OUT_OF_RANGE"]
    [too_long] = record.answer(DAYS, language="ro", **{"from": "2027-01-01", "to": "2099-01-01"}).errors
    assert too_long["message"] == "Intervalul este prea lung. Indicați zile cuprinse în cel mult 5 ani."


def test_statements_are_as_many_for_a_day_as_for_five_years(record: World) -> None:
    diaconia = record.organisation("diaconia")
    counted = {}
    for last in ("2027-01-01", "2031-12-31"):
        for asked in ({}, {"organisation": diaconia}):
            with record.statements() as sent:
                record.one(DAYS, **{"from": "2027-01-01", "to": last}, **asked)
            counted[last, bool(asked)] = len(sent)

    # Which organisations, their lines, and manual rules.
    assert set(counted.values()) == {3}


def test_civil_years_that_are_unknown_are_said_to_be(record: World) -> None:
    document = '{ civilYears(from: "2021-12-31", to: "2023-01-01") { country year isKnown } }'

    found = record.one(document)
    assert {each["country"] for each in found} == {"MD", "RO", "UA", "BY", "DK"}
    assert [(each["year"], each["isKnown"]) for each in found if each["country"] == "UA"] == [
        (2021, True), (2022, True), (2023, False),
    ]  # fmt: skip
    refused = record.answer('{ civilYears(from: "2027-01-02", to: "2027-01-01") { year } }')
    assert refused.codes == ["END_BEFORE_START"]


def test_organisation_that_is_not_seen_has_no_holy_days(world: World) -> None:
    with world.units.writing() as uow:
        uow.db.execute(
            sa.update(Organisation).where(Organisation.slug == "elc").values(visibility=Visibility.PRIVATE)
        )
    elc = world.organisation("elc")

    good_friday = {"from": "2027-03-26", "to": "2027-03-26"}
    assert days(world, "2027-03-26", "2027-03-26") == []
    assert world.answer(DAYS, **good_friday, organisation=elc).codes == ["NOT_FOUND"]
    assert len(world.one(DAYS, "auditor", **good_friday, organisation=elc)) == 1


# ------------------------------------------------------------------ planTrainingSession

PLANNED = """trainingSession {
  startsOn { date } holyDays { date code tag organisations { slug } }
  acceptedHolyDays { date code reason organisation { slug } }
}"""


def draft(world: World, **values: Any) -> dict[str, Any]:
    return {
        "title": {"ro": "Curs pentru preoți"},
        "organisers": [world.organisation("bes")],
        "startsOn": "2027-01-07",
        "district": "MD-CU",
        **values,
    }


def accepting(world: World, day: str, slug: str, reason: str = "După liturghie") -> dict[str, str]:
    return {"date": day, "organisation": world.organisation(slug), "reason": reason}


def messages(world: World, language: str, **values: Any) -> list[str]:
    before = world.dump()
    payload = world.deed("planTrainingSession", "bes", draft(world, **values), language=language)
    assert world.dump() == before
    return [error["message"] for error in payload["userErrors"]]


def test_holy_day_is_refused_naming_day_and_church(world: World) -> None:
    assert world.refused("planTrainingSession", "bes", draft(world)) == [("HOLY_DAY", ("startsOn",))]
    expected = {
        "ro": "7 ianuarie 2027 este zi de sărbătoare pentru Mitropolia Basarabiei: Nașterea Domnului"
        " (Crăciunul). Alegeți altă zi sau înțelegeți-vă cu această biserică și indicați motivul.",
        "ru": "7 января 2027 — праздник (Mitropolia Basarabiei): Рождество Христово. Выберите другой день или"
        " договоритесь с этой церковью и укажите причину.",
        "en": "7 January 2027 is a holy day of Metropolis of Bessarabia: Nativity of the Lord (Christmas)."
        " Choose another day, or agree with that church and give the reason.",
    }
    assert {language: messages(world, language) for language in expected} == {
        language: [sentence] for language, sentence in expected.items()
    }


def test_every_day_of_every_church_is_looked_at(world: World) -> None:
    invited = [world.organisation(slug) for slug in ("ubceb", "elc", "diaconia", "lastrada", "bes")]

    found = messages(world, "en", startsOn="2026-12-24", endsOn="2027-01-07", invited=invited)

    names = {
        "bes": "Metropolis of Bessarabia",
        "elc": "Evangelical Lutheran Church of the Republic of Moldova",
        "ubceb": "Union of Christian Evangelical Baptist Churches of Moldova",
    }
    assert [message.partition(". Choose")[0] for message in found] == [
        f"25 December 2026 is a holy day of {names['elc']}: Christmas",
        f"25 December 2026 is a holy day of {names['ubceb']}: Nativity of the Lord (Christmas)",
        f"6 January 2027 is a holy day of {names['ubceb']}: Theophany (Baptism of the Lord)",
        f"7 January 2027 is a holy day of {names['bes']}: Nativity of the Lord (Christmas)",
        "7 January 2027 is a holy day of Social Mission Diaconia: Nativity of the Lord (Christmas)",
    ]
    given = draft(world, startsOn="2026-12-24", endsOn="2027-01-07", invited=invited)
    paths = [path for _, path in world.refused("planTrainingSession", "bes", given)]
    assert paths == [("startsOn",)] * 3 + [("endsOn",)] * 2


def test_holy_day_is_accepted_by_name_and_reason(world: World) -> None:
    given = draft(
        world,
        clientId=str(uuid4()),
        startsOn="2027-01-06",
        endsOn="2027-01-07",
        invited=[world.organisation("ubceb")],
        visibility="PUBLIC",
        acceptHolyDays=[
            accepting(world, "2027-01-07", "bes"),
            accepting(world, "2027-01-06", "ubceb", " Convenit cu păstorul "),
            # Nobody keeps that day: nothing is to be accepted.
            accepting(world, "2027-01-06", "bes"),
        ],
    )
    payload = world.deed("planTrainingSession", "bes", given, PLANNED)
    again = world.deed("planTrainingSession", "bes", given, f"replayed {PLANNED}")

    assert payload["userErrors"] == []
    session = payload["trainingSession"]
    assert session["acceptedHolyDays"] == [
        {
            "date": "2027-01-06",
            "code": "theophany",
            "reason": "Convenit cu păstorul",
            "organisation": {"slug": "ubceb"},
        },
        {
            "date": "2027-01-07",
            "code": "nativity",
            "reason": "După liturghie",
            "organisation": {"slug": "bes"},
        },
    ]
    assert (again["replayed"], again["trainingSession"]) == (True, session)
    [entry] = [each for each in world.audit() if each.action == "training:training_session:plan"]
    assert "accepted_holy_days" in entry.fields
    with world.units.reading() as uow:
        assert uow.db.scalar(sa.select(sa.func.count()).select_from(AcceptedHolyDay)) == 2


def test_one_church_that_agrees_does_not_speak_for_another(world: World) -> None:
    given = draft(
        world,
        invited=[world.organisation("diaconia")],
        acceptHolyDays=[accepting(world, "2027-01-07", "bes")],
    )

    [message] = messages(world, "en", **given)
    assert message.startswith("7 January 2027 is a holy day of Social Mission Diaconia:")


def test_faults_of_what_is_accepted(world: World) -> None:
    cases: list[tuple[list[dict[str, str]], list[tuple[str, tuple[str, ...]]]]] = [
        (
            [accepting(world, "2027-01-07", "bes", "  ")],
            [("REQUIRED", ("acceptHolyDays", "0", "reason"))],
        ),
        (
            [accepting(world, "2027-01-07", "bes", "x" * 2001)],
            [("TOO_LONG", ("acceptHolyDays", "0", "reason"))],
        ),
        (
            [accepting(world, "2027-01-07", "bes", "Sunați 069 123 456")],
            [("PERSONAL_DATA_SUSPECTED", ("acceptHolyDays", "0", "reason"))],
        ),
        (
            [accepting(world, "2027-01-07", "bes"), accepting(world, "2027-01-07", "moc")],
            [("NOT_FOUND", ("acceptHolyDays", "1", "organisation"))],
        ),
        (
            [accepting(world, "2027-01-07", "bes")] * 2,
            [("DUPLICATE", ("acceptHolyDays", "1"))],
        ),
        (
            [{**accepting(world, "2027-01-07", "bes"), "organisation": "nonsense"}],
            [("NOT_FOUND", ("acceptHolyDays", "0", "organisation")), ("HOLY_DAY", ("startsOn",))],
        ),
    ]

    found = [
        world.refused("planTrainingSession", "bes", draft(world, acceptHolyDays=given)) for given, _ in cases
    ]
    assert found == [expected for _, expected in cases]
    too_many = [accepting(world, "2027-01-07", "bes")] * 101
    codes = world.refused("planTrainingSession", "bes", draft(world, acceptHolyDays=too_many))
    assert ("OUT_OF_RANGE", ("acceptHolyDays",)) in codes


def test_days_to_avoid_and_fasts_are_only_mentioned(world: World) -> None:
    given = draft(world, startsOn="2027-04-06", endsOn="2027-04-07", invited=[world.organisation("elc")])

    payload = world.deed("planTrainingSession", "bes", given, PLANNED)

    assert payload["userErrors"] == []
    found = payload["trainingSession"]["holyDays"]
    bes = [{"slug": "bes"}]
    assert found == [
        {"date": "2027-04-06", "code": "great_lent", "tag": "FASTING", "organisations": bes},
        {"date": "2027-04-07", "code": "annunciation", "tag": "AVOID", "organisations": bes},
        {"date": "2027-04-07", "code": "great_lent", "tag": "FASTING", "organisations": bes},
    ]


def test_longest_session(world: World) -> None:
    given = draft(world, organisers=[world.organisation("lastrada")], startsOn="2027-01-01")

    def refused(ends_on: str) -> list[tuple[str, tuple[str, ...]]]:
        return world.refused("planTrainingSession", "council_secretary", {**given, "endsOn": ends_on})

    assert refused("2032-01-02") == [("OUT_OF_RANGE", ("endsOn",))]
    assert refused("2031-12-31") == []


def test_who_does_not_see_a_church_is_not_told_of_its_holy_days(world: World) -> None:
    given = draft(
        world,
        organisers=[world.organisation("lastrada")],
        invited=[world.organisation("bes")],
        visibility="PUBLIC",
        acceptHolyDays=[accepting(world, "2027-01-07", "bes")],
    )
    assert world.refused("planTrainingSession", "council_secretary", given) == []
    with world.units.writing() as uow:
        uow.db.execute(
            sa.update(Organisation).where(Organisation.slug == "bes").values(visibility=Visibility.PRIVATE)
        )
    document = """{ trainingSessions(filter: {from: "2027-01-07", to: "2027-01-07"}) {
      nodes { holyDays { code } acceptedHolyDays { reason } } } }"""

    civil = [{"code": "md_christmas_old_style"}]
    assert world.one(document)["nodes"] == [{"holyDays": civil, "acceptedHolyDays": []}]
    assert world.one(document, "auditor")["nodes"] == [
        {"holyDays": [{"code": "nativity"}, *civil], "acceptedHolyDays": [{"reason": "După liturghie"}]}
    ]


def test_statements_for_the_holy_days_of_many_sessions(world: World) -> None:
    for slug, starts_on in (("bes", "2027-04-07"), ("diaconia", "2027-07-12"), ("moc", "2027-09-01")):
        given = draft(world, organisers=[world.organisation(slug)], startsOn=starts_on)
        assert world.refused("planTrainingSession", "council_secretary", given) == []
    document = """query ($first: Int) { trainingSessions(first: $first) {
      nodes { startsOn { date } holyDays { code organisations { slug } } acceptedHolyDays { reason } }
    } }"""
    world.actor("auditor")
    counted = {}
    for first in (1, 3, 45):
        with world.statements() as sent:
            nodes = world.one(document, "auditor", first=first)["nodes"]
        counted[first] = len(sent)

    # The page; the sessions anew, their churches, those churches' lines and rules; what was accepted.
    assert counted == {1: 6, 3: 6, 45: 6}
    assert len(nodes) == 45
    # Of what is dated to the month or the year nothing is said, nor of days on which nothing falls.
    assert [(each["startsOn"]["date"], each["holyDays"]) for each in nodes if each["holyDays"]] == [
        ("2027-07-12", [{"code": "peter_and_paul", "organisations": [{"slug": "diaconia"}]}]),
        (
            "2027-04-07",
            [
                {"code": "annunciation", "organisations": [{"slug": "bes"}]},
                {"code": "great_lent", "organisations": [{"slug": "bes"}]},
            ],
        ),
    ]


def test_no_loaded_session_accepts_anything(record: World) -> None:
    with record.units.reading() as uow:
        assert uow.db.scalars(sa.select(AcceptedHolyDay)).all() == []
        assert uow.db.scalar(sa.select(sa.func.count()).select_from(TrainingSession)) == 42
