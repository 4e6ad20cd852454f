"""Making and closing desks, and naming who serves there: the coordinator's part."""

from __future__ import annotations

import secrets as randomness
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.models import LONGEST_LABEL, Desk, DeskOperator, DeskTurn
from coalition.access.desks.pins import Try, check_pin, code_hash, new_code
from coalition.access.desks.turns import end_turns_of
from coalition.access.links import end_sign_ins_of, issue_one_time_link
from coalition.access.models import Account, OneTimeLink
from coalition.access.passwords import hash_password
from coalition.access.secrets import Secrets
from coalition.access.service import create_account
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.checks import TextChecks
from coalition.core.errors import Faults, Refused, refuse
from coalition.core.ids import new_id
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.drafts import RoleDraft
from coalition.members.models import Organisation, Person
from coalition.members.roles import add_role, check_role, end_all_roles, lock_roles, may_give_at

MANAGES = "people:manage"
# A coordinator's role is what lets places be confirmed; `acting.AT_A_DESK` says what is left of it at a desk.
ROLE_TYPES = ("coordinator", "reporter")
MOST_OPERATORS = 30
CODE_DAYS = 7
# Reserved by RFC 2606: nothing is ever sent there. Whoever reads a mailbox has no way into a shelter's desk.
SIGN_IN_HOST = "desks.invalid"


@dataclass(frozen=True)
class MadeDesk:
    """A desk with the path of the link that lets its browser in, which is not kept."""

    desk: Desk
    link: str


def desks_led(uow: UnitOfWork, actor: Actor) -> Sequence[Desk]:
    """The desks of organisations whose people the actor manages, without those that were closed."""
    reach = actor.reach(MANAGES)
    led = sa.true() if reach.everything else col(Desk.organisation_id).in_(reach.organisations)
    wanted = sa.select(Desk).where(led, col(Desk.closed_at).is_(None))
    return uow.db.scalars(wanted.order_by(col(Desk.created_at), Desk.account_id)).all()


def desk_led(uow: UnitOfWork, actor: Actor, desk_id: UUID) -> Desk:
    """One of them. Raises `Refused` with NOT_FOUND; one that is closed is not found either."""
    desk = uow.db.get(Desk, desk_id)
    if desk is None or desk.closed_at or not actor.may(MANAGES, desk.organisation_id):
        raise refuse("NOT_FOUND", "desk")
    return desk


def operators_of(uow: UnitOfWork, desk: Desk) -> Sequence[DeskOperator]:
    """Who serves at a desk now, by label."""
    serving = sa.and_(col(DeskOperator.desk_id) == desk.account_id, col(DeskOperator.ended_at).is_(None))
    order = (DeskOperator.label, DeskOperator.number)
    return uow.db.scalars(sa.select(DeskOperator).where(serving).order_by(*order)).all()


def make_desk(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    *,
    organisation_id: UUID | None,
    label: str,
    role_type: str,
) -> MadeDesk:
    """An account for a desk, with a role in its organisation and a link that lets its browser in.

    Raises `Refused` with all that is wrong with the label and the role.
    """
    lock_roles(uow)
    organisation = may_give_at(uow, actor, organisation_id)
    if not actor.may(MANAGES, organisation.id):
        raise refuse("NOT_PERMITTED", "organisation")
    draft = RoleDraft(organisation.id, role_type)
    name = _checked(uow, actor, organisation, draft, label)
    account = create_account(uow, actor, email=_new_sign_in_name(), name=name)
    person = uow.db.get_one(Person, account.person_id)
    add_role(uow, actor, role_id=new_id(), person=person, organisation=organisation, draft=draft)
    desk = Desk(account_id=account.id, organisation_id=organisation.id, created_at=uow.now)
    uow.db.add(desk)
    uow.db.flush()
    _note(uow, actor, desk, "desk:desk:create")
    return MadeDesk(desk, issue_one_time_link(uow, secrets, actor, account.id))


def _checked(uow: UnitOfWork, actor: Actor, organisation: Organisation, draft: RoleDraft, label: str) -> str:
    faults = Faults()
    name = TextChecks(faults, confirmed=False).name(label, "label")
    if draft.role_type not in ROLE_TYPES:
        faults.add("ROLE_NOT_ALLOWED_HERE", "roleType")
    else:
        try:
            check_role(uow, actor, person_id=None, organisation=organisation, draft=draft)
        except Refused as refused:
            faults.found += refused.faults
    faults.raise_if_any()
    return name


def _new_sign_in_name() -> str:
    return f"desk-{randomness.token_hex(5)}@{SIGN_IN_HOST}"


def renew_link(uow: UnitOfWork, secrets: Secrets, actor: Actor, *, desk_id: UUID) -> str:
    """End the desk in every browser, and return the path of a new link that lets one in."""
    desk = desk_led(uow, actor, desk_id)
    _shut_out(uow, desk)
    _note(uow, actor, desk, "desk:desk:renew")
    return issue_one_time_link(uow, secrets, actor, desk.account_id)


def close_desk(uow: UnitOfWork, actor: Actor, *, desk_id: UUID) -> None:
    """End a desk for good, with its roles, its sign-ins and everybody's PIN."""
    desk = desk_led(uow, actor, desk_id)
    _shut_out(uow, desk)
    for operator in operators_of(uow, desk):
        _end(uow, operator)
    account = uow.db.get_one(Account, desk.account_id)
    account.is_active, account.password_hash = False, None
    end_all_roles(uow, actor, account.person_id)
    desk.closed_at = uow.now
    uow.db.flush()
    _note(uow, actor, desk, "desk:desk:close")


def _shut_out(uow: UnitOfWork, desk: Desk) -> None:
    end_sign_ins_of(uow, desk.account_id)
    unused = sa.and_(col(OneTimeLink.account_id) == desk.account_id, col(OneTimeLink.used_at).is_(None))
    uow.db.execute(sa.update(OneTimeLink).where(unused).values(used_at=uow.now))


def add_operator(uow: UnitOfWork, secrets: Secrets, actor: Actor, *, desk_id: UUID, label: str) -> str:
    """Let somebody serve at a desk; returns the code with which they set a PIN that nobody else knows.

    Raises `Refused` with NOT_FOUND at `desk`, or with what is wrong at `label`: among others LABEL_TAKEN
    and DESK_FULL.
    """
    desk = desk_led(uow, actor, desk_id)
    # Two at once must not get one number.
    uow.db.refresh(desk, with_for_update=True)
    serving = operators_of(uow, desk)
    faults = Faults()
    known = {operator.label.casefold() for operator in serving}
    name = TextChecks(faults, confirmed=False).name(label, "label")
    if len(name) > LONGEST_LABEL:
        faults.add("TOO_LONG", "label", limit=LONGEST_LABEL)
    elif name.casefold() in known:
        faults.add("LABEL_TAKEN", "label")
    elif len(serving) >= MOST_OPERATORS:
        faults.add("DESK_FULL", "label", limit=MOST_OPERATORS)
    faults.raise_if_any()
    desk.operators_made += 1
    operator = DeskOperator(
        desk_id=desk.account_id, number=desk.operators_made, label=name, created_at=uow.now
    )
    uow.db.add(operator)
    code = _give_code(uow, secrets, operator)
    _note_operator(uow, actor, desk, operator, "desk:operator:add", ["label"])
    return code


def reset_pin(uow: UnitOfWork, secrets: Secrets, actor: Actor, *, desk_id: UUID, number: int) -> str:
    """Take a PIN back and return a code that sets a new one; whoever is at the desk with it is not any more.

    Raises `Refused` with NOT_FOUND.
    """
    desk = desk_led(uow, actor, desk_id)
    operator = _serving(uow, desk, number)
    end_turns_of(uow, operator.id)
    code = _give_code(uow, secrets, operator)
    _note_operator(uow, actor, desk, operator, "desk:operator:reset", ["pin"])
    return code


def end_operator(uow: UnitOfWork, actor: Actor, *, desk_id: UUID, number: int) -> None:
    """Somebody serves here no more, from this moment. Raises `Refused` with NOT_FOUND."""
    desk = desk_led(uow, actor, desk_id)
    operator = _serving(uow, desk, number)
    _end(uow, operator)
    _note_operator(uow, actor, desk, operator, "desk:operator:end")


def forget_desk(uow: UnitOfWork, account_id: UUID) -> None:
    """Delete all that this room holds of an account; of one that is no desk that is nothing."""
    mine = sa.select(DeskOperator.id).where(col(DeskOperator.desk_id) == account_id)
    uow.db.execute(sa.delete(DeskTurn).where(col(DeskTurn.operator_id).in_(mine)))
    uow.db.execute(sa.delete(DeskOperator).where(col(DeskOperator.desk_id) == account_id))
    uow.db.execute(sa.delete(Desk).where(col(Desk.account_id) == account_id))


def use_code(uow: UnitOfWork, *, tried: Try, pin_hash: str) -> DeskOperator:
    """Use a code up that was right, and keep the PIN that the operator has chosen.

    Raises `Refused` with PIN_REFUSED when the code was used up or taken back while it was looked at.
    """
    operator = uow.db.get_one(DeskOperator, tried.operator_id, with_for_update=True)
    if operator.code_hash is None or operator.code_hash != tried.code_hash:
        raise refuse("PIN_REFUSED", "pin")
    operator.pin_hash, operator.code_hash, operator.code_expires_at = pin_hash, None, None
    uow.db.flush()
    return operator


def hashed_pin(pin: str) -> str:
    """The argon2id hash of a new PIN. Raises `Refused` with PIN_MALFORMED or PIN_TOO_SIMPLE at `newPin`."""
    check_pin(pin, "newPin")
    return hash_password(pin)


def _serving(uow: UnitOfWork, desk: Desk, number: int) -> DeskOperator:
    found = next((each for each in operators_of(uow, desk) if each.number == number), None)
    if found is None:
        raise refuse("NOT_FOUND", "operator")
    return found


def _end(uow: UnitOfWork, operator: DeskOperator) -> None:
    end_turns_of(uow, operator.id)
    operator.pin_hash = operator.code_hash = operator.code_expires_at = None
    operator.ended_at = uow.now
    uow.db.flush()


def _give_code(uow: UnitOfWork, secrets: Secrets, operator: DeskOperator) -> str:
    code = new_code()
    operator.pin_hash, operator.wrong_count = None, 0
    operator.code_hash = code_hash(secrets, operator.id, code)
    operator.code_expires_at = uow.now + timedelta(days=CODE_DAYS)
    uow.db.flush()
    return code


def _note(uow: UnitOfWork, actor: Actor, desk: Desk, action: str) -> None:
    subject = ("Desk", desk.account_id)
    record(uow, actor, action=action, subject=subject, organisation_id=desk.organisation_id)


def _note_operator(
    uow: UnitOfWork,
    actor: Actor,
    desk: Desk,
    operator: DeskOperator,
    action: str,
    fields: Sequence[str] = (),
) -> None:
    record(
        uow,
        actor,
        action=action,
        subject=("DeskOperator", operator.id),
        organisation_id=desk.organisation_id,
        fields=fields,
    )
