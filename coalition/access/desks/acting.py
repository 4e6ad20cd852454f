"""What a desk may do: nothing until an operator has typed the PIN, then part of what its roles hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.models import Desk, DeskOperator, DeskTurn
from coalition.access.models import Account
from coalition.core.actor import Actor, ActorKind, Reach
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.service import resolve_grants, roles_of_person

# Whatever roles a desk is given: it never manages people or access, offers no service, plans nothing.
AT_A_DESK = frozenset(
    {
        "activity:log",
        "capacity:confirm",
        "capacity:hold",
        "capacity:read",
        "coalition:read",
        "records:read",
        "referral:answer",
        "referral:send",
    }
)


@dataclass(frozen=True)
class AtDesk:
    """A desk's browser; `number` and `label` are those of the operator, None while nobody is there."""

    desk_id: UUID
    organisation_id: UUID
    number: int | None = None
    label: str | None = None
    ends_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether an operator is at it."""
        return self.number is not None


def at_desk(uow: UnitOfWork, desk: Desk, sign_in_id: UUID) -> AtDesk:
    """Who is at the browser of this sign-in now."""
    found = uow.db.execute(
        sa.select(DeskOperator, DeskTurn.ends_at)
        .join(DeskTurn, col(DeskTurn.operator_id) == DeskOperator.id)
        .where(
            col(DeskTurn.sign_in_id) == sign_in_id,
            col(DeskTurn.ends_at) > uow.now,
            col(DeskOperator.desk_id) == desk.account_id,
            col(DeskOperator.ended_at).is_(None),
        )
    ).one_or_none()
    if found is None or desk.closed_at is not None:
        return AtDesk(desk.account_id, desk.organisation_id)
    operator, ends_at = found
    return AtDesk(desk.account_id, desk.organisation_id, operator.number, operator.label, ends_at)


def desk_of(uow: UnitOfWork, actor: Actor, sign_in_id: UUID) -> AtDesk | None:
    """The same for whoever has signed in; None unless it is a desk."""
    desk = uow.db.get(Desk, actor.account_id) if actor.kind is ActorKind.DESK else None
    return at_desk(uow, desk, sign_in_id) if desk else None


def desk_subject(desk_id: UUID, number: int | None = None) -> str:
    """What the audit log calls a desk, or an operator at it."""
    return f"account:{desk_id}" if number is None else f"account:{desk_id}/operator:{number}"


def desk_subjects(desk: Desk) -> tuple[str, ...]:
    """The desk and every operator it has ever had."""
    numbers = range(1, desk.operators_made + 1)
    return (desk_subject(desk.account_id), *(desk_subject(desk.account_id, each) for each in numbers))


def subjects_named(uow: UnitOfWork, subject: str) -> tuple[str, ...]:
    """The names in the audit log that are meant by one: of a desk its operators' too, else only that one."""
    try:
        desk = uow.db.get(Desk, UUID(subject.removeprefix("account:")))
    except ValueError:
        desk = None
    return desk_subjects(desk) if desk and subject == desk_subject(desk.account_id) else (subject,)


def waiting_actor(desk: Desk, account: Account) -> Actor:
    """A desk with nobody at it: no more than any visitor, but counted and audited as the desk."""
    return Actor(
        kind=ActorKind.DESK,
        subject=desk_subject(desk.account_id),
        account_id=desk.account_id,
        language=account.language,
        desk_subjects=desk_subjects(desk),
    )


def operating_actor(uow: UnitOfWork, desk: Desk, account: Account, number: int | None = None) -> Actor:
    """A desk with an operator at it, within its own organisation; without `number` what any of them may."""
    roles = [
        role
        for role in roles_of_person(uow, account.person_id)
        if role.organisation_id == desk.organisation_id
    ]
    grants = resolve_grants(uow, roles)
    return Actor(
        kind=ActorKind.DESK,
        subject=desk_subject(desk.account_id, number),
        account_id=desk.account_id,
        language=account.language,
        organisations=(desk.organisation_id,) if roles else (),
        shared=grants.shared,
        permissions={
            name: _at_own(reach, desk) for name, reach in grants.permissions.items() if name in AT_A_DESK
        },
        cost_budget=grants.cost_budget,
        as_of=uow.today,
        desk_subjects=desk_subjects(desk),
    )


def actor_at_desk(uow: UnitOfWork, desk: Desk, account: Account, sign_in_id: UUID) -> Actor:
    """The desk at this browser, with whoever is at it."""
    standing = at_desk(uow, desk, sign_in_id)
    if not standing.is_open:
        return waiting_actor(desk, account)
    return operating_actor(uow, desk, account, standing.number)


def _at_own(reach: Reach, desk: Desk) -> Reach:
    """What reaches the whole coalition still does; a line below the desk's organisation is not the desk's."""
    return reach if reach.everything else Reach(organisations=reach.organisations & {desk.organisation_id})
