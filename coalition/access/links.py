"""One-time links: an invitation to come in, and a new password for whoever forgot the old one.

A link is an address with a code in it, and the code alone can be typed. It is told once and kept as a keyed
hash; `purpose` keeps an invitation from being used as a reset and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.enums import LinkPurpose
from coalition.access.factors.models import SignInStep
from coalition.access.models import Account, OneTimeLink, SignIn
from coalition.access.oauth.families import take_back_all
from coalition.access.passwords import faults_of_password, hash_password
from coalition.access.secrets import Secrets
from coalition.access.tokens import new_code, read_code, token_hash
from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import Refused, refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Person

ONE_TIME_LINK_HOURS = 48
RESET_LINK_HOURS = 1
# Letters with a link for one account within an hour: nobody's mailbox is filled by somebody else.
MOST_RESETS = 3

HOURS = {LinkPurpose.INVITATION: ONE_TIME_LINK_HOURS, LinkPurpose.RESET: RESET_LINK_HOURS}
PATHS = {LinkPurpose.INVITATION: "/welcome/", LinkPurpose.RESET: "/reset/"}


@dataclass(frozen=True)
class NewPassword:
    """A password that will do, hashed; made in a reading unit, so that no writer waits for it."""

    password_hash: str


def issue_one_time_link(
    uow: UnitOfWork,
    secrets: Secrets,
    actor: Actor,
    account_id: UUID,
    purpose: LinkPurpose = LinkPurpose.INVITATION,
) -> str:
    """The path of a link that lets its holder into the account, once, within 48 hours (a reset: one).

    Links issued before for this account and purpose end.
    """
    _end_links(uow, account_id, purpose)
    code = new_code()
    link = OneTimeLink(
        account_id=account_id,
        token_hash=_hash_of(secrets, code),
        purpose=purpose,
        created_at=uow.now,
        expires_at=uow.now + timedelta(hours=HOURS[purpose]),
    )
    uow.db.add(link)
    uow.db.flush()
    record(uow, actor, action="account:link:issue", subject=("OneTimeLink", link.id))
    return f"{PATHS[purpose]}{code}"


def account_of_link(
    uow: UnitOfWork, secrets: Secrets, code: str, purpose: LinkPurpose = LinkPurpose.INVITATION
) -> Account | None:
    """Into whose account a code leads now; None when it is unknown, used, too old or for something else."""
    return uow.db.scalars(
        sa.select(Account)
        .join(OneTimeLink, col(OneTimeLink.account_id) == col(Account.id))
        .where(
            OneTimeLink.token_hash == _hash_of(secrets, code),
            OneTimeLink.purpose == purpose,
            col(OneTimeLink.used_at).is_(None),
            OneTimeLink.expires_at > uow.now,
            Account.is_active,
        )
    ).one_or_none()


def new_password_by_link(
    uow: UnitOfWork,
    secrets: Secrets,
    *,
    code: str,
    password: str,
    purpose: LinkPurpose = LinkPurpose.INVITATION,
) -> NewPassword:
    """The password typed for a link, if it will do; slow by purpose.

    Raises `Refused` with LINK_ENDED, or with what is wrong with the password at `password`.
    """
    account = account_of_link(uow, secrets, code, purpose)
    if account is None:
        raise refuse("LINK_ENDED")
    return new_password(uow, account, password)


def new_password(uow: UnitOfWork, account: Account, password: str) -> NewPassword:
    """A new password of an account, if it will do; slow by purpose. Raises `Refused` at `password`."""
    person = uow.db.get_one(Person, account.person_id)
    if faults := faults_of_password(password, words=(person.name, account.email)):
        raise Refused(faults)
    return NewPassword(hash_password(password))


def use_one_time_link(
    uow: UnitOfWork,
    secrets: Secrets,
    *,
    code: str,
    new: NewPassword,
    purpose: LinkPurpose = LinkPurpose.INVITATION,
) -> UUID:
    """Use a link up, set the password of its account, and return the account's id.

    Every sign-in ends, and what apps were allowed: somebody else may have let them in. Raises `Refused`
    with LINK_ENDED.
    """
    account_id = claim_link(uow, secrets, code, purpose)
    actor = Actor(subject=f"account:{account_id}")
    set_password(uow, actor, account_id, new)
    end_sign_ins_of(uow, account_id)
    take_back_all(uow, actor, account_id)
    return account_id


def use_link_for_passkey(uow: UnitOfWork, secrets: Secrets, code: str) -> UUID:
    """Use an invitation up for a passkey in the place of a password, and return the account's id.

    A password from before and every sign-in end. Raises `Refused` with LINK_ENDED.
    """
    account_id = claim_link(uow, secrets, code)
    own = sa.and_(col(Account.id) == account_id, col(Account.password_hash).is_not(None))
    had = uow.db.execute(sa.update(Account).where(own).values(password_hash=None).returning(Account.id))
    if had.scalar_one_or_none() is not None:
        actor = Actor(subject=f"account:{account_id}")
        subject = ("Account", account_id)
        record(uow, actor, action="account:password:remove", subject=subject, fields=["password"])
    end_sign_ins_of(uow, account_id)
    return account_id


def claim_link(
    uow: UnitOfWork, secrets: Secrets, code: str, purpose: LinkPurpose = LinkPurpose.INVITATION
) -> UUID:
    """Use a link up and end the others of its account; of two that try at once, one is refused.

    Raises `Refused` with LINK_ENDED.
    """
    account = account_of_link(uow, secrets, code, purpose)
    if account is None:
        raise refuse("LINK_ENDED")
    unused = sa.and_(
        col(OneTimeLink.token_hash) == _hash_of(secrets, code), col(OneTimeLink.used_at).is_(None)
    )
    claimed: UUID | None = uow.db.execute(
        sa.update(OneTimeLink).where(unused).values(used_at=uow.now).returning(OneTimeLink.account_id)
    ).scalar_one_or_none()
    if claimed is None:
        raise refuse("LINK_ENDED")
    _end_links(uow, claimed)
    join(uow, claimed)
    return claimed


def join(uow: UnitOfWork, account_id: UUID) -> None:
    """Note that the holder of an account has come in; the first time counts."""
    new = sa.and_(col(Account.id) == account_id, col(Account.joined_at).is_(None))
    uow.db.execute(sa.update(Account).where(new).values(joined_at=uow.now))


def set_password(uow: UnitOfWork, actor: Actor, account_id: UUID, new: NewPassword) -> None:
    """Give an account another password."""
    own = col(Account.id) == account_id
    uow.db.execute(sa.update(Account).where(own).values(password_hash=new.password_hash))
    record(uow, actor, action="account:password:set", subject=("Account", account_id), fields=["password"])


def end_sign_ins_of(uow: UnitOfWork, account_id: UUID, *, but: UUID | None = None) -> int:
    """End every sign-in of an account but one; how many there were. The caller records why.

    Whoever waits for a second factor in another browser begins again, too.
    """
    uow.db.execute(sa.delete(SignInStep).where(col(SignInStep.account_id) == account_id))
    others = sa.and_(col(SignIn.account_id) == account_id, col(SignIn.id) != but if but else sa.true())
    return len(uow.db.scalars(sa.delete(SignIn).where(others).returning(SignIn.id)).all())


def may_be_sent_a_reset(uow: UnitOfWork, account: Account) -> bool:
    """Whether a link for a new password may be mailed to this account's address now.

    Whoever never came in is not known to be who reads mail at that address: an invitation leads in. And
    nobody is sent more than three within an hour.
    """
    lately = sa.select(sa.func.count(col(OneTimeLink.id))).where(
        OneTimeLink.account_id == account.id,
        OneTimeLink.purpose == LinkPurpose.RESET,
        OneTimeLink.created_at > uow.now - timedelta(hours=1),
    )
    return account.is_active and account.joined_at is not None and uow.db.scalars(lately).one() < MOST_RESETS


def _end_links(uow: UnitOfWork, account_id: UUID, purpose: LinkPurpose | None = None) -> None:
    """End the open links of an account, those for one purpose or all.

    A reset that anybody can ask for leaves an invitation alone.
    """
    open_ones = [col(OneTimeLink.account_id) == account_id, col(OneTimeLink.used_at).is_(None)]
    if purpose:
        open_ones.append(col(OneTimeLink.purpose) == purpose)
    uow.db.execute(sa.update(OneTimeLink).where(*open_ones).values(used_at=uow.now))


def _hash_of(secrets: Secrets, code: str) -> str:
    """The hash of a code as it is kept; of what is no code, one that nothing has."""
    return token_hash(secrets, read_code(code) or "")
