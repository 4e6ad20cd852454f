"""What a coalition cannot be without: denominations, regions, role types and bodies. Idempotent."""

from __future__ import annotations

import sqlalchemy as sa

from coalition.core.text import sort_keys
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import BodyKind, Pascha, Reckoning, TerritoryLevel
from coalition.members.models import Body, Denomination, RoleType, RoleTypePermission, Territory
from coalition.members.role_types import ROLE_TYPES

DENOMINATIONS = {
    "orthodox": {"en": "Orthodox", "ro": "Ortodoxă", "ru": "Православная"},
    "baptist": {"en": "Baptist", "ro": "Baptistă", "ru": "Баптистская"},
    "lutheran": {"en": "Lutheran", "ro": "Luterană", "ru": "Лютеранская"},
    "roman_catholic": {"en": "Roman Catholic", "ro": "Romano-catolică", "ru": "Римско-католическая"},
    "evangelical": {"en": "Evangelical", "ro": "Evanghelică", "ru": "Евангельская"},
    "salvation_army": {"en": "Salvation Army", "ro": "Armata Salvării", "ru": "Армия спасения"},
}
# Large enough to hide a district in; made for the coalition's use.
REGIONS = {
    "NORTH": {"en": "North", "ro": "Nord", "ru": "Север"},
    "CENTRE": {"en": "Centre", "ro": "Centru", "ru": "Центр"},
    "SOUTH": {"en": "South", "ro": "Sud", "ru": "Юг"},
    "LEFT_BANK": {"en": "Left Bank", "ro": "Malul stâng", "ru": "Левый берег"},
}
BODIES = {
    "platform": (BodyKind.PLATFORM, {"en": "Platform", "ro": "Platforma", "ru": "Платформа"}),
    "council": (
        BodyKind.COUNCIL,
        {"en": "Coordination Council", "ro": "Consiliul de coordonare", "ru": "Координационный совет"},
    ),
    "expert_group": (
        BodyKind.EXPERT_GROUP,
        {"en": "Expert Group", "ro": "Grupul de experți", "ru": "Экспертная группа"},
    ),
    "secretariat": (BodyKind.SECRETARIAT, {"en": "Secretariat", "ro": "Secretariatul", "ru": "Секретариат"}),
}

# The calendars of the church bodies of the public record, by slug (DOMAIN.md section 10); kept where people
# said otherwise since.
CHURCH_CALENDARS = {
    "moc": (Reckoning.OLD, Pascha.ORTHODOX),
    "bes": (Reckoning.OLD, Pascha.ORTHODOX),
    "ubceb": (Reckoning.NEW, Pascha.ORTHODOX),
    "elc": (Reckoning.WESTERN, Pascha.WESTERN),
}


def seed(uow: UnitOfWork) -> None:
    """Write what is missing; role types always follow this release."""
    db = uow.db
    if not uow.is_sqlite:
        # Two servers that start together would both find the same row missing; SQLite has one writer anyway.
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("seed", 0))))
    known = set(db.scalars(sa.select(Denomination.code)))
    db.add_all(Denomination(code=c, name=n) for c, n in DENOMINATIONS.items() if c not in known)
    known = set(db.scalars(sa.select(Territory.code).where(Territory.level == TerritoryLevel.REGION)))
    db.add_all(_region(code, name) for code, name in REGIONS.items() if code not in known)
    known = set(db.scalars(sa.select(Body.code)))
    db.add_all(Body(code=c, kind=kind, name=n) for c, (kind, n) in BODIES.items() if c not in known)
    _seed_role_types(uow)
    db.flush()


def _region(code: str, name: dict[str, str]) -> Territory:
    keys = sort_keys(name)
    return Territory(
        level=TerritoryLevel.REGION,
        code=code,
        country="MD",
        name=name,
        sort_ro=keys["ro"],
        sort_ru=keys["ru"],
        sort_en=keys["en"],
    )


def _seed_role_types(uow: UnitOfWork) -> None:
    db = uow.db
    for role_type in ROLE_TYPES:
        kinds = [kind.value for kind in role_type.kinds]
        db.merge(
            RoleType(
                code=role_type.code,
                name=role_type.name,
                kinds=kinds,
                for_systems=role_type.for_systems,
                cost_budget=role_type.cost_budget,
                needs_second_factor=role_type.needs_second_factor,
            )
        )
    db.flush()
    wanted = {(r.code, permission): scope for r in ROLE_TYPES for permission, scope in r.permissions.items()}
    for row in db.scalars(sa.select(RoleTypePermission)):
        scope = wanted.pop((row.role_type, row.permission), None)
        if scope is None:
            db.delete(row)
        else:
            row.scope = scope
    db.add_all(RoleTypePermission(role_type=r, permission=p, scope=s) for (r, p), s in wanted.items())
