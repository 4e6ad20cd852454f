"""How long things are kept, and forgetting them then (docs/privacy/record-of-processing.md says why).

The audit log is not among them: it is sealed as a chain, of which nothing can be taken out, and names
nobody whose account is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from coalition.access.desks.models import DeskOperator, DeskTurn
from coalition.access.erasure import anonymise
from coalition.access.factors.models import Authenticator, PasskeyChallenge, RecoveryCode, SignInStep
from coalition.access.models import Account, OneTimeLink, PersonalAccessToken, SignIn
from coalition.access.oauth.models import (
    OAuthCode,
    OAuthDeviceRequest,
    OAuthGrant,
    OAuthRefreshToken,
    OAuthToken,
    SigningKey,
)
from coalition.assistance.models import Hold, HoldAttempt, PoolWord
from coalition.audit.models import AuditEntry
from coalition.audit.service import record
from coalition.core.actor import Actor, system_actor
from coalition.core.clock import civil_date
from coalition.core.events import OutboxEntry
from coalition.core.idempotency import DeedKey
from coalition.core.job_runs import JobRun
from coalition.core.unit_of_work import UnitOfWork
from coalition.members.models import Mandate, Person, Role

RETENTION = system_actor("retention")
# The subject of an entry that is about many rows.
MANY = UUID(int=0)
# How many accounts are looked up in the audit log at once.
_AT_ONCE = 500


@dataclass(frozen=True)
class RetentionPeriods:
    """How long each kind is kept after it has ended, in days; persons in months."""

    sign_ins_days: int = 7
    links_days: int = 7
    tokens_days: int = 30
    access_tokens_days: int = 1
    app_grants_days: int = 30
    operators_days: int = 365
    holds_days: int = 90
    deed_keys_days: int = 180
    outbox_days: int = 7
    job_runs_days: int = 30
    idle_persons_months: int = 24


@dataclass(frozen=True)
class _Kind:
    """Rows of one table that are forgotten once `ended` says so of the moment before which all may go."""

    model: type[SQLModel]
    period: str
    ended: Callable[[datetime], sa.ColumnElement[bool]]


def _hold_ended(before: datetime) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(Hold.ended_at, Hold.expires_at) < before


def _hold_gone(before: datetime) -> sa.ColumnElement[bool]:
    """A key goes with its hold: sent again, there would be nothing to show."""
    return col(DeedKey.subject_id).in_(sa.select(Hold.id).where(_hold_ended(before)))


def _word_passed(before: datetime) -> sa.ColumnElement[bool]:
    """A word after which another one has been heard for as long."""
    later: Any = aliased(PoolWord)
    heard_since = sa.select(later.id).where(
        later.pool_id == PoolWord.pool_id,
        later.shown_at < before,
        sa.tuple_(later.true_at, later.sequence) > sa.tuple_(col(PoolWord.true_at), col(PoolWord.sequence)),
    )
    return sa.and_(col(PoolWord.shown_at) < before, heard_since.exists())


def _token_ended(before: datetime) -> sa.ColumnElement[bool]:
    token = PersonalAccessToken
    return sa.or_(col(token.expires_at) < before, col(token.revoked_at) < before)


def _link_ended(before: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(col(OneTimeLink.expires_at) < before, col(OneTimeLink.used_at) < before)


def _never_confirmed(before: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(col(Authenticator.created_at) < before, col(Authenticator.confirmed_at).is_(None))


def _grant_ended(before: datetime) -> sa.ColumnElement[bool]:
    """Its tokens, its codes and its devices go with it."""
    return sa.or_(col(OAuthGrant.expires_at) < before, col(OAuthGrant.ended_at) < before)


# In this order: keys of holds go before the holds that they are found by.
KINDS = (
    _Kind(SignIn, "sign_ins_days", lambda before: col(SignIn.expires_at) < before),
    _Kind(DeskTurn, "sign_ins_days", lambda before: col(DeskTurn.ends_at) < before),
    _Kind(DeskOperator, "operators_days", lambda before: col(DeskOperator.ended_at) < before),
    _Kind(SignInStep, "sign_ins_days", lambda before: col(SignInStep.expires_at) < before),
    _Kind(PasskeyChallenge, "sign_ins_days", lambda before: col(PasskeyChallenge.expires_at) < before),
    _Kind(Authenticator, "sign_ins_days", _never_confirmed),
    _Kind(RecoveryCode, "links_days", lambda before: col(RecoveryCode.used_at) < before),
    _Kind(OneTimeLink, "links_days", _link_ended),
    _Kind(PersonalAccessToken, "tokens_days", _token_ended),
    _Kind(OAuthToken, "access_tokens_days", lambda before: col(OAuthToken.expires_at) < before),
    _Kind(OAuthCode, "access_tokens_days", lambda before: col(OAuthCode.expires_at) < before),
    _Kind(
        OAuthDeviceRequest, "access_tokens_days", lambda before: col(OAuthDeviceRequest.expires_at) < before
    ),
    _Kind(SigningKey, "access_tokens_days", lambda before: col(SigningKey.ends_at) < before),
    _Kind(OAuthRefreshToken, "app_grants_days", lambda before: col(OAuthRefreshToken.expires_at) < before),
    _Kind(OAuthGrant, "app_grants_days", _grant_ended),
    _Kind(DeedKey, "holds_days", _hold_gone),
    _Kind(Hold, "holds_days", _hold_ended),
    _Kind(HoldAttempt, "holds_days", lambda before: col(HoldAttempt.attempted_at) < before),
    _Kind(PoolWord, "holds_days", _word_passed),
    _Kind(DeedKey, "deed_keys_days", lambda before: col(DeedKey.created_at) < before),
    _Kind(OutboxEntry, "outbox_days", lambda before: col(OutboxEntry.happened_at) < before),
    _Kind(JobRun, "job_runs_days", lambda before: col(JobRun.period) < before),
)


def enforce_retention(uow: UnitOfWork, periods: RetentionPeriods) -> dict[str, int]:
    """Forget what is past its time; says how many of each kind, and so does one audit entry for each."""
    counts: dict[str, int] = {}
    for kind in KINDS:
        before = uow.now - timedelta(days=getattr(periods, kind.period))
        found = uow.db.execute(sa.delete(kind.model).where(kind.ended(before)))
        name = str(kind.model.__tablename__)
        counts[name] = counts.get(name, 0) + int(getattr(found, "rowcount", 0))
    idle = idle_persons(uow, uow.now - relativedelta(months=periods.idle_persons_months))
    for person_id in idle:
        anonymise(uow, RETENTION, person_id)
    counts["person"] = len(idle)
    _note(uow, RETENTION, counts)
    return counts


def _note(uow: UnitOfWork, actor: Actor, counts: dict[str, int]) -> None:
    for name, count in counts.items():
        if count:
            verb = "anonymise" if name == "person" else "delete"
            action = f"retention:{name}:{verb}"
            record(uow, actor, action=action, subject=(name, MANY), reason=f"count={count}")


def idle_persons(uow: UnitOfWork, before: datetime) -> list[UUID]:
    """Those who have had neither a role nor a seat since, nor done anything, nor were entered since."""
    day = civil_date(before)
    rows = uow.db.execute(
        sa.select(Person.id, Account.id, Account.created_at)
        .outerjoin(Account, col(Account.person_id) == col(Person.id))
        .where(
            col(Person.anonymised_at).is_(None),
            col(Person.created_at) < before,
            col(Person.id).not_in(sa.select(Role.person_id).where(_lasts(col(Role.ends_on), day))),
            col(Person.id).not_in(sa.select(Mandate.person_id).where(_lasts(col(Mandate.ends_on), day))),
        )
        .order_by(Person.id)
    ).all()
    quiet = [(person, account) for person, account, made in rows if made is None or made < before]
    active = _active_since(uow, [account for _, account in quiet if account], before)
    return [person for person, account in quiet if account not in active]


def _lasts(ends_on: Any, day: Any) -> Any:
    return sa.or_(ends_on.is_(None), ends_on >= day)


def _active_since(uow: UnitOfWork, accounts: Sequence[UUID], moment: datetime) -> set[UUID]:
    """The accounts that have signed in or done anything since, as the audit log has it."""
    subjects = {f"account:{account}": account for account in accounts}
    return {subjects[name] for names in _batches(list(subjects)) for name in _acting(uow, names, moment)}


def _acting(uow: UnitOfWork, names: Sequence[str], moment: datetime) -> Sequence[str]:
    since = sa.and_(col(AuditEntry.actor).in_(names), col(AuditEntry.happened_at) >= moment)
    return uow.db.scalars(sa.select(AuditEntry.actor).where(since).distinct()).all()


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield names[start : start + _AT_ONCE]
