"""Pages that change something: each form does its deed once, and says what is wrong where it is wrong."""

from __future__ import annotations

import re

import pytest

from tests.web.site import Site


def test_volunteer_logs_with_two_taps(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/ro/log").form("/ro/log")

    answer = site.send(form, tile="leaflets", districts="MD-BA")

    assert re.fullmatch(r"/ro/log\?saved=ubceb-\d{4}-1", answer.address)
    assert "Salvat. Vă mulțumim." in answer.text
    assert "Pliante, afișe" in answer.text
    assert "Bălți · 10 persoane" in answer.text
    assert "Листовки, плакаты" in site.open("/ru/log").text


def test_form_sent_twice_is_one_record(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log").form("/en/log")

    first, second = (site.send(form, tile="prayer", districts="MD-BA") for _ in range(2))

    assert first.address == second.address
    assert "1 entry" in site.open("/en/activities?search=sermon").text


def test_next_form_remembers_the_district(site: Site) -> None:
    site.sign_in("reporter")
    site.send(site.open("/en/log").form("/en/log"), tile="prayer", districts="MD-CA")

    assert site.open("/en/log").form("/en/log").fields["districts"] == ["MD-CA"]


def test_prevention_asks_for_a_topic_and_keeps_the_rest(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log").form("/en/log")

    answer = site.send(form, tile="lesson", districts="MD-BA", people="30")

    assert answer.status == 422
    assert '<a href="#topics"><b>Topics:</b> Something is missing here. Fill in or choose.</a>' in answer.html
    kept = answer.form("/en/log").fields
    assert (kept["tile"], kept["people"], kept["clientId"]) == (["lesson"], ["30"], form.fields["clientId"])


@pytest.mark.parametrize(
    ("typed", "shown"), [("37", "exactly"), ("", "not stated"), ("many", "Give a whole number, in figures.")]
)
def test_another_number_is_a_count_nothing_is_not_zero(site: Site, typed: str, shown: str) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log").form("/en/log")

    answer = site.send(form, tile="prayer", districts="MD-BA", people="other", people__other=typed)

    if typed == "many":
        assert shown in answer.text
    else:
        assert ("37 people" in answer.text) == (shown == "exactly")
        assert "0 people" not in answer.text


def test_form_without_its_token_is_refused(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log").form("/en/log")

    answer = site.send(form, tile="prayer", districts="MD-BA", form_token="0.forged")

    assert answer.status == 403
    assert "This form was open for too long" in answer.text
    assert "Nothing logged yet." in site.open("/en/log").text


def test_token_of_another_sign_in_is_refused(site: Site) -> None:
    site.sign_in("reporter")
    stolen = site.open("/en/log").form("/en/log")
    site.client.cookies.clear()
    site.sign_in("coordinator", "bes")

    assert site.send(stolen, tile="prayer", districts="MD-BA").status == 403


def test_too_large_a_form_is_refused(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log").form("/en/log")

    assert site.send(form, tile="x" * 200_000).status == 413


def _log(site: Site, **fields: str) -> str:
    form = site.open("/en/log").form("/en/log")
    answer = site.send(form, tile="leaflets", districts="MD-BA", **fields)
    return answer.address.partition("saved=")[2]


def test_activity_is_changed(site: Site) -> None:
    site.sign_in("reporter")
    code = _log(site)
    form = site.open(f"/en/a/{code}/amend").form(f"/en/a/{code}/amend")

    answer = site.send(form, place="Biserica „Sf. Ana”", districts=["MD-BA", "MD-FL"])

    assert answer.address == f"/en/a/{code}"
    assert "Bălți , Florești , Biserica „Sf. Ana”" in answer.text


def test_title_in_one_language_stays_in_it(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/ru/log/new").form("/ru/log/new")
    logged = site.send(form, kind="AWARENESS", title__ru="Беседа", districts=["MD-BA"])
    code = logged.address.partition("saved=")[2]
    amend = site.open(f"/ro/a/{code}/amend").form(f"/ro/a/{code}/amend")
    site.send(amend, place="Sala mică")

    russian = site.open(f"/ru/a/{code}/amend").form(f"/ru/a/{code}/amend")

    assert russian.fields["place"] == ["Sala mică"]
    query = f'{{ activity(code: "{code}") {{ title(language: "uk") }} }}'
    answer = site.client.post("/graphql", json={"query": query})
    assert answer.json()["data"] == {"activity": {"title": "Беседа"}}


def test_change_of_a_changed_activity_shows_both_versions(site: Site) -> None:
    site.sign_in("reporter")
    code = _log(site)
    form = site.open(f"/en/a/{code}/amend").form(f"/en/a/{code}/amend")
    site.send(form, place="Casa de cultură")

    stale = site.send(form, place="Școala nr. 3")

    assert stale.status == 422
    assert "Stored now: Casa de cultură Yours: Școala nr. 3" in stale.text
    saved = site.send(stale.form(f"/en/a/{code}/amend"))
    assert "Școala nr. 3" in saved.text


def test_activity_of_another_church_offers_no_change(site: Site) -> None:
    site.sign_in("reporter")
    code = _log(site)
    assert f"/en/a/{code}/amend" in site.open(f"/en/a/{code}").html
    site.client.cookies.clear()
    site.sign_in("coordinator", "moc")

    page = site.open(f"/en/a/{code}")

    assert page.status == 200
    assert f"/en/a/{code}/amend" not in page.html
    refused = site.send(site.open(f"/en/a/{code}/amend").form(f"/en/a/{code}/amend"), place="Elsewhere")
    assert refused.status == 422
    assert "You may not do this for this organisation." in refused.text


def test_reporter_logs_for_the_own_organisation_only(site: Site) -> None:
    site.sign_in("reporter")
    own = site.open("/en/log/new").html.partition('name="organisation"')[2].partition("</select>")[0]
    site.client.cookies.clear()
    site.sign_in("coordinator", "bes")
    below = site.open("/en/log/new").html.partition('name="organisation"')[2].partition("</select>")[0]

    assert own.count("<option") == 1
    assert "Diaconia" in below


def test_activity_is_cancelled_with_its_reason(site: Site) -> None:
    site.sign_in("reporter")
    code = _log(site)
    form = site.open(f"/en/a/{code}/cancel").form(f"/en/a/{code}/cancel")

    unsaid = site.send(form)
    answer = site.send(unsaid.form(f"/en/a/{code}/cancel"), reason="logged twice")

    assert unsaid.status == 422
    assert answer.address == f"/en/a/{code}"
    assert "Awareness raising · cancelled" in answer.text
    assert "logged twice" in answer.text


def test_longer_form_says_all_that_is_missing_at_once(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log/new").form("/en/log/new")

    answer = site.send(form, startsOn="soon")

    assert answer.status == 422
    assert re.findall(r'<li><a href="#([^"]+)"><b>([^<]+):</b>', answer.html) == [
        ("kind", "Kind"),
        ("title", "Title"),
        ("startsOn", "First day"),
    ]
    assert answer.form("/en/log/new").fields["startsOn"] == ["soon"]


def test_longer_form_logs_everything(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log/new").form("/en/log/new")

    answer = site.send(
        form,
        kind="PREVENTION",
        title__ro="Discuție cu elevii",
        districts=["MD-BA"],
        topics=["domestic_violence"],
        reach__0__count="12",
        reach__0__sex="FEMALE",
        audience="elevi\npărinți",
    )
    code = answer.address.partition("saved=")[2]

    text = site.open(f"/en/a/{code}").text
    assert "Discuție cu elevii" in text
    assert "12, women and girls" in text
    assert "elevi, părinți" in text


def test_text_that_looks_personal_is_asked_about(site: Site) -> None:
    site.sign_in("reporter")
    form = site.open("/en/log/new").form("/en/log/new")
    given = {"kind": "AWARENESS", "title__en": "Call 069 123 456", "districts": ["MD-BA"]}

    asked = site.send(form, **given)
    confirmed = site.send(asked.form("/en/log/new"), districts=["MD-BA"], textConfirmed="yes")

    assert asked.status == 422
    assert "I have checked the text" in asked.text
    assert confirmed.address.startswith("/en/log?saved=")


def test_provider_confirms_and_partner_holds_and_releases(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    places = site.open("/en/places")
    confirm = next(form for form in places.forms if form.fields.get("maximum") == ["10"])
    confirmed = site.send(confirm, maximum="10", occupied="9", contactDesk="Diaconia office, 022 500 500")
    assert "The places are confirmed." in confirmed.text

    site.client.cookies.clear()
    site.sign_in("coordinator", "moc")
    found = site.open("/en/capacity?kinds=TEMPORARY_RESIDENCE&region=CENTRE")
    assert "Contact desk: Diaconia office, 022 500 500" in found.text
    address = re.search(r"In mother&#39;s arms.*?(/en/capacity/hold/[^?\"]+)", found.html, re.DOTALL)
    assert address is not None
    held = site.send(site.open(f"{address[1]}?quantity=1").form(address[1]))
    reference = held.address.partition("held=")[2]
    assert reference in held.text
    assert "Call and give this reference, never a name in writing. Diaconia office, 022 500 500" in held.text

    released = site.send(held.form("/en/capacity/release"))
    assert f"The hold {reference} is released." in released.text


def test_provider_releases_what_is_held(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    confirm = next(form for form in site.open("/en/places").forms if form.fields.get("maximum") == ["10"])
    site.send(confirm, maximum="10", occupied="9", contactDesk="Diaconia office")
    site.client.cookies.clear()
    site.sign_in("coordinator", "moc")
    found = site.open("/en/capacity?kinds=TEMPORARY_RESIDENCE&region=CENTRE")
    address = re.search(r"In mother&#39;s arms.*?(/en/capacity/hold/[^?\"]+)", found.html, re.DOTALL)
    assert address is not None
    held = site.send(site.open(f"{address[1]}?quantity=1").form(address[1]))
    reference = held.address.partition("held=")[2]
    site.client.cookies.clear()
    site.sign_in("coordinator", "bes")

    places = site.open("/en/places")
    released = site.send(places.form("/en/places/release"))

    assert f"{reference} · 1 ·" in places.text
    assert "The hold is released." in released.text
    assert reference not in released.text


def test_search_for_too_many_places_says_so(site: Site) -> None:
    site.sign_in("coordinator", "moc")

    answer = site.open("/en/capacity?quantity=51")

    assert answer.status == 422
    assert "How many places: Give a number from 1 to 50." in answer.text


def test_hold_of_unconfirmed_places_says_what_to_do(site: Site) -> None:
    site.sign_in("coordinator", "moc")
    found = site.open("/en/capacity?kinds=TEMPORARY_RESIDENCE&region=CENTRE")
    address = re.search(r"In mother&#39;s arms.*?(/en/capacity/hold/[^?\"]+)", found.html, re.DOTALL)
    assert address is not None

    answer = site.send(site.open(f"{address[1]}?quantity=1").form(address[1]))

    assert answer.status == 422
    assert "none can be held now. Call the contact desk" in answer.text


def test_confirming_less_than_is_held_names_the_hold(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    confirm = next(f for f in site.open("/en/places").forms if f.fields.get("maximum") == ["10"])

    answer = site.send(confirm, maximum="10", occupied="11")

    assert answer.status == 422
    assert answer.form("/en/places/confirm").fields["occupied"] in (["11"], [""])
    assert "This was not saved yet" in answer.text


def test_service_is_offered_as_a_draft_until_the_code_is_signed(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    form = site.open("/en/places/offer").form("/en/places/offer")
    given = {
        "name__ro": "Cantină",
        "kinds": ["MATERIAL_AID"],
        "district": "MD-BA",
        "pools__0__maximum": "20",
    }

    answer = site.send(form, **given)

    assert "The service is saved." in answer.text
    assert "Cantină Food, clothes and other material aid · draft" in answer.text


def test_training_is_planned(site: Site) -> None:
    site.sign_in("council_secretary")
    form = site.open("/en/trainings/plan").form("/en/trainings/plan")
    organiser = re.search(r'name="organisers" value="([^"]+)"', site.open("/en/trainings/plan").html)
    assert organiser is not None

    answer = site.send(
        form,
        title__ro="Curs pentru preoți",
        organisers=[organiser[1]],
        startsOn="2030-05-06",
        district="MD-BA",
    )

    assert answer.address.startswith("/en/t/")
    assert "Training · scheduled Curs pentru preoți" in answer.text
    assert "6 May 2030" in answer.text
