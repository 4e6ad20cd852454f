"""Taking a person out of the record: what they did stays, without them.

What ties deeds to somebody is the account's id in the audit log and in `created_by`; without the account
nothing says whose it was. The audit log itself is never changed (docs/decisions/0015-own-data.md).
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.service import forget_desk
from coalition.access.factors.ways import forget_factors
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.oauth.models import OAuthCode, OAuthDeviceRequest, OAuthGrant
from coalition.access.own_data import Holder, holder_of
from coalition.access.passwords import is_password
from coalition.access.providers.models import ProviderIdentity
from coalition.access.service import fold_email
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.consents import own_person_id
from coalition.members.models import Consent, Mandate, Person
from coalition.members.roles import end_all_roles, is_last_administrator

_ERASED = ["name", "languages", "email", "language", "password"]


def confirms_erasure(uow: UnitOfWork, actor: Actor, typed: str) -> bool:
    """Whether `typed` is the password of the caller's account, or its address when it has no password.

    Slow by purpose: call it in a reading unit, so that no writer waits for it. Raises `Refused` with
    UNAUTHENTICATED when no person is calling.
    """
    own_person_id(actor)
    account = uow.db.get(Account, actor.account_id) if actor.account_id else None
    if account is None:
        return False
    if account.password_hash is None:
        return fold_email(typed) == account.email
    return is_password(account.password_hash, typed)


def note_refused_erasure(uow: UnitOfWork, actor: Actor) -> None:
    """Audit that somebody tried to erase an account without its password."""
    subject = ("Person", own_person_id(actor))
    record(uow, actor, action="members:person:erase_refuse", subject=subject)


def erase_own_data(uow: UnitOfWork, actor: Actor) -> None:
    """Anonymise the caller, whose wish was confirmed. Raises `Refused` with LAST_ADMINISTRATOR."""
    anonymise(uow, actor, own_person_id(actor))


def anonymise(uow: UnitOfWork, actor: Actor, person_id: UUID) -> None:
    """Take the name, the languages and the whole account of a person away, and end what they hold.

    Consents stay as proof of what was allowed until now, withdrawn. Doing it twice changes nothing.
    Raises `Refused` with LAST_ADMINISTRATOR when nobody else could give access any more.
    """
    if is_last_administrator(uow, person_id):
        raise refuse("LAST_ADMINISTRATOR")
    person = uow.db.get_one(Person, person_id)
    if person.anonymised_at is not None:
        return
    end_all_roles(uow, actor, person_id)
    _end_mandates(uow, person_id)
    standing = sa.and_(col(Consent.person_id) == person_id, col(Consent.withdrawn_at).is_(None))
    uow.db.execute(sa.update(Consent).where(standing).values(withdrawn_at=uow.now))
    _delete_account(uow, holder_of(uow, person_id))
    person.name, person.languages, person.anonymised_at = "", [], uow.now
    uow.db.flush()
    record(uow, actor, action="members:person:anonymise", subject=("Person", person_id), fields=_ERASED)


def _end_mandates(uow: UnitOfWork, person_id: UUID) -> None:
    """The last day of a seat is today; one that lies ahead never begins."""
    lasting = sa.or_(col(Mandate.ends_on).is_(None), col(Mandate.ends_on) > uow.today)
    own = col(Mandate.person_id) == person_id
    uow.db.execute(sa.delete(Mandate).where(own, col(Mandate.starts_on) > uow.today))
    uow.db.execute(sa.update(Mandate).where(own, lasting).values(ends_on=uow.today))


def _delete_account(uow: UnitOfWork, holder: Holder) -> None:
    if holder.account_id is None:
        return
    forget_factors(uow, holder.account_id)
    forget_desk(uow, holder.account_id)
    # What is in no family yet; every token, used code and device in one goes with it.
    for table in (
        ProviderIdentity,
        OAuthGrant,
        OAuthCode,
        OAuthDeviceRequest,
        SignIn,
        PersonalAccessToken,
        OneTimeLink,
    ):
        uow.db.execute(sa.delete(table).where(col(table.account_id) == holder.account_id))
    uow.db.execute(sa.delete(Account).where(col(Account.id) == holder.account_id))
