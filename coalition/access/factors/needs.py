"""Who signs in with a second factor: whose role says so, and who has turned it on."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.factors.models import Authenticator, Passkey
from coalition.access.models import Account
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import MembershipStatus
from coalition.members.models import Organisation, Role, RoleType


class Second(Enum):
    """What is asked for once the first factor was right."""

    NOTHING = "nothing"
    FACTOR = "factor"
    ENROLMENT = "enrolment"


def role_demands(day: date) -> sa.ColumnElement[bool]:
    """Whether the person of a row of `Account` holds a role that needs a second factor on this day."""
    held = (
        sa.select(Role.id)
        .join(RoleType, col(RoleType.code) == col(Role.role_type))
        .join(Organisation, col(Organisation.id) == col(Role.organisation_id))
        .where(
            col(Role.person_id) == col(Account.person_id),
            col(Role.starts_on) <= day,
            sa.or_(col(Role.ends_on).is_(None), col(Role.ends_on) >= day),
            col(Organisation.status) != MembershipStatus.LEFT,
            RoleType.needs_second_factor,
        )
    )
    return held.correlate(Account).exists()


def has_authenticator() -> sa.ColumnElement[bool]:
    """Whether the account of a row of `Account` has an authenticator app that counts."""
    return _owns(Authenticator, col(Authenticator.confirmed_at).is_not(None))


def has_passkey() -> sa.ColumnElement[bool]:
    """Whether the account of a row of `Account` has a passkey."""
    return _owns(Passkey)


def second_of(uow: UnitOfWork, account_id: UUID) -> Second:
    """What this account is asked for after its first factor.

    Whoever has an authenticator app wants to be asked. A passkey alone does not say so: it may be the way
    to do without a password on one's own telephone.
    """
    wished = sa.select(role_demands(uow.today), has_authenticator(), has_passkey())
    demanded, app, passkey = uow.db.execute(wished.where(col(Account.id) == account_id)).one()
    if app or (demanded and passkey):
        return Second.FACTOR
    return Second.ENROLMENT if demanded else Second.NOTHING


def _owns(model: Any, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    owned = sa.select(model.id).where(model.account_id == Account.id, *conditions)
    return owned.correlate(Account).exists()
