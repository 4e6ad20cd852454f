"""Planning on a holy day: seen before saving, refused with day and church, accepted with a reason."""

from __future__ import annotations

import re

from coalition.web.holy_days import ShownHolyDay, joined
from tests.web.site import HTMLForm, ShownPage, Site

PLAN = "/{}/trainings/plan"


def form_of(site: Site, language: str = "en") -> tuple[HTMLForm, dict[str, str]]:
    """The form to plan with, and the churches of it by the end of their names."""
    page = site.open(PLAN.format(language))
    boxes = re.findall(r'name="invited" value="([^"]+)"[^>]*> <span>([^<]+)<', page.html)
    return page.form(PLAN.format(language)), {name: value for value, name in boxes}


def church(churches: dict[str, str], word: str) -> str:
    return next(value for name, value in churches.items() if word in name)


def reasons(page: ShownPage) -> dict[str, str]:
    """The words on the fields for reasons by their names."""
    return dict(re.findall(r'<label for="(reason\.[^"]+)">([^<]+)</label>', page.html))


def plan(
    site: Site, **fields: str | list[str]
) -> tuple[HTMLForm, dict[str, str], dict[str, str | list[str]]]:
    form, churches = form_of(site)
    bessarabia, baptists = church(churches, "Bessarabia"), church(churches, "Baptist")
    given = {
        "title__ro": "Curs",
        "organisers": [baptists],
        "invited": [bessarabia, baptists],
        "district": "MD-OR",
        **fields,
    }
    return form, {"bessarabia": bessarabia, "baptists": baptists}, given


def test_holy_days_are_shown_before_saving(site: Site) -> None:
    site.sign_in("council_secretary")
    form, churches, given = plan(site, startsOn="2027-05-09", endsOn="2027-05-11")

    answer = site.send(form, **given, look="yes")

    assert answer.status == 200
    assert "10 May 2027: Memorial Easter · no training · Metropolis of Bessarabia, Union of" in answer.text
    assert "10 May 2027: Day of Rejoicing · day off · Moldova" in answer.text
    assert "11 May 2027: Radunitsa (Day of Rejoicing) · day off · Belarus" in answer.text
    assert "Civil holidays are not known for: Ukraine 2027" in answer.text
    assert list(reasons(answer)) == [
        f"reason.2027-05-10.{churches['bessarabia']}",
        f"reason.2027-05-10.{churches['baptists']}",
    ]
    assert "/en/t/" not in site.open("/en/trainings?from=2027-05-01").html


def test_days_that_cannot_be_looked_up_are_not(site: Site) -> None:
    site.sign_in("council_secretary")
    form, _ = form_of(site)
    periods = [("", ""), ("soon", ""), ("2027-01-07", "2027-01-06"), ("1066-01-07", "")]
    periods.append(("2027-01-01", "2127-01-01"))

    without_a_church = site.send(form, startsOn="2027-01-07", look="yes")
    answers = [site.send(form, startsOn=first, endsOn=last, look="yes") for first, last in periods]

    assert [(each.status, "Holy days on these days" in each.text) for each in answers] == [(200, False)] * 5
    # Nobody is chosen who could agree: what all members keep is shown, and no reason asked for.
    nativity = "7 January 2027: Nativity of the Lord (Christmas) · no training · Metropolis"
    assert (nativity in without_a_church.text, reasons(without_a_church)) == (True, {})


def test_holy_day_is_refused_with_day_and_church(site: Site) -> None:
    site.sign_in("council_secretary")
    _, churches, given = plan(site, startsOn="2027-01-07")
    expected = {
        "ro": (
            "7 ianuarie 2027 este zi de sărbătoare pentru Mitropolia Basarabiei: Nașterea Domnului",
            "7 ianuarie 2027, Mitropolia Basarabiei: de ce este de acord",
        ),
        "ru": (
            "7 января 2027 — праздник (Mitropolia Basarabiei): Рождество Христово.",
            "7 января 2027, Mitropolia Basarabiei: почему согласна",
        ),
        "en": (
            "7 January 2027 is a holy day of Metropolis of Bessarabia: Nativity of the Lord (Christmas).",
            "7 January 2027, Metropolis of Bessarabia: why it agrees",
        ),
    }

    for language, (sentence, label) in expected.items():
        form = site.open(PLAN.format(language)).form(PLAN.format(language))
        answer = site.send(form, **given)

        assert answer.status == 422
        assert sentence in answer.text
        assert reasons(answer) == {f"reason.2027-01-07.{churches['bessarabia']}": label}


def test_holy_day_is_accepted_with_a_reason(site: Site) -> None:
    site.sign_in("council_secretary")
    form, churches, given = plan(site, startsOn="2027-01-07")
    refused = site.send(form, **given)
    again = refused.form(PLAN.format("en"))
    # Of a day that is not chosen any more, and of a church that is not invited.
    leftovers = {
        f"reason.2027-01-19.{churches['bessarabia']}": "the day before",
        "reason.2027-01-07.nobody": "nobody asked",
    }

    answer = site.send(
        again, **{f"reason.2027-01-07.{churches['bessarabia']}": "After the liturgy", **leftovers}
    )

    assert re.fullmatch(r"/en/t/[\w-]+", answer.address)
    assert "7 January 2027, Metropolis of Bessarabia: After the liturgy" in answer.text
    assert "Nativity of the Lord (Christmas) · no training · Metropolis of Bessarabia" in answer.text


def test_reason_with_a_telephone_number_is_asked_about(site: Site) -> None:
    site.sign_in("council_secretary")
    form, churches, given = plan(site, startsOn="2027-01-07")

    answer = site.send(form, **given, **{f"reason.2027-01-07.{churches['bessarabia']}": "Sunați 069 123 456"})

    assert answer.status == 422
    assert '<a href="#acceptHolyDays"><b>Holy days:</b> This text seems to contain a telephone' in answer.html
    assert answer.form(PLAN.format("en")).fields[f"reason.2027-01-07.{churches['bessarabia']}"] == [
        "Sunați 069 123 456"
    ]


def test_training_that_is_over_shows_no_holy_days(reader: Site) -> None:
    page = reader.open("/en/trainings?status=COMPLETED")
    address = re.search(r'href="(/en/t/[^"]+)"', page.html)
    assert address

    assert "Holy days" not in reader.open(address[1]).text


def day(date: str, code: str, tag: str, *churches: str) -> dict[str, object]:
    keepers = [{"id": name, "name": name} for name in churches]
    return {"date": date, "code": code, "name": code, "tag": tag, "country": None, "organisations": keepers}


def test_days_of_a_fast_are_joined_as_long_as_the_same_churches_keep_it() -> None:
    lent = [day(f"2027-03-{number}", "great_lent", "FASTING", "bes") for number in (15, 16, 18)]
    both = [day("2027-03-17", "great_lent", "FASTING", "bes", "moc")]
    feasts = [day(f"2027-03-{number}", "easter", "NO_TRAINING", "bes") for number in (15, 16)]

    found = joined([*lent, *both, *feasts], reasons_for={"bes"})

    def shown(first: int, last: int, code: str, tag: str, *churches: str) -> ShownHolyDay:
        asked = [(f"reason.2027-03-{first}.bes", "bes")] if tag == "NO_TRAINING" else []
        dates = (f"2027-03-{first}", f"2027-03-{last}")
        return ShownHolyDay(*dates, code, tag, None, list(churches), asked)

    assert found == [
        shown(15, 16, "great_lent", "FASTING", "bes"),
        shown(15, 15, "easter", "NO_TRAINING", "bes"),
        shown(16, 16, "easter", "NO_TRAINING", "bes"),
        shown(17, 17, "great_lent", "FASTING", "bes", "moc"),
        shown(18, 18, "great_lent", "FASTING", "bes"),
    ]
