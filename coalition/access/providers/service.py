"""Which account an outside identity opens: one that was invited, not any that merely has the address."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.access.desks.models import Desk
from coalition.access.enums import LinkPurpose
from coalition.access.factors.needs import role_demands
from coalition.access.factors.ways import ways_of
from coalition.access.links import claim_link, join
from coalition.access.models import Account, OneTimeLink
from coalition.access.providers.client import Identity
from coalition.access.providers.models import ProviderIdentity
from coalition.access.secrets import Secrets
from coalition.access.service import NOBODY, fold_email
from coalition.audit.service import record
from coalition.core.actor import ANONYMOUS, Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork

MOST_IDENTITIES = 5


def account_of(uow: UnitOfWork, identity: Identity) -> UUID | None:
    """The account that this identity opens today; None for a stranger."""
    return uow.db.scalars(
        sa.select(Account.id)
        .join(ProviderIdentity, col(ProviderIdentity.account_id) == col(Account.id))
        .where(
            ProviderIdentity.issuer == identity.issuer,
            ProviderIdentity.subject == identity.subject,
            Account.is_active,
            _is_no_desk(),
        )
    ).one_or_none()


def come_in(uow: UnitOfWork, identity: Identity) -> UUID | None:
    """The account that this identity opens, linked now if it is an open invitation's; None for a stranger.

    The address alone never opens an account. It does for one that nobody ever came in to, whose invitation
    is still open, when the provider says that the address was verified: whoever reads that mailbox holds the
    invitation anyway. Roles that need a second factor are not given out this way.
    """
    known = account_of(uow, identity)
    if known is not None:
        return known
    invited = _invited_at(uow, identity.verified_email)
    if invited is None or _is_linked(uow, identity):
        return None
    used = sa.and_(col(OneTimeLink.account_id) == invited, col(OneTimeLink.used_at).is_(None))
    uow.db.execute(sa.update(OneTimeLink).where(used).values(used_at=uow.now))
    join(uow, invited)
    _link(uow, Actor(subject=f"account:{invited}"), invited, identity)
    return invited


def note_stranger(uow: UnitOfWork) -> None:
    """Audit that the provider sent somebody who was not invited; not who, and not with which address."""
    subject = ("Account", NOBODY)
    record(uow, ANONYMOUS, action="account:sign_in:refuse", subject=subject, reason="not invited")


def take_up(uow: UnitOfWork, secrets: Secrets, *, code: str, identity: Identity) -> UUID:
    """Use an invitation up with an outside identity instead of a password.

    Raises `Refused` with LINK_ENDED, or IDENTITY_TAKEN when it opens another account.
    """
    account_id = claim_link(uow, secrets, code)
    if uow.db.get(Desk, account_id) is not None:
        raise refuse("LINK_ENDED")
    _link(uow, Actor(subject=f"account:{account_id}"), account_id, identity)
    return account_id


def add_identity(uow: UnitOfWork, actor: Actor, identity: Identity) -> None:
    """Let the caller sign in with this identity, too.

    Raises `Refused` with UNAUTHENTICATED when no person is calling, IDENTITY_TAKEN, or TOO_MANY_IDENTITIES.
    """
    account_id = _own(actor)
    if len(identities_of(uow, account_id)) >= MOST_IDENTITIES:
        raise refuse("TOO_MANY_IDENTITIES", limit=MOST_IDENTITIES)
    _link(uow, actor, account_id, identity)


def remove_identity(uow: UnitOfWork, actor: Actor, identity_id: UUID) -> None:
    """The caller signs in with this identity no more; removing it twice is no fault.

    Raises `Refused` with UNAUTHENTICATED when no person is calling, and with LAST_WAY_IN.
    """
    account_id = _own(actor)
    # While nobody else can take another way in away.
    uow.db.execute(sa.select(Account.id).where(col(Account.id) == account_id).with_for_update())
    if not may_remove_identity(uow, account_id):
        raise refuse("LAST_WAY_IN")
    own = sa.and_(col(ProviderIdentity.id) == identity_id, col(ProviderIdentity.account_id) == account_id)
    removed = uow.db.execute(
        sa.delete(ProviderIdentity).where(own).returning(ProviderIdentity.account_id)
    ).scalar_one_or_none()
    if removed is not None:
        record(uow, actor, action="account:identity:remove", subject=("Account", removed))


def may_remove_identity(uow: UnitOfWork, account_id: UUID) -> bool:
    """Whether a password, a passkey or another identity would still let its holder in."""
    ways = ways_of(uow, account_id)
    return ways.has_password or bool(ways.passkeys) or len(identities_of(uow, account_id)) > 1


def identities_of(uow: UnitOfWork, account_id: UUID) -> Sequence[ProviderIdentity]:
    """By which outside identities an account is opened, oldest first."""
    own = sa.select(ProviderIdentity).where(col(ProviderIdentity.account_id) == account_id)
    return uow.db.scalars(own.order_by(col(ProviderIdentity.created_at), ProviderIdentity.id)).all()


def _own(actor: Actor) -> UUID:
    if actor.person_id is None or actor.account_id is None:
        raise refuse("UNAUTHENTICATED")
    return actor.account_id


def _invited_at(uow: UnitOfWork, email: str | None) -> UUID | None:
    folded = fold_email(email) if email else None
    if folded is None:
        return None
    invitation = sa.select(OneTimeLink.id).where(
        col(OneTimeLink.account_id) == col(Account.id),
        col(OneTimeLink.purpose) == LinkPurpose.INVITATION,
        col(OneTimeLink.used_at).is_(None),
        col(OneTimeLink.expires_at) > uow.now,
    )
    return uow.db.scalars(
        sa.select(Account.id).where(
            col(Account.email) == folded,
            col(Account.joined_at).is_(None),
            col(Account.is_active).is_(True),
            invitation.correlate(Account).exists(),
            sa.not_(role_demands(uow.today)),
            _is_no_desk(),
        )
    ).one_or_none()


def _is_no_desk() -> sa.ColumnElement[bool]:
    """A desk has no identity anywhere: it is nobody."""
    return (
        ~sa.select(Desk.account_id).where(col(Desk.account_id) == col(Account.id)).correlate(Account).exists()
    )


def _is_linked(uow: UnitOfWork, identity: Identity) -> bool:
    """Also to an account that is not active any more."""
    same = sa.select(ProviderIdentity.id).where(
        ProviderIdentity.issuer == identity.issuer, ProviderIdentity.subject == identity.subject
    )
    return uow.db.scalars(same).first() is not None


def _link(uow: UnitOfWork, actor: Actor, account_id: UUID, identity: Identity) -> None:
    known = sa.select(ProviderIdentity.account_id).where(
        ProviderIdentity.issuer == identity.issuer, ProviderIdentity.subject == identity.subject
    )
    holder = uow.db.scalars(known).one_or_none()
    if holder == account_id:
        return
    if holder is not None:
        raise refuse("IDENTITY_TAKEN")
    uow.db.add(
        ProviderIdentity(
            account_id=account_id, issuer=identity.issuer, subject=identity.subject, created_at=uow.now
        )
    )
    uow.db.flush()
    record(uow, actor, action="account:identity:add", subject=("Account", account_id))
