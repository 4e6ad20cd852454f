"""What people who serve agree to: given and withdrawn by themselves, each to one text of the notice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from coalition.audit.service import record
from coalition.core.actor import Actor
from coalition.core.errors import refuse
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.enums import ConsentPurpose
from coalition.members.models import Consent

# The day from which the text of /privacy is what it is; a consent says to which one it was given.
NOTICE_VERSION = "2026-11-25"


def give_consent(uow: UnitOfWork, actor: Actor, *, purpose: ConsentPurpose, version: str) -> Consent:
    """The actor agrees to one purpose, having read the notice of `version`; doing it twice changes nothing.

    An agreement to an earlier text ends with the new one. Raises `Refused` with UNAUTHENTICATED when no
    person is calling, and with NOTICE_OUTDATED at `version` unless it is the text of today.
    """
    person_id = own_person_id(actor)
    if version != NOTICE_VERSION:
        raise refuse("NOTICE_OUTDATED", "version", version=NOTICE_VERSION)
    standing = _standing(uow, person_id, purpose)
    for earlier in standing:
        if earlier.version == version:
            return earlier
        earlier.withdrawn_at = uow.now
    given = Consent(person_id=person_id, purpose=purpose, version=version, given_at=uow.now)
    uow.db.add(given)
    uow.db.flush()
    _note(uow, actor, "give", given)
    return given


def withdraw_consent(uow: UnitOfWork, actor: Actor, *, purpose: ConsentPurpose) -> None:
    """The actor agrees no longer; from now on it counts for nothing. Withdrawing what never was is no fault.

    Raises `Refused` with UNAUTHENTICATED when no person is calling.
    """
    for standing in _standing(uow, own_person_id(actor), purpose):
        standing.withdrawn_at = uow.now
        _note(uow, actor, "withdraw", standing)
    uow.db.flush()


def own_person_id(actor: Actor) -> UUID:
    """The person who is calling. Raises `Refused` with UNAUTHENTICATED when it is nobody, or a system.

    An app in a person's name is not the person: what is theirs alone no scope gives to it (NOT_PERMITTED).
    """
    if actor.person_id is None:
        raise refuse("UNAUTHENTICATED")
    if actor.client_id is not None:
        raise refuse("NOT_PERMITTED")
    return actor.person_id


def consenting_persons(purpose: ConsentPurpose) -> sa.Select[UUID]:
    """The ids of those who agree to `purpose` now, to whichever text; for conditions on rows."""
    return sa.select(Consent.person_id).where(
        col(Consent.purpose) == purpose, col(Consent.withdrawn_at).is_(None)
    )


def _standing(uow: UnitOfWork, person_id: UUID, purpose: ConsentPurpose) -> Sequence[Consent]:
    return uow.db.scalars(
        sa.select(Consent)
        .where(
            col(Consent.person_id) == person_id,
            col(Consent.purpose) == purpose,
            col(Consent.withdrawn_at).is_(None),
        )
        # Two at once: the second waits, and finds what the first has done.
        .with_for_update()
    ).all()


def _note(uow: UnitOfWork, actor: Actor, verb: str, consent: Consent) -> None:
    record(
        uow,
        actor,
        action=f"members:consent:{verb}",
        subject=("Consent", consent.id),
        fields=["purpose", "version"],
    )
