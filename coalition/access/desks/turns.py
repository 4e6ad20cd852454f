"""Who is at a desk: a turn begins with a PIN and ends by handing over, or when nobody does anything."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.acting import desk_subject
from coalition.access.desks.models import Desk, DeskOperator, DeskTurn
from coalition.access.desks.pins import Try
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

# A turn is not written anew with every page: being shorter than said by this much does no harm.
SPARED = timedelta(minutes=1)


def begin_turn(uow: UnitOfWork, *, sign_in_id: UUID, tried: Try, idle: timedelta) -> None:
    """The PIN was right: the operator is at this browser, and whoever was there is not any more.

    Raises `Refused` with PIN_REFUSED when the operator or the PIN was ended while it was looked at.
    """
    operator = uow.db.get_one(DeskOperator, tried.operator_id, with_for_update=True)
    desk = uow.db.get_one(Desk, operator.desk_id)
    if operator.ended_at or operator.pin_hash != tried.pin_hash or desk.closed_at:
        raise refuse("PIN_REFUSED", "pin")
    open_turn(uow, operator, sign_in_id=sign_in_id, idle=idle)


def open_turn(uow: UnitOfWork, operator: DeskOperator, *, sign_in_id: UUID, idle: timedelta) -> None:
    """Put an operator who has proven to be themselves at this browser."""
    operator.wrong_count = 0
    uow.db.execute(sa.delete(DeskTurn).where(col(DeskTurn.sign_in_id) == sign_in_id))
    uow.db.add(
        DeskTurn(sign_in_id=sign_in_id, operator_id=operator.id, began_at=uow.now, ends_at=uow.now + idle)
    )
    uow.db.flush()
    _note(uow, operator, "desk:turn:start")


def note_wrong(uow: UnitOfWork, tried: Try) -> None:
    """Audit a PIN or code that was wrong, as the desk's, because nobody knows whose it was."""
    operator = uow.db.get_one(DeskOperator, tried.operator_id)
    desk = uow.db.get_one(Desk, operator.desk_id)
    record(
        uow,
        Actor(subject=desk_subject(desk.account_id)),
        action="desk:turn:refuse",
        subject=("DeskOperator", operator.id),
        organisation_id=desk.organisation_id,
    )


def extend_turn(uow: UnitOfWork, *, sign_in_id: UUID, idle: timedelta) -> None:
    """Something was done at the desk; a turn that is over stays so."""
    going_on = sa.and_(col(DeskTurn.sign_in_id) == sign_in_id, col(DeskTurn.ends_at) > uow.now)
    uow.db.execute(sa.update(DeskTurn).where(going_on).values(ends_at=uow.now + idle))


def end_turn(uow: UnitOfWork, *, sign_in_id: UUID) -> None:
    """Hand over; ending it twice is no fault."""
    ended = uow.db.execute(
        sa.delete(DeskTurn).where(col(DeskTurn.sign_in_id) == sign_in_id).returning(DeskTurn.operator_id)
    ).scalar_one_or_none()
    if ended is not None:
        _note(uow, uow.db.get_one(DeskOperator, ended), "desk:turn:end")


def end_turns_of(uow: UnitOfWork, operator_id: UUID) -> None:
    """Whoever must not go on does not, at any browser."""
    uow.db.execute(sa.delete(DeskTurn).where(col(DeskTurn.operator_id) == operator_id))


def _note(uow: UnitOfWork, operator: DeskOperator, action: str) -> None:
    desk = uow.db.get_one(Desk, operator.desk_id)
    record(
        uow,
        Actor(subject=desk_subject(desk.account_id, operator.number)),
        action=action,
        subject=("DeskOperator", operator.id),
        organisation_id=desk.organisation_id,
    )
