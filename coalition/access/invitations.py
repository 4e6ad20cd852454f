"""Inviting people: a role, with an account and a one-time link for whoever is new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.links import issue_one_time_link
from coalition.access.models import Account
from coalition.access.secrets import Secrets
from coalition.access.service import create_account, fold_email
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.checks import TextChecks, clean
from coalition.core.errors import Fault, Faults, Refused, refuse
from coalition.core.idempotency import ClientKey, claim
from coalition.core.ids import new_id
from coalition.core.personal_data import has_personal_number
from coalition.core.text import is_language_tag
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.drafts import PersonDraft, RoleDraft
from coalition.members.models import Organisation, Person, Role
from coalition.members.policies import administers, not_ended, reachable_persons
from coalition.members.roles import add_role, check_role, lock_roles, may_give_at

# Of one inviter and 24 hours: addresses that turned out to be somebody's of another line.
MOST_KNOWN_ADDRESSES = 5
KNOWN_ADDRESS = "access:invitation:refuse"


@dataclass(frozen=True)
class Invitation:
    """The role given. `link` is the path of a one-time link; None for whoever has come in already.

    It is not kept: a repetition of the same deed is `replayed` and cannot show it again.
    """

    role: Role
    link: str | None
    replayed: bool = False


def invite_person(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    *,
    person: PersonDraft,
    role: RoleDraft,
    key: ClientKey | None = None,
) -> Invitation | Refused:
    """Give a role to whoever has this address; an address that is new gets a person and an account.

    Somebody who never came in gets a new link, and the one before ends. A `Refused` that is returned
    and not raised must be kept, because it is an attempt that is counted: the address belongs to somebody
    outside the inviter's line, which only an administrator may change (ADDRESS_KNOWN, at most five in
    24 hours, then TOO_MANY_ATTEMPTS).

    Raises `Refused` with all that is wrong with person and role.
    """
    lock_roles(uow)
    organisation = may_give_at(uow, actor, role.organisation_id)
    if _known_addresses(uow, actor) >= MOST_KNOWN_ADDRESSES:
        raise refuse("TOO_MANY_ATTEMPTS", "email")
    account = _account_at(uow, person.email)
    if account is not None and not _may_serve(uow, actor, account):
        return _refuse_known(uow, actor, organisation)
    role_id = new_id()
    known = claim(uow, key, mutation="invitePerson", organisation_id=organisation.id, subject_id=role_id)
    if known is not None:
        return Invitation(uow.db.get_one(Role, known), None, replayed=True)
    if account is None:
        return _invite_new(uow, secrets, actor, role_id, organisation, person, role)
    return _invite_known(uow, secrets, actor, role_id, organisation, account, role)


def _invite_new(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    role_id: UUID,
    organisation: Organisation,
    person: PersonDraft,
    role: RoleDraft,
) -> Invitation:
    faults = Faults()
    _check_person(person, faults)
    try:
        check_role(uow, actor, person_id=None, organisation=organisation, draft=role)
    except Refused as refused:
        faults.found += refused.faults
    faults.raise_if_any()
    account = create_account(uow, actor, email=person.email, name=clean(person.name))
    made = uow.db.get_one(Person, account.person_id)
    made.languages = list(person.languages)
    given = add_role(uow, actor, role_id=role_id, person=made, organisation=organisation, draft=role)
    return Invitation(given, issue_one_time_link(uow, secrets, actor, account.id))


def _invite_known(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    role_id: UUID,
    organisation: Organisation,
    account: Account,
    role: RoleDraft,
) -> Invitation:
    """What is typed of the person does not count: who is known keeps name and languages."""
    person = uow.db.get_one(Person, account.person_id)
    may_link = _may_link(uow, actor, account)
    try:
        given = add_role(uow, actor, role_id=role_id, person=person, organisation=organisation, draft=role)
    except Refused as refused:
        if not may_link or [fault.code for fault in refused.faults] != ["DUPLICATE"]:
            raise
        given = _held(uow, actor, person.id, organisation.id, role.role_type)
    return Invitation(given, issue_one_time_link(uow, secrets, actor, account.id) if may_link else None)


def _check_person(person: PersonDraft, faults: Faults) -> None:
    # In a name no number is ever right, so nothing can be confirmed.
    TextChecks(faults, confirmed=False).name(person.name, "name")
    if fold_email(person.email) is None:
        faults.add("BAD_EMAIL", "email")
    elif has_personal_number(person.email):
        faults.add("PERSONAL_NUMBER", "email")
    for number, tag in enumerate(person.languages):
        if not is_language_tag(tag):
            faults.add("INVALID_LANGUAGE", "languages", str(number), value=tag)


def _account_at(uow: UnitOfWork, email: str) -> Account | None:
    folded = fold_email(email)
    found = sa.select(Account).where(col(Account.email) == folded)
    return uow.db.scalars(found).one_or_none() if folded else None


def _may_serve(uow: UnitOfWork, actor: Actor, account: Account) -> bool:
    """Whether the actor leads the account's holder already, or administers access."""
    led = sa.select(Person.id).where(col(Person.id) == account.person_id, reachable_persons(actor))
    return administers(actor) or uow.db.scalars(led).first() is not None


def _may_link(uow: UnitOfWork, actor: Actor, account: Account) -> bool:
    """Whether the actor may see a link into the account: its holder never came in, and serves nowhere else.

    Otherwise a link would hand over what others have given to this person.
    """
    if account.joined_at is not None or not account.is_active:
        return False
    roles = sa.select(Role.organisation_id).where(
        col(Role.person_id) == account.person_id, not_ended(actor, Role)
    )
    return administers(actor) or all(actor.may("people:manage", at) for at in uow.db.scalars(roles))


def _held(uow: UnitOfWork, actor: Actor, person_id: UUID, organisation_id: UUID, role_type: str) -> Role:
    same = sa.select(Role).where(
        col(Role.person_id) == person_id,
        col(Role.organisation_id) == organisation_id,
        col(Role.role_type) == role_type,
        not_ended(actor, Role),
    )
    return uow.db.scalars(same.order_by(col(Role.starts_on)).limit(1)).one()


def _known_addresses(uow: UnitOfWork, actor: Actor) -> int:
    counted = sa.and_(
        col(AuditEntry.actor) == actor.subject,
        col(AuditEntry.action) == KNOWN_ADDRESS,
        col(AuditEntry.happened_at) > uow.now - timedelta(days=1),
    )
    return uow.db.scalars(sa.select(sa.func.count(col(AuditEntry.id))).where(counted)).one()


def _refuse_known(uow: UnitOfWork, actor: Actor, organisation: Organisation) -> Refused:
    """Note the attempt without whose address it was: only that somebody asked."""
    record(
        uow,
        actor,
        action=KNOWN_ADDRESS,
        subject=("Organisation", organisation.id),
        organisation_id=organisation.id,
        fields=["email"],
    )
    return Refused([Fault("ADDRESS_KNOWN", ("email",))])
