"""The role types of the coalition as data (DOMAIN.md section 8), written to the database by `seed`.

`records:read` reads every record of the organisations it reaches, whatever its visibility;
`coalition:read` reads what others share with the coalition, `partners:read` what they share with partners.
`coverage:compare` sees church bodies and denominations side by side.
"""

from dataclasses import dataclass

from coalition.members.enums import OrganisationKind, Scope

ORGANISATION = Scope.ORGANISATION
BELOW = Scope.ORGANISATION_AND_BELOW
COALITION = Scope.COALITION


_OFFICE = (OrganisationKind.COALITION,)
_CHURCH = (
    OrganisationKind.CHURCH,
    OrganisationKind.UNION,
    OrganisationKind.DIOCESE,
    OrganisationKind.DEANERY,
    OrganisationKind.PARISH,
)
_COUNCIL_KINDS = (*_OFFICE, OrganisationKind.CHURCH, OrganisationKind.UNION)
_ANY = tuple(OrganisationKind)
# The coalition itself has no coordinator: its line would be everybody's.
_MEMBERS = tuple(kind for kind in OrganisationKind if kind is not OrganisationKind.COALITION)


@dataclass(frozen=True)
class RoleTypeSeed:
    """A role type with its name in three languages and its permissions with their reach.

    `kinds` are the kinds of organisations in which it can be held. One that is `for_systems` is held by
    a partner's system, never by a person. `cost_budget` is how many points one request may come to.
    `needs_second_factor`: whoever holds it signs in with two.
    """

    code: str
    name: dict[str, str]
    permissions: dict[str, Scope]
    kinds: tuple[OrganisationKind, ...] = _ANY
    for_systems: bool = False
    cost_budget: int = 100_000
    needs_second_factor: bool = False


_COUNCIL = {"coalition:read": COALITION, "coverage:compare": COALITION, "ballot:vote": COALITION}

ROLE_TYPES = (
    RoleTypeSeed(
        "reporter",
        {"en": "Reporter", "ro": "Raportor", "ru": "Составитель отчётов"},
        {"activity:log": ORGANISATION, "records:read": ORGANISATION, "coalition:read": COALITION},
    ),
    RoleTypeSeed(
        "coordinator",
        {"en": "Coordinator", "ro": "Coordonator", "ru": "Координатор"},
        {
            "activity:log": BELOW,
            "activity:review": BELOW,
            "people:manage": BELOW,
            "service:offer": BELOW,
            "capacity:confirm": BELOW,
            "capacity:hold": BELOW,
            "capacity:read": COALITION,
            "training:assign": BELOW,
            "training:plan": BELOW,
            "referral:send": BELOW,
            "referral:answer": BELOW,
            "client:request": BELOW,
            "records:read": BELOW,
            "coalition:read": COALITION,
        },
        kinds=_MEMBERS,
    ),
    RoleTypeSeed(
        "council_member",
        {"en": "Council member", "ro": "Membru al Consiliului", "ru": "Член Совета"},
        dict(_COUNCIL),
        kinds=_COUNCIL_KINDS,
    ),
    RoleTypeSeed(
        "council_secretary",
        {"en": "Council secretary", "ro": "Secretar al Consiliului", "ru": "Секретарь Совета"},
        {
            **_COUNCIL,
            "training:plan": COALITION,
            "training:certify": COALITION,
            "meeting:manage": COALITION,
            "decision:record": COALITION,
            "member:admit": COALITION,
            "mandate:appoint": COALITION,
            "client:approve": COALITION,
        },
        kinds=_OFFICE,
        needs_second_factor=True,
    ),
    RoleTypeSeed(
        "expert",
        {"en": "Expert", "ro": "Expert", "ru": "Эксперт"},
        {"curriculum:draft": COALITION, "coalition:read": COALITION},
        kinds=(*_OFFICE, *_CHURCH, OrganisationKind.FAITH_BASED_NGO, OrganisationKind.NGO),
    ),
    RoleTypeSeed(
        "trainer",
        {"en": "Trainer", "ro": "Formator", "ru": "Тренер"},
        {"coalition:read": COALITION},
    ),
    RoleTypeSeed(
        "partner_client",
        {"en": "Partner system", "ro": "Sistem partener", "ru": "Система партнёра"},
        {
            "capacity:read": COALITION,
            "capacity:hold": ORGANISATION,
            "referral:send": ORGANISATION,
            "records:read": ORGANISATION,
            "partners:read": COALITION,
        },
        for_systems=True,
    ),
    RoleTypeSeed(
        "auditor",
        {"en": "Auditor", "ro": "Auditor", "ru": "Аудитор"},
        {
            "records:read": COALITION,
            "coalition:read": COALITION,
            "coverage:compare": COALITION,
            "audit:read": COALITION,
        },
        kinds=_OFFICE,
        # Reads whole lists side by side.
        cost_budget=200_000,
        needs_second_factor=True,
    ),
    RoleTypeSeed(
        "administrator",
        {"en": "Administrator", "ro": "Administrator", "ru": "Администратор"},
        {"access:administer": COALITION},
        kinds=_OFFICE,
        needs_second_factor=True,
    ),
)

# A law enforcement body can hold none of these (DOMAIN.md section 4).
BARRED_FROM_LAW_ENFORCEMENT = ("capacity:", "referral:", "people:", "service:")
