"""`ownData` and the deeds on it: what is held about oneself, for nobody else."""

from __future__ import annotations

import sqlalchemy as sa

from coalition.access.links import issue_one_time_link
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.passwords import hash_password
from coalition.access.service import begin_sign_in, give_role
from coalition.core.clock import civil_date
from coalition.members.consents import NOTICE_VERSION, consenting_persons
from coalition.members.enums import ConsentPurpose, MandateKind
from coalition.members.models import Body, Consent, Mandate, Organisation, Person, Role, Seat
from tests.factories import NOW
from tests.graphql.selection import everything
from tests.graphql.world import EVERYBODY, PARTNER, SECRETS, TEST, World
from tests.support.application import quick_passwords

PASSWORD = "correct horse battery"
OWN = "{ ownData { name email languages accountLanguage noticeVersion } }"
ALL = f"{{ ownData {{ {everything('OwnData', 2)} }} }}"


def _give_password(world: World, name: str) -> None:
    with world.units.writing() as uow, quick_passwords():
        uow.db.execute(
            sa.update(Account)
            .where(Account.email == f"{name}@demo.invalid")
            .values(password_hash=hash_password(PASSWORD))
        )


def _consent(version: str = NOTICE_VERSION) -> dict[str, str]:
    return {"purpose": "NAME_IN_COALITION", "version": version}


# ------------------------------------------------------------------ seeing


def test_own_data_are_ones_own_and_nobody_elses(record: World) -> None:
    found = {name: record.one(OWN, name) for name in EVERYBODY}

    assert {name for name, data in found.items() if data is None} == {"anonymous", PARTNER}
    assert {name: data["email"] for name, data in found.items() if data} == {
        name: f"{name}@demo.invalid" for name in EVERYBODY if name not in ("anonymous", PARTNER)
    }


def test_own_data_hold_everything(world: World) -> None:
    actor = world.actor("council_member")
    with world.units.writing() as uow:
        account = uow.db.get_one(Account, actor.account_id)
        begin_sign_in(uow, SECRETS, account.id)
        issue_one_time_link(uow, SECRETS, TEST, account.id)
        seat = Seat(body_id=uow.db.scalars(sa.select(Body.id).where(Body.code == "council")).one())
        uow.db.add(seat)
        uow.db.flush()
        uow.db.add(
            Mandate(seat_id=seat.id, person_id=actor.person_id, kind=MandateKind.FULL, starts_on=uow.today)
        )
    world.deed("giveConsent", actor, _consent())

    found = world.one(ALL, actor)

    day = civil_date(NOW).isoformat()
    assert (found["name"], found["email"]) == ("Demo council_member", "council_member@demo.invalid")
    [role] = found["roles"]
    assert (role["roleType"], role["name"], role["startsOn"], role["endsOn"]) == (
        "council_member",
        "Council member",
        day,
        None,
    )
    assert role["organisation"]["slug"] == "coalition"
    [mandate] = found["mandates"]
    assert (mandate["body"]["kind"], mandate["kind"], mandate["startsOn"]) == ("COUNCIL", "FULL", day)
    assert [token["name"] for token in found["tokens"]] == ["Test"]
    assert [len(found[name]) for name in ("signIns", "links", "consents")] == [1, 1, 1]
    assert [deed["action"] for deed in found["deeds"]["nodes"]] == [
        "members:consent:give",
        "account:sign_in:start",
    ]


# ------------------------------------------------------------------ consents


def test_consent_is_given_once_and_withdrawn(world: World) -> None:
    person = world.actor("reporter").person_id

    assert world.refused("giveConsent", "reporter", _consent()) == []
    assert world.refused("giveConsent", "reporter", _consent()) == []

    with world.units.reading() as uow:
        assert uow.db.scalars(consenting_persons(ConsentPurpose.NAME_IN_COALITION)).all() == [person]
        assert uow.db.scalars(consenting_persons(ConsentPurpose.NAME_TO_PARTNERS)).all() == []
    assert world.refused("withdrawConsent", "reporter", {"purpose": "NAME_IN_COALITION"}) == []
    assert world.refused("withdrawConsent", "reporter", {"purpose": "NAME_IN_COALITION"}) == []
    with world.units.reading() as uow:
        assert uow.db.scalars(consenting_persons(ConsentPurpose.NAME_IN_COALITION)).all() == []
        [kept] = uow.db.scalars(sa.select(Consent)).all()
    assert (kept.version, kept.given_at, kept.withdrawn_at) == (NOTICE_VERSION, NOW, NOW)
    assert [entry.action for entry in world.audit()] == ["members:consent:give", "members:consent:withdraw"]


def test_consent_to_an_earlier_text_counts_until_one_to_the_new_text_takes_its_place(world: World) -> None:
    person = world.actor("reporter").person_id
    with world.units.writing() as uow:
        uow.db.add(
            Consent(
                person_id=person, purpose=ConsentPurpose.NAME_IN_COALITION, version="2020-01-01", given_at=NOW
            )
        )
    with world.units.reading() as uow:
        assert uow.db.scalars(consenting_persons(ConsentPurpose.NAME_IN_COALITION)).all() == [person]

    assert world.refused("giveConsent", "reporter", _consent("2020-01-01")) == [
        ("NOTICE_OUTDATED", ("version",))
    ]
    assert world.refused("giveConsent", "reporter", _consent()) == []

    with world.units.reading() as uow:
        rows = uow.db.scalars(sa.select(Consent).order_by(Consent.version)).all()
        assert [(row.version, row.withdrawn_at is None) for row in rows] == [
            ("2020-01-01", False),
            (NOTICE_VERSION, True),
        ]


def test_nobody_and_systems_have_no_data_to_change(world: World) -> None:
    before = world.dump()
    wishes = {
        "giveConsent": _consent(),
        "withdrawConsent": {"purpose": "NAME_IN_COALITION"},
        "correctOwnData": {"name": "Somebody"},
        "eraseOwnData": {"confirmation": "anything"},
    }

    for actor in ("anonymous", PARTNER):
        for name, given in wishes.items():
            assert world.refused(name, actor, given) == [("UNAUTHENTICATED", ())]

    assert world.dump() == before


# ------------------------------------------------------------------ correcting


def test_correction_writes_what_differs_and_names_no_value(world: World) -> None:
    given = {"name": " Ana  Nouă ", "languages": ["ro", "ru"], "accountLanguage": "ru"}

    payload = world.deed(
        "correctOwnData", "reporter", given, "ownData { name languages accountLanguage email }"
    )

    assert payload == {
        "userErrors": [],
        "ownData": {
            "name": "Ana  Nouă",
            "languages": ["ro", "ru"],
            "accountLanguage": "ru",
            "email": "reporter@demo.invalid",
        },
    }
    assert [(entry.action, entry.fields, entry.reason) for entry in world.audit()] == [
        ("members:person:correct", ["languages", "name"], None),
        ("account:account:correct", ["language"], None),
    ]
    assert world.refused("correctOwnData", "reporter", given) == []
    assert len(world.audit()) == 2


def test_correction_is_refused_with_all_that_is_wrong(world: World) -> None:
    before = world.dump()
    given = {"name": "Ana 069 123 456", "languages": ["ro", "popescu"], "accountLanguage": "uk"}

    assert world.refused("correctOwnData", "reporter", given) == [
        ("PERSONAL_DATA_SUSPECTED", ("name",)),
        ("INVALID_LANGUAGE", ("languages", "1")),
        ("INVALID_LANGUAGE", ("accountLanguage",)),
    ]
    assert world.refused("correctOwnData", "reporter", {"name": " "}) == [("REQUIRED", ("name",))]
    assert world.refused("correctOwnData", "reporter", {"name": "a" * 201}) == [("TOO_LONG", ("name",))]
    assert world.dump() == before


# ------------------------------------------------------------------ erasing


def test_erasure_needs_the_password(world: World) -> None:
    _give_password(world, "reporter")
    before = world.dump()
    for wrong in ("", "wrong", "reporter@demo.invalid"):
        assert world.refused("eraseOwnData", "reporter", {"confirmation": wrong}) == [
            ("CONFIRMATION_WRONG", ("confirmation",))
        ]

    assert [entry.action for entry in world.audit()] == ["members:person:erase_refuse"] * 3
    assert {name for name, rows in world.dump().items() if rows != before[name]} <= {
        "audit_entry", "audit_seal", "sqlite_sequence",
    }  # fmt: skip


def test_erasure_leaves_deeds_without_the_person(world: World) -> None:
    _give_password(world, "reporter")
    actor = world.actor("reporter")
    world.deed("giveConsent", actor, _consent())
    with world.units.writing() as uow:
        begin_sign_in(uow, SECRETS, actor.account_id)
        seat = Seat(body_id=uow.db.scalars(sa.select(Body.id).where(Body.code == "council")).one())
        uow.db.add(seat)
        uow.db.flush()
        uow.db.add(
            Mandate(seat_id=seat.id, person_id=actor.person_id, kind=MandateKind.FULL, starts_on=uow.today)
        )
    caused = [entry.id for entry in world.audit() if entry.actor == actor.subject]

    payload = world.deed("eraseOwnData", actor, {"confirmation": PASSWORD}, "erased")

    assert payload == {"userErrors": [], "erased": True}
    person = world.row(Person, id=actor.person_id)
    assert (person.name, person.languages, person.anonymised_at) == ("", [], NOW)
    with world.units.reading() as uow:
        for table in (SignIn, PersonalAccessToken, OneTimeLink):
            rows = sa.select(table).where(table.account_id == actor.account_id)
            assert uow.db.scalars(rows).all() == []
        assert uow.db.get(Account, actor.account_id) is None
        held = sa.select(Role.ends_on).where(Role.person_id == actor.person_id)
        assert all(day is not None and day <= uow.today for day in uow.db.scalars(held))
        assert uow.db.scalars(sa.select(Mandate.ends_on)).all() == [uow.today]
        assert uow.db.scalars(sa.select(Consent.withdrawn_at)).all() == [NOW]
    everything_left = "".join(row for rows in world.dump().values() for row in rows)
    assert "reporter@demo.invalid" not in everything_left
    assert "Demo reporter" not in everything_left
    # The log keeps what it had: times, actions and an id that means nobody any more.
    left = [entry.id for entry in world.audit() if entry.actor == actor.subject]
    assert left[: len(caused)] == caused
    assert len(left) > len(caused)
    world.meet_anew()
    assert world.one(OWN, actor) is None


def test_account_without_a_password_is_erased_by_its_address(world: World) -> None:
    assert world.refused("eraseOwnData", "expert", {"confirmation": "expert"}) == [
        ("CONFIRMATION_WRONG", ("confirmation",))
    ]

    payload = world.deed("eraseOwnData", "expert", {"confirmation": " Expert@demo.invalid "}, "erased")

    assert payload == {"userErrors": [], "erased": True}


def test_last_administrator_stays(world: World) -> None:
    given = {"confirmation": "administrator@demo.invalid"}
    before = world.dump()

    assert world.refused("eraseOwnData", "administrator", given) == [("LAST_ADMINISTRATOR", ())]
    assert world.dump() == before

    with world.units.writing() as uow:
        coalition = uow.db.scalars(sa.select(Organisation.id).where(Organisation.slug == "coalition")).one()
        other = world.actor("expert").person_id
        give_role(uow, TEST, person_id=other, organisation_id=coalition, role_type="administrator")
    assert world.refused("eraseOwnData", "administrator", given) == []
