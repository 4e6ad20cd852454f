"""Shared desks in a browser: the coordinator's pages, the PIN, and that nothing is open without one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access import service
from coalition.access.desks.models import DeskOperator, DeskTurn
from coalition.access.middleware import SIGN_IN_COOKIE
from coalition.audit.models import AuditEntry
from coalition.core.messages import message
from coalition.outreach.models import Activity
from coalition.web.routes import PAGES
from tests.support.application import quick_passwords
from tests.web.site import ShownPage, Site
from tests.web.test_csrf import rows, signed_in

PIN = "804213"
VIEWER = {
    "query": "{ viewer { permissions organisations { name } person { id } } myActivities { totalCount } }"
}


def state(site: Site) -> Any:
    return site.client.app.state  # type: ignore[attr-defined]


def coordinator(site: Site) -> None:
    signed_in(site, "coordinator", "bes")


def send(site: Site, path: str, **fields: str) -> ShownPage:
    """A form of the page at `path`, which may stand on it several times with other buttons."""
    return site.send(site.open(path).form(path), **fields)


def made_desk(site: Site, role_type: str = "coordinator") -> tuple[str, str]:
    """A desk of the coordinator's organisation, and the address of the link that lets its browser in."""
    coordinator(site)
    form_page = site.open("/en/people/desks/new")
    form = form_page.form("/en/people/desks/new")
    chosen = re.search(r'name="organisation".*?<option value="(\w[^"]*)"', form_page.html, re.DOTALL)
    assert chosen
    shown = site.send(form, organisation=chosen[1], label="Night desk", roleType=role_type)
    assert shown.status == 200, shown.text
    link = re.search(r'id="address" readonly value="([^"]+)"', shown.html)
    desk = re.search(r"/people/desks/([0-9a-f-]{36})", shown.html)
    assert link
    assert desk
    return desk[1], link[1]


def code_for(site: Site, desk: str, **fields: str) -> str:
    coordinator(site)
    shown = send(site, f"/en/people/desks/{desk}", **fields)
    assert shown.headers["cache-control"] == "no-store"
    found = re.search(r'id="code" readonly value="([^"]+)"', shown.html)
    assert found, shown.text
    return found[1]


def at_desk(site: Site, desk: str) -> None:
    """The desk's browser, signed in."""
    with state(site).units.writing() as uow:
        token = service.begin_sign_in(uow, state(site).secrets, UUID(desk)).token
    site.client.cookies.clear()
    site.client.cookies.set(SIGN_IN_COOKIE, token)


def opened_desk(site: Site) -> str:
    """A desk with one operator, who has set a PIN and is there."""
    desk, _ = made_desk(site)
    code = code_for(site, desk, label="AB", deed="add")
    at_desk(site, desk)
    with quick_passwords():
        first = send(site, "/en/desk/first", operator="1", code=code, newPin=PIN, newPinAgain=PIN)
    assert first.address.endswith("/en"), first.text
    return desk


def viewer(site: Site) -> Any:
    answer = site.client.post("/graphql", json=VIEWER, headers={"Sec-Fetch-Site": "same-origin"})
    return answer.json()["data"]["viewer"]


def last_actor(site: Site, action: str) -> str:
    with state(site).units.reading() as uow:
        entry = sa.select(AuditEntry.actor).where(col(AuditEntry.action) == action)
        return str(uow.db.scalars(entry.order_by(col(AuditEntry.id).desc())).first())


def test_the_link_lets_the_desk_in_and_nothing_is_open_yet(site: Site) -> None:
    desk, link = made_desk(site)
    code = code_for(site, desk, label="AB", deed="add")
    site.client.cookies.clear()
    path = link.removeprefix("http://127.0.0.1")
    with quick_passwords():
        password = "night lamps over the quiet river 42"
        arrived = site.send(site.open(f"/en{path}").form(f"/en{path}"), password=password)

    assert "Who is at the desk?" in arrived.text
    assert "desk-" not in arrived.text
    with quick_passwords():
        first = send(site, "/en/desk/first", operator="1", code=code.lower(), newPin=PIN, newPinAgain=PIN)
    assert "At the desk: AB" in first.text


def test_without_operator_every_page_leads_to_the_desk(site: Site) -> None:
    desk, _ = made_desk(site)
    at_desk(site, desk)
    before = rows(site)
    is_open = re.compile(r"^/(desk|sign-in|sign-out|welcome|reset|forgot|privacy)(/|$)")
    for path, _, methods in PAGES:
        if is_open.match(path):
            continue
        address = "" if path == "/" else re.sub(r"\{\w+\}", "x", path)
        for method in methods:
            answer = site.client.request(
                method, f"/en{address}", data={"tile": "leaflets"}, follow_redirects=False
            )
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/en/desk"), (
                path
            )
    assert viewer(site) is None
    assert rows(site) == before


def test_a_desk_reads_through_graphql_what_any_visitor_reads(site: Site) -> None:
    desk, _ = made_desk(site)
    everything = {
        "query": "{ organisations { totalCount } activities { totalCount } services { totalCount }"
        " trainingSessions { totalCount } people { totalCount } auditEntries { totalCount } }"
    }
    site.client.cookies.clear()
    visitor = site.client.post("/graphql", json=everything).json()
    at_desk(site, desk)

    assert site.client.post("/graphql", json=everything).json() == visitor


def test_an_operator_works_as_the_desk_and_is_named_in_the_audit_log(site: Site) -> None:
    desk = opened_desk(site)

    seen = viewer(site)
    saved = site.send(site.open("/en/log").form("/en/log"), tile="leaflets", districts="MD-BA")

    assert seen["person"] is None
    assert "capacity:confirm" in seen["permissions"]
    assert not {"people:manage", "service:offer", "training:plan"} & set(seen["permissions"])
    assert "saved=" in saved.address
    assert last_actor(site, "outreach:activity:log") == f"account:{desk}/operator:1"
    with state(site).units.reading() as uow:
        made = uow.db.scalars(
            sa.select(Activity.created_by).order_by(col(Activity.created_at).desc())
        ).first()
    assert made == f"account:{desk}/operator:1"
    own = ("/me", "/me/security", "/me/providers", "/me/sign-ins", "/me/apps", "/device", "/oauth/authorize")
    for path in (*own, "/people", "/people/desks"):
        answer = site.client.get(f"/en{path}", follow_redirects=False)
        to_sign_in = answer.headers.get("location", "").startswith("/en/sign-in")
        assert to_sign_in or answer.status_code in (400, 403, 404), path


def test_handing_over_ends_the_turn_and_the_next_one_is_another(site: Site) -> None:
    desk = opened_desk(site)
    code = code_for(site, desk, label="CD", deed="add")
    at_desk(site, desk)
    with quick_passwords():
        send(site, "/en/desk/first", operator="2", code=code, newPin="271828", newPinAgain="271828")
    saved = site.send(site.open("/en/log").form("/en/log"), tile="leaflets", districts="MD-BA")

    handed = site.send(saved.form("/en/desk/hand-over"))

    assert "Who is at the desk?" in handed.text
    assert viewer(site) is None
    with quick_passwords():
        back = send(site, "/en/desk", operator="1", pin=PIN, next="/en/log")
        assert back.address.endswith("/en/log")
        # Of all the desk has done, not only of the own.
        mine = site.client.post("/graphql", json=VIEWER).json()["data"]["myActivities"]["totalCount"]
    assert mine == 1
    assert last_actor(site, "desk:turn:start") == f"account:{desk}/operator:1"


def test_wrong_pins_are_refused_and_slowed_down(site: Site) -> None:
    desk = opened_desk(site)
    at_desk(site, desk)

    with quick_passwords():
        told = [send(site, "/en/desk", operator="1", pin="111111") for _ in range(6)]

    assert [each.status for each in told] == [422] * 6
    assert all("After twenty wrong tries" in each.text for each in told[:5])
    assert "After twenty wrong tries" not in told[5].text
    assert viewer(site) is None
    with state(site).units.reading() as uow:
        assert uow.db.scalars(sa.select(DeskOperator.wrong_count)).one() == 5
    assert last_actor(site, "desk:turn:refuse") == f"account:{desk}"
    # Neither the PIN nor what was tried stands anywhere.
    with state(site).units.reading() as uow:
        kept = str([vars(each) for each in uow.db.scalars(sa.select(AuditEntry))])
    assert "111111" not in kept
    assert PIN not in kept


def test_a_first_pin_that_will_not_do(site: Site) -> None:
    desk, _ = made_desk(site)
    code = code_for(site, desk, label="AB", deed="add")
    at_desk(site, desk)
    right = {"operator": "1", "code": code, "newPin": PIN, "newPinAgain": PIN}
    for fields, words in (
        ({"newPin": "123456", "newPinAgain": "123456"}, "too easy to guess"),
        ({"newPin": "80421", "newPinAgain": "80421"}, "A PIN has 6 to 12 digits"),
        ({"newPinAgain": "804214"}, "are not the same"),
        ({"code": "AAAAA-AAAAA"}, "This is not right"),
        ({"operator": "7"}, "This is not right"),
        ({"operator": "x"}, message("REQUIRED", {}, "en")),
    ):
        with quick_passwords():
            shown = send(site, "/en/desk/first", **right | fields)

        assert (shown.status, viewer(site)) == (422, None), fields
        assert words in shown.text, fields


def test_whoever_does_nothing_is_not_there_any_more(site: Site) -> None:
    opened_desk(site)
    form = site.open("/en/log").form("/en/log")
    with state(site).units.writing() as uow:
        uow.db.execute(sa.update(DeskTurn).values(ends_at=uow.now - timedelta(seconds=1)))
    before = rows(site)

    shown = site.send(form, tile="leaflets", districts="MD-BA")

    assert "this was not saved" in shown.text
    assert rows(site) == before


def test_whoever_does_something_stays(site: Site) -> None:
    opened_desk(site)
    with state(site).units.writing() as uow:
        uow.db.execute(sa.update(DeskTurn).values(ends_at=uow.now + timedelta(minutes=2)))
        now = uow.now

    site.open("/en/log")

    with state(site).units.reading() as uow:
        assert uow.db.scalars(sa.select(DeskTurn.ends_at)).one() > now + timedelta(minutes=14)


def test_nobody_else_has_the_coordinators_pages(site: Site) -> None:
    desk, _ = made_desk(site)
    signed_in(site, "coordinator", "moc")
    assert site.open(f"/en/people/desks/{desk}").status == 404
    assert desk not in site.open("/en/people/desks").html
    signed_in(site, "reporter")
    assert site.open("/en/people/desks").status == 403
    assert site.open("/en/desk").status == 404


def test_the_coordinator_resets_ends_and_closes(site: Site) -> None:
    desk = opened_desk(site)
    path = f"/en/people/desks/{desk}"

    assert code_for(site, desk, operator="1", deed="reset")
    ended = send(site, path, operator="1", deed="end")
    gone = send(site, path, operator="1", deed="end")
    renewed = send(site, path, deed="renew")
    closed = send(site, path, deed="close")

    assert "Ended. The PIN counts no more." in ended.text
    assert gone.status == 404
    assert 'id="address"' in renewed.html
    assert "The desk is closed." in closed.text
    assert site.open(path).status == 404
