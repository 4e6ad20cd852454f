"""The page of one's people: seen, invited, given and ended without a script."""

from __future__ import annotations

import re

from tests.web.site import ShownPage, Site

EMAIL = "maria@demo.invalid"


def invite(site: Site, role_type: str = "reporter", **changes: str) -> ShownPage:
    shown = site.open("/en/people/invite")
    given = {"personName": "Demo Maria", "email": EMAIL, "organisation": _first(shown), "roleType": role_type}
    return site.send(shown.form("/en/people/invite"), **{**given, **changes})


def _first(shown: ShownPage) -> str:
    """The first organisation that the form offers."""
    found = re.search(r'<select id="organisation".*?<option value="([^"]+)"', shown.html, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_page_is_for_who_leads_or_administers(site: Site) -> None:
    assert site.open("/en/people").address.startswith("/en/sign-in")
    for role, organisation, status in (
        ("reporter", "ubceb", 403),
        ("auditor", "coalition", 403),
        ("coordinator", "bes", 200),
        ("administrator", "coalition", 200),
    ):
        site.client.cookies.clear()
        site.sign_in(role, organisation)
        assert site.open("/en/people").status == status, role
        assert ('href="/en/people"' in site.open("/en").html) is (status == 200), role


def test_invited_person_comes_in_by_the_link_that_is_shown_once(site: Site) -> None:
    site.sign_in("coordinator", "bes")

    invited = invite(site)

    assert invited.status == 200
    found = re.search(r'readonly value="http://[^/]+(/en/welcome/[^"]+)"', invited.html)
    assert found is not None
    assert invited.headers["cache-control"] == "no-store"
    people = site.open("/en/people")
    assert "Demo Maria" in people.text
    assert EMAIL in people.text
    assert found.group(1) not in people.html

    site.client.cookies.clear()
    welcome = site.open(found.group(1))
    inside = site.send(welcome.form(found.group(1)), password="an apple a day keeps")
    assert inside.status == 200
    assert 'href="/people"' not in inside.html
    assert site.open("/en/log").status == 200


def test_the_same_form_sent_again_shows_no_link(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    shown = site.open("/en/people/invite")
    form = shown.form("/en/people/invite")
    given = {
        "personName": "Demo Maria",
        "email": EMAIL,
        "organisation": _first(shown),
        "roleType": "reporter",
    }

    first, again = site.send(form, **given), site.send(form, **given)

    assert "/welcome/" in first.html
    assert "/welcome/" not in again.html
    assert "it is not shown again" in again.text


def test_what_is_wrong_stands_at_its_field(site: Site) -> None:
    site.sign_in("coordinator", "bes")

    refused = invite(site, personName="", email="nobody", roleType="expert", startsOn="2020-01-01")

    assert refused.status == 422
    for anchor in ("personName", "email", "roleType", "startsOn"):
        assert f'id="{anchor}-error"' in refused.html, anchor
    assert 'value="nobody"' in refused.html
    assert site.open("/en/people").text.count("Demo Maria") == 0


def test_a_role_is_given_and_ended(site: Site) -> None:
    site.sign_in("coordinator", "bes")
    invite(site)
    people = site.open("/en/people")
    give = re.search(
        r'href="(/en/people/[^"/]+/role)"[^>]*>Give another role<span[^>]*>: Demo Maria', people.html
    )
    assert give is not None
    form = site.open(give.group(1))

    given = site.send(form.form(give.group(1)), organisation=_first(form), roleType="trainer")

    assert given.address == "/en/people?done=given"
    ends = [each for each in given.forms if each.action == "/en/people/end"]
    assert len(ends) == 2
    assert site.send(ends[0], **{"from": "2020-01-01"}).status == 422
    ended = site.send(ends[0])
    assert ended.address == "/en/people?done=ended"
    assert "ended" in ended.text
    assert len([each for each in ended.forms if each.action == "/en/people/end"]) == 1


def test_an_administrator_sees_roles_without_names(site: Site) -> None:
    site.sign_in("administrator", "coalition")

    people = site.open("/en/people")

    assert "Somebody whose name is not open to you" in people.text
    assert "Demo coordinator of bes" not in people.text
    assert "Demo administrator of coalition" in people.text
    assert "Coordinator" in people.text


def test_people_of_other_lines_are_not_there(site: Site) -> None:
    site.sign_in("coordinator", "moc")

    own = site.open("/en/people")

    assert "Demo coordinator of moc" in own.text
    assert "Demo coordinator of bes" not in own.text
    assert site.open("/en/people/nonsense/role").status == 404
