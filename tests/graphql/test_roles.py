"""Inviting people, giving and ending roles: each refusal beside the case that is permitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from coalition.access.actors import actor_for_account
from coalition.access.links import account_of_link
from coalition.access.models import Account, OneTimeLink
from coalition.audit.models import AuditEntry
from coalition.graphql.identifiers import encode_id
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation, Person, Role, RoleType, RoleTypePermission
from tests import factories
from tests.graphql.world import SECRETS, World, record_id

INVITED = """role { id roleType { code } organisation { slug } startsOn endsOn state
  person { name languages email } } link replayed"""
GIVEN = "role { id roleType { code } startsOn endsOn state } replayed"
ENDED = "role { endsOn state }"
TODAY, DAY = factories.TODAY, timedelta(days=1)


@pytest.fixture
def lines(world: World) -> World:
    """The world with a parish below `bes`, one that left, and a police body below it."""
    with world.units.writing() as uow:
        bes = uow.db.scalars(sa.select(Organisation).filter_by(slug="bes")).one()
        factories.organisation(uow, "parish", parent=bes, kind=OrganisationKind.PARISH)
        factories.organisation(uow, "gone", parent=bes, status=MembershipStatus.LEFT)
        factories.organisation(uow, "police", parent=bes, kind=OrganisationKind.LAW_ENFORCEMENT)
    world.meet_anew()
    return world


def invitation(world: World, slug: str = "parish", **changes: Any) -> dict[str, Any]:
    return {
        "name": "Demo Maria",
        "email": "maria@demo.invalid",
        "organisation": world.organisation(slug),
        "roleType": "reporter",
        **changes,
    }


def invited(world: World, actor: str = "bes", **changes: Any) -> dict[str, Any]:
    payload = world.deed("invitePerson", actor, invitation(world, **changes), INVITED)
    assert payload["userErrors"] == []
    return dict(payload)


def refused_invitation(world: World, actor: str = "bes", **changes: Any) -> list[Any]:
    """The faults; nothing was stored."""
    before = world.dump()
    faults = world.refused("invitePerson", actor, invitation(world, **changes))
    assert world.dump() == before
    return faults


def person_of(world: World, actor: str) -> str:
    person_id = world.actor(actor).person_id
    assert person_id is not None
    return encode_id("Person", person_id)


def role_of(world: World, actor: str) -> str:
    return world.id_of("Role", Role, person_id=world.actor(actor).person_id)


def audited(world: World) -> list[tuple[str, str, str | None]]:
    return [(entry.actor, entry.action, entry.reason) for entry in world.audit()]


# ------------------------------------------------------------------ inviting


def test_invite_somebody_new(lines: World) -> None:
    payload = invited(lines, languages=["ro", "ru"])

    link = payload.pop("link")
    role_id = payload["role"].pop("id")
    assert payload == {
        "userErrors": [],
        "role": {
            "roleType": {"code": "reporter"},
            "organisation": {"slug": "parish"},
            "startsOn": TODAY.isoformat(),
            "endsOn": None,
            "state": "ACTIVE",
            "person": {"name": "Demo Maria", "languages": ["ro", "ru"], "email": "maria@demo.invalid"},
        },
        "replayed": False,
    }
    with lines.units.reading() as uow:
        account = account_of_link(uow, SECRETS, link.removeprefix("/welcome/"))
        assert account is not None
        assert account.email == "maria@demo.invalid"
        assert uow.db.get_one(Role, record_id(role_id)).person_id == account.person_id
    subject = lines.actor("bes").subject
    assert audited(lines) == [
        (subject, "account:account:create", None),
        (subject, "members:role:add", None),
        (subject, "account:link:issue", None),
    ]


def test_invitation_sent_again_shows_no_link(lines: World) -> None:
    key = str(uuid4())

    first = invited(lines, clientId=key)
    again = invited(lines, clientId=key)

    assert first["link"].startswith("/welcome/")
    assert (again["replayed"], again["link"]) == (True, None)
    assert again["role"] == first["role"]
    with lines.units.reading() as uow:
        assert account_of_link(uow, SECRETS, first["link"].removeprefix("/welcome/")) is not None
    other = lines.refused("invitePerson", "bes", invitation(lines, clientId=key, roleType="trainer"))
    assert other == [("IDEMPOTENCY_MISMATCH", ("clientId",))]


def test_invitation_names_all_that_is_wrong(lines: World) -> None:
    assert refused_invitation(
        lines,
        name=" ",
        email="nobody",
        languages=["ro", "???"],
        roleType="king",
        startsOn=str(TODAY - DAY),
    ) == [
        ("REQUIRED", ("name",)),
        ("BAD_EMAIL", ("email",)),
        ("INVALID_LANGUAGE", ("languages", "1")),
        ("DAY_PASSED", ("startsOn",)),
        ("UNKNOWN_ROLE_TYPE", ("roleType",)),
    ]
    assert refused_invitation(lines, name="Maria 2000000000001") == [("PERSONAL_NUMBER", ("name",))]
    assert refused_invitation(lines, name="Maria, 069 123 456") == [("PERSONAL_DATA_SUSPECTED", ("name",))]
    ends = {"startsOn": str(TODAY + 2 * DAY), "endsOn": str(TODAY + DAY)}
    assert refused_invitation(lines, **ends) == [("END_BEFORE_START", ("endsOn",))]


def test_invitation_to_other_lines_is_refused(lines: World) -> None:
    invited(lines, slug="bes", email="one@demo.invalid")

    assert refused_invitation(lines, slug="ubceb") == [("NOT_PERMITTED", ("organisation",))]
    assert refused_invitation(lines, organisation="nonsense") == [("NOT_FOUND", ("organisation",))]
    for actor in ("reporter", "council_member", "auditor", "council_secretary", "anonymous", "partner"):
        assert refused_invitation(lines, actor) == [("NOT_PERMITTED", ("organisation",))], actor


def test_nobody_grants_more_than_they_hold(lines: World) -> None:
    for role_type in ("reporter", "coordinator", "trainer"):
        invited(lines, roleType=role_type, email=f"new-{role_type}@demo.invalid")

    for role_type, slug in (("expert", "bes"), ("council_member", "bes")):
        assert refused_invitation(lines, slug=slug, roleType=role_type) == [("MORE_THAN_HELD", ("roleType",))]


def test_reach_must_be_covered_too(lines: World) -> None:
    """Who reads the records of the own line gives nobody those of everybody."""
    with lines.units.writing() as uow:
        for code, scope in (("archivist", "COALITION"), ("chronicler", "ORGANISATION_AND_BELOW")):
            uow.db.add(RoleType(code=code, name={"en": code}, kinds=["PARISH"]))
            uow.db.flush()
            uow.db.add(RoleTypePermission(role_type=code, permission="records:read", scope=scope))

    invited(lines, roleType="chronicler", email="one@demo.invalid")
    assert refused_invitation(lines, roleType="archivist") == [("MORE_THAN_HELD", ("roleType",))]


def test_kinds_of_organisations_are_data(lines: World) -> None:
    not_here = [("ROLE_NOT_ALLOWED_HERE", ("roleType",))]

    assert refused_invitation(lines, "administrator", roleType="council_member") == not_here
    assert refused_invitation(lines, "administrator", roleType="administrator") == not_here
    assert refused_invitation(lines, "administrator", slug="coalition", roleType="coordinator") == not_here
    assert refused_invitation(lines, "administrator", slug="lastrada", roleType="partner_client") == not_here
    invited(lines, "administrator", slug="bes", roleType="council_member", email="one@demo.invalid")
    invited(lines, "administrator", slug="coalition", roleType="administrator", email="two@demo.invalid")


def test_law_enforcement_and_who_left_hold_no_such_role(lines: World) -> None:
    for actor in ("bes", "administrator"):
        assert refused_invitation(lines, actor, slug="police", roleType="coordinator") == [
            ("BARRED_FROM_LAW_ENFORCEMENT", ("roleType",))
        ]
        assert refused_invitation(lines, actor, slug="gone") == [("ORGANISATION_LEFT", ("organisation",))]
    invited(lines, slug="police", roleType="reporter")


def test_an_address_of_another_line_is_refused_and_counted(lines: World) -> None:
    known = {"email": "MOC@demo.invalid"}

    for _ in range(5):
        assert lines.refused("invitePerson", "bes", invitation(lines, **known)) == [
            ("ADDRESS_KNOWN", ("email",))
        ]
    too_many = [("TOO_MANY_ATTEMPTS", ("email",))]
    assert refused_invitation(lines, **known) == too_many
    assert refused_invitation(lines, email="new@demo.invalid") == too_many

    subject = lines.actor("bes").subject
    assert audited(lines) == [(subject, "access:invitation:refuse", None)] * 5
    lines.clock.forward(days=1)
    lines.meet_anew()
    invited(lines, email="new@demo.invalid")


def test_an_administrator_gives_a_role_to_a_known_address_without_learning_the_name(lines: World) -> None:
    payload = invited(lines, "administrator", email="moc@demo.invalid", name="Anybody", slug="bes")

    assert payload["role"]["person"] == {"name": None, "languages": None, "email": None}
    assert audited(lines)[0] == (lines.actor("administrator").subject, "members:role:add", "as administrator")
    with lines.units.reading() as uow:
        names = set(uow.db.scalars(sa.select(Person.name)))
    assert "Anybody" not in names


def test_who_never_came_in_gets_a_new_link(lines: World) -> None:
    first = invited(lines)
    second = invited(lines)

    assert second["role"] == first["role"]
    assert second["link"] not in (None, first["link"])
    with lines.units.writing() as uow:
        assert account_of_link(uow, SECRETS, first["link"].removeprefix("/welcome/")) is None
        uow.db.execute(
            sa.update(Account)
            .where(Account.email == "maria@demo.invalid")
            .values(password_hash="x", joined_at=uow.now)
        )

    assert refused_invitation(lines) == [("DUPLICATE", ("roleType",))]
    assert invited(lines, roleType="trainer")["link"] is None


def test_no_link_into_an_account_that_serves_elsewhere(lines: World) -> None:
    """A link would hand over the other line's rights."""
    invited(lines)
    invited(lines, "administrator", slug="moc", email="maria@demo.invalid")

    assert invited(lines, roleType="trainer")["link"] is None
    with lines.units.reading() as uow:
        assert len(uow.db.scalars(sa.select(OneTimeLink)).all()) == 2


# ------------------------------------------------------------------ giving


def given(world: World, person: str, **changes: Any) -> dict[str, Any]:
    role = {"organisation": world.organisation("parish"), "roleType": "trainer"}
    return {"person": person, **role, **changes}


def test_give_a_role_from_a_day_to_another(lines: World) -> None:
    person = encode_id("Person", _person_id(lines, invited(lines)))
    days = {"startsOn": str(TODAY + DAY), "endsOn": str(TODAY + 9 * DAY)}
    key = str(uuid4())

    payload = lines.deed("giveRole", "bes", given(lines, person, clientId=key, **days), GIVEN)
    again = lines.deed("giveRole", "bes", given(lines, person, clientId=key, **days), GIVEN)

    assert payload["role"] | {"id": ""} == {
        "id": "",
        "roleType": {"code": "trainer"},
        **days,
        "state": "FUTURE",
    }
    assert again == {**payload, "replayed": True}
    for meets, faults in (
        ({"startsOn": str(TODAY + 9 * DAY)}, [("DUPLICATE", ("roleType",))]),
        ({"startsOn": str(TODAY), "endsOn": str(TODAY + DAY)}, [("DUPLICATE", ("roleType",))]),
        ({"startsOn": str(TODAY), "endsOn": str(TODAY)}, []),
        ({"startsOn": str(TODAY + 10 * DAY)}, []),
    ):
        assert lines.refused("giveRole", "bes", given(lines, person, **meets)) == faults, meets


def test_give_a_role_to_whom_one_does_not_lead(lines: World) -> None:
    """Office in the coalition makes a person seen, not led; who is not seen is not there."""
    office, other = person_of(lines, "trainer"), person_of(lines, "moc")

    assert lines.refused("giveRole", "bes", given(lines, office)) == [("NOT_PERMITTED", ("person",))]
    assert lines.refused("giveRole", "bes", given(lines, other)) == [("NOT_FOUND", ("person",))]
    assert lines.refused("giveRole", "administrator", given(lines, office)) == []
    assert lines.refused("giveRole", "administrator", given(lines, other)) == []


def test_an_administrator_gives_nothing_to_themselves(lines: World) -> None:
    own = person_of(lines, "administrator")

    coordinator = given(lines, own, roleType="coordinator")

    assert lines.refused("giveRole", "administrator", coordinator) == [("MORE_THAN_HELD", ("roleType",))]
    assert (
        lines.refused("giveRole", "administrator", {**coordinator, "person": person_of(lines, "moc")}) == []
    )
    by_address = invitation(lines, email="administrator@demo.invalid", roleType="coordinator")
    assert lines.refused("invitePerson", "administrator", by_address) == [("MORE_THAN_HELD", ("roleType",))]


def test_an_anonymised_person_gets_no_role(lines: World) -> None:
    person_id = _person_id(lines, invited(lines))
    with lines.units.writing() as uow:
        uow.db.get_one(Person, person_id).anonymised_at = uow.now

    person = encode_id("Person", person_id)

    assert lines.refused("giveRole", "bes", given(lines, person)) == [("WRONG_STATE", ("person",))]


# ------------------------------------------------------------------ ending


def test_end_a_role_at_once_or_from_a_day(lines: World) -> None:
    now, later = (invited(lines, email=f"{n}@demo.invalid")["role"]["id"] for n in "ab")

    assert lines.deed("endRole", "bes", {"role": now}, ENDED)["role"] == {
        "endsOn": str(TODAY - DAY),
        "state": "ENDED",
    }
    assert lines.deed("endRole", "bes", {"role": later, "from": str(TODAY + 5 * DAY)}, ENDED)["role"] == {
        "endsOn": str(TODAY + 4 * DAY),
        "state": "ACTIVE",
    }
    assert lines.refused("endRole", "bes", {"role": now}) == [("WRONG_STATE", ("role",))]
    assert lines.refused("endRole", "bes", {"role": later, "from": str(TODAY + 5 * DAY)}) == [
        ("WRONG_STATE", ("role",))
    ]
    assert lines.refused("endRole", "bes", {"role": later, "from": str(TODAY - DAY)}) == [
        ("DAY_PASSED", ("from",))
    ]
    assert lines.refused("endRole", "bes", {"role": later, "from": str(TODAY + 2 * DAY)}) == []
    assert audited(lines)[-3:] == [(lines.actor("bes").subject, "members:role:end", None)] * 3


def test_end_roles_of_others(lines: World) -> None:
    role = invited(lines)["role"]["id"]

    for actor, faults in {
        "moc": [("NOT_FOUND", ("role",))],
        "reporter": [("NOT_FOUND", ("role",))],
        "anonymous": [("NOT_FOUND", ("role",))],
        "auditor": [("NOT_PERMITTED", ("role",))],
        "administrator": [],
    }.items():
        assert lines.refused("endRole", actor, {"role": role}) == faults, actor


def test_end_a_role_that_may_do_more(lines: World) -> None:
    """What one could not give one cannot end either."""
    office = invited(lines, "administrator", slug="bes", roleType="council_member")["role"]["id"]

    assert lines.refused("endRole", "bes", {"role": office}) == [("MORE_THAN_HELD", ("role",))]
    assert lines.refused("endRole", "administrator", {"role": office}) == []


def test_nobody_ends_the_role_that_lets_them(lines: World) -> None:
    own = role_of(lines, "bes")
    other = invited(lines, slug="bes", roleType="coordinator")["role"]["id"]
    trainer = lines.deed("giveRole", "bes", given(lines, person_of(lines, "bes")), GIVEN)["role"]["id"]

    assert lines.refused("endRole", "bes", {"role": own}) == [("OWN_ROLE", ("role",))]
    assert lines.refused("endRole", "bes", {"role": trainer}) == []
    assert lines.refused("endRole", "bes", {"role": other}) == []
    own = role_of(lines, "administrator")
    assert lines.refused("endRole", "administrator", {"role": own}) == [("OWN_ROLE", ("role",))]


def test_the_last_administrator_stays_on_every_day(lines: World) -> None:
    first = role_of(lines, "administrator")
    until = {"startsOn": str(TODAY), "endsOn": str(TODAY + 9 * DAY)}
    second_role = {"slug": "coalition", "roleType": "administrator"}
    second = _actor_of(lines, invited(lines, "administrator", **second_role, **until))

    gap = [("LAST_ADMINISTRATOR", ("role",))]
    assert lines.refused("endRole", second, {"role": first}) == gap
    assert lines.refused("endRole", second, {"role": first, "from": str(TODAY + 11 * DAY)}) == gap
    third = {"email": "third@demo.invalid", "startsOn": str(TODAY + 11 * DAY)}
    invited(lines, "administrator", **second_role, **third)
    assert lines.refused("endRole", second, {"role": first, "from": str(TODAY + 5 * DAY)}) == gap
    closing = {"email": "fourth@demo.invalid", "startsOn": str(TODAY + 10 * DAY)}
    fourth = invited(lines, "administrator", **second_role, **closing)["role"]["id"]

    assert lines.refused("endRole", second, {"role": first, "from": str(TODAY + 5 * DAY)}) == []
    assert lines.refused("endRole", second, {"role": fourth}) == gap


def test_a_role_takes_effect_and_ends_with_the_next_request(lines: World) -> None:
    payload = invited(lines)
    person_id = _person_id(lines, payload)
    act = "{ viewer { permissions } }"

    before = lines.one(act, _actor_of(lines, payload))["permissions"]
    lines.deed("endRole", "bes", {"role": payload["role"]["id"]})
    after = lines.one(act, _actor_of(lines, payload))["permissions"]

    assert before == ["activity:log", "coalition:read", "records:read"]
    assert after == []
    assert person_id is not None


def test_no_address_and_no_name_is_audited(lines: World) -> None:
    invited(lines)
    lines.refused("invitePerson", "bes", invitation(lines, email="moc@demo.invalid"))

    with lines.units.reading() as uow:
        entries = uow.db.scalars(sa.select(AuditEntry)).all()
    text = repr([entry.model_dump() for entry in entries])
    assert "Maria" not in text
    assert "demo.invalid" not in text


def _person_id(world: World, payload: Mapping[str, Any]) -> UUID:
    role: Role = world.row(Role, id=record_id(payload["role"]["id"]))
    return role.person_id


def _actor_of(world: World, payload: Mapping[str, Any]) -> Any:
    account = world.row(Account, person_id=_person_id(world, payload))
    with world.units.reading() as uow:
        return actor_for_account(uow, account)
