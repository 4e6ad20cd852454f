"""Who sees which person, under what name: through `people`, `node`, organisations and roles alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from coalition.access.models import Account
from coalition.access.service import create_account
from coalition.core.unit_of_work import UnitOfWork
from coalition.graphql.identifiers import encode_id
from coalition.members.enums import OrganisationKind
from coalition.members.models import Consent, Organisation, Person, Role
from coalition.members.policies import SEEN_AFTER_END_DAYS
from tests import factories
from tests.graphql.world import EVERYBODY, TEST, World

PERSON = "name languages email anonymised roles { roleType { code } organisation { slug } state }"
NODE = f"query ($id: ID!) {{ node(id: $id) {{ ... on Person {{ {PERSON} }} }} }}"
PEOPLE = f"""query ($filter: PersonFilter) {{
  people(first: 100, filter: $filter) {{ totalCount nodes {{ id {PERSON} }} }} }}"""
AT = "query ($slug: String!) { organisation(slug: $slug) { people { totalCount nodes { name } } } }"
COUNTS = "query ($slug: String!) { organisation(slug: $slug) { roleCounts { roleType { code } count } } }"
DAY = timedelta(days=1)


def add_person(uow: UnitOfWork, name: str, slug: str, *, consents: tuple[str, ...] = (), **role: Any) -> UUID:
    account = create_account(uow, TEST, email=f"{name}@demo.invalid", name=f"Demo {name}", is_demo=True)
    person = uow.db.get_one(Person, account.person_id)
    person.languages = ["ro"]
    at = uow.db.scalars(sa.select(Organisation).filter_by(slug=slug)).one()
    days = {"role_type": "reporter", "starts_on": factories.TODAY, **role}
    uow.db.add(Role(person_id=person.id, organisation_id=at.id, **days))
    uow.db.add_all(
        Consent(person_id=person.id, purpose=purpose, version="1", given_at=uow.now) for purpose in consents
    )
    uow.db.flush()
    return person.id


@pytest.fixture
def served(world: World) -> tuple[World, dict[str, str]]:
    """The world with people of `parish`, below `bes`; their ids by name."""
    with world.units.writing() as uow:
        bes = uow.db.scalars(sa.select(Organisation).filter_by(slug="bes")).one()
        factories.organisation(uow, "parish", parent=bes, kind=OrganisationKind.PARISH)
        ids = {
            "quiet": add_person(uow, "quiet", "parish"),
            "named": add_person(uow, "named", "parish", consents=("NAME_IN_COALITION",)),
            "told": add_person(uow, "told", "parish", consents=("NAME_TO_PARTNERS",)),
        }
    world.meet_anew()
    return world, {name: encode_id("Person", each) for name, each in ids.items()}


def names_of(found: Any) -> list[str | None]:
    return [each["name"] for each in found["nodes"]]


def test_a_name_leaves_the_own_line_with_consent_only(served: tuple[World, dict[str, str]]) -> None:
    world, ids = served

    def name(actor: str, who: str) -> Any:
        found = world.one(NODE, actor, id=ids[who])
        return found["name"] if found else "nobody"

    hidden = {"quiet": "nobody", "named": "nobody", "told": "nobody"}
    nameless = dict.fromkeys(hidden)
    coalition = {**hidden, "named": "Demo named"}
    assert {actor: {who: name(actor, who) for who in ids} for actor in EVERYBODY} == {
        "anonymous": hidden,
        "bes": {who: f"Demo {who}" for who in ids},
        "moc": coalition,
        "reporter": coalition,
        "council_member": coalition,
        "council_secretary": coalition,
        "expert": coalition,
        "trainer": coalition,
        "auditor": nameless,
        "administrator": nameless,
        "partner": {**hidden, "told": "Demo told"},
    }


def test_fields_of_a_person_by_who_asks(served: tuple[World, dict[str, str]]) -> None:
    world, ids = served
    role = {"roleType": {"code": "reporter"}, "organisation": {"slug": "parish"}, "state": "ACTIVE"}
    shown = {"name": "Demo named", "languages": ["ro"], "email": None, "anonymised": False, "roles": [role]}

    found = {actor: world.one(NODE, actor, id=ids["named"]) for actor in ("bes", "moc", "auditor")}

    assert found == {
        "bes": {**shown, "email": "named@demo.invalid"},
        "moc": shown,
        "auditor": {**shown, "name": None, "languages": None},
    }


def test_people_lists_and_counts_whom_one_may_see(served: tuple[World, dict[str, str]]) -> None:
    world, ids = served

    def seen(actor: str, **chosen: Any) -> tuple[int, set[str]]:
        found = world.one(PEOPLE, actor, filter=chosen or None)
        here = {each["id"] for each in found["nodes"]}
        assert found["totalCount"] == len(found["nodes"])
        return found["totalCount"], {name for name, opaque in ids.items() if opaque in here}

    # Those in office are the six accounts at the coalition's own organisation, and the viewer.
    everybody = {"quiet", "named", "told"}
    assert seen("anonymous") == (0, set())
    assert seen("partner") == (1, {"told"})
    assert seen("bes") == (6 + 1 + 3, everybody)
    assert seen("moc") == (6 + 1 + 1, {"named"})
    assert seen("auditor")[1] == seen("administrator")[1] == everybody
    parish = world.organisation("parish")
    assert seen("bes", within=parish) == (3, everybody)
    assert seen("bes", within=world.organisation("bes"), roleType="reporter") == (3, everybody)
    assert seen("bes", within=parish, roleType="coordinator") == (0, set())
    assert seen("moc", within=parish) == (1, {"named"})
    assert world.answer(PEOPLE, "bes", filter={"roleType": "king"}).codes == ["UNKNOWN_ROLE_TYPE"]


def test_people_of_an_organisation_come_once(served: tuple[World, dict[str, str]]) -> None:
    world, _ = served
    with world.units.writing() as uow:
        quiet = uow.db.scalars(sa.select(Person).filter_by(name="Demo quiet")).one()
        parish = uow.db.scalars(sa.select(Organisation).filter_by(slug="parish")).one()
        at = {"person_id": quiet.id, "organisation_id": parish.id}
        uow.db.add(Role(**at, role_type="trainer", starts_on=factories.TODAY))
        uow.db.add(Role(**at, role_type="expert", starts_on=factories.TODAY + DAY))

    found = {actor: world.one(AT, actor, slug="parish")["people"] for actor in ("bes", "moc", "anonymous")}

    assert {actor: (each["totalCount"], names_of(each)) for actor, each in found.items()} == {
        "bes": (3, ["Demo quiet", "Demo named", "Demo told"]),
        "moc": (1, ["Demo named"]),
        "anonymous": (0, []),
    }


def test_a_person_is_seen_from_before_the_role_begins_until_a_while_after_it_ended(world: World) -> None:
    days = {
        "coming": {"starts_on": factories.TODAY + DAY},
        "ending": {"starts_on": factories.TODAY - DAY, "ends_on": factories.TODAY},
        "late": {
            "starts_on": factories.TODAY - 90 * DAY,
            "ends_on": factories.TODAY - SEEN_AFTER_END_DAYS * DAY,
        },
        "gone": {
            "starts_on": factories.TODAY - 90 * DAY,
            "ends_on": factories.TODAY - (SEEN_AFTER_END_DAYS + 1) * DAY,
        },
    }
    with world.units.writing() as uow:
        for name, each in days.items():
            add_person(uow, name, "bes", consents=("NAME_IN_COALITION",), **each)

    def seen(actor: str) -> set[str]:
        nodes = world.one(PEOPLE, actor)["nodes"]
        return {name for name in days if f"Demo {name}" in [each["name"] for each in nodes]}

    assert seen("bes") == {"coming", "ending", "late"}
    assert seen("moc") == {"ending"}
    at_bes = {actor: names_of(world.one(AT, actor, slug="bes")["people"]) for actor in ("bes", "moc")}
    assert at_bes == {"bes": ["Demo bes", "Demo coming", "Demo ending"], "moc": ["Demo ending"]}


def test_withdrawn_consent_names_nobody(served: tuple[World, dict[str, str]]) -> None:
    world, ids = served

    assert world.one(NODE, "moc", id=ids["named"]) is not None
    with world.units.writing() as uow:
        uow.db.execute(sa.update(Consent).values(withdrawn_at=uow.now))
    assert world.one(NODE, "moc", id=ids["named"]) is None
    assert world.one(NODE, "partner", id=ids["told"]) is None


def test_office_in_the_coalition_is_named(world: World) -> None:
    """To who belongs to the coalition and to the auditor; not to partners, administrators or the public."""
    opaque = encode_id("Person", world.actor("council_member").person_id or UUID(int=0))
    nobody = {"anonymous": "nobody", "partner": "nobody", "administrator": None}

    found = {actor: world.one(NODE, actor, id=opaque) for actor in EVERYBODY}

    assert {actor: each["name"] if each else "nobody" for actor, each in found.items()} == {
        **dict.fromkeys(EVERYBODY, "Demo council_member"),
        **nobody,
    }
    emails = {actor for actor, each in found.items() if each and each["email"]}
    assert emails == {"council_member"}


def test_anonymised_persons_have_no_name(served: tuple[World, dict[str, str]]) -> None:
    world, ids = served
    with world.units.writing() as uow:
        uow.db.execute(sa.update(Person).where(Person.name == "Demo named").values(anonymised_at=uow.now))

    for actor in ("bes", "moc", "auditor"):
        found = world.one(NODE, actor, id=ids["named"])
        assert (found["name"], found["email"], found["anonymised"]) == (None, None, True), actor


def test_roles_are_counted_side_by_side_for_the_council_only(served: tuple[World, dict[str, str]]) -> None:
    world, _ = served
    counted = [{"roleType": {"code": "reporter"}, "count": 3}]
    filled = [{"roleType": {"code": "reporter"}, "count": None}]

    found = {actor: world.one(COUNTS, actor, slug="parish")["roleCounts"] for actor in EVERYBODY}

    assert found == {
        **dict.fromkeys(EVERYBODY, counted),
        **dict.fromkeys(("moc", "reporter", "expert", "trainer"), filled),
        **dict.fromkeys(("anonymous", "partner"), None),
    }


def test_role_types_say_what_they_may_do(record: World) -> None:
    document = """{ roleTypes { code name ro: name(language: "ro") forSystems kinds
      permissions { permission reach } } }"""

    found = {each["code"]: each for each in record.one(document)}

    assert list(found) == sorted(found)
    assert found["administrator"] == {
        "code": "administrator",
        "name": "Administrator",
        "ro": "Administrator",
        "forSystems": False,
        "kinds": ["COALITION"],
        "permissions": [{"permission": "access:administer", "reach": "COALITION"}],
    }
    assert [code for code, each in found.items() if each["forSystems"]] == ["partner_client"]


def test_a_list_of_people_takes_the_same_statements_whatever_its_length(
    served: tuple[World, dict[str, str]],
) -> None:
    world, _ = served
    document = f"{{ people(first: 100) {{ nodes {{ {PERSON} roles {{ person {{ name }} }} }} }} }}"

    world.actor("bes")

    with world.statements() as few:
        world.one(document, "bes")
    with world.units.writing() as uow:
        for number in range(30):
            add_person(uow, f"more-{number}", "parish")
    with world.statements() as many:
        world.one(document, "bes")

    # People, names, languages, addresses, roles; then role types, organisations, and who holds the roles.
    assert (len(few), len(many)) == (8, 8)
    assert world.row(Account, email="more-1@demo.invalid") is not None
