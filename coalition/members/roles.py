"""Giving and ending roles: who may, and what must stay true whoever does it.

A role is never changed: it is ended, and another one is given. Nobody grants more than they hold, nobody
ends the role that lets them, and no day is left without an administrator (DOMAIN.md section 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.audit.service import record
from coalition.core.actor import Actor, Reach
from coalition.core.errors import Faults, refuse
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import new_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.drafts import RoleDraft
from coalition.members.enums import MembershipStatus, OrganisationKind
from coalition.members.models import Organisation, Person, Role, RoleType, RoleTypePermission
from coalition.members.policies import reachable_persons, visible_persons, visible_roles
from coalition.members.repository import organisation_by_id
from coalition.members.role_types import BARRED_FROM_LAW_ENFORCEMENT
from coalition.members.service import HeldRole, resolve_grants, roles_of_person

ADMINISTERS = "access:administer"
MANAGES = "people:manage"
# In the audit log: the role was given or ended by an administrator who does not hold what it holds.
AS_ADMINISTRATOR = "as administrator"


def give_role(
    uow: UnitOfWork, actor: Actor, *, person_id: UUID | None, draft: RoleDraft, key: ClientKey | None = None
) -> tuple[Role, bool]:
    """Give a role to somebody who is known already; returns it, and whether it had been given before.

    Raises `Refused` with all that is wrong with the role, and with NOT_FOUND at `person` or NOT_PERMITTED
    there when it is somebody whom the actor may see, but whose roles are others' to give.
    """
    lock_roles(uow)
    organisation = may_give_at(uow, actor, draft.organisation_id)
    role_id = new_id()
    known = claim(uow, key, mutation="giveRole", organisation_id=organisation.id, subject_id=role_id)
    if known is not None:
        return uow.db.get_one(Role, known), True
    person = _person_to_serve(uow, actor, person_id)
    return add_role(uow, actor, role_id=role_id, person=person, organisation=organisation, draft=draft), False


def may_give_at(uow: UnitOfWork, actor: Actor, organisation_id: UUID | None) -> Organisation:
    """The organisation, if the actor may give and end roles there.

    Raises `Refused` with NOT_FOUND or NOT_PERMITTED at `organisation`.
    """
    organisation = organisation_by_id(uow, actor, organisation_id)
    if organisation is None:
        raise refuse("NOT_FOUND", "organisation")
    if not actor.may(MANAGES, organisation.id) and not actor.may(ADMINISTERS):
        raise refuse("NOT_PERMITTED", "organisation")
    return organisation


def add_role(
    uow: UnitOfWork,
    actor: Actor,
    *,
    role_id: UUID,
    person: Person,
    organisation: Organisation,
    draft: RoleDraft,
) -> Role:
    """Check a role against every rule and write it; raises `Refused` with all that is wrong."""
    check_role(uow, actor, person_id=person.id, organisation=organisation, draft=draft)
    role = Role(
        id=role_id,
        person_id=person.id,
        organisation_id=organisation.id,
        role_type=draft.role_type,
        starts_on=draft.starts_on or uow.today,
        ends_on=draft.ends_on,
    )
    uow.db.add(role)
    uow.db.flush()
    _note(uow, actor, role, organisation, "add", ["role_type", "starts_on", "ends_on"])
    return role


def check_role(
    uow: UnitOfWork,
    actor: Actor,
    *,
    person_id: UUID | None,
    organisation: Organisation,
    draft: RoleDraft,
) -> None:
    """Raise `Refused` with all that stands against giving this role; `person_id` None is somebody new."""
    faults = Faults()
    _check_days(uow, draft, faults)
    if organisation.status is MembershipStatus.LEFT:
        faults.add("ORGANISATION_LEFT", "organisation")
    role_type = uow.db.get(RoleType, draft.role_type)
    if role_type is None:
        faults.add("UNKNOWN_ROLE_TYPE", "roleType", value=draft.role_type)
    elif role_type.for_systems or organisation.kind not in role_type.kinds:
        faults.add("ROLE_NOT_ALLOWED_HERE", "roleType")
    elif barred := _barred(uow, organisation, draft.role_type):
        faults.add("BARRED_FROM_LAW_ENFORCEMENT", "roleType", permissions=barred)
    elif lacking := _lacking(uow, actor, person_id, HeldRole(draft.role_type, organisation.id)):
        faults.add("MORE_THAN_HELD", "roleType", permissions=lacking)
    elif person_id is not None and _is_held(uow, person_id, organisation.id, draft):
        faults.add("DUPLICATE", "roleType")
    faults.raise_if_any()


def end_role(
    uow: UnitOfWork,
    actor: Actor,
    *,
    role_id: UUID | None,
    from_day: date | None = None,
) -> Role:
    """End a role: `from_day`, today by default, is the first day without it.

    Raises `Refused` with NOT_FOUND at `role`; NOT_PERMITTED or MORE_THAN_HELD there when it is not the
    actor's to end; OWN_ROLE for the role that lets the actor; WRONG_STATE when it ends before that day
    anyway; LAST_ADMINISTRATOR when a day would be left without one; DAY_PASSED at `from`.
    """
    role = _role_to_end(uow, actor, role_id)
    _check_may_end(uow, actor, role)
    day = from_day or uow.today
    if day < uow.today:
        raise refuse("DAY_PASSED", "from")
    if role.ends_on is not None and role.ends_on < day:
        raise refuse("WRONG_STATE", "role")
    organisation = uow.db.get_one(Organisation, role.organisation_id)
    close_role(uow, role, day)
    _note(uow, actor, role, organisation, "end", ["ends_on"])
    return role


def close_role(uow: UnitOfWork, role: Role, day: date) -> None:
    """Let a role end before `day`, whoever asks. Raises `Refused` with LAST_ADMINISTRATOR."""
    lock_roles(uow)
    if _is_administrators(uow, role.role_type) and _leaves_gap(uow, [role], day, [role.id]):
        raise refuse("LAST_ADMINISTRATOR", "role")
    role.ends_on = day - timedelta(days=1)
    uow.db.flush()


def end_all_roles(uow: UnitOfWork, actor: Actor, person_id: UUID) -> None:
    """End every role of a person at once, as when they leave; what they may do is not asked.

    Raises `Refused` with LAST_ADMINISTRATOR.
    """
    lock_roles(uow)
    held = sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= uow.today)
    for role in uow.db.scalars(sa.select(Role).where(col(Role.person_id) == person_id, held)).all():
        close_role(uow, role, uow.today)
        _note(uow, actor, role, uow.db.get_one(Organisation, role.organisation_id), "end", ["ends_on"])


def is_last_administrator(uow: UnitOfWork, person_id: UUID) -> bool:
    """Whether some day from today on would have no administrator if this person were none any more.

    In a writing unit others who ask wait until it ends, so that two at once cannot both be told no.
    """
    lock_roles(uow)
    own = [role for role in _administrators_roles(uow) if role.person_id == person_id]
    return _leaves_gap(uow, own, uow.today, [role.id for role in own])


def lock_roles(uow: UnitOfWork) -> None:
    """Let whoever gives and ends roles wait for each other; SQLite has one writer anyway."""
    if not uow.is_sqlite:
        key = sa.func.hashtextextended("roles", 0)
        uow.db.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
        # What was read before the wait may have changed meanwhile.
        uow.db.flush()
        uow.db.expire_all()


# ------------------------------------------------------------------ who may


def _person_to_serve(uow: UnitOfWork, actor: Actor, person_id: UUID | None) -> Person:
    """Somebody whom the actor leads, or anybody for an administrator; never an anonymised person."""
    seen = sa.select(Person).where(col(Person.id) == person_id)
    person = uow.db.scalars(seen.where(visible_persons(actor))).one_or_none()
    if person is None:
        raise refuse("NOT_FOUND", "person")
    led = uow.db.scalars(seen.where(reachable_persons(actor))).one_or_none()
    if led is None and not actor.may(ADMINISTERS):
        raise refuse("NOT_PERMITTED", "person")
    if person.anonymised_at is not None:
        raise refuse("WRONG_STATE", "person")
    return person


def _role_to_end(uow: UnitOfWork, actor: Actor, role_id: UUID | None) -> Role:
    lock_roles(uow)
    role = uow.db.scalars(sa.select(Role).where(col(Role.id) == role_id, visible_roles(actor))).one_or_none()
    if role is None:
        raise refuse("NOT_FOUND", "role")
    return role


def _check_may_end(uow: UnitOfWork, actor: Actor, role: Role) -> None:
    if not actor.may(MANAGES, role.organisation_id) and not actor.may(ADMINISTERS):
        raise refuse("NOT_PERMITTED", "role")
    if role.person_id == actor.person_id and not _may_without(uow, role):
        raise refuse("OWN_ROLE", "role")
    if lacking := _lacking(uow, actor, role.person_id, HeldRole(role.role_type, role.organisation_id)):
        raise refuse("MORE_THAN_HELD", "role", permissions=lacking)


def _may_without(uow: UnitOfWork, role: Role) -> bool:
    """Whether the holder of a role could still end it if they did not hold it."""
    own = HeldRole(role.role_type, role.organisation_id)
    others = [held for held in roles_of_person(uow, role.person_id) if held != own]
    rest = resolve_grants(uow, others).permissions
    return rest.get(MANAGES, Reach()).covers(role.organisation_id)


def _lacking(uow: UnitOfWork, actor: Actor, person_id: UUID | None, role: HeldRole) -> list[str]:
    """Permissions of a role, at its organisation, that reach further than the actor's own.

    An administrator lacks nothing, since somebody must begin, but not towards themselves.
    """
    if _is_administrators_deed(actor, person_id):
        return []
    granted = resolve_grants(uow, [role]).permissions
    return sorted(name for name, reach in granted.items() if not _covers(actor.reach(name), reach))


def _is_administrators_deed(actor: Actor, person_id: UUID | None) -> bool:
    return actor.may(ADMINISTERS) and (person_id is None or person_id != actor.person_id)


def _covers(own: Reach, other: Reach) -> bool:
    return own.everything or (not other.everything and other.organisations <= own.organisations)


# ------------------------------------------------------------------ what must stay true


def _check_days(uow: UnitOfWork, draft: RoleDraft, faults: Faults) -> None:
    starts_on = draft.starts_on or uow.today
    if starts_on < uow.today:
        faults.add("DAY_PASSED", "startsOn")
    elif draft.ends_on is not None and draft.ends_on < starts_on:
        faults.add("END_BEFORE_START", "endsOn")


def _barred(uow: UnitOfWork, organisation: Organisation, role_type: str) -> list[str]:
    """Permissions of a role type that a law enforcement body can hold none of."""
    if organisation.kind is not OrganisationKind.LAW_ENFORCEMENT:
        return []
    held = sa.select(RoleTypePermission.permission).where(col(RoleTypePermission.role_type) == role_type)
    return sorted(name for name in uow.db.scalars(held) if name.startswith(BARRED_FROM_LAW_ENFORCEMENT))


def _is_held(uow: UnitOfWork, person_id: UUID, organisation_id: UUID, draft: RoleDraft) -> bool:
    """Whether the person holds the same role on one of the days."""
    same = sa.and_(
        col(Role.person_id) == person_id,
        col(Role.organisation_id) == organisation_id,
        col(Role.role_type) == draft.role_type,
    )
    starts_on = draft.starts_on or uow.today
    meets = sa.and_(
        sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= starts_on),
        sa.true() if draft.ends_on is None else col(Role.starts_on) <= draft.ends_on,
        sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= col(Role.starts_on)),
    )
    return uow.db.scalars(sa.select(Role.id).where(same, meets).limit(1)).first() is not None


def _is_administrators(uow: UnitOfWork, role_type: str) -> bool:
    return uow.db.get(RoleTypePermission, (role_type, ADMINISTERS)) is not None


def _administrators_roles(uow: UnitOfWork) -> Sequence[Role]:
    """Roles that let somebody administer access today or later, of persons who are not anonymised."""
    types = sa.select(RoleTypePermission.role_type).where(col(RoleTypePermission.permission) == ADMINISTERS)
    statement = (
        sa.select(Role)
        .join(Person, col(Person.id) == col(Role.person_id))
        .where(
            col(Role.role_type).in_(types),
            col(Person.anonymised_at).is_(None),
            sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= uow.today),
        )
        .order_by(Role.starts_on)
    )
    return uow.db.scalars(statement).all()


def _leaves_gap(uow: UnitOfWork, ending: Sequence[Role], day: date, ids: Sequence[UUID]) -> bool:
    """Whether, without the roles `ending` from `day` on, a day that has an administrator now has none."""
    others = [role for role in _administrators_roles(uow) if role.id not in ids]
    return any(not _covered(max(day, role.starts_on), role.ends_on, others) for role in ending)


def _covered(first: date, last: date | None, roles: Sequence[Role]) -> bool:
    """Whether roles, sorted by start, leave out no day from `first` to `last`."""
    for role in roles:
        if last is not None and first > last:
            return True
        if role.starts_on <= first:
            if role.ends_on is None:
                return True
            first = max(first, role.ends_on + timedelta(days=1))
    return last is not None and first > last


def _note(
    uow: UnitOfWork, actor: Actor, role: Role, organisation: Organisation, deed: str, fields: list[str]
) -> None:
    lacks = actor.may(ADMINISTERS) and not actor.may(MANAGES, organisation.id)
    record(
        uow,
        actor,
        action=f"members:role:{deed}",
        subject=("Role", role.id),
        organisation_id=organisation.id,
        fields=fields,
        reason=AS_ADMINISTRATOR if lacks else None,
    )
