"""The role types of the coalition as data (DOMAIN.md section 8), written to the database by `seed`.

`records:read` reads every record of the organisations it reaches, whatever its visibility;
`coalition:read` reads what others share with the coalition, `partners:read` what they share with partners.
`coverage:compare` sees church bodies and denominations side by side.
"""

from dataclasses import dataclass

from coalition.members.enums import Scope

ORGANISATION = Scope.ORGANISATION
BELOW = Scope.ORGANISATION_AND_BELOW
COALITION = Scope.COALITION


@dataclass(frozen=True)
class RoleTypeSeed:
    """A role type with its name in three languages and its permissions with their reach."""

    code: str
    name: dict[str, str]
    permissions: dict[str, Scope]


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
            "records:read": BELOW,
            "coalition:read": COALITION,
        },
    ),
    RoleTypeSeed(
        "council_member",
        {"en": "Council member", "ro": "Membru al Consiliului", "ru": "Член Совета"},
        dict(_COUNCIL),
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
    ),
    RoleTypeSeed(
        "expert",
        {"en": "Expert", "ro": "Expert", "ru": "Эксперт"},
        {"curriculum:draft": COALITION, "coalition:read": COALITION},
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
    ),
    RoleTypeSeed(
        "administrator",
        {"en": "Administrator", "ro": "Administrator", "ru": "Администратор"},
        {"access:administer": COALITION},
    ),
)

# A law enforcement body can hold none of these (DOMAIN.md section 4).
BARRED_FROM_LAW_ENFORCEMENT = ("capacity:", "referral:", "people:", "service:")
