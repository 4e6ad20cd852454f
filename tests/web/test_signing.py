"""Signing in and out on pages, and what visitors may not open."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from coalition.access.links import issue_one_time_link
from coalition.access.models import Account
from coalition.core.actor import system_actor
from tests.web.site import Site


def test_visitor_is_asked_to_sign_in_and_comes_back(reader: Site) -> None:
    account = reader.account("reporter")
    asked = reader.open("/ro/log")

    answer = reader.send(asked.form("/ro/sign-in"), email=account["email"], password=account["password"])

    assert asked.address == "/ro/sign-in?next=%2Fro%2Flog"
    assert answer.address == "/ro/log"


def test_wrong_password_keeps_the_address_and_says_no_more(reader: Site) -> None:
    form = reader.open("/ru/sign-in").form("/ru/sign-in")
    email = reader.account("reporter")["email"]

    answer = reader.send(form, email=email, password="wrong")
    unknown = reader.send(form, email="nobody@example.org", password="wrong")

    assert answer.status == unknown.status == 422
    assert answer.form("/ru/sign-in").fields["email"] == [email]
    assert answer.form("/ru/sign-in").fields["password"] == [""]
    words = "Адрес электронной почты или пароль неверны. Проверьте их и попробуйте ещё раз."
    assert words in answer.text
    assert words in unknown.text


def test_nobody_is_sent_to_another_site(reader: Site) -> None:
    account = reader.account("reporter")
    form = reader.open("/en/sign-in?next=//example.org/").form("/en/sign-in")

    answer = reader.send(form, email=account["email"], password=account["password"])

    assert answer.address == "/"


def test_signing_out_ends_the_sign_in(reader: Site) -> None:
    reader.sign_in("reporter")
    cookie = reader.client.cookies["coalition_sign_in"]

    answer = reader.send(reader.open("/en").form("/en/sign-out"))

    assert "Sign in" in answer.text
    reader.client.cookies.set("coalition_sign_in", cookie)
    assert reader.open("/en/log").address.startswith("/en/sign-in")


def test_cookie_is_out_of_reach_of_scripts_and_other_sites(reader: Site) -> None:
    form = reader.open("/en/sign-in").form("/en/sign-in")
    account = reader.account("reporter")

    response = reader.client.post(
        form.action,
        data={**form.fields, "email": account["email"], "password": account["password"]},
        follow_redirects=False,
    )

    cookie = response.headers["set-cookie"].lower()
    assert response.status_code == 303
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    ("path", "allowed", "refused"),
    [
        ("/log", "reporter", "auditor"),
        ("/log/new", "coordinator", "expert"),
        ("/places", "coordinator", "reporter"),
        ("/places/offer", "coordinator", "council_secretary"),
        ("/capacity", "coordinator", "reporter"),
        ("/trainings/plan", "council_secretary", "reporter"),
    ],
)
def test_page_opens_for_its_role_only(reader: Site, path: str, allowed: str, refused: str) -> None:
    reader.sign_in(allowed)
    assert reader.open(f"/en{path}").status == 200
    reader.client.cookies.clear()
    reader.sign_in(refused)

    answer = reader.open(f"/en{path}")

    assert answer.status == 403
    assert "Your account has no right to this." in answer.text
    assert f'href="/en{path}"' not in reader.open("/en/privacy").html


def test_one_time_link_sets_a_password_and_signs_in(site: Site) -> None:
    state = site.client.app.state  # type: ignore[attr-defined]
    email = site.account("trainer")["email"]
    with state.units.writing() as uow:
        account = uow.db.scalars(select(Account).where(Account.email == email)).one()
        path = issue_one_time_link(uow, state.secrets, system_actor("test"), account.id)
    form = site.open(f"/ro{path}").form(f"/ro{path}")

    short = site.send(form, password="short")
    answer = site.send(form, password="patru cuvinte simple, lungi")

    assert "Parola este prea scurtă." in short.text
    assert answer.address == "/ro"
    assert "Ieșiți din cont" in answer.text
    assert site.open(f"/ro{path}").status == 404
